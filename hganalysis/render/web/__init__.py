"""Draw maps as pages: one file that opens offline, to point at, to zoom and to be read aloud."""

from .leaflet import WebMap, place, web_map

__all__ = ["WebMap", "place", "web_map"]

"""Draw maps as pages: one file that opens offline, to point at, to zoom and to be read aloud."""

from .leaflet import WebMap, page, web

__all__ = ["WebMap", "page", "web"]

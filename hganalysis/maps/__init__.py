"""Draw maps for a conference hall: static and web, each saying where its numbers come from."""

from .drawn import digest, locate
from .sheet import Picture, finish, sheet
from .static import choropleth, circles

__all__ = ["Picture", "choropleth", "circles", "digest", "finish", "locate", "sheet"]

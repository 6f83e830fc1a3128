"""Lay a figure out: on a page (matplotlib), on a slide (python-pptx), on the web (folium)."""

from .keep import keep
from .picture import WALL, Picture

__all__ = ["WALL", "Picture", "keep"]

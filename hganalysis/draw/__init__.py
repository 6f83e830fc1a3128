"""Lay a figure out: on a page (matplotlib), on a slide (python-pptx), on the web (folium)."""

from .picture import Picture as Picture

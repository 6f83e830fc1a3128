"""Lay a figure out: on a page (matplotlib), on a slide (python-pptx), on the web (folium)."""

from .answer import Answer as Answer
from .answer import Composers as Composers
from .asked import OfStudy as OfStudy
from .asked import in_one_study as in_one_study
from .picture import Picture as Picture

"""Know the places: their codes, names, people, outlines and neighbours."""

from .lists import (
    Level,
    ages,
    commune_counts,
    communes,
    crosswalk,
    districts,
    hamlets,
    name,
    parents,
    province,
)
from .shapes import areas, neighbours, points

__all__ = [
    "Level",
    "ages",
    "areas",
    "commune_counts",
    "communes",
    "crosswalk",
    "districts",
    "hamlets",
    "name",
    "neighbours",
    "parents",
    "points",
    "province",
]

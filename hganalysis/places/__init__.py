"""Know the places: their codes, names, people, outlines and neighbours."""

from .lists import (
    Level,
    ages,
    commune_counts,
    communes,
    crosswalk,
    districts,
    former,
    hamlets,
    label,
    name,
    parents,
    province,
    provinces,
)
from .names import find_codes
from .outlines import Outlines, read_areas
from .own import OwnList, read_list
from .shapes import areas, neighbours, points
from .similar import propose

__all__ = [
    "Level",
    "Outlines",
    "OwnList",
    "ages",
    "areas",
    "commune_counts",
    "communes",
    "crosswalk",
    "districts",
    "find_codes",
    "former",
    "hamlets",
    "label",
    "name",
    "neighbours",
    "parents",
    "points",
    "propose",
    "province",
    "provinces",
    "read_areas",
    "read_list",
]

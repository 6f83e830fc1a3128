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
    homes,
    label,
    levels,
    name,
    parents,
    province,
    provinces,
    within,
)
from .names import find_codes, say_how
from .outlines import Outlines, read_areas
from .own import OwnList, read_list
from .refusal import NotGivenError
from .shapes import (
    OUTLINES,
    areas,
    as_circles,
    centres,
    footprints,
    has_areas,
    neighbours,
    placed,
    points,
)
from .similar import propose
from .translate import CODE_2025, areas_2025, communes_2025, points_2025, translate

__all__ = [
    "CODE_2025",
    "OUTLINES",
    "Level",
    "NotGivenError",
    "Outlines",
    "OwnList",
    "ages",
    "areas",
    "areas_2025",
    "as_circles",
    "centres",
    "commune_counts",
    "communes",
    "communes_2025",
    "crosswalk",
    "districts",
    "find_codes",
    "footprints",
    "former",
    "hamlets",
    "has_areas",
    "homes",
    "label",
    "levels",
    "name",
    "neighbours",
    "parents",
    "placed",
    "points",
    "points_2025",
    "propose",
    "province",
    "provinces",
    "read_areas",
    "read_list",
    "say_how",
    "translate",
    "within",
]

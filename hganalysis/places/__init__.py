"""Know the places: their codes, names, people, outlines and neighbours."""

from .lists import (
    Level,
    NotGivenError,
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
    province_name,
    provinces,
    require_parts,
    within,
)
from .names import find_codes, propose, say_how
from .outlines import Outlines, read_areas
from .own import WHOLE, OwnList, read_list
from .shapes import (
    OUTLINES,
    areas,
    as_tiles,
    centres,
    footprints,
    has_areas,
    neighbours,
    no_outlines,
    placed,
    points,
    shares_points,
)
from .translate import CODE_2025, translate

__all__ = [
    "CODE_2025",
    "OUTLINES",
    "WHOLE",
    "Level",
    "NotGivenError",
    "Outlines",
    "OwnList",
    "ages",
    "areas",
    "as_tiles",
    "centres",
    "commune_counts",
    "communes",
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
    "no_outlines",
    "parents",
    "placed",
    "points",
    "propose",
    "province",
    "province_name",
    "provinces",
    "read_areas",
    "read_list",
    "require_parts",
    "say_how",
    "shares_points",
    "translate",
    "within",
]


def __dir__() -> list[str]:
    return __all__

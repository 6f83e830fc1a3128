"""Know the places: their codes, names, people, outlines and neighbours."""

from .lists import Level as Level
from .lists import (
    NotGivenError,
    communes,
    crosswalk,
    districts,
    former,
    hamlets,
    label,
    levels,
    name,
    parents,
    province,
    provinces,
    within,
)
from .lists import commune_counts as commune_counts
from .lists import homes as homes
from .lists import province_name as province_name
from .lists import require_parts as require_parts
from .names import find_codes, propose, say_how
from .outlines import Outlines as Outlines
from .outlines import read_areas as read_areas
from .own import WHOLE as WHOLE
from .own import OwnList as OwnList
from .own import described_by as described_by
from .own import read_described as read_described
from .own import read_list as read_list
from .own import require_levels as require_levels
from .shapes import OUTLINES as OUTLINES
from .shapes import areas, centres, neighbours, points
from .shapes import as_tiles as as_tiles
from .shapes import footprints as footprints
from .shapes import has_areas as has_areas
from .shapes import no_outlines as no_outlines
from .shapes import placed as placed
from .shapes import shares_points as shares_points
from .translate import CODE_2025 as CODE_2025
from .translate import translate

__all__ = [
    "NotGivenError",
    "areas",
    "centres",
    "communes",
    "crosswalk",
    "districts",
    "find_codes",
    "former",
    "hamlets",
    "label",
    "levels",
    "name",
    "neighbours",
    "parents",
    "points",
    "propose",
    "province",
    "provinces",
    "say_how",
    "translate",
    "within",
]


def __dir__() -> list[str]:
    return __all__

"""Know the places: their codes, names, people, outlines and neighbours."""

from .lists import Level as Level
from .lists import NotGivenError as NotGivenError
from .lists import communes as communes
from .lists import crosswalk as crosswalk
from .lists import districts as districts
from .lists import former as former
from .lists import homes as homes
from .lists import label as label
from .lists import levels as levels
from .lists import name as name
from .lists import parents as parents
from .lists import province as province
from .lists import province_name as province_name
from .lists import provinces as provinces
from .lists import within as within
from .matching import name_differs as name_differs
from .names import find_codes as find_codes
from .names import propose as propose
from .names import say_how as say_how
from .outlines import read_areas as read_areas
from .own import described_by as described_by
from .own import read_described as read_described
from .own import read_list as read_list
from .own import require_levels as require_levels
from .search import find_later as find_later
from .shapes import OUTLINES as OUTLINES
from .shapes import areas as areas
from .shapes import as_tiles as as_tiles
from .shapes import has_areas as has_areas
from .shapes import neighbours as neighbours
from .shapes import no_outlines as no_outlines
from .shapes import placed as placed
from .shapes import points as points

__all__ = [
    "NotGivenError", "areas", "communes", "crosswalk", "districts", "find_codes",
    "former", "label", "levels", "name", "neighbours", "parents", "points",
    "propose", "province", "provinces", "say_how", "within"
]  # fmt: skip

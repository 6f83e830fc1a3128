"""Know the places: their codes, names, people, outlines and neighbours."""

from .carrying import ALONE as ALONE
from .carrying import carry
from .carrying import is_pooled_across as is_pooled_across
from .lists import Level as Level
from .lists import (
    NotGivenError,
    compared,
    crosswalk,
    former,
    label,
    levels,
    name,
    parents,
    province,
    provinces,
    short,
    units,
    within,
)
from .lists import cluster_column as cluster_column
from .lists import describe_province as describe_province
from .lists import labels as labels
from .lists import list_compared as list_compared
from .lists import list_units as list_units
from .lists import name_cluster_column as name_cluster_column
from .lists import of_level as of_level
from .lists import official_code as official_code
from .lists import province_name as province_name
from .lists import read_crosswalk as read_crosswalk
from .lists import weights as weights
from .matching import name_differs as name_differs
from .names import find_codes, propose, say_how
from .names import score_similar as score_similar
from .outlines import read_areas as read_areas
from .own import describe_compared as describe_compared
from .own import read_described as read_described
from .own import read_list as read_list
from .own import require_levels as require_levels
from .search import find_later as find_later
from .shapes import OUTLINES as OUTLINES
from .shapes import are_generalised as are_generalised
from .shapes import areas, neighbours, points
from .shapes import has_areas as has_areas
from .shapes import is_located as is_located
from .shapes import is_tiled as is_tiled
from .shapes import may_be_mapped as may_be_mapped
from .shapes import no_outlines as no_outlines
from .vietnam import vietnam

__all__ = [
    "NotGivenError", "areas", "carry", "compared", "crosswalk", "find_codes",
    "former", "label", "levels", "name", "neighbours", "parents", "points", "propose",
    "province", "provinces", "say_how", "short", "units", "vietnam", "within"
]  # fmt: skip

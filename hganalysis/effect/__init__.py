"""
Estimate how a count with a known denominator goes with an exposure, when there are few clusters.

`ladder` runs every rung that the data allow and picks the headline by a rule fixed in advance.
The methods, their measured coverage and the reasons for the refusals are those of the notebook
on trust. `columns` takes any frame and says once which column is what; every other function takes
what it hands back.
"""

from .alternatives import alternatives, model
from .bootstrap import Bootstrap, wild_bootstrap
from .columns import Columns, columns
from .denominator import Denominators, denominator_test, free_population
from .denominator_error import shaken_population
from .distinct_users import Bounds, distinct_users
from .errors import Error, classical, cr2, cv3, sandwich
from .estimate import Detectable, Estimate, Refusal, Refused, minimal_detectable
from .fit import Fit
from .frame import beside_district, units, varying
from .functional_form import functional_form
from .influence import leave_one_out, leverage
from .interval import Interval
from .ladder import Ladder, ladder
from .moran import Moran, moran, morans_i, residuals
from .naive import naive
from .placebos import placebos, platforms, timing
from .power import power_curve
from .random_intercept import Mixed, random_intercept
from .rungs import estimate
from .sensitivity import EValue, Robustness, benchmarks, e_value, robustness
from .tidy import tidy
from .years import changes

__all__ = [
    "Bootstrap",
    "Bounds",
    "Columns",
    "Denominators",
    "Detectable",
    "EValue",
    "Error",
    "Estimate",
    "Fit",
    "Interval",
    "Ladder",
    "Mixed",
    "Moran",
    "Refusal",
    "Refused",
    "Robustness",
    "alternatives",
    "benchmarks",
    "beside_district",
    "changes",
    "classical",
    "columns",
    "cr2",
    "cv3",
    "denominator_test",
    "distinct_users",
    "e_value",
    "estimate",
    "free_population",
    "functional_form",
    "ladder",
    "leave_one_out",
    "leverage",
    "minimal_detectable",
    "model",
    "moran",
    "morans_i",
    "naive",
    "placebos",
    "platforms",
    "power_curve",
    "random_intercept",
    "residuals",
    "robustness",
    "sandwich",
    "shaken_population",
    "tidy",
    "timing",
    "units",
    "varying",
    "wild_bootstrap",
]

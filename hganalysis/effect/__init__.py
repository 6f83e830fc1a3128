"""
Estimate how a count with a known denominator goes with an exposure, when there are few clusters.

`ladder` runs every rung that the data allow and picks the headline by a rule fixed in advance.
The methods, their measured coverage and the reasons for the refusals are those of the notebook
on trust. `columns` takes any frame and says once which column is what; every other function takes
what it hands back.
"""

from .alternatives import alternatives, model, naive
from .bootstrap import Bootstrap, wild_bootstrap
from .checks import (
    INFLUENCE,
    across_outcomes,
    functional_form,
    leave_one_out,
    leverage,
    placebos,
    timing,
)
from .columns import Columns, beside_district, columns, units, varying
from .denominators import (
    Bounds,
    Denominators,
    bound_distinct_users,
    denominator_test,
    free_population,
    shaken_population,
)
from .errors import Error, classical, cr2, cv3, sandwich
from .estimate import Estimate, Interval, Refusal, Refused
from .fit import Fit
from .ladder import Ladder, ladder, tidy
from .models import Mixed, random_intercept
from .rungs import estimate
from .sensitivity import (
    Detectable,
    EValue,
    Robustness,
    benchmarks,
    e_value,
    minimal_detectable,
    power_curve,
    robustness,
)
from .spatial import Moran, moran, morans_i, residuals
from .years import changes

__all__ = [
    "INFLUENCE",
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
    "across_outcomes",
    "alternatives",
    "benchmarks",
    "beside_district",
    "bound_distinct_users",
    "changes",
    "classical",
    "columns",
    "cr2",
    "cv3",
    "denominator_test",
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


def __dir__() -> list[str]:
    return __all__

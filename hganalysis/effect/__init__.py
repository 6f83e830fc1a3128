"""
Estimate how a count with a known denominator goes with an exposure, when there are few clusters.

`ladder` runs every rung that the data allow and picks the headline by a rule fixed in advance.
The methods, their measured coverage and the reasons for the refusals are those of the notebook
on trust; every function takes any frame, with its columns named by keyword.
"""

from .bootstrap import Bootstrap, wild_bootstrap
from .denominator import Denominators, denominator_test, free_population
from .diagnostics import leave_one_out
from .errors import Error, cr2, cv3, sandwich
from .estimate import Detectable, Estimate, Ladder, Refusal, Refused, minimal_detectable
from .fit import Fit
from .gather import units
from .interval import Interval
from .opinions import alternatives, model
from .rungs import between, ladder, mixed, pooled, slopes, within
from .shake import shaken_population
from .years import changes

__all__ = [
    "Bootstrap",
    "Denominators",
    "Detectable",
    "Error",
    "Estimate",
    "Fit",
    "Interval",
    "Ladder",
    "Refusal",
    "Refused",
    "alternatives",
    "between",
    "changes",
    "cr2",
    "cv3",
    "denominator_test",
    "free_population",
    "ladder",
    "leave_one_out",
    "minimal_detectable",
    "mixed",
    "model",
    "pooled",
    "sandwich",
    "shaken_population",
    "slopes",
    "units",
    "wild_bootstrap",
    "within",
]

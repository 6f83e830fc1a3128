"""
Estimate how a count with a known denominator goes with an exposure, when there are few clusters.

`ladder` runs every rung that the data allow and picks the headline by a rule fixed in advance.
The methods, their measured coverage and the reasons for the refusals are those of the notebook
on trust; every function takes any frame, with its columns named by keyword.
"""

from .denominator import Denominators, denominator_test, free_population
from .diagnostics import leave_one_out
from .estimate import Detectable, Estimate, Ladder, Refusal, Refused, minimal_detectable
from .gather import units
from .rungs import between, ladder, pooled, within
from .shake import shaken_population

__all__ = [
    "Denominators",
    "Detectable",
    "Estimate",
    "Ladder",
    "Refusal",
    "Refused",
    "between",
    "denominator_test",
    "free_population",
    "ladder",
    "leave_one_out",
    "minimal_detectable",
    "pooled",
    "shaken_population",
    "units",
    "within",
]

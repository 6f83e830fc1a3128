"""Compose every figure once: values and words that are ready to be drawn in any medium."""

from .bivariate import bivariate
from .change import bumps, slopes
from .estimates import coefficients, statement
from .figure import Figure
from .funnel import funnel
from .ledger import ledger
from .planning import power
from .relation import dose_response
from .sensitivity import robustness
from .tables import emulation, side_by_side
from .trust import benchmarks, coverage, influence
from .uptake import dumbbell, intervals, ranking, shares

__all__ = [
    "Figure",
    "benchmarks",
    "bivariate",
    "bumps",
    "coefficients",
    "coverage",
    "dose_response",
    "dumbbell",
    "emulation",
    "funnel",
    "influence",
    "intervals",
    "ledger",
    "power",
    "ranking",
    "robustness",
    "shares",
    "side_by_side",
    "slopes",
    "statement",
]


def __dir__() -> list[str]:
    return __all__

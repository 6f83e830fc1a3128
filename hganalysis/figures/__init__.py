"""Compose every figure once: values and words that are ready to be drawn in any medium."""

from .change import bumps, slopes
from .estimates import coefficients
from .tables import emulation, side_by_side
from .trust import benchmarks, coverage, influence
from .uptake import dumbbell, intervals, ranking

__all__ = [
    "benchmarks",
    "bumps",
    "coefficients",
    "coverage",
    "dumbbell",
    "emulation",
    "influence",
    "intervals",
    "ranking",
    "side_by_side",
    "slopes",
]

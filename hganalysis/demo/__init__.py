"""Simulate a province with a known answer, and a log of cases that adds up to it."""

from .log import caselog
from .messy import Desk, desk, sign
from .simulated import (
    COMMUNE_SD,
    DISTRICT_SD,
    FILES,
    PLANTED,
    PLANTED_FILES,
    SEED,
    SPATIAL_RANGE_KM,
    SPATIAL_SD,
    TOTALS,
    Province,
    apportion,
    simulate,
    write,
)

__all__ = [
    "COMMUNE_SD",
    "DISTRICT_SD",
    "FILES",
    "PLANTED",
    "PLANTED_FILES",
    "SEED",
    "SPATIAL_RANGE_KM",
    "SPATIAL_SD",
    "TOTALS",
    "Desk",
    "Province",
    "apportion",
    "caselog",
    "desk",
    "sign",
    "simulate",
    "write",
]


def __dir__() -> list[str]:
    return __all__

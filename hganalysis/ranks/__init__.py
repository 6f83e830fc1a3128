"""Rank places, with what is sure about each rank."""

from .funnel import funnel
from .sets import FIRST, LEVEL, MOST, rank_sets

__all__ = ["FIRST", "LEVEL", "MOST", "funnel", "rank_sets"]

"""Rank places, with what is sure about each rank."""

from .funnel import funnel
from .sets import MOST, rank_sets

__all__ = ["MOST", "funnel", "rank_sets"]

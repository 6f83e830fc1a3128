"""
Ask for estimates in one or two lines, and set models side by side for a paper.

A `Design` names the columns of a frame once; each of its methods gives an `Answer`. `tables` lays
answers beside each other, for LaTeX, HTML and Word.
"""

from .design import Design
from .model_table import ModelTable, tables
from .questions import Answer

__all__ = ["Answer", "Design", "ModelTable", "tables"]


def __dir__() -> list[str]:
    return __all__

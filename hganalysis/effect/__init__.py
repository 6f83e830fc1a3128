"""
Does a count go with an exposure, when there are few clusters? statsmodels fits, this judges.

`Design` asks a frame, its columns named once; the headline's way to compare is fixed by rule before
anything is seen. What is ours is what statsmodels lacks: errors for few clusters (CR2 with
Satterthwaite's degrees of freedom), the score bootstrap, refusals, and what errors of a shared
denominator could make.
"""

from .design import Design
from .frame import Refused, design_frame
from .pictures import coverage
from .tables import tables

__all__ = ["Design", "Refused", "coverage", "design_frame", "tables"]

"""
Draw what is not a map: slopes, dumbbells, estimates, dose and response, intervals, the ledger.

Every chart takes a frame first and axes by keyword, and returns the axes. Everything is drawn
inside the axes, so that a chart fits any sheet; no chart sets a title, saves or shows.
"""

from .dose import dose_response
from .dumbbell import dumbbell
from .estimates import coefficients, influence
from .ledger import ledger
from .ranked import intervals
from .two_years import bumps, slopes

__all__ = [
    "bumps",
    "coefficients",
    "dose_response",
    "dumbbell",
    "influence",
    "intervals",
    "ledger",
    "slopes",
]

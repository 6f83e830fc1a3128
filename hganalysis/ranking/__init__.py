"""Where is uptake high? Places are ranked by a share or a ratio, and the ranking is questioned."""

from .answer import Uptake as Uptake
from .answer import uptake as uptake

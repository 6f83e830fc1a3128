"""What do starts drive? A plan with a lot before a roll-out, and an honest estimate after it."""

from .answer import Rollout
from .planning import Plan, plan
from .sealing import draw_lot, verify_lot
from .starting import rollout

__all__ = ["Plan", "Rollout", "draw_lot", "plan", "rollout", "verify_lot"]

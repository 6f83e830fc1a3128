"""Draw figures on slides, of native shapes, charts and tables; and decks of them."""

from .drawers import draw, place
from .pages import Deck

__all__ = ["Deck", "draw", "place"]

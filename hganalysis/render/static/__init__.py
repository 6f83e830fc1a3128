"""Draw figures and their panels with matplotlib: on axes, on a page for a projector."""

from .drawers import draw
from .page import sheet
from .picture import Picture, finish, place

__all__ = ["Picture", "draw", "finish", "place", "sheet"]

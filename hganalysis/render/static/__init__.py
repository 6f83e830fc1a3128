"""Draw figures and their panels with matplotlib: on axes, on a page for a projector."""

from .album import Album
from .drawers import draw
from .page import sheet
from .picture import Picture, document, finish, place

__all__ = ["Album", "Picture", "document", "draw", "finish", "place", "sheet"]

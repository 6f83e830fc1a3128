"""Draw figures: on axes, on slides, on pages."""

from . import slide, static

__all__ = ["slide", "static"]

"""Draw figures: on axes, on slides, on pages."""

from . import slide, static, web

__all__ = ["slide", "static", "web"]

"""Draw figures: on axes, on slides, on pages; and keep what was drawn."""

from . import slide, static, web
from .charts import chart

__all__ = ["chart", "slide", "static", "web"]


def __dir__() -> list[str]:
    return __all__

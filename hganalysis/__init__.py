"""
Map, compare and explain the uptake of digital platforms by place.

`import hganalysis as hg` gives every module as an attribute (`hg.rates.uptake(...)`) and loads
it when it is first used, so that starting is quick. `hg.map("app_users", 2023)` draws a first map;
`hg.Study.open(folder)` opens another study.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from hganalysis import (
        atlas,
        build,
        caselog,
        change,
        charts,
        demo,
        effect,
        escaping,
        findings,
        indicators,
        intake,
        limits,
        maps,
        places,
        ranks,
        rates,
        slides,
        sources,
        study,
        suppress,
        words,
    )

__version__ = "0.1.0"

__all__ = [
    "atlas",
    "build",
    "caselog",
    "change",
    "charts",
    "demo",
    "effect",
    "escaping",
    "findings",
    "indicators",
    "intake",
    "limits",
    "maps",
    "places",
    "ranks",
    "rates",
    "slides",
    "sources",
    "study",
    "suppress",
    "words",
]

# What is asked for without its module.
_ALSO = {"map": ("maps", "draw"), "Study": ("study", "Study")}


def __getattr__(name: str) -> "Any":  # noqa: ANN401
    if name in _ALSO:
        return getattr(import_module(f"{__name__}.{_ALSO[name][0]}"), _ALSO[name][1])
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    msg = f"hganalysis has no {name!r}; it has {', '.join(__all__)}."
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__", *_ALSO])

"""
Map, compare and explain the uptake of digital platforms by place.

Three questions of one study: `hg.uptake("app_users", 2023)` says where uptake is high,
`hg.compare("app_users", 2022, 2023)` what changed, `hg.Design(frame, ...)` whether it goes with
more people on the ground. Each answer is a sentence when printed, has a `table` and pictures.
`hg.map(frame, "column", ...)` draws any frame, and `hg.Study.open(folder).use()` opens another
study. Rooms, such as `hg.frames`, are loaded when they are first used, so that starting is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from . import (
        caselog,
        cli,
        countries,
        effect,
        escaping,
        figure,
        frames,
        indicators,
        limits,
        places,
        publish,
        sources,
        study,
        suppress,
        words,
        workbook,
    )
    from .change import Change as Change
    from .change import compare as compare
    from .draw import Picture as Picture
    from .draw.picture import keep as keep
    from .draw.table import table as table
    from .effect import Design as Design
    from .effect import Refused as Refused
    from .effect import coverage as coverage
    from .effect import units as units
    from .effect.tables import tables as tables
    from .ranking import Uptake as Uptake
    from .ranking import uptake as uptake
    from .ranking.maps import draw
    from .ranking.maps import layer as layer
    from .ranking.measure import reported as reported
    from .study import Study as Study

    map = draw  # noqa: A001

__version__ = "0.2.0"

# What a first line begins with, and where it stands.
_HOMES = {
    "change": ("Change", "compare"),
    "draw": ("Picture",),
    "draw.picture": ("keep",),
    "draw.table": ("table",),
    "effect": ("Design", "Refused", "coverage", "tables", "units"),
    "ranking": ("Uptake", "uptake"),
    "ranking.maps": ("layer",),
    "ranking.measure": ("reported",),
    "study": ("Study",),
}
_FIRST = {name: (home, name) for home, names in _HOMES.items() for name in names}
_FIRST["map"] = ("ranking.maps", "draw")

__all__ = [
    "caselog", "cli", "countries", "effect", "escaping", "figure", "frames", "indicators", "limits",
    "places", "publish", "sources", "study", "suppress", "words", "workbook"
]  # fmt: skip

# Rooms that no how-to uses: where they are, the documentation says.
_INSIDE = {"caselog", "cli", "countries", "effect", "escaping", "figure", "limits"}


def __getattr__(name: str) -> "Any":  # noqa: ANN401
    if name in _FIRST:
        home, attribute = _FIRST[name]
        module = import_module(f"{__name__}.{home}")
        return getattr(module, attribute)
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    msg = f"hganalysis has no {name!r}; it has {', '.join([*_FIRST, *__all__])}."
    raise AttributeError(msg)


def __dir__() -> list[str]:
    names = {*_FIRST, *__all__}
    return sorted(names - _INSIDE)

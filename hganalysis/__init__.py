"""
Map, compare and explain the uptake of digital platforms by place.

`import hganalysis as hg` gives every module as an attribute (`hg.rates.uptake(...)`) and loads
it when it is first used, so that starting is quick. `hg.map("app_users", 2023)` draws a first map,
`hg.compare("app_users", 2022, 2023)` compares years, `hg.Design(frame, ...)` estimates,
`hg.tables(...)` sets models side by side, and `hg.Study.open(folder)` opens another study.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from . import (
        atlas,
        build,
        caselog,
        change,
        comparison,
        countries,
        demo,
        design,
        effect,
        escaping,
        figures,
        findings,
        frames,
        indicators,
        limits,
        maps,
        places,
        profiles,
        ranks,
        rates,
        render,
        slides,
        sources,
        study,
        suppress,
        words,
        workbook,
    )
    from .comparison.compare import compare as compare
    from .design import Design as Design
    from .design import tables as tables
    from .maps.draw import draw
    from .render import chart as chart
    from .render.results import keep as keep
    from .slides.three_answers import answers as answers
    from .study import Study as Study

    map = draw  # noqa: A001

__version__ = "0.1.0"

__all__ = [
    "atlas",
    "build",
    "caselog",
    "change",
    "comparison",
    "countries",
    "demo",
    "design",
    "effect",
    "escaping",
    "figures",
    "findings",
    "frames",
    "indicators",
    "limits",
    "maps",
    "places",
    "profiles",
    "ranks",
    "rates",
    "render",
    "slides",
    "sources",
    "study",
    "suppress",
    "words",
    "workbook",
]


# What a first line begins with, and where it stands.
_FIRST = {
    "Design": ("design", "Design"),
    "Study": ("study", "Study"),
    "answers": ("slides", "answers"),
    "chart": ("render", "chart"),
    "compare": ("comparison", "compare"),
    "keep": ("build", "keep"),
    "map": ("maps", "draw"),
    "tables": ("design", "tables"),
}
# The rooms that a newcomer needs beside; the others are where the documentation says.
_ROOMS = ("findings", "frames", "indicators", "places", "rates", "words", "workbook")


def __getattr__(name: str) -> "Any":  # noqa: ANN401
    if name in _FIRST:
        module, found = _FIRST[name]
        return getattr(import_module(f"{__name__}.{module}"), found)
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    msg = f"hganalysis has no {name!r}; it has {', '.join(__all__)}."
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted([*_FIRST, *_ROOMS])

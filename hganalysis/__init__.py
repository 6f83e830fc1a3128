"""
Map, compare and explain the uptake of digital platforms by place.

Three questions of one study: `hg.uptake("app_users", 2023)` says where uptake is high,
`hg.compare("app_users", 2022, 2023)` what changed, `hg.Design(frame, ...)` whether it goes with
more people on the ground. Each answer is a sentence when printed, has a `table` and pictures.
`hg.map(frame, "column", ...)` draws any frame, and `hg.Study.open(folder).use()` opens another
study. Modules, such as `hg.frames`, are loaded when they are first used, so that starting is quick.
"""

from importlib import import_module

__version__ = "0.2.0"

# Modules that no how-to uses: where they are, the documentation says.
_INSIDE = {
    *(
        "caselog",
        "cli",
        "countries",
        "effect",
        "escaping",
        "figure",
        "gaps",
        "limits",
        "sheets",
        "starts",
    )
}


def _read_stub() -> dict[str, tuple[str, str]]:
    """Read where each name is, from lines such as `from .ranking.maps import draw as map`."""
    homes = {}
    # pathlib would take longer than all the rest
    with open(f"{__file__}i", encoding="utf-8") as stub:  # noqa: PTH123
        for line in stub:
            if line.startswith("from "):
                _, home, _, attribute, _, name, *_ = line.split()
                homes[name] = (home, attribute)
    return homes


_HOMES = _read_stub()

__all__ = [name for name, (home, _) in _HOMES.items() if home == "."]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        msg = f"hganalysis has no {name!r}; it has {', '.join(sorted(_HOMES))}."
        raise AttributeError(msg)
    home, attribute = _HOMES[name]
    if home == ".":
        return import_module(f".{attribute}", __name__)
    return getattr(import_module(home, __name__), attribute)


def __dir__() -> list[str]:
    return sorted({*_HOMES} - _INSIDE)

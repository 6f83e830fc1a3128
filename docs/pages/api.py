"""Write a page of reference for each room, from the docstrings of all that is public in it."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import hganalysis

from . import house

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

# As a reader looks for them. A room that no group names stands in the last one.
GROUPS = {
    "What is studied": ["study", "countries", "sources", "places", "indicators"],
    "What comes in": ["frames", "workbook", "caselog", "limits", "escaping", "demo"],
    "Numbers": ["rates", "change", "ranks", "suppress", "comparison"],
    "The estimate": ["design", "effect"],
    "Words": ["words", "findings"],
    "Maps and charts": ["maps", "figures", "render"],
    "What goes out": ["atlas", "profiles", "slides", "build"],
}
REST = "Others"
FIRST = "First lines"


@dataclass(frozen=True)
class Constant:
    """A name that is no function, class or module: how it stands in the code."""

    value: str
    said: str


def groups() -> dict[str, list[str]]:
    """Name the rooms of each group."""
    known = {room for every in GROUPS.values() for room in every}
    every = GROUPS | {REST: sorted(set(house.rooms()) - known)}
    found = {name: [room for room in some if room in house.rooms()] for name, some in every.items()}
    return {name: some for name, some in found.items() if some}


def first_lines() -> list[str]:
    """Name what the package itself has beside its rooms: what a first line begins with."""
    return [one for one in dir(hganalysis) if one not in house.rooms() and not one.startswith("_")]


def public(module: ModuleType) -> list[str]:
    """Name what a room means to be used: all of its `__all__`, else what it makes itself."""
    if hasattr(module, "__all__"):
        return sorted(module.__all__, key=str.casefold)
    own = [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", None) == module.__name__
    ]
    return sorted([*own, *constants(module.__name__.partition(".")[2])], key=str.casefold)


def constants(room: str) -> dict[str, Constant]:
    """Find the names in capitals that a room gives values to, with what is said below each."""
    found = {}
    for file in house.files_of(room):
        body = ast.parse(file.read_text(encoding="utf-8")).body
        for node, after in zip(body, [*body[1:], None], strict=True):
            told = after.value if isinstance(after, ast.Expr) else None
            said = told.value if isinstance(told, ast.Constant) else ""
            for name, value in _capitals(node):
                found[name] = Constant(value, inspect.cleandoc(said))
    return found


def _capitals(node: ast.stmt) -> list[tuple[str, str]]:
    """Name what a statement gives a value to, with the value where it is of one name."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return []
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    value = ast.unparse(node.value) if isinstance(target, ast.Name) else ""
    names = [one.id for one in ast.walk(target) if isinstance(one, ast.Name)]
    return [(name, value) for name in names if name.isupper() and not name.startswith("_")]


def entry(full: str, thing: object, constant: Constant | None) -> list[str]:
    """Write the entry of one public name."""
    if inspect.ismodule(thing):
        lent = ", ".join(_lent(thing))
        exclude = [f"   :exclude-members: {lent}"] if lent else []
        return [f".. automodule:: {thing.__name__}", "   :members:", *exclude, ""]
    if inspect.isclass(thing):
        return [f".. autoclass:: {full}", "   :members:", ""]
    if inspect.isroutine(thing):
        return [f".. autofunction:: {full}", ""]
    lines = [f".. py:data:: {full.rpartition('.')[2]}"]
    if constant:
        value = constant.value if len(constant.value) < 80 else ""
        lines += [f"   :value: {value}"] * bool(value)
        lines += ["", *(f"   {line}" for line in constant.said.splitlines())]
    return [*lines, ""]


def _lent(module: ModuleType) -> list[str]:
    """Name what a part of a room lends to another room, whose page describes it."""
    parents = {module.__name__.split(".")[1]}
    others = [import_module(f"hganalysis.{room}") for room in house.rooms() if room not in parents]
    elsewhere = {id(getattr(other, name)) for other in others for name in public(other)}
    own = getattr(module, "__all__", [])
    return [name for name in own if id(getattr(module, name)) in elsewhere]


def _is_documented(thing: object) -> bool:
    return inspect.isclass(thing) or inspect.isroutine(thing)


def page(room: str) -> str:
    """Write the page of a room."""
    module = import_module(f"hganalysis.{room}")
    known = constants(room)
    # the column at the side holds what is public here, and not all that each class has
    lines = [":tocdepth: 3", "", room, "=" * len(room), ""]
    lines += [f".. automodule:: {module.__name__}", "   :no-members:", ""]
    lines += [f".. currentmodule:: {module.__name__}", ""]
    names = public(module)
    told = [name for name in names if _is_documented(getattr(module, name))]
    if told:
        lines += [".. autosummary::", "   :nosignatures:", "", *(f"   {name}" for name in told), ""]
    for name in names:
        lines += entry(f"{module.__name__}.{name}", getattr(module, name), known.get(name))
    return "\n".join(lines)


def index() -> str:
    """Write the page that leads to all rooms."""
    lines = ["Reference", "=========", ""]
    lines += ["All that is public, from its docstrings. With ``import hganalysis as hg`` a room"]
    lines += ["is an attribute: ``hg.rates.uptake``.", ""]
    lines += [FIRST, "-" * len(FIRST), "", ".. toctree::", "   :hidden:", "", "   first", ""]
    lines += [".. autosummary::", "   :nosignatures:", ""]
    lines += [*(f"   hganalysis.{name}" for name in first_lines()), ""]
    for name, some in groups().items():
        lines += [name, "-" * len(name), "", ".. toctree::", "   :hidden:", ""]
        lines += [*(f"   {room}" for room in some), ""]
        for room in some:
            lines += [f":doc:`{room}`", f"   {house.says(house.rooms()[room])}", ""]
    return "\n".join(lines)


def first() -> str:
    """Write the page of what a first line begins with."""
    lines = [FIRST, "=" * len(FIRST), "", ".. currentmodule:: hganalysis", ""]
    for name in first_lines():
        thing = getattr(hganalysis, name)
        if inspect.isclass(thing):  # its room has it whole
            room = thing.__module__.split(".")[1]
            full = f"hganalysis.{room}.{name}"
            said = (inspect.getdoc(thing) or "").splitlines()[0]
            lines += [f".. py:class:: {name}", "", f"   {said} All of it: :class:`{full}`.", ""]
        else:
            lines += entry(f"hganalysis.{name}", thing, None)
    return "\n".join(lines)


def write(folder: Path) -> None:
    """Write the pages of reference, and remove those of rooms that are gone."""
    pages = {"index": index(), "first": first()} | {room: page(room) for room in house.rooms()}
    for gone in set(folder.glob("*.rst")) - {folder / f"{name}.rst" for name in pages}:
        gone.unlink()
    for name, text in pages.items():
        (folder / f"{name}.rst").write_text(text, encoding="utf-8")

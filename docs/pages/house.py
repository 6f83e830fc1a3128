"""Draw the house from its imports: its rooms, what each says of itself, and what it stands on."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from html import escape
from pathlib import Path

import hganalysis

PACKAGE = Path(hganalysis.__file__).parent
STEP, LEFT, TOP = 22, 110, 100


def rooms() -> dict[str, Path]:
    """Find every module and subpackage, by name: the file whose first line says what it does."""
    files = {path.stem: path for path in PACKAGE.glob("[!_]*.py")}
    return files | {path.parent.name: path for path in PACKAGE.glob("*/__init__.py")}


def files_of(room: str) -> list[Path]:
    """List the files of code of a room."""
    return sorted((PACKAGE / room).rglob("*.py")) or [PACKAGE / f"{room}.py"]


def says(file: Path) -> str:
    """Give the first sentence of what a file says of itself."""
    told = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(told.split("\n\n")[0].split())


def imports(room: str) -> set[str]:
    """Name the other rooms that a room imports, inside its functions too."""
    found = set()
    for file in files_of(room):
        inside = ("hganalysis", *file.relative_to(PACKAGE).parts[:-1])
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            if isinstance(node, ast.ImportFrom):
                above = inside[: len(inside) - node.level + 1] if node.level else ()
                source = ".".join([*above, *filter(None, [node.module])])
                found |= {f"{source}.{alias.name}" for alias in node.names}
    named = {name.split(".")[1] for name in found if name.startswith("hganalysis.")}
    return named & set(rooms()) - {room}


def in_order() -> dict[str, set[str]]:
    """
    Name each room with those that it imports, every one behind what it stands on.

    Raises
    ------
    CycleError
        If rooms import each other in a circle, with its rooms.
    """
    known = {room: imports(room) for room in sorted(rooms())}
    sorter, found = TopologicalSorter(known), []
    sorter.prepare()
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found += ready
        sorter.done(*ready)
    return {room: known[room] for room in found}


def drawn(house: dict[str, set[str]]) -> str:
    """Draw rooms by rooms: a dot where the one of the row imports that of the column."""
    names = list(house)
    wide, high = LEFT + STEP * len(names), TOP + STEP * len(names)
    parts = []
    for at, room in enumerate(names):
        middle = STEP * at + STEP / 2
        link = f'<a href="api/{room}.html">{escape(room)}</a>'
        parts += [
            f'<text x="{LEFT - 8}" y="{TOP + middle + 4}" text-anchor="end">{link}</text>',
            f'<text transform="translate({LEFT + middle + 4} {TOP - 8}) rotate(-90)">{room}</text>',
            f'<rect x="{LEFT + STEP * at}" y="{TOP + STEP * at}" width="{STEP}" height="{STEP}"/>',
        ]
        parts += [
            f'<circle cx="{LEFT + STEP * names.index(other) + STEP / 2}" cy="{TOP + middle}" r="5">'
            f"<title>{room} imports {other}</title></circle>"
            for other in sorted(house[room])
        ]
    label = "Which room imports which: all dots lie below the diagonal"
    return (
        f'<div class="scroll"><svg class="house" viewBox="0 0 {wide} {high}" width="{wide}" '
        f'height="{high}" role="img" aria-label="{label}">{"".join(parts)}</svg></div>\n'
    )


def write(folder: Path) -> None:
    """Write the drawing, and a table with a line for each room."""
    house = in_order()
    (folder / "house.html").write_text(drawn(house), encoding="utf-8")
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 15 50 35", ""]
    lines += ["   * - Room", "     - What it does", "     - Stands on"]
    for room, others in house.items():
        on = ", ".join(f":doc:`{other} <api/{other}>`" for other in house if other in others)
        lines += [f"   * - :doc:`{room} <api/{room}>`"]
        lines += [f"     - {says(rooms()[room])}", f"     - {on or 'nothing'}"]
    (folder / "house.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

"""Make a gallery of all that the notebooks draw: picture, code, and what stands beside it."""

from __future__ import annotations

import ast
import base64
import builtins
import html
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What every notebook has without a line of its own.
KNOWN = {*dir(builtins), "display"}


@dataclass
class Entry:
    """One picture of a notebook: its code, and the sentences and tables that stand beside it."""

    name: str
    title: str
    code: str
    picture: bytes
    said: list[str] = field(default_factory=list)
    """Texts around it, as Markdown."""
    shown: list[str] = field(default_factory=list)
    """Sentences and tables, as HTML."""


@dataclass(frozen=True)
class Notebook:
    """A notebook with its pictures; or what is drawn of studies, which is in none."""

    name: str
    title: str
    said: str
    entries: list[Entry]
    file: Path | None = None


STUDIES = {
    "kenya_2019": (
        "Kenya 2019: who uses the internet, county by county",
        """\
import hganalysis as hg

with hg.Study.open("kenya_2019").use():
    picture = hg.answers().where.plot()
picture
""",
    ),
    "india_2023": (
        "India 2023: payments by phone beside post offices, in every way to compare",
        """\
import hganalysis as hg

with hg.Study.open("india_2023").use():
    reports, offices = hg.frames.reports(), hg.frames.teams()
    payments = hg.frames.latest(reports, "headline")
    design = hg.Design.of_reports(reports, offices, indicator=payments)
    picture = design.ladder().plot()
picture
""",
    ),
}
"""What is drawn of the studies on real counts, by name: a title, and the code."""


def studies() -> Notebook:
    """Run the code of each study, and take its picture."""
    entries = []
    for name, (title, code) in STUDIES.items():
        found: dict[str, Any] = {}
        exec(code, found)
        picture, _ = found["picture"]._repr_png_()
        entries.append(Entry(name, title, code, picture))
    said = "Real counts of two places that the package was not made for, each with its card."
    return Notebook("studies", "Studies on real counts", said, entries)


def read(file: Path) -> Notebook:
    """
    Read the pictures of a notebook.

    What a section shows belongs to its picture; of several, to the one before it, and what stands
    before the first belongs to that. A section without a picture has no entry.
    """
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    codes = ["".join(cell["source"]) * (cell["cell_type"] == "code") for cell in cells]
    first = "".join(cells[0]["source"])
    entries: list[Entry] = []
    section, number, said, shown = "", 0, [], []
    for at, cell in enumerate(cells[1:], start=1):
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            if text.startswith("#"):
                head, _, text = text.partition("\n")
                section, number, said, shown = head.lstrip("# "), 0, [], []
            said.append(text)
            continue
        pictures, beside = outputs(cell)
        name = kept(text) or f"cell-{cell['id']}"  # an id begins with a letter
        for of_cell, picture in enumerate(pictures, start=1):
            number += 1
            title = section if number == 1 else f"{section} ({number})"
            called = name if of_cell == 1 else f"{name}-{of_cell}"
            entries.append(Entry(called, title, pasted(codes, at), picture, said, shown))
            said, shown = [], []
        (entries[-1].shown if number else shown).extend(beside)
    title, _, rest = first.partition("\n")
    return Notebook(file.stem, title.lstrip("# "), rest, entries, file)


def outputs(cell: dict[str, Any]) -> tuple[list[bytes], list[str]]:
    """Take the pictures of a cell, and its sentences and tables; a page within the page is none."""
    found = [one["data"] for one in cell["outputs"] if "data" in one]
    pictures = [base64.b64decode("".join(one["image/png"])) for one in found if "image/png" in one]
    pages = ["".join(one["text/html"]) for one in found if "text/html" in one]
    return pictures, [one for one in pages if "<iframe" not in one]


def kept(code: str) -> str:
    """Give the name under which a cell keeps what it draws."""
    calls = [one for one in ast.walk(ast.parse(code)) if isinstance(one, ast.Call)]
    names = [
        call.args[-1].value
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "keep"
        if call.args and isinstance(call.args[-1], ast.Constant)
    ]
    return names[-1] if names else ""


def pasted(codes: list[str], at: int) -> str:
    """
    Give the code of a cell with all that it needs of those before it: it runs as it is pasted.

    Of an earlier cell, what follows the last name that is needed is left out.
    """
    parts = [codes[at]]
    needed = asked(ast.parse(codes[at]).body)
    for code in reversed(codes[:at]):
        body = ast.parse(code).body
        last = max((n for n, one in enumerate(body, start=1) if given(one) & needed), default=0)
        if last:
            needed = (needed - set().union(*map(given, body[:last]))) | asked(body[:last])
            parts.append("\n".join(code.splitlines()[: body[last - 1].end_lineno]))
    return "\n\n".join(reversed(parts))


def given(node: ast.stmt) -> set[str]:
    """Name what a statement gives a value to, a column of it too."""
    found = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            found.add(one.id)
        if isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store):
            found |= {inner.id for inner in ast.walk(one.value) if isinstance(inner, ast.Name)}
        if isinstance(one, ast.Import):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in one.names}
    return found


def asked(body: list[ast.stmt]) -> set[str]:
    """Name what statements ask for, and do not give themselves before."""
    found: set[str] = set()
    known = set(KNOWN)
    for node in body:
        names = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
        found |= {one.id for one in names if isinstance(one.ctx, ast.Load)} - known
        known |= given(node)
    return found


def page(notebook: Notebook, folder: Path) -> str:
    """Write the page of a notebook, and its pictures beside it."""
    title = notebook.title
    lines = [title, "=" * 2 * len(title), "", *raw(markdown(notebook.said))]
    whole = (
        notebook.file and f"From :download:`{title} <../../notebooks/en/{notebook.name}.ipynb>`."
    )
    for one in notebook.entries:
        (folder / f"{one.name}.png").write_bytes(one.picture)
        lines += [f".. _{one.name}:", "", one.title, "-" * 2 * len(one.title), ""]
        lines += raw(*map(markdown, one.said))
        lines += [f".. image:: {one.name}.png", f"   :alt: {one.title}", ""]
        lines += raw(*(f'<div class="scroll" lang="en">{part}</div>' for part in one.shown))
        lines += [".. code-block:: python", "", *indented(one.code), "", whole or "", ""]
    return "\n".join(lines)


def raw(*parts: str) -> list[str]:
    """Write HTML as it is."""
    every = [line for part in parts for line in part.splitlines()]
    return [".. raw:: html", "", *indented("\n".join(every)), ""] if every else []


def indented(text: str) -> list[str]:
    """Move a text to the right, below its directive."""
    return [f"   {line}".rstrip() for line in text.splitlines()]


def markdown(text: str) -> str:
    """Turn the texts of a notebook into HTML."""
    from nbconvert.filters import markdown2html

    return str(markdown2html(text)) if text.strip() else ""


def index(notebooks: list[Notebook]) -> str:
    """Write the page with all pictures, each leading to its entry."""
    lines = ["Gallery", "=======", ""]
    lines += ["Real numbers first; then every picture of the notebooks, made by a build: with its"]
    lines += ["code, which runs in a notebook as it is pasted, and the table or the sentences that"]
    lines += ['belong to it. ``hg.words.use("vi")`` turns those of Hậu Giang to Vietnamese.']
    lines += ["", ".. toctree::", "   :hidden:", ""]
    lines += [*(f"   {one.name}" for one in notebooks), ""]
    for one in notebooks:
        lines += [f".. rubric:: {one.title}", "", *raw("\n".join(thumbnails(one)))]
    return "\n".join(lines)


def thumbnails(notebook: Notebook) -> Iterator[str]:
    """Lay out small pictures, each a link to its entry."""
    yield '<div class="gallery">'
    for one in notebook.entries:
        anchor = re.sub(r"[^a-z0-9]+", "-", one.name.lower()).strip("-")
        picture = f'<img src="../_images/{one.name}.png" alt="" loading="lazy">'
        link = f'<a href="{notebook.name}.html#{anchor}">'
        yield f"{link}{picture}<span>{html.escape(one.title)}</span></a>"
    yield "</div>"


def write(folder: Path, notebooks: Path) -> None:
    """Write the gallery, and remove what is left of another one."""
    for old in folder.iterdir():
        old.unlink()
    found = [one for one in map(read, sorted(notebooks.glob("*.ipynb"))) if one.entries]
    found = [studies(), *found]
    for one in found:
        (folder / f"{one.name}.rst").write_text(page(one, folder), encoding="utf-8")
    (folder / "index.rst").write_text(index(found), encoding="utf-8")

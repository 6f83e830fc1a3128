"""Recognise the data of a build, and say whether they give a picture."""

import hashlib
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .. import frames, study, suppress
from ..draw import seal
from ..suppress.register import GRAIN, cells_of_reports
from . import folders

REPORTED = (study.REPORTS, "demo/reports.csv")

# What every picture carries: in the metadata of its format, which no viewer shows.
MARK = re.compile(rb"hganalysis:([0-9a-f]{12})")
# Of a deck: its slides, and what older decks list their digests in.
MARKED_PART = re.compile(r"docProps/core\.xml|ppt/slides/slide\d+\.xml")

KINDS = (".png", ".svg", ".pdf", ".html", ".pptx")
MAX_BYTES = 50_000_000
"""A larger file is not looked into."""


def inputs() -> str:
    """
    Shorten the data in use to a few digits, with the threshold below which counts are hidden.
    """
    in_use = study.current()
    lines = [f"fewer than {suppress.threshold(in_use)}"]
    for name, card in sorted(in_use.cards.items()):
        digits = card["sha256"]
        if name in REPORTED:
            # What is hidden in them must not enter: trying would tell what gives these digits.
            digits = hashlib.sha256(frames.reports().to_csv().encode()).hexdigest()
        lines.append(f"{name} {digits}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


@contextmanager
def registered(folder: Path, *, file: str) -> Iterator[None]:
    """
    Enter in the register of a folder what a block makes of one's own reports.

    Raises
    ------
    ValueError
        If it may not be released there; before the block, so that no work is done in vain.
    """
    if study.REPORTS not in study.current().cards:
        yield
        return
    cells = cells_of_reports(frames.reports())
    suppress.require_release(cells, folder=folder, file=file, grain=GRAIN)
    yield
    suppress.release(cells, folder=folder, file=file, source=_name_source(), grain=GRAIN)


def _name_source() -> str:
    """Say of which data a release is, and of which files counts are shown as published."""
    names = ["file", "sha256", "captured", "url"]
    published = [" ".join(card[name] for name in names) for card in suppress.list_sources()]
    return "; ".join([inputs(), *published])


def digests(file: Path) -> list[str]:
    """List the digests that a file carries: one a picture, of a deck one a slide."""
    if file.suffix.lower() not in KINDS or file.stat().st_size > MAX_BYTES:
        return []
    content = file.read_bytes()
    if file.suffix.lower() == ".pptx":
        try:
            with zipfile.ZipFile(file) as deck:
                parts = [part for part in deck.infolist() if MARKED_PART.fullmatch(part.filename)]
                size = sum(part.file_size for part in parts)
                content = b"".join(map(deck.read, parts)) if size < MAX_BYTES else b""
        except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
            return []
    return list(dict.fromkeys(mark.decode() for mark in MARK.findall(content)))


def record(out: Path) -> Path:
    """List all files in a folder of outputs, with their digests and those of the data in use."""
    inputs_in_use = inputs()
    rows = [
        {
            "file": file.relative_to(out).as_posix(),
            "digests": " ".join(digests(file)),
            "sha256": folders.checksum(file),
            "inputs": inputs_in_use,
        }
        for file in sorted(out.rglob("*"))
        if file.is_file()
    ]
    return folders.write_rows(out, rows)


CODES = {"same": 0, "changed": 1, "unknown": 2}
"""The data at hand give a picture, or none like it, or nobody knows: the status of the command."""

ANSWERS = {"same": "same", "copy": "same", "changed": "changed", "edited": "changed"}
"""The answer that each reason leads to; any other reason, to "unknown"."""

REASONS: dict[seal.State, str] = {"drawn": "same", "edited": "edited", "unsealed": "named"}
"""What follows for a file with the digest of a figure of the build."""


def verify(file: Path, *, out: Path) -> tuple[str, list[str]]:
    """
    Compare a picture, page or deck to the build of the data in use.

    Parameters
    ----------
    file
        A PNG, SVG, PDF, HTML or PPTX of this package, wherever it has been since.
    out
        The outputs of a build.

    Returns
    -------
    why, like
        The key of a sentence, see `ANSWERS`; and the files of the build with the same digests.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    """
    carried = set(digests(file))
    if not carried:
        return "unmarked", []
    rows = folders.rows(out)
    if not rows:
        return "no_build", []
    if rows[0]["inputs"] != inputs():
        return "stale", []
    built = {row["file"]: set(row["digests"].split()) for row in rows}
    if not carried <= set().union(*built.values()):
        return "changed", []
    similar_files = [name for name, marks in built.items() if carried & marks]
    written = {row["sha256"]: row["file"] for row in rows}
    copied = written.get(folders.checksum(file))
    if copied:
        return "copy", [copied]
    # a digest may be kept in a file that was painted over
    return REASONS[seal.find_state(file.read_bytes())], similar_files

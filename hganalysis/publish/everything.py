"""Write all that goes out of a study, step by step."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from .. import study, words
from . import atlas, deck, index, tables
from .answers import Answer, answers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LICENCE = "LICENSE.txt"
"""Of the data of a study, beside its description; what is made of them takes it along."""


def write(
    out: Path,
    *,
    done: Callable[[str, int, int], object],
    lost: Callable[[str], object],
    notebooks_only: bool = False,
) -> list[Answer]:
    """
    Write all but the index, which names what else there is.

    Parameters
    ----------
    out
        The folder, with what the notebooks kept.
    done
        Is told which step begins, its number, and how many there are.
    lost
        Is told of each file that the data at hand cannot fill, and why: the rest stands.
    notebooks_only
        Write neither the deck nor the atlas.
    """
    told = answers()
    steps: dict[str, Callable[[], object]] = {
        "thumbs": lambda: index.thumbs(out, told),
        "tables": lambda: tables.workbook(out),
        "figures": lambda: tables.archive(out),
        "atlas": lambda: atlas.write(out / index.TAKEN["atlas"], told),
        "slides": lambda: deck.write(out / index.TAKEN["slides"], told),
    }
    for name in ("atlas", "slides") if notebooks_only else ():
        del steps[name]
    for number, (name, step) in enumerate(steps.items()):
        done(words.term(f"publish.step_{name}"), number, len(steps))
        try:
            step()
        except (LookupError, ValueError) as reason:
            lost(words.term("publish.left_out", file=index.TAKEN.get(name, name), reason=reason))
    done(words.term("publish.step_index"), len(steps), len(steps))
    folder = study.current().folder
    if folder is not None and (folder / LICENCE).is_file():
        shutil.copyfile(folder / LICENCE, out / LICENCE)
    return told

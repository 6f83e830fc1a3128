"""Say what a figure shows in a few digits: the hash, the version, the classes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ... import __version__, words
from ..states import KNOWN, UNRELIABLE

if TYPE_CHECKING:
    from ...indicators import Classes

DIGITS = 12
# Told of a place whose value is not shown: which it is, and that it is not shown.
TOLD = ("code", "name", "label", "year", "indicator", "state", "origin")
LINE = re.compile(
    r"hganalysis/(?P<version>[0-9][0-9A-Za-z.]{0,29}) data/(?P<hash>[0-9a-f]{12})"
    r" recipe/(?P<recipe>[0-9a-f]{12}) lang/(?P<language>[a-z]{2})"
    r" classes/(?P<classes>[\w.,:;+-]{0,2000})"
)


@dataclass(frozen=True)
class Passport:
    """
    What a figure says of itself.

    `hash` is of the released data and of the classes, as they are shown; `version` is this
    package's; `classes` names each set of classes with its breaks (`app_users:0.15,0.2`), with a
    semicolon between sets. `recipe` is a hash of the titles and dates of the figure: what it is
    about, whatever the data; `language` is that of its words. `limits` are the breaks in words, for
    the footer: files do not carry them.
    """

    hash: str
    version: str
    classes: str
    recipe: str
    language: str
    limits: str = ""

    @property
    def line(self) -> str:
        """Write it as it stands in files: plain ASCII, no blank in any part."""
        return (
            f"hganalysis/{self.version} data/{self.hash} recipe/{self.recipe} "
            f"lang/{self.language} classes/{self.classes}"
        )

    @property
    def text(self) -> str:
        """Write it as it stands in a footer, in the language in use."""
        said = words.term("maps.passport", hash=self.hash, version=self.version)
        if not self.limits:
            return said
        return words.term("maps.passport_classes", text=said, classes=self.limits)


def parse(line: str) -> Passport | None:
    """Read the line of a file; nothing if it is none of ours."""
    found = LINE.fullmatch(line)
    return Passport(**found.groupdict()) if found else None


def of(
    shown: pd.DataFrame | Sequence[str],
    *,
    classes: Sequence[Classes] = (),
    recipe: Sequence[str] = (),
) -> Passport:
    """
    Make the passport of a figure.

    Parameters
    ----------
    shown
        What is shown: a frame, one row a place, texts and numbers as they are released (numbers
        enter with six digits); or lines of text. Of rows whose `state` says that their value is
        not shown, nothing enters but who they are.
    classes
        The classes of its legend.
    recipe
        What it is about, whatever the data: titles and dates.

    Returns
    -------
    passport
        The same for the same data in any order of rows and columns.
    """
    lines = _lines(shown) if isinstance(shown, pd.DataFrame) else list(shown)
    # Two maps with the same classes have one legend.
    named = {_name(one): _limits(one) for one in classes}
    drawn = "\n".join([*named, "", *lines])
    return Passport(
        hash=digits(drawn),
        version=__version__,
        classes=";".join(named),
        recipe=digits("\n".join(recipe)),
        language=words.language(),
        limits=" | ".join(named.values()),
    )


def digits(text: str) -> str:
    """Shorten a text to the first digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _name(classes: Classes) -> str:
    breaks = ",".join(f"{edge:g}" for edge in classes.breaks)
    return f"{re.sub(r'[^0-9A-Za-z_-]', '_', classes.name)}:{breaks}"


def _limits(classes: Classes) -> str:
    """Write the breaks in words, the unit once: 15; 20; 25 %."""
    *others, _ = words.series(classes.breaks, classes, bare=True)
    return "; ".join([*others, words.series(classes.breaks, classes)[-1]])


def _lines(shown: pd.DataFrame) -> list[str]:
    table = shown.reset_index() if any(shown.index.names) else shown
    names = sorted(str(name) for name in table if str(table[name].dtype) != "geometry")
    table = table.rename(columns=str)[names]
    texts = table.map(_text)
    if "state" in table:
        hidden = ~table["state"].fillna(KNOWN).isin([KNOWN, UNRELIABLE])
        secret = [name for name in names if name not in TOLD]
        texts[secret] = texts[secret].mask(hidden, "")
    rows = sorted("\t".join(row) for row in texts.itertuples(index=False))
    return ["\t".join(map(str, texts)), *rows]


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.replace("\t", " ").replace("\n", " ")
    if value is None or bool(pd.isna(value)):  # type: ignore[call-overload]
        return ""
    return f"{value + 0.0:.6g}" if isinstance(value, float) else str(value)  # no minus zero

"""Read the texts of all modules, and write a refusal where no study may be open yet."""

from __future__ import annotations

import os
import re
import string
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LANGUAGE = "HGANALYSIS_LANG"
LANGUAGES = ("vi", "en")
_PACKAGE = Path(__file__).parent


def read_language() -> str:
    """Read the language of the environment; Vietnamese where it names none that we have."""
    language = os.environ.get(LANGUAGE, "")
    return language if language in LANGUAGES else LANGUAGES[0]


name_language: Callable[[], str] = read_language
"""Names the language of refusals; `study` puts its own here, which knows the language in use."""


@cache  # they are files of the package, and of no study
def read_texts() -> dict[str, dict[str, dict[str, str]]]:
    """Read the texts of every module; each section is of one module."""
    sections: dict[str, dict[str, dict[str, str]]] = {}
    for file in _PACKAGE.glob("*/texts.toml"):
        sections |= tomllib.loads(file.read_text(encoding="utf-8"))
    return sections


class _Agreeing(string.Formatter):
    """Fills blanks, and chooses words that agree with a number; see `fill`."""

    def format_field(self, value: object, format_spec: str) -> str:
        """Write one blank."""
        singular, bar, plural = format_spec.partition("|")
        if not bar:
            return str(super().format_field(value, format_spec))
        chosen = singular if str(value) == "1" else plural
        return chosen.replace("#", str(value))


_AGREEING = _Agreeing()


def fill(text: str, /, **blanks: object) -> str:
    """
    Fill the blanks of a text.

    `{rows:# row is|# rows are}` has the words for 1 first, then those for all other numbers; the
    number stands where `#` does. A number that may have to be left unsaid is no 1: its noun would
    tell it.

    Examples
    --------
    >>> fill("{rows:# row is|# rows are} read", rows=1)
    '1 row is read'
    """
    return _AGREEING.format(text, **blanks) if "|" in text else text.format(**blanks)


def write_refusal(key: str, /, **blanks: object) -> str:
    """
    Write a text without nouns of a study: a refusal, perhaps of the study that is being opened.

    Parameters
    ----------
    key
        `"section.name"`, as in `texts.toml`.
    **blanks
        The blanks of that text, by name.

    Examples
    --------
    >>> write_refusal("words_errors.language", name="language", language="fr", languages="vi, en")
    "language là 'fr'; phải là một trong: vi, en."
    """
    section, _, name = key.partition(".")
    return fill(read_texts()[section][name][name_language()], **blanks)


def explain_error(error: Exception) -> str:
    """
    Say why a TOML or JSON file cannot be read: its encoding, or the line and the column.

    Examples
    --------
    >>> try:
    ...     tomllib.loads("name = = 3")
    ... except ValueError as error:
    ...     explain_error(error)
    'lỗi ở dòng 1, cột 8'
    """
    if isinstance(error, UnicodeDecodeError):
        return write_refusal("words_errors.not_utf8")
    place = re.search(r"line (\d+),? column (\d+)", str(error))
    if place is None:
        return write_refusal("words_errors.unfinished")
    line, column = place.groups()
    key = "written_twice" if "overwrite" in str(error) else "wrong_at"
    return write_refusal(f"words_errors.{key}", line=line, column=column)

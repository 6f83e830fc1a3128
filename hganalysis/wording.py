"""Read the texts of all modules, and write a refusal where no study may be open yet."""

from __future__ import annotations

import os
import re
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
    return read_texts()[section][name][name_language()].format(**blanks)


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

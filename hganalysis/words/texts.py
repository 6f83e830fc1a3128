"""Find texts in the language in use, with the nouns of the study in use."""

from __future__ import annotations

import difflib
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from .. import study

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import ExitStack

LANGUAGES = study.LANGUAGES
ROOMS = Path(__file__).parents[1]


def use(language: str) -> ExitStack:
    """
    Switch the language of every number, label and sentence that follows.

    Parameters
    ----------
    language
        `"vi"` or `"en"`.

    Returns
    -------
    previous
        May be ignored; as a context manager it restores the language that was in use.

    Raises
    ------
    ValueError
        If the language is neither.

    Examples
    --------
    >>> with use("en"):
    ...     term("words.simulated")
    'SIMULATED DATA'
    """
    return study.use(language=_known(language, "language"))


def language() -> str:
    """Name the language in use: `"vi"` or `"en"`."""
    return _known(study.current().language, study.LANGUAGE)


def _known(language: str, asked: str) -> str:
    if language not in LANGUAGES:
        msg = f"{asked} is {language!r}; expected one of {', '.join(LANGUAGES)}."
        raise ValueError(msg)
    return language


def strings() -> dict[str, dict[str, str]]:
    """
    Read every text that people see: key, then language, then text.

    The nouns in it are those of the study in use, and so is what is said otherwise of such a one.
    """
    return _strings(study.current().written)


@lru_cache(maxsize=1)
def _written() -> dict[str, dict[str, dict[str, str]]]:
    """Read the texts of every room; each section is of one room."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for file in ROOMS.glob("*/texts.toml"):
        found |= tomllib.loads(file.read_text(encoding="utf-8"))
    return found


@lru_cache(maxsize=16)
def _strings(written: str) -> dict[str, dict[str, str]]:
    nouns = {one: study.blanks(written, one) for one in LANGUAGES}
    kinds = study.text_variants(written)
    found: dict[str, dict[str, str]] = {}
    for section, entries in _written().items():
        for key, texts in entries.items():
            name, _, kind = key.partition(".")
            if kinds.get(kind, True):
                said = {one: study.fill(texts[one], nouns[one]) for one in LANGUAGES}
                found[f"{section}.{name}"] = said
    return found


def of_study(texts: Mapping[str, str] | str) -> str:
    """
    Give a text of a catalogue in the language in use, with the nouns of the study in use.

    Parameters
    ----------
    texts
        By language, as `indicators.toml` has them; or one for every language.
    """
    text = study.in_language(texts, language())
    return study.fill(text, study.blanks(study.current().written, language()))


def term(key: str, **values: object) -> str:
    """
    Give the text of a key in the language in use, with its blanks filled in.

    Parameters
    ----------
    key
        `"section.name"`, as it stands in the `texts.toml` of a room.
    **values
        The blanks of that text, by name.

    Raises
    ------
    LookupError
        If there is no such key.

    Examples
    --------
    >>> term("words.simulated")
    'SỐ LIỆU MÔ PHỎNG'
    """
    return strings()[key][language()].format(**values)


def did_you_mean(name: object, names: Iterable[object]) -> str:
    """
    Ask whether a known name was meant, in English as our refusals are; nothing if none is near.

    Examples
    --------
    >>> did_you_mean("app_user", ["app_users", "informed"])
    " Did you mean 'app_users'?"
    """
    near = difflib.get_close_matches(str(name), map(str, names), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


def column(name: str) -> str:
    """
    Name the column that holds a text in the language in use.

    Examples
    --------
    >>> column("name")
    'name_vi'
    """
    return f"{name}_{language()}"

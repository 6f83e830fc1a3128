"""Find texts in the language in use, with the nouns of the study in use."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from .. import study
from ..wording import fill, read_texts, write_refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import ExitStack

    from ..study import Study

LANGUAGES = study.LANGUAGES


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
    return study.use(language=_require_language(language, "language"))


def language() -> str:
    """
    Name the language in use: `"vi"` or `"en"`.

    Examples
    --------
    >>> with study.use(language="en"):
    ...     language()
    'en'
    """
    return _require_language(study.current().language, study.LANGUAGE)


def _require_language(language: str, name: str) -> str:
    if language not in LANGUAGES:
        blanks = {"name": name, "language": language, "languages": ", ".join(LANGUAGES)}
        raise ValueError(write_refusal("words_errors.language", **blanks))
    return language


def strings() -> dict[str, dict[str, str]]:
    """
    Read every text that people see: key, then language, then text.

    The nouns in it, and the variants of texts, are those of the study in use.

    Examples
    --------
    >>> strings()["figure.prefix"]
    {'vi': 'Số liệu mô phỏng. {sentence}', 'en': 'Simulated data. {sentence}'}
    """
    return study.current().remember(_fill_texts)


def _fill_texts(in_use: Study) -> dict[str, dict[str, str]]:
    """Fill the nouns of a study into every text, and choose the variants that it needs."""
    nouns = {language: in_use.nouns(language) for language in LANGUAGES}
    variants = study.text_variants(in_use.written)
    strings: dict[str, dict[str, str]] = {}
    for section, entries in read_texts().items():
        for key, texts in entries.items():
            name, _, variant = key.partition(".")
            if variants.get(variant, True):
                strings[f"{section}.{name}"] = {
                    language: study.fill(texts[language], nouns[language]) for language in LANGUAGES
                }
    return strings


def of_study(texts: Mapping[str, str] | str, of: Study | None = None) -> str:
    """
    Give a text of a catalogue in the language in use, with the nouns of a study.

    Parameters
    ----------
    texts
        By language, as `indicators.toml` has them; or a single text for every language.
    of
        The study, in the language in use; by default the study in use.
    """
    in_use = of or study.current()
    text = study.in_language(texts, in_use.language)
    return study.fill(text, in_use.nouns(in_use.language))


def term(key: str, /, **values: object) -> str:
    """
    Give the text of a key in the language in use, and fill its blanks.

    Parameters
    ----------
    key
        `"section.name"`, as in the `texts.toml` of a room.
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
    in_use = study.current()
    language = _require_language(in_use.language, study.LANGUAGE)
    text = in_use.remember(_fill_texts)[key][language]
    return fill(text, **values)


def did_you_mean(name: object, names: Iterable[object]) -> str:
    """
    Ask whether a similar name was meant; an empty text if no name is similar.

    Examples
    --------
    >>> with use("en"):
    ...     did_you_mean("app_user", ["app_users", "informed"])
    " Did you mean 'app_users'?"
    """
    similar = difflib.get_close_matches(str(name), map(str, names), n=1)
    return term("words.did_you_mean", name=similar[0]) if similar else ""


def column(name: str) -> str:
    """
    Name the column that holds a text in the language in use.

    Examples
    --------
    >>> column("name")
    'name_vi'
    """
    return f"{name}_{language()}"

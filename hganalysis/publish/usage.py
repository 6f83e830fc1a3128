"""Help of the command line, and what is wrong with a call, in the language in use."""

from __future__ import annotations

import re
import string
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import typer
from rich.markup import escape
from typer.core import TyperCommand, TyperGroup

from .. import study, wording

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = study.DATA.parent / "docs"
"""The documentation, as text: beside the data, in a checkout as in a wheel."""

WRONG_CALL: Any = typer.BadParameter.__base__
"""What Typer raises of a call that is written wrongly; it names no public class for all of them."""

# Titles and notes of Typer that stand in each help, and the texts that take their place.
_FIXED = {
    "ARGUMENTS_PANEL_TITLE": "arguments",
    "OPTIONS_PANEL_TITLE": "options",
    "COMMANDS_PANEL_TITLE": "commands",
}
_FIXED_NOTES = {"REQUIRED_LONG_STRING": "required", "DEFAULT_STRING": "default"}

_asked_for: ContextVar[str | None] = ContextVar("asked_for", default=None)
"""The language that a command line asks for, before any study is open."""


@contextmanager
def speak(arguments: list[str]) -> Iterator[None]:
    """Write help in the language of `--lang`; without it, in the one in use."""
    languages = [
        value
        for option, value in pairwise(arguments)
        if option == "--lang" and value in wording.LANGUAGES
    ]
    languages += [language for language in wording.LANGUAGES if f"--lang={language}" in arguments]
    token = _asked_for.set(languages[-1] if languages else None)
    try:
        yield
    finally:
        _asked_for.reset(token)


def _read(section: str) -> dict[str, str]:
    """Read the texts of a section in the language in use; no study is opened for it."""
    language = _language()
    return {key: texts[language] for key, texts in wording.read_texts()[section].items()}


def _language() -> str:
    return _asked_for.get() or wording.name_language()


class _Spoken:
    """A command that reads its help from `texts.toml`, each time it is made."""

    def __init__(self: Any, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **options)
        texts, terms = _read("help"), _read("usage")
        self.help = texts[self.name]
        self.options_metavar = f"[{terms['any_options']}]"
        for param in self.params:
            option = param.opts[0].lstrip("-")
            param.help = texts.get(f"{self.name}.{option}") or texts[option]

    def get_help_option(self, context: Any) -> Any:  # noqa: ANN401
        """Explain `--help` itself."""
        option = super().get_help_option(context)  # type: ignore[misc]
        option.help = _read("help")["help"]
        return option

    def get_usage(self, context: Any) -> str:  # noqa: ANN401
        """Write how the command is called."""
        usage: str = super().get_usage(context)  # type: ignore[misc]
        return usage.replace("Usage:", _read("usage")["usage"], 1)

    def format_help(self, context: Any, formatter: Any) -> None:  # noqa: ANN401
        """Print the help."""
        from typer import rich_utils

        terms = _read("usage")
        for constant, key in _FIXED.items():
            setattr(rich_utils, constant, terms[key])
        for constant, key in _FIXED_NOTES.items():
            note = terms[key].format(value="{}")
            setattr(rich_utils, constant, f"[{note}]")
        super().format_help(context, formatter)  # type: ignore[misc]


class Command(_Spoken, TyperCommand):  # type: ignore[misc]
    """A command, such as `build`."""


class Group(_Spoken, TyperGroup):  # type: ignore[misc]
    """All commands."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **options)
        self.subcommand_metavar = _read("usage")["any_command"]
        pages = {"vi": DOCS / "vi" / "index.rst", "en": DOCS / "index.rst"}
        self.epilog = escape(_read("help")["documentation"].format(**pages))


def explain(error: Any) -> str:  # noqa: ANN401
    """Say what is wrong with a call, how the command is called, and where it is explained."""
    message = error.format_message()
    if not message:  # a call without a command, which printed the help
        return ""
    lines = [_translate(message) or _read("usage")["wrong"].format(message=message)]
    if error.ctx:
        more = _read("usage")["more"].format(command=error.ctx.command_path)
        lines += [error.ctx.get_usage(), more]
    return "\n".join(lines)


def _translate(message: str) -> str:
    """Write a message of Typer in the language in use; blank if it is none of those we know."""
    translations = _read("wrong_calls")
    for key, texts in wording.read_texts()["wrong_calls"].items():
        match = re.fullmatch(_pattern_of(texts["en"]), message, re.DOTALL)
        if match:
            blanks = match.groupdict()
            # a reason is a message, too
            if "reason" in blanks:
                blanks["reason"] = _translate(blanks["reason"]) or blanks["reason"]
            return translations[key].format(**blanks)
    return ""


def _pattern_of(text: str) -> str:
    """Make a pattern of a text: each blank may be anything."""
    parts = string.Formatter().parse(text)
    return "".join(
        re.escape(literal) + (f"(?P<{blank}>.+)" if blank else "") for literal, blank, *_ in parts
    )

"""Speak to a terminal: what is printed, how far a run is, how a signal ends it."""

from __future__ import annotations

import codecs
import contextlib
import io
import logging
import signal
import sys
import unicodedata
from collections.abc import Iterator
from types import FrameType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.status import Status
from rich.text import Text

from ..countries.letters import bare
from ..escaping import lines


def say(text: str, *, style: str = "", error: bool = False) -> None:
    """
    Print a text as it is: no control characters, no markup, no line broken by us.

    Parameters
    ----------
    text
        Perhaps with cells of somebody's file in it.
    style
        Of Rich, such as `"bold"`.
    error
        Print it where errors are printed.
    """
    Console(stderr=error, soft_wrap=True).print(Text(lines(text), style=style))


def write_plainly() -> None:
    """Let a console that lacks letters (cp1258, cp1252, ascii) show others: no error, no end."""

    def instead(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        text = bare(unicodedata.normalize("NFKC", error.object[error.start : error.end]))
        return text.encode("ascii", "replace").decode(), error.end

    codecs.register_error("hganalysis", instead)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="hganalysis")


def progress() -> Progress:
    """Make bars that say how many are done of how many, and since when."""
    description = TextColumn("{task.description}")
    return Progress(description, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


def busy(text: str) -> Status:
    """Show on a terminal what is being done, as long as a block runs."""
    return Console(stderr=True).status(Text(lines(text)))


STOPS = ("SIGINT", "SIGTERM", "SIGHUP")
SIGNALS = [number for number in signal.Signals if number.name in STOPS]
"""What asks a program to stop: Ctrl-C, `kill`, and a terminal that is closed."""


@contextlib.contextmanager
def gently() -> Iterator[None]:
    """
    Leave by way of every `with` and `finally` when a signal asks to stop, as long as a block runs.

    What the caller ignores stays ignored (`nohup`).
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, _stop)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _: FrameType | None) -> None:
    # A shell and the terminal both tell of its end: the second must not cut the first short.
    for ignored in SIGNALS:
        signal.signal(ignored, signal.SIG_IGN)
    # What a library was in the middle of is no error of anybody's.
    logging.getLogger("asyncio").disabled = True
    raise SystemExit(128 + number)

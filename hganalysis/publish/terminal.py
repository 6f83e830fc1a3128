"""Speak to a terminal: what is printed, how far a run is, how a signal ends it."""

from __future__ import annotations

import codecs
import contextlib
import io
import logging
import os
import signal
import sys
import threading
import unicodedata
from time import monotonic
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from .. import words
from ..countries.letters import bare
from ..escaping import lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from rich.progress import Progress


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
        if not isinstance(error, UnicodeEncodeError):
            raise error
        text = bare(unicodedata.normalize("NFKC", error.object[error.start : error.end]))
        return text.replace("Đ", "D").encode("ascii", "replace").decode(), error.end

    codecs.register_error("hganalysis", instead)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="hganalysis")


def progress(**options: Any) -> Progress:  # noqa: ANN401
    """Make bars that say how many are done of how many, and since when."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), **options)


@contextlib.contextmanager
def counting() -> Iterator[Callable[[float | None], None]]:
    """Show a bar on a terminal, as long as a log is counted: how far it is, where that is known."""
    with progress(transient=True, disable=not Console().is_terminal) as bars:
        bar = bars.add_task(words.term("counts.counting"), total=None)

        def watch(share: float | None) -> None:
            bars.update(bar, total=None if share is None else 1, completed=share or 0)

        yield watch


SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""What asks a program to stop: Ctrl-C, `kill`, and a terminal that is closed."""
# A shell and the terminal both tell of its end: the second word of it must not cut the first short.
_ONCE_IN = 5.0
_last, _active = -_ONCE_IN, False


@contextlib.contextmanager
def gently() -> Iterator[None]:
    """
    Leave by way of every `with` and `finally` when a signal asks to stop, as long as a block runs.

    What the caller ignores stays ignored (`nohup`). In another thread than the first nothing is
    changed: signals reach the first alone.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    global _active
    before = {number: signal.getsignal(number) for number in SIGNALS}
    _active = True
    try:
        again()
        yield
    finally:
        _active = False
        for number, handler in before.items():
            signal.signal(number, handler)


def again() -> None:
    """Take the signals back from a library that set handlers of its own."""
    for number in SIGNALS if _active else ():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, _: FrameType | None) -> None:
    global _last
    if monotonic() - _last < _ONCE_IN:
        return
    _last = monotonic()
    # What a library was in the middle of is no error of anybody's.
    logging.getLogger("asyncio").disabled = True
    if number == getattr(signal, "SIGHUP", None):
        _mute()
    raise SystemExit(128 + number)


def _mute() -> None:
    """Say no more to a terminal that is gone: writing to it would be an error of its own."""
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            if os.isatty(stream.fileno()):
                os.dup2(silence, stream.fileno())

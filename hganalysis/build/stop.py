"""End a command that is told to stop as one that fails: what it lent is given back, in silence."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""What asks a program to stop: Ctrl-C, `kill`, and a terminal that is closed."""
# A shell and the terminal both tell of its end: the second word of it must not cut the first short.
_ONCE_IN = 5.0
_last, _active = -_ONCE_IN, False


@contextmanager
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
        with suppress(OSError, ValueError):
            if os.isatty(stream.fileno()):
                os.dup2(silence, stream.fileno())

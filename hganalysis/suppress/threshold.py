"""Hold the count below which counts are hidden."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .. import study

if TYPE_CHECKING:
    from contextlib import ExitStack

FEWER_THAN = 5
"""Usual in official statistics for counts of people."""


def threshold() -> int:
    """
    Give the count below which counts are hidden: 5, or that of `use` or of the environment.

    Raises
    ------
    ValueError
        If the environment holds anything but a whole number from 0.
    """
    in_use = study.current().fewer_than
    if in_use is not None:
        return in_use
    text = os.environ.get(study.FEWER_THAN, str(FEWER_THAN))
    if not (text.isascii() and text.isdecimal()):
        wanted = "expected a whole number: 5, say, or 0 to hide nothing."
        msg = f"{study.FEWER_THAN} is {text!r}; {wanted}"
        raise ValueError(msg)
    return int(text)


def use(*, fewer_than: int | None) -> ExitStack:
    """
    Change the threshold for everything that follows.

    Parameters
    ----------
    fewer_than
        Counts below it are hidden; 0 hides nothing, for use inside the office only. None goes
        back to that of the environment.

    Returns
    -------
    previous
        May be ignored; as a context manager it restores the threshold that was in use.

    Raises
    ------
    ValueError
        If it is no whole number from 0.

    Examples
    --------
    >>> with use(fewer_than=0):
    ...     threshold()
    0
    """
    return study.use(fewer_than=None if fewer_than is None else valid(fewer_than))


def valid(fewer_than: int) -> int:
    """Give a threshold back, and refuse what is none."""
    if isinstance(fewer_than, bool) or not isinstance(fewer_than, int) or fewer_than < 0:
        msg = f"fewer_than is {fewer_than!r}; expected a whole number, or 0 to hide nothing."
        raise ValueError(msg)
    return fewer_than

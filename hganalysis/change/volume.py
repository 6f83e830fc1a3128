"""Say where far more was counted in a day of one period than of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import words
from ..figure import capitalise

if TYPE_CHECKING:
    from ..periods import PeriodKey
    from ..ranking.volume import Volumes


def write_volumes(
    volumes: Volumes | None, periods: tuple[PeriodKey, ...], *, key: str = "change.volume"
) -> str:
    """
    Say that the volumes differ, and what follows; nothing where they do not.

    Parameters
    ----------
    volumes
        As `ranking.volume.compare_volumes` gives them.
    periods
        Of the measure; the last two were compared.
    key
        Of the text that says what follows.
    """
    if volumes is None:
        return ""
    before, after = map(words.short_period, periods[-2:])
    low = words.number(round(volumes.before))
    high = words.number(round(volumes.after))
    return words.term(
        key,
        before=capitalise(before),
        after=after,
        low=low,
        high=high,
        out_of=volumes.out_of,
    )

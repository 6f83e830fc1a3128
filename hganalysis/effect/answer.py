"""One answer: a sentence when printed, a tidy table, a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import figure
from .texts import Names, Refused, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd

    from ..draw import Picture
    from ..figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class Answer:
    """
    One answer: `str(answer)` is a sentence in the language in use.

    A notebook shows the sentence, and the picture below it.
    """

    table: pd.DataFrame
    """Tidy, one row an estimate, nothing rounded; where there is no answer, with its `reason`."""
    origin: str
    names: Names
    says: Callable[[], str]
    draws: Callable[[], Figure] | None = None
    model: Any = None
    """What statsmodels made of it: `answer.model.summary()`."""
    refused: Refused | None = None
    """Why there is no answer; else None."""

    def __str__(self) -> str:
        return figure.prefixed(self.says(), self.origin)

    def __repr__(self) -> str:
        return str(self)

    def picture(self) -> Picture | None:
        """Draw the answer; None where there is nothing to draw, as where it is refused."""
        from ..draw import Picture

        return Picture(self.draws()) if self.draws else None

    def keep(self, name: str) -> Answer:
        """Keep its picture and its table among the outputs while they are built: see `hg.keep`."""
        from ..draw import keep

        return keep(self, name)

    def files(self, name: str) -> Iterator[tuple[str, Callable[[Path], object]]]:
        """Name each file that is kept, with what writes it."""
        from ..draw.keep import TABLES, csv

        table = f"{TABLES}/{name}.csv"
        if picture := self.picture():
            yield from (one for one in picture.files(name) if one[0] != table)
        yield table, lambda file: file.write_bytes(csv(self.table))

    def _ipython_display_(self) -> None:
        from ..draw.show import show

        show(self, self.picture())


def refusal(why: Refused, table: pd.DataFrame, origin: str, names: Names) -> Answer:
    """Say that there is no answer, and why; nothing is put in its place."""
    return Answer(table, origin, names, lambda: say("effect.none", reason=str(why)), refused=why)

"""Hold one answer of a design: a sentence, a tidy table, a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import findings, study

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from ..effect import Refused
    from ..maps import Picture
    from .dummies import Dummies


@dataclass(frozen=True, repr=False)
class Answer:
    """
    One answer: `str(answer)` is a sentence in the language in use, `answer.plot()` a picture.

    A notebook shows the sentence, and the table as it is read.
    """

    table: pd.DataFrame
    """Tidy, one row an estimate, nothing rounded; where there is no answer, with its `reason`."""
    refused: Refused | None
    """Why there is no answer, or none that may be the headline; else None."""
    dummies: tuple[Dummies, ...]
    """What became of controls that hold texts."""
    frame: study.Frame | None = field(repr=False)
    """What the frame calls its columns; None where it is one of the study in use."""
    says: Callable[[], str]
    draws: Callable[[], Picture]
    reads: Callable[[], pd.DataFrame]
    """Lays the table out as it is read."""

    def __str__(self) -> str:
        with study.use(frame=self.frame):
            return "\n".join([self.says(), *(one.said() for one in self.dummies)])

    def __repr__(self) -> str:
        return str(self)

    def plot(self) -> Picture:
        """
        Draw the answer on a page, with its title, its source and, where it must, the banner.

        Raises
        ------
        Refused
            If there is no answer, with the reason.
        """
        if self.refused is not None:
            raise self.refused
        with study.use(frame=self.frame):
            return self.draws()

    def reading(self) -> pd.DataFrame:
        """Lay the table out as it is read: texts, with headers in the language in use."""
        with study.use(frame=self.frame):
            return self.reads()

    def _repr_html_(self) -> str:
        said = findings.say(str(self))._repr_html_()
        return f"{said}\n{self.reading().to_html()}"

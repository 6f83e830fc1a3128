"""What every answer has in common: a notebook shows it, and a build keeps it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Self

from .keep import TABLES, csv, keep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd

    from .picture import Picture


class Shown:
    """An answer: printed it is a sentence, and it has a `table` and a `picture()`."""

    @property
    def table(self) -> pd.DataFrame:
        """All of its numbers."""
        raise NotImplementedError

    def picture(self) -> Picture | None:
        """Draw it; None where there is nothing to draw."""
        raise NotImplementedError

    def keep(self, name: str) -> Self:
        """Keep its picture and its table among the outputs while they are built: see `hg.keep`."""
        return keep(self, name)

    def files(self, name: str) -> Iterator[tuple[str, Callable[[Path], object]]]:
        """Name each file that is kept, with what writes it."""
        if picture := self.picture():
            yield from picture.files(name, table=self.table)
        else:
            yield f"{TABLES}/{name}.csv", lambda file: file.write_bytes(csv(self.table))

    def __repr__(self) -> str:
        return str(self)

    def _ipython_display_(self) -> None:
        show(self, self.picture())


def show(answer: object, picture: Picture | None = None) -> None:
    """
    Display a sentence, and a picture below it if there is one.

    Parameters
    ----------
    answer
        Printed, it is the sentence.
    picture
        As it shows itself.
    """
    from IPython.display import display

    said = str(answer)
    style = "font-size:1.1em;line-height:1.5;max-width:46em"
    shown = {"text/plain": said, "text/html": f'<p style="{style}">{escape(said)}</p>'}
    display(shown, raw=True)  # type: ignore[no-untyped-call]
    if picture is not None:
        display(picture)  # type: ignore[no-untyped-call]

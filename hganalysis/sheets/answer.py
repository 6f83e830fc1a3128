"""The sheet about one place: its level, its change, its rank, its parts, and who is not reached."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .. import places, suppress
from ..countries.letters import slug
from ..draw import Answer, Picture, in_one_study
from ..draw.page import draw_book
from ..figure import Figure
from ..periods import PeriodKey
from ..ranking.measure import Measure
from . import layout, sentences
from .numbers import Numbers, gather


@dataclass(frozen=True, eq=False, repr=False)
class Brief(Answer):
    """What there is to know about one place, on one page of A4."""

    code: str
    numbers: Numbers

    @property
    def origin(self) -> str:  # type: ignore[override]
        """The least reliable origin of its numbers."""
        return layout.worst_origin(self.numbers)

    @property
    def measure(self) -> Measure:  # type: ignore[override]
        """What its numbers are."""
        return self.numbers.measure

    @property
    def table(self) -> pd.DataFrame:
        """
        One row for the place, and one for each of its parts, highest first.

        - `code`, `name`, `count`, `out_of`, `share`, `before`: as in `Uptake.table`;
        - `change_pp`: from `before` to `share`, in percentage points for a share;
        - `not_reached`: how many of those who could be users are none;
        - `origin`: the least firm origin of its numbers.

        Numbers that are hidden are missing.
        """
        columns = ["code", "name", "count", "out_of", "share", "before", "not_reached", "origin"]
        place = self.numbers.table.loc[[self.code]].reset_index()
        rows = pd.concat([place, self.numbers.parts_of(self.code)], ignore_index=True)
        rows = rows[columns].assign(change_pp=100 * (rows["share"] - rows["before"]))
        checked = suppress.refuse_small(rows.assign(indicator=self.measure.name))
        return checked.drop(columns="indicator")

    @property
    def figures(self) -> dict[str, Callable[[], Figure]]:
        """The sheet."""
        return {"sheet": self.later(layout.compose_sheet, self.numbers, self.code)}

    def describe(self) -> str:
        """
        Say the title, and each large number of the sheet.

        Examples
        --------
        >>> import hganalysis as hg
        >>> with hg.words.use("en"):
        ...     brief("H. Phụng Hiệp").describe().partition(":")[0]
        'Phung Hiep District, 2023'
        """
        return sentences.full_text(self.numbers, self.code)

    def save(self, file: str | Path) -> Path:
        """
        Write the sheet as .pdf, .png or .svg: one page of A4.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     brief("H. Phụng Hiệp").save(f"{folder}/sheet.pdf").name
        'sheet.pdf'
        """
        return Picture(layout.compose_sheet(self.numbers, self.code)).save(file)


@in_one_study
def brief(place: str, measure: str | None = None, period: PeriodKey | str | None = None) -> Brief:
    """
    Put what there is to know about one place on one page.

    Parameters
    ----------
    place
        The code or the name of a place that is compared, such as a district.
    measure
        Of the catalogue; by default the headline.
    period
        By default the last one that was reported.

    Returns
    -------
    brief
        Shown by a notebook; `brief.table`, `brief.save("place.pdf")`.

    Raises
    ------
    LookupError
        If there is no such place, measure or period.

    Examples
    --------
    >>> sheet = brief("H. Phụng Hiệp")
    >>> int(sheet.table.loc[0, "not_reached"])
    151506
    """
    return Brief(_find_place(place), gather(measure, period))


def _find_place(place: str) -> str:
    """Find the code of a place that is compared by its code or its name."""
    match = places.find_codes(pd.Series([place]), level="district").iloc[0]
    if pd.isna(match["code"]):
        raise LookupError(match["message"])
    return str(match["code"])


def write_briefs(
    file: Path,
    folder: Path | None = None,
    *,
    track: Callable[[pd.Index], Iterable[str]] = iter,
) -> None:
    """
    Write the sheets of all places that are compared as one PDF, in the order of the ranking.

    Parameters
    ----------
    folder
        Where each sheet is written as a file of its own, if anywhere.
    track
        What goes through the codes, and may say how far it is.
    """
    numbers = gather()
    codes = numbers.table.index
    book = draw_book(layout.compose_sheet(numbers, code) for code in track(codes))
    file.write_bytes(book.whole)
    if folder:
        folder.mkdir()
        for code, page in zip(codes, book.pages, strict=True):
            name = slug(f"{code} {places.label(code)}")
            (folder / f"{name}.pdf").write_bytes(page)

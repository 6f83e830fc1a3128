"""Turn controls that hold texts into dummy variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from .. import escaping, words
from ..places.spelling import bare

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Dummies:
    """What became of one control that holds texts."""

    control: str
    reference: str
    """What each dummy is compared with: the first text in alphabetical order."""
    columns: tuple[str, ...]
    """One for every other text; none where all rows have the same."""

    def said(self) -> str:
        """Say in the language in use what became of it."""
        key = "findings.dummies" if self.columns else "findings.dummies_one"
        return words.term(key, name=escaping.plain(self.control), reference=self.reference)


def dummies(
    frame: pd.DataFrame, controls: Sequence[str]
) -> tuple[pd.DataFrame, tuple[str, ...], tuple[Dummies, ...]]:
    """
    Give each control that holds texts, or categories, a column of 0 and 1 for each but the first.

    Parameters
    ----------
    frame
        Any; it is left as it is.
    controls
        Names of its columns. One of numbers stays.

    Returns
    -------
    frame, controls, made
        The frame with the dummies, named `control: text`; the controls with these in place of
        the texts; and what was made. A missing text is missing in each of its dummies.

    Raises
    ------
    ValueError
        If the frame has a column of that name already.

    Examples
    --------
    >>> frame = pd.DataFrame({"zone": ["north", "coast", "north"], "people": [3, 2, 1]})
    >>> table, controls, _ = dummies(frame, ["zone", "people"])
    >>> controls, table["zone: north"].tolist()
    (('zone: north', 'people'), [1.0, 0.0, 1.0])
    """
    named: list[str] = []
    made = []
    for control in controls:
        if (frame.columns == control).sum() != 1 or not _holds_texts(frame[control]):
            named.append(control)
            continue
        reference, *others = sorted(set(_texts(frame[control]).dropna()), key=_alphabetical) or [""]
        one = Dummies(control, reference, tuple(f"{control}: {text}" for text in others))
        taken = [name for name in one.columns if name in frame.columns]
        if taken:
            msg = (
                f"the texts of {control!r} become columns of 0 and 1, and the frame has columns "
                f"{', '.join(map(repr, taken))} already. Rename these."
            )
            raise ValueError(msg)
        named += one.columns
        made.append(one)
    return again(frame, made), tuple(named), tuple(made)


def again(frame: pd.DataFrame, made: Sequence[Dummies]) -> pd.DataFrame:
    """
    Give a frame the dummies that were made of another, as of an earlier year.

    Raises
    ------
    ValueError
        If it holds a text that the other does not: it would be taken for the reference.
    """
    columns: dict[str, pd.Series] = {}
    for one in made:
        if one.control not in frame.columns:
            msg = f"No such column: {one.control!r}. The frame has {list(frame.columns)}."
            raise LookupError(msg)
        texts = _texts(frame[one.control])
        names = f"{one.control}: " + texts
        strange = sorted(set(texts[~names.isin(one.columns)].dropna()) - {one.reference})
        if strange:
            msg = (
                f"{one.control!r} holds {', '.join(map(repr, strange))}, and the other frame does "
                "not. Write each text in one way in both, or leave this control out."
            )
            raise ValueError(msg)
        columns |= {name: (names == name).astype(float).mask(texts.isna()) for name in one.columns}
    return frame.assign(**columns)


def _holds_texts(column: pd.Series) -> bool:
    """Say whether a column is of categories, or holds a text: digits that are a code are one."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return True
    return bool(column.map(lambda one: isinstance(one, str)).any())


def _texts(column: pd.Series) -> pd.Series:
    """Read each text as one line, blanks at its ends gone; what is missing stays so."""
    return column.astype(object).map(escaping.plain, na_action="ignore")


def _alphabetical(text: str) -> tuple[str, str]:
    """Sort as a reader does: letters with marks stand with those without."""
    return bare(text.lower()), text

"""Say what became of the communes on 1 July 2025."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from .lists import crosswalk

CODE_2025 = "code_2025"
"""
What a column or an index of codes since 1 July 2025 is called, everywhere. The codes were used
again, so that nothing but this name tells 31321, Phường Vị Thanh, from 31321, Phường III.
"""


def translate(codes: pd.Series, *, to: Literal[2025, 2020] = 2025) -> pd.Series:
    """
    Replace codes of communes of one structure by those of the other.

    Parameters
    ----------
    codes
        Codes; those since 1 July 2025 in a series that is named `code_2025`.
    to
        2025: the commune that each became a part of. 2020: the commune that each was made of,
        if it was made of a single one.

    Returns
    -------
    codes
        Same index; named `code_2025`, or `code`.

    Raises
    ------
    LookupError
        If a code is none of its structure, if the list of places does not say what became of its
        communes, or if a code has several answers: each is named with all of them.
    ValueError
        If the codes are of the structure already that they are to be translated to.

    Examples
    --------
    >>> translate(pd.Series(["31318", "31321", "31324"])).tolist()
    ['31321', '31321', '31333']
    """
    since = codes.name == CODE_2025
    if since == (to == 2025):
        of, wanted = ("since 1 July 2025", "2020") if since else ("until 30 June 2025", "2025")
        msg = (
            f"these are codes {of} already (the series is named {codes.name!r}, and only\n"
            f"{CODE_2025!r} means the later ones). Translate them with to={wanted}, or rename them."
        )
        raise ValueError(msg)
    known = _pairs()
    start, end = ("code", CODE_2025) if to == 2025 else (CODE_2025, "code")
    answers = known.groupby(start)[end].agg(list)
    unknown = sorted({str(code) for code in codes} - set(answers.index))
    if unknown:
        structure = "before" if to == 2025 else "since"
        msg = f"{len(unknown)} codes are no communes {structure} 1 July 2025: {', '.join(unknown)}."
        raise LookupError(msg)
    several = answers[(answers.map(len) > 1) & answers.index.isin(codes)]
    if len(several):
        lines = "\n".join(f"  {code}: {', '.join(found)}" for code, found in several.items())
        msg = (
            f"{len(several)} codes have no single answer:\n{lines}\n"
            "What was counted in one place cannot be divided among several."
        )
        raise LookupError(msg)
    return codes.map(answers.str[0]).rename(end)


def _pairs() -> pd.DataFrame:
    """Give each commune with what it became: columns `code`, `code_2025`, `name_2025`."""
    pairs = crosswalk().reset_index()
    if pairs.empty:
        msg = (
            "the list of places does not say what became of its communes on 1 July 2025.\n"
            "It needs places/crosswalk_2025.csv: code_2025, name_2025, codes_2020."
        )
        raise LookupError(msg)
    return pairs

"""Find the place of each commune's office by its name: no code of the portal is on another list."""

from __future__ import annotations

import pandas as pd

from .. import places, words
from ..publish.own import lend_files
from .describing import describe, lay_list
from .raw import RawAnswer, refuse


def match_offices(raw: RawAnswer, listed: pd.DataFrame) -> pd.DataFrame:
    """
    Add the `code` of its place to each commune of an answer.

    Parameters
    ----------
    raw
        The answer.
    listed
        The list of places of its province.

    Raises
    ------
    PortalError
        If an office is no place of the list, or two offices are one place.
    """
    communes = raw.communes
    description = describe(listed, raw.measures, captured={})
    with lend_files(lay_list(listed, description)):
        matches = places.find_codes(communes["departmentName"])
    province = listed["province"].iloc[0]
    is_unknown = matches["code"].isna()
    unknown = communes.loc[is_unknown, "departmentName"]
    if len(unknown):
        number = words.number(len(unknown))
        listed_names = words.join_some([*unknown])
        refuse("no_place", file=raw.file, province=province, number=number, names=listed_names)
    is_shared = matches["code"].duplicated(keep=False)
    for code, names in communes.loc[is_shared, "departmentName"].groupby(matches["code"]):
        place = listed.set_index("code").loc[code, "name"]
        refuse("one_place", file=raw.file, names=", ".join(names), place=place)
    return communes.assign(code=matches["code"])

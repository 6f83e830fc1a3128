"""List the communes of any province of Viet Nam as of 1 July 2025, from one shipped file."""

from __future__ import annotations

import pandas as pd

from .. import study, words
from ..countries import COUNTRIES
from ..countries.letters import fold

FILE = "lists/vietnam_2025.csv"
FIRST_DAY = "2025-07-01"
"""The day from which the list holds."""

_COUNTRY = COUNTRIES["VN"]
_LIST_COLUMNS = [
    "code",
    "name",
    "province_code",
    "province",
    "lon",
    "lat",
    "area_km2",
    "valid_from",
]


def vietnam(province: str) -> pd.DataFrame:
    """
    List the communes of a province of Viet Nam, as they are since 1 July 2025.

    Written to a file, it is a list of places for `--places`. It does not say how many residents
    there are: a study whose measures are out of files needs none.

    Parameters
    ----------
    province
        The name of one of the 34 provinces, with or without its type and its marks, or its code.

    Returns
    -------
    communes
        One row for each commune, ward or special zone, by code:

        - `code`: text of five digits, of the National Statistics Office;
        - `name`: with its type;
        - `province_code`, `province`;
        - `lon`, `lat`: a point in it, degrees;
        - `area_km2`: missing for four communes of the country;
        - `valid_from`: the first day of the list.

    Raises
    ------
    LookupError
        If there is no such province. The message lists all of them.

    Examples
    --------
    >>> communes = vietnam("Phú Thọ")
    >>> len(communes), communes["name"].iloc[0], vietnam("tp ho chi minh")["province_code"].iloc[0]
    (148, 'Phường Tân Hòa', '79')
    """
    table = _read()
    is_province = table["province_code"].isna()
    provinces = table[is_province].set_index("code")["name_vi"]
    code = _find_province(province, provinces)
    communes = table[table["province_code"] == code].rename(columns={"name_vi": "name"})
    communes = communes.assign(province=provinces[code], valid_from=FIRST_DAY)
    return communes[_LIST_COLUMNS].sort_values("code", ignore_index=True)


def _read() -> pd.DataFrame:
    texts = dict.fromkeys(["code", "name_vi", "province_code"], "str")
    return pd.read_csv(study.Study.open().path(FILE), dtype=texts)


def _find_province(written: str, provinces: pd.Series) -> str:
    """Find the code of a province by its code, or by its name with or without marks and type."""
    text = _COUNTRY.without_office(fold(str(written)))
    if text in provinces.index:
        return text
    for has_marks in (True, False):
        keys = {
            _COUNTRY.key(reading.core, y_as_i=True, marks=has_marks)
            for reading in _COUNTRY.readings(text)
            if reading.kind in (None, *_COUNTRY.kinds["province"])
        }
        for code, name in provinces.items():
            _, core = _COUNTRY.split(name, _COUNTRY.kinds["province"]) or ("", name)
            if _COUNTRY.key(fold(core), y_as_i=True, marks=has_marks) in keys:
                return str(code)
    listed = ", ".join(sorted(provinces))
    msg = words.term("places.no_province", name=written, provinces=listed)
    raise LookupError(msg)

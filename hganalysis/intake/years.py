"""Find the year of a table that has no column for it, in its titles or the name of its sheet."""

from __future__ import annotations

import re
import unicodedata

# A date is when somebody signed, a span is a plan, and half a year is not a year.
_NOT_THE_YEAR = re.compile(
    r"ngày\s+\S+\s+tháng\s+\S+\s+năm\s+(?:19|20)\d\d"
    r"|[0-9]{1,2}\s*[/.-]\s*[0-9]{1,2}\s*[/.-]\s*(?:19|20)[0-9]{2}"
    r"|(?:19|20)[0-9]{2}\s*[-–]\s*(?:19|20)[0-9]{2}"
    r"|(?:quý|(?:(?<![0-9])[0-9]{1,3}\s*)?tháng)\b[^,;.()]{0,99}?(?:19|20)[0-9]{2}"
    r"|[0-9]{1,2}/(?:19|20)[0-9]{2}"
    r"|/(?:19|20)[0-9]{2}/",
)
_AFTER_YEAR = re.compile(r"(?:năm|nam|year)\s*:?\s*((?:19|20)[0-9]{2})(?![0-9])")
_ANY = re.compile(r"(?<![0-9/.,])((?:19|20)[0-9]{2})(?![0-9/]|[.,][0-9])")


def years_in(text: str) -> set[int]:
    """
    List the years that a title or the name of a sheet speaks of, dates left aside.

    Examples
    --------
    >>> years_in("BÁO CÁO NĂM 2023 (tính đến 31/12/2023)"), years_in("Quý IV năm 2023")
    ({2023}, set())
    >>> years_in("Hậu Giang, ngày 15 tháng 01 năm 2024"), years_in("So sánh 2022 và 2023")
    (set(), {2022, 2023})
    """
    plain = " ".join(unicodedata.normalize("NFC", text).lower().split())
    plain = _NOT_THE_YEAR.sub(" ", plain)
    named = {int(year) for year in _AFTER_YEAR.findall(plain)}
    return named or {int(year) for year in _ANY.findall(plain)}

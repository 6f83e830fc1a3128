"""Recognise what the columns of a report are by the texts above them, never by mere likeness."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .. import indicators, places, study, words
from ..places import spelling
from ..places.encodings import decodings
from ..study import Study
from . import periods, units
from .sheets import FOOTNOTES
from .template import numbers, of_measure, of_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

PLACE = ("code", "commune", "district", "district_code", "province")
NUMBERS = ("teams", "members", "population", "households")
UNUSED = ("number", "remark", "unit")
"""Columns that are known and hold nothing to read: running numbers, remarks, units."""

# How offices head their columns. Text without any diacritics is compared without them.
_SPELLINGS = {
    "number": "stt · tt · số tt · số thứ tự · thứ tự · no · #",
    "remark": "ghi chú · chú thích · nhận xét · note · notes · remark · remarks · comment",
    "unit": "đvt · đơn vị tính · unit · unit of measure",
    "code": "mã xã · mã · mã số · mã đvhc · mã đơn vị · mã đơn vị hành chính · mã xã phường · "
    "mã phường xã · mã xã phường thị trấn · mã địa phương · mã cấp xã · code · commune code",
    "commune": "xã · phường · tên xã · tên phường · tên xã phường · tên phường xã · xã phường · "
    "phường xã · xã phường thị trấn · phường xã thị trấn · tên xã phường thị trấn · "
    "tên phường xã thị trấn · tên đơn vị · đơn vị · đơn vị hành chính · tên đơn vị hành chính · "
    "địa phương · địa bàn · cấp xã · đơn vị cấp xã · tên đvhc · xã p tt · xã phường tt · "
    "commune · commune name · ward · name",
    "district": "huyện · tên huyện · quận huyện · huyện quận · tên quận huyện · cấp huyện · "
    "đơn vị cấp huyện · huyện thị xã thành phố · huyện tx tp · huyện thị xã tp · huyện thị · "
    "tên huyện thị xã thành phố · quận huyện thị xã · quận huyện thị xã thành phố · "
    "thuộc huyện · district · district name",
    "district_code": "mã huyện · mã quận huyện · mã cấp huyện · district code",
    "province": "tỉnh · tên tỉnh · tỉnh thành phố · tỉnh tp · cấp tỉnh · province · tỉnh thành",
    "year": "năm · năm báo cáo · năm số liệu · year · report year",
    "indicator": "chỉ tiêu · tên chỉ tiêu · chỉ số · indicator · measure",
    "teams": "số tổ · tổ · sl tổ · số lượng tổ · tổ cnscđ · số tổ cnscđ · tổ cnsccđ · "
    "số tổ cnsccđ · tổ công nghệ số cộng đồng · số tổ công nghệ số cộng đồng · tổ công nghệ số · "
    "số tổ công nghệ số · số lượng tổ công nghệ số cộng đồng · tổng số tổ · teams · "
    "number of teams",
    "members": "số thành viên · thành viên · tv · số tv · sl tv · sl thành viên · "
    "số lượng thành viên · số thành viên tổ · thành viên tổ · số thành viên tổ cnscđ · "
    "thành viên tổ cnscđ · số thành viên tổ công nghệ số cộng đồng · số thành viên của tổ · "
    "thành viên tổ công nghệ số cộng đồng · tổng số thành viên · members · number of members · "
    "team members",
    "population": "dân số · số dân · tổng dân số · nhân khẩu · số nhân khẩu · số khẩu · khẩu · "
    "tổng số dân · dân số điều tra · population · residents",
    "households": "số hộ · hộ · hộ gia đình · số hộ gia đình · số hộ dân · hộ dân · tổng số hộ · "
    "số hộ điều tra · households · number of households",
}
# Of places outside Viet Nam; what else heads them is what the study calls its levels.
_ANYWHERE = {"code": "mã · code", "commune": "name · tên"}
# What stands below the name of a measure, or alone in a long table.
_PARTS = {
    "count": "số đếm · số lượng · sl · số người · số hồ sơ · số lượt · count · number · "
    "số lượng người",
    "out_of": "trên tổng số · trong tổng số · trên tổng · mẫu số · out of · denominator · "
    "tổng số hồ sơ · số hồ sơ tiếp nhận · tổng số hồ sơ tiếp nhận · số hồ sơ đã tiếp nhận · "
    "tổng số hồ sơ đã tiếp nhận · of",
    "share": "tỷ lệ · tỉ lệ · % · phần trăm · share · rate · percent · percentage",
}
# Headings over several columns that say nothing about what the columns count.
_NEUTRAL = {
    *("thông tin chung", "chỉ tiêu", "các chỉ tiêu", "kết quả", "kết quả thực hiện", "số liệu"),
    *("đơn vị hành chính", "địa bàn", "báo cáo", "indicators", "results", "report"),
    *("tổ công nghệ số cộng đồng", "tổ cnscđ"),
}
_SILENT = {"nếu có", "tùy chọn", "optional"}
# Without diacritics these are also other words (nam: male), unless all headers lack them.
_RISKY = {"nam", "to", "ho", "khau", "ma"}
ANY_YEAR = {"population", "households"}
"""Residents and households may come from a count of another year than the report."""


@dataclass(frozen=True)
class Meaning:
    """
    What one header text says: a `field`, or a measure (`indicator`) or a `part` of one, or a year.

    `exact` is set for the machine names of the template, which decide alone; `encoding` names
    the old encoding in which the text was recognised. `period` is one of `periods.Kind`; `unit` is
    set where the text names one that does not count one by one.
    """

    field: str = ""
    indicator: str = ""
    part: str = ""
    year: int | None = None
    exact: bool = False
    encoding: str = ""
    period: periods.Kind = ""
    unit: str = ""

    @property
    def names(self) -> bool:
        """Whether it says what is counted, or of which place or year a row is."""
        return bool(self.field or self.indicator or self.part)


@dataclass(frozen=True)
class Heading:
    """
    What a column is by all its header texts: `field` is empty where that is not certain.

    `period` says why it is not used where it holds a plan, a part of a year, or another year;
    `unit` names one that does not count one by one.
    """

    field: str = ""
    year: int | None = None
    encoding: str = ""
    period: periods.Kind = ""
    unit: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """
    Every text that is known.

    Of headers: machine names, tidy texts, and those without diacritics. Of rows: the `bare` names
    of the districts and of the communes on the list, without what kind of place they are.
    """

    exact: frozenset[str]
    texts: dict[str, Meaning]
    plain: dict[str, Meaning]
    districts: frozenset[str]
    communes: frozenset[str]
    codes: frozenset[str] = frozenset()
    """Of the communes on the list."""
    level: str | None = None
    """The one level of places that there is below the province; none where there are two."""

    def field(self, name: str) -> str:
        """Give the field that a column is, where there is one level: districts are the units."""
        return _ALONE.get(self.level or "", {}).get(name, name)


# Without districts a column of them says nothing; without communes it says which unit a row is.
_ALONE = {
    "district": {"district": "commune", "district_code": "code"},
    "commune": {"district": "remark", "district_code": "remark"},
}


def vocabulary() -> Vocabulary:
    """Gather what headers and rows can say, from the catalogue and the list of places in use."""
    levels = places.levels()
    level = levels[0] if len(levels) == 1 else None
    known = dict(_SPELLINGS)
    if study.current().country != "VN":
        known |= dict.fromkeys(PLACE, "") | _ANYWHERE
    if study.current().says("exposure", "one") != Study.open().says("exposure", "one"):
        known |= dict.fromkeys(("teams", "members"), "")
    texts = {
        tidy(text): Meaning(field=field)
        for field, spellings in known.items()
        for text in filter(None, spellings.split(" · "))
    }
    parts = {
        tidy(text): Meaning(part=part)
        for part, spellings in _PARTS.items()
        for text in spellings.split(" · ")
        if text != "%"
    }
    for name in indicators.names():
        for key in map(tidy, _texts_of(name)):
            texts.setdefault(key, Meaning(indicator=name))
            for ahead in _NUMBER_OF:
                texts.setdefault(f"{ahead} {key}", Meaning(indicator=name, part="count"))
            for text, part in parts.items():
                both = Meaning(indicator=name, part=part.part)
                texts.setdefault(f"{key} {text}", both)
                texts.setdefault(f"{text} {key}", both)
    texts = {**_form_texts(), **parts, **texts}
    plain: dict[str, Meaning] = {}
    double = set()  # without diacritics these are two things
    for text, one in texts.items():
        if plain.setdefault(bare(text), one) != one:
            double.add(bare(text))
    return Vocabulary(
        exact=frozenset(fields()),
        texts=texts,
        plain={text: one for text, one in plain.items() if text not in double},
        districts=_names(places.districts()) if level is None else frozenset(),
        communes=_names(places.communes()),
        codes=frozenset(places.communes().index),
        level=level,
    )


def _form_texts() -> dict[str, Meaning]:
    """
    Give the headers of the form that is handed out, whole and without what stands in brackets.

    A header that two measures share says nothing; one that says when is of that year.
    """
    said: dict[str, set[Meaning]] = {}
    for language in words.LANGUAGES:
        with words.use(language):
            nouns = study.blanks(study.current().written, language)
            for name in (*of_place(), *numbers()):
                text = words.term(f"template.{name}")
                called = [nouns[noun] for noun in _NOUNS.get(name, ())]
                for label in (text, _BRACKET.sub(" ", text), *called):
                    said.setdefault(tidy(label), set()).add(Meaning(field=name))
            for name in indicators.names():
                for year in indicators.years(name):
                    entry = indicators.get(name, year=year)
                    for column in of_measure(name, year):
                        one = Meaning(indicator=name, part=column.field.partition(".")[2])
                        said.setdefault(tidy(column.label), set()).add(
                            replace(one, year=year) if entry.when in column.label else one
                        )
                        said.setdefault(tidy(_BRACKET.sub(" ", column.label)), set()).add(one)
                    for text in (entry.label, entry.counts):
                        one = Meaning(indicator=name, year=year)
                        said.setdefault(tidy(f"{text} {entry.when}"), set()).add(one)
    found = {}
    for text, meanings in said.items():
        if len({replace(one, year=None) for one in meanings}) == 1:
            first = next(iter(meanings))
            found[text] = first if len(meanings) == 1 else replace(first, year=None)
    return found


_NUMBER_OF = ("số", "number of")
# What a study calls what a column holds, beside the headers of its form.
_NOUNS = {
    "district": ("district", "district_long"),
    "commune": ("commune", "commune_long"),
    "teams": ("teams", "teams_long"),
    "members": ("members", "members_long"),
}
# What a header says beside its name, as the form does: when, and whether it has to be filled in.
_BRACKET = re.compile(r"\([^()]*\)")


def _names(table: pd.DataFrame) -> frozenset[str]:
    pairs = zip(table["name_vi"], table["type_vi"], strict=True)
    return frozenset(bare(name.removeprefix(kind)) for name, kind in pairs)


_NO_MARKS = dict.fromkeys(map(ord, FOOTNOTES), " ")


def tidy(text: str) -> str:
    """
    Write a text in small letters, NFC, with one space where there was anything else.

    Examples
    --------
    >>> tidy("  Tên XÃ/Phường *")
    'tên xã phường'
    """
    text = unicodedata.normalize("NFC", text).lower().replace("_", " ").translate(_NO_MARKS)
    return " ".join(re.findall(r"[^\W_]+|[%#]", text))


def bare(text: str) -> str:
    """
    Take the diacritics off as well.

    Examples
    --------
    >>> bare("Tên XÃ/Phường, Đông")
    'ten xa phuong dong'
    """
    return spelling.bare(tidy(text))


def fields() -> list[str]:
    """List every field that a column can be, by its machine name."""
    measures = [f"{name}.{part}" for name in indicators.names() for part in ("count", "out_of")]
    return [*PLACE, "year", "indicator", *numbers(), *measures]


def meaning(text: str, known: Vocabulary, *, plain_row: bool = False) -> Meaning | None:
    """
    Say what one header text means, or None.

    Parameters
    ----------
    text
        As it stands in the cell.
    known
        From `vocabulary`.
    plain_row
        Whether no header of the row has diacritics, so that NAM can only be the year.

    Examples
    --------
    >>> known = vocabulary()
    >>> meaning("Số TV", known).field, meaning("Ví điện tử", known) is None
    ('members', True)
    >>> one = meaning("Người dùng ví điện tử (số đếm)", known)
    >>> one.indicator, one.part
    ('ewallet_users', 'count')
    """
    found = _meaning(text, known, plain_row=plain_row)
    if found is not None or text.isascii():
        return found and replace(found, field=known.field(found.field))
    others: dict[Meaning, str] = {}
    for encoding, decoded in decodings(text):
        other = _meaning(decoded, known, plain_row=plain_row)
        if other is not None:
            others[other] = encoding
    if len(others) != 1:
        return None
    [(other, encoding)] = others.items()
    return replace(other, field=known.field(other.field), encoding=encoding)


def is_time(text: str) -> bool:
    """
    Say whether a heading tells a period, a year or a plan, and nothing else.

    Examples
    --------
    >>> is_time("9 tháng đầu năm 2023"), is_time("12 tháng"), is_time("9 thg 2"), is_time("9")
    (True, True, False, False)
    """
    last = list(periods.said(tidy(text)))[-1]
    return not last.rest and bool(last.kinds)


def heading(texts: Sequence[str], known: Vocabulary, *, plain_row: bool = False) -> Heading:
    """
    Say what a column is by the texts above it, from the top down.

    Parameters
    ----------
    texts
        Header texts of the column: of a group of columns first, its own last.
    known
        From `vocabulary`.
    plain_row
        As for `meaning`.

    Examples
    --------
    >>> known = vocabulary()
    >>> heading(["Người dùng ví điện tử", "Trên tổng số"], known).field
    'ewallet_users.out_of'
    >>> heading(["Hộ nghèo", "Số hộ"], known).field
    ''
    """
    shown = [text for at, text in enumerate(texts) if text and text not in texts[:at]]
    read = [meaning(text, known, plain_row=plain_row) for text in shown]
    for one in read:
        if one is not None and one.exact:
            return Heading(one.field, encoding=one.encoding)
    strange = any(
        one is None and tidy(text) not in _NEUTRAL
        for one, text in zip(read[:-1], shown[:-1], strict=True)
    )
    said = [one for one in read if one is not None]
    period = periods.worst({one.period for one in said})
    if period in {"plan", "part", "other"}:
        return Heading(period=period)
    if not said or read[-1] is None:
        return Heading()
    years = {one.year for one in said} - {None}
    field = _field([one for one in said if one.names])
    # Whose residents? An unknown heading above may say; a place is held to the official list.
    if len(years) > 1 or (strange and field not in {*PLACE, *UNUSED, "year"}):
        return Heading()
    return Heading(
        field,
        None if field in ANY_YEAR else next(iter(years), None),
        next((one.encoding for one in said if one.encoding), ""),
        unit=next((one.unit for one in said if one.unit), ""),
    )


def _field(said: list[Meaning]) -> str:
    """Put a column's own text and the headings above it together, from the top down."""
    if not said:
        return ""
    *above, own = said
    if own.field:
        return own.field
    if own.indicator:
        return f"{own.indicator}.{own.part or 'count'}"
    for group in reversed(above):
        if group.indicator:
            return f"{group.indicator}.{own.part}"
        if group.field in NUMBERS and own.part == "count":
            return group.field
    return "" if above else own.part


def _meaning(text: str, known: Vocabulary, *, plain_row: bool) -> Meaning | None:
    if text.strip() in known.exact:
        return Meaning(field=text.strip(), exact="." in text or "_" in text)
    remarks = [one[1:-1] for one in _BRACKET.findall(text)]
    counted = [unit for remark in remarks for unit in _units(remark)]
    silent = all(_says_nothing(remark, known) or _units(remark) for remark in remarks)
    if not remarks:
        text, unit = units.parted(text)
        counted = [unit] if unit else []
    unit = next((one for one in counted if units.kind(one) not in {"count", "percent"}), "")
    key = tidy(_BRACKET.sub(" ", text) if silent else text)
    if "%" not in text:
        found = _look_up(key, known, plain=text.isascii(), plain_row=plain_row)
        return found and replace(found, unit=" ".join(unit.split()))
    # a share of a measure, or of what the headings above say; never a place or a year
    rest = tidy(_BRACKET.sub(" ", text)).replace("%", "").strip() if silent else key
    rest = " ".join(rest.replace("%", " ").split())
    found = _look_up(rest, known, plain=text.isascii(), plain_row=plain_row)
    if rest and (found is None or found.field):
        return None
    return Meaning(indicator=found.indicator if found else "", part="share")


def _look_up(key: str, known: Vocabulary, *, plain: bool, plain_row: bool) -> Meaning | None:
    for said in periods.said(key):
        years = {*said.years}
        if len(years) > 1:
            return None
        year, stem = next(iter(years), None), said.rest
        if (years or said.kinds) and (not stem or stem in _NEUTRAL):
            return Meaning(year=year, period=said.kind)
        one = known.texts.get(stem)
        if one is None and plain and (plain_row or stem not in _RISKY):
            one = known.plain.get(stem)
        if one is not None and not (one.field == "indicator" and year):  # a target of that year
            return replace(one, year=year or one.year, period=said.kind)
    return None


def _units(remark: str) -> list[str]:
    """Give the units that a remark behind a heading names."""
    return [remark] if units.kind(remark) else units.stated(remark)


def _says_nothing(remark: str, known: Vocabulary) -> bool:
    text = tidy(remark)
    part = known.texts.get(text)
    return text in _SILENT or (part is not None and not part.part)


def _texts_of(name: str) -> set[str]:
    """Give every way the catalogue writes a measure, in both languages."""
    found = {name}
    for language in words.LANGUAGES:
        with words.use(language):
            for year in indicators.years(name):
                one = indicators.get(name, year=year)
                found |= {one.label, one.counts}
    return found

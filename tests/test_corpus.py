"""
Check that every planted defect is found at its place with its kind, and that none is invented.

Each case is a workbook of its own: a layout, and what is planted in it (see `corpus.py`).
"""

import unicodedata
from collections import Counter
from itertools import cycle

import pytest
from corpus import (
    FIRST,
    Formula,
    Layout,
    Percent,
    Planted,
    Row,
    copied,
    put,
    report,
    several,
    write,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from hganalysis import places, workbook

# Layouts that offices use; the cases take them in turn.
PLAIN = Layout()
TITLED = Layout(
    titles=("ỦY BAN NHÂN DÂN TỈNH HẬU GIANG", "BÁO CÁO KẾT QUẢ PHONG TRÀO THI ĐUA"),
    notes=("Người lập biểu", "Nguyễn Văn A"),
)
TOTALS = Layout(totals="districts all", titles=("Biểu tổng hợp",))
ABOVE = Layout(totals="above", blanks=True)
MACHINE = Layout(headers="machine")
ENGLISH = Layout(headers="en", notes=("Source: district offices",))
MERGED = Layout(merged=True)
SHUFFLED = Layout(order=(2, 1, 0, 3, 9, 8, 7, 6, 5, 4, 10, 11, 12))
CSV = Layout(file="csv", encoding="utf-8-sig", totals="all")
CSV_PLAIN = Layout(file="csv", encoding="utf-8")
CSV_16 = Layout(file="csv", encoding="utf-16")
CSV_1258 = Layout(file="csv", encoding="cp1258")

IN_TURN = cycle([PLAIN, TITLED, MACHINE, ENGLISH, SHUFFLED, CSV, CSV_PLAIN, CSV_16, MERGED])
WORKBOOKS = cycle([PLAIN, TITLED, MACHINE, ENGLISH, SHUFFLED, MERGED])


def bare(text):
    letters = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def at(code):
    """Give the position of a commune among the rows of a year."""
    communes = places.communes().sort_values("district_code", kind="stable")
    return communes.index.get_loc(code)


def with_residents(**cells):
    """Plant into a report that has residents and households."""
    return {"more": ("population", "households"), **cells}


def copy_row(rule, *, second_only=False, **changed):
    def plant(found):
        first = found.data()[20]
        twin = copied(found, 20, **{k: v(first.cells) for k, v in changed.items()})
        rows = [twin] if second_only else [first, twin]
        found.planted += [Planted(row, FIRST, rule) for row in rows]

    return plant


def drop(*codes, rule="commune_missing"):
    def plant(found):
        found.rows = [row for row in found.rows if row.cells["code"] not in codes]
        found.planted += [Planted(None, "", rule, "warning")] * (
            len(codes) if rule == "commune_missing" else 1
        )

    return plant


def district(code):
    return [one for one, row in places.communes().iterrows() if row["district_code"] == code]


def without_code(plant):
    """Plant, and take the code of that row away, so that its name has to tell."""

    def both(found):
        plant(found)
        row = found.planted[-1].row if found.planted else None
        if row is not None:
            home = row.cells.get("_home", row.cells["code"])
            row.cells = {**row.cells, "code": None, "_home": home}

    return both


def named(code, text, rule="", *, place="commune", missing=True, **cells):
    """Write the name of a commune in some way, without its code."""

    def plant(found):
        row = found.data()[at(code)]
        row.cells = {**row.cells, "commune": text, "code": None, "_home": code, **cells}
        if rule:
            found.planted.append(Planted(row, place, rule))
        if rule and missing:
            found.planted.append(Planted(None, "", "commune_missing", "warning"))

    return plant


def two_sheets(found):
    """Move the teams of every commune to a sheet of their own: nothing is wrong with that."""
    more = []
    for row in found.rows:
        keys = {key: row.cells[key] for key in ("code", "district", "commune", "year")}
        own = ("teams", "members")
        more.append(Row("accepted", {**keys, **{k: row.cells[k] for k in own}}, sheet="Tổ"))
        row.cells = {key: cell for key, cell in row.cells.items() if key not in own}
    found.rows += more


def hidden(found):
    found.hidden.append(found.data()[4])
    found.planted.append(Planted(found.data()[4], "", "hidden_rows", "warning"))


def wrong_total(scope, field="members", by=10):
    """Change a total that the layout will write."""

    def plant(found):
        found.off.append((scope, field, by))

    return plant


CASES = {
    # --- sense: numbers ---
    "negative teams": ({}, put("teams", -3, "negative")),
    "negative count": ({}, put("app_users.count", -1500, "negative")),
    "fraction": ({}, put("members", 40.5, "fractional")),
    "no files received": ({}, put("files_online.out_of", 0, "zero_total")),
    "no residents": (with_residents(), put("population", 0, "zero_total")),
    "more users than residents": (
        {},
        put("app_users.count", 15_000, "count_above_residents"),
    ),
    "more users than reported residents": (
        with_residents(),
        put(
            "app_users.count",
            lambda row: row["population"] + 1,
            "count_above_residents",
        ),
    ),
    "more files online than files": (
        {},
        put("files_online.count", lambda row: row["files_online.out_of"] + 1, "count_above_total"),
    ),
    "as many files online as files": (
        {},
        put("files_online.count", lambda row: row["files_online.out_of"], ""),
    ),
    "count without its total": ({}, put("files_online.out_of", None, "total_missing")),
    "total without its count": (
        {},
        put("files_online.count", None, "count_missing", severity="warning"),
    ),
    "members and no team": (
        {},
        put("teams", 0, "members_without_teams", place="members"),
    ),
    "more teams than members": (
        {},
        put("teams", lambda row: row["members"] + 1, "teams_above_members"),
    ),
    "neither teams nor members": ({}, several(put("teams", 0, ""), put("members", 0, ""))),
    "residents far above the census": (
        with_residents(),
        put(
            "population",
            lambda row: int(row["population"] * 1.3),
            "far_from_census",
            severity="warning",
        ),
    ),
    "residents far below the census": (
        with_residents(),
        put(
            "population",
            lambda row: int(row["population"] * 0.8),
            "far_from_census",
            severity="warning",
        ),
    ),
    "residents near the census": (
        with_residents(),
        put("population", lambda row: int(row["population"] * 1.15), ""),
    ),
    "more households than residents": (
        with_residents(),
        put("households", lambda row: row["population"] + 1, "more_households_than_people"),
    ),
    "a zero too many": (
        {},
        put(
            "informed.count",
            lambda row: row["informed.count"] * 12,
            "unusually_high",
            severity="warning",
        ),
    ),
    "a digit too few": (
        {},
        put("files_online.out_of", lambda row: row["files_online.count"], "", at=30),
    ),
    "a count ten times too small": (
        {},
        put(
            "informed.count",
            lambda row: row["informed.count"] // 40,
            "unusually_low",
            severity="warning",
        ),
    ),
    "members ten times too many": (
        {},
        put("members", lambda row: row["members"] * 14, "unusually_high", severity="warning"),
    ),
    # --- sense: years ---
    "users fall": (
        {"years": (2022, 2023)},
        put(
            "app_users.count",
            lambda row: row["app_users.count"] // 2,
            "falls",
            severity="warning",
            year=2023,
        ),
    ),
    "a year that is not in the catalogue": ({}, put("year", 2019, "year_unknown")),
    "a year to come": ({}, put("year", 2031, "year_unknown")),
    "no year": ({}, put("year", None, "year_missing")),
    "a measure of another year": (
        {"years": (2022, 2023)},
        put("ewallet_users.count", 700, "measure_not_taken", year=2023),
    ),
    # --- sense: the whole ---
    "the same row twice": ({}, copy_row("duplicate_same", second_only=True)),
    "two rows that contradict each other": (
        {},
        copy_row("duplicate_differs", members=lambda row: row["members"] + 1),
    ),
    "teams on a sheet of their own": ({}, two_sheets),
    "three communes missing": ({}, drop("31318", "31411", "31495")),
    "a district missing": ({}, drop(*district("931"), rule="district_missing")),
    # --- places ---
    "no name and no code": (
        {},
        several(
            named("31417", None, "no_place", district=None, place=""),
        ),
    ),
    "a code that is on no list": ({}, put("code", "99999", "code_unknown")),
    "a code of another commune": ({}, put("code", "31495", "code_and_name")),
    "a commune in another district": (
        {},
        put("district", "Huyện Phụng Hiệp", "wrong_district"),
    ),
    "a name with a slip, and its code": ({}, put("commune", "Xã Hỏa Liễu", "name_proposed", at=6)),
    "a name with a slip": ({}, named("31336", "Xã Hỏa Liễu", "name_proposed")),
    "a name that is nobody's": ({}, named("31336", "Xã Quảng Trường Đỏ", "name_unknown")),
    "Vĩnh Tường without its district": (
        {},
        named("31459", "Vĩnh Tường", "name_ambiguous", district=None),
    ),
    "a district that is nobody's": ({}, put("district", "Huyện Ba Đình", "district_unknown")),
    "Long Mỹ without its type": (
        {},
        named("31471", "Phường Thuận An", "", district="Long Mỹ"),
    ),
    "a unit of 2025": (
        {},
        put("commune", "Phường Vị Thanh", "other_structure", at=1),
    ),
    "a unit of 2025 without its code": (
        {},
        named("31321", "Phường Vị Thanh", "other_structure"),
    ),
    # --- places, written otherwise and certain ---
    "no diacritics": ({}, lambda found: _rename(found, bare)),
    "upper case": ({}, lambda found: _rename(found, str.upper)),
    "letters taken apart": (
        {},
        lambda found: _rename(found, lambda text: unicodedata.normalize("NFD", text)),
    ),
    "spaces too many": (
        {},
        lambda found: _rename(found, lambda text: f" {text.replace(' ', '  ')} "),
    ),
    "abbreviations": ({}, lambda found: _rename(found, _short)),
    "Ngã Bảy as it was called": (
        {},
        lambda found: _rename(found, lambda text: text.replace("Thành phố Ngã", "Thị xã Ngã")),
    ),
    "Vĩnh Tường, settled by its district": ({}, named("31459", "Vĩnh Tường", missing=False)),
    "Arabic numbers of wards": (
        {},
        several(named("31318", "Phường 1"), named("31321", "P.3"), named("31330", "phường 7")),
    ),
    # --- numbers ---
    "12 %": ({}, put("files_online.count", "12 %", "percent")),
    "about 500": ({}, put("members", "khoảng 500", "approximate")),
    "a word": ({}, put("members", "đủ", "no_number")),
    "1.234 alone": ({}, put("app_users.count", "1.234", "ambiguous")),
    "a column that contradicts itself": (
        {},
        several(
            put("app_users.count", "1.234,0", "contradiction", at=3),
            put("app_users.count", "2,345.0", "contradiction", at=4),
        ),
    ),
    "points that the column explains": (
        {},
        lambda found: _retext(
            found, "app_users.count", lambda n: f"{n:,}".replace(",", ".") + ",0"
        ),
    ),
    "numbers as text": ({}, lambda found: _retext(found, "members", str)),
    "numbers with their unit": (
        {},
        lambda found: _retext(found, "members", lambda n: f"{n} người"),
    ),
    "no data, said so": ({}, put("members", "chưa có số liệu", "")),
}
IN_WORKBOOKS = {
    "a cell shown in per cent": ({}, put("files_online.count", Percent(0.12), "percent")),
    "a formula that nobody computed": (
        {},
        put("members", Formula("=SUM(A1:A2)", None), "uncomputed"),
    ),
    "a formula in error": (
        {},
        put("members", Formula("=1/0", "#DIV/0!"), "formula_error"),
    ),
    "formulas that were computed": (
        {},
        lambda found: _retext(found, "members", lambda n: Formula(f"=1*{n}", n)),
    ),
    "a hidden row": ({}, hidden),
    "injected formulas": (
        {},
        named("31336", "=cmd|' /C calc'!A0", "name_unknown"),
    ),
}
LAID_OUT = {
    "clean, with totals": ({}, TOTALS, None),
    "clean, districts above": ({}, ABOVE, None),
    "clean, merged districts": ({}, MERGED, None),
    "clean, csv of Windows": ({}, CSV_1258, None),
    "clean, two years on two sheets": ({"years": (2022, 2023)}, Layout(by_year=True), None),
    "clean, two years on one sheet": ({"years": (2022, 2023)}, PLAIN, None),
    "year in the title": (
        {},
        Layout(titles=("BÁO CÁO NĂM 2022",), without=("year",)),
        None,
    ),
    "no codes": ({}, Layout(without=("code",)), None),
    "no names": ({}, Layout(without=("commune", "district")), None),
    "no districts": ({}, Layout(without=("district",)), None),
    "a district that does not add up": (
        {},
        Layout(totals="districts all"),
        wrong_total("Huyện Vị Thủy"),
    ),
    "a district above that does not add up": (
        {},
        ABOVE,
        wrong_total("Thị xã Long Mỹ", "files_online.out_of", -1),
    ),
    "a province that does not add up": ({}, CSV, wrong_total("", "teams", 100)),
    "several totals that do not add up": (
        {},
        Layout(totals="districts all", titles=("Biểu 1",)),
        several(wrong_total("", "teams", 1), wrong_total("Huyện Long Mỹ", "informed.count", 1000)),
    ),
    "totals over a row that is wrong anyhow": (
        {},
        TOTALS,
        put("members", "khoảng 40", "approximate"),
    ),
    "totals over a row whose place is not known": (
        {},
        Layout(totals="districts all"),
        named("31336", "Xã Quảng Trường Đỏ", "name_unknown"),
    ),
    "totals beside a commune that is missing": (
        {},
        Layout(totals="districts"),
        drop("31318"),
    ),
}


def _rename(found, how):
    for row in found.rows:
        for field in ("commune", "district"):
            row.cells = {**row.cells, field: how(row.cells[field])}


def _retext(found, field, how):
    for row in found.rows:
        row.cells = {**row.cells, field: how(row.cells[field])}


def _short(text):
    for long, short in {
        "Thành phố ": "TP. ",
        "Thị xã ": "TX.",
        "Huyện ": "H. ",
        "Phường ": "P. ",
        "Thị trấn ": "TT. ",
        "Xã ": "X.",
    }.items():
        if text.startswith(long):
            return short + text.removeprefix(long)
    return text


def check(made, layout, file):
    """Compare what is found in a file with what was planted, and every row with its kind."""
    written = write(made, layout, file)
    found = workbook.read(written.file)
    faults = found.faults
    told = zip(
        *(faults[column] for column in ("sheet", "row", "column", "rule", "severity")), strict=True
    )
    # A fault of a whole row stands on its first cell, wherever that is.
    seen = Counter(told)
    planned = Counter(written.expected(made))
    planned["", 0, "", "encoding", "warning"] = int(layout.encoding == "cp1258")
    planned = +planned
    for one in made.planted:
        if one.row is None:
            key = ("", 0, "", one.rule, one.severity)
            planned[key] = sum(
                other.row is None and other.rule == one.rule for other in made.planted
            )
    assert seen == planned
    kinds = dict(
        zip(
            zip(found.rows["sheet"], found.rows["row"], strict=True),
            found.rows["kind"],
            strict=True,
        )
    )
    assert kinds == written.rows
    return found


@pytest.mark.parametrize(("case", "layout"), list(zip(CASES, IN_TURN, strict=False)), ids=str)
def test_every_planted_defect_is_found_and_none_is_invented(case, layout, tmp_path):
    options, plant = CASES[case]
    made = report(**{"years": (2022,), **options})
    plant(made)
    check(made, PLAIN if "sheet" in case else layout, tmp_path / f"report.{layout.file}")


@pytest.mark.parametrize(("case", "layout"), list(zip(IN_WORKBOOKS, WORKBOOKS, strict=False)))
def test_what_only_a_workbook_can_hold(case, layout, tmp_path):
    options, plant = IN_WORKBOOKS[case]
    made = report(**options)
    plant(made)
    check(made, layout, tmp_path / "report.xlsx")


@pytest.mark.parametrize("case", LAID_OUT)
def test_layouts_and_totals(case, tmp_path):
    options, layout, plant = LAID_OUT[case]
    made = report(**options)
    if plant is not None:
        plant(made)
    check(made, layout, tmp_path / f"report.{layout.file}")


def test_a_table_without_a_year_is_refused_as_a_whole(tmp_path):
    made = report(codes=["31318", "31321", "31324"])
    written = write(made, Layout(titles=("BÁO CÁO",), without=("year",)), tmp_path / "r.xlsx")
    found = workbook.read(written.file)
    assert found.errors["rule"].tolist() == ["missing_year"]
    assert found.rows["kind"].value_counts().to_dict() == {"rejected": 3, "title": 1, "header": 1}
    assert found.reports.empty


def test_a_total_of_nobody_knows_what_is_not_compared(tmp_path):
    made = report((2022, 2023))
    made.rows.append(Row("total", {"teams": 1, "members": 2}, label="CỘNG"))
    made.planted.append(Planted(made.rows[-1], "commune", "total_unclear", "warning"))
    check(made, PLAIN, tmp_path / "r.xlsx")


# --- at random ---

# Each may stand on any row and leaves every other one as it is.
DEFECTS = {
    "negative": ("teams", lambda row: -row["teams"] - 1, ""),
    "fractional": ("members", lambda row: row["members"] + 0.5, ""),
    "zero_total": ("files_online.out_of", 0, ""),
    "count_above_residents": ("app_users.count", 90_000, ""),
    "count_above_total": (
        "files_online.count",
        lambda row: row["files_online.out_of"] + 1,
        "",
    ),
    "total_missing": ("files_online.out_of", None, ""),
    "members_without_teams": ("teams", 0, "members"),
    "teams_above_members": ("teams", lambda row: row["members"] + 1, ""),
    "year_unknown": ("year", 2019, ""),
    "code_unknown": ("code", "99999", ""),
    "wrong_district": ("district", lambda row: _another(row["district"]), ""),
    "approximate": ("members", lambda row: f"khoảng {row['members']}", ""),
    "percent": ("files_online.count", "12 %", ""),
    "no_number": ("app_users.count", "nhiều", ""),
}


def _another(district):
    return "Huyện Phụng Hiệp" if district != "Huyện Phụng Hiệp" else "Huyện Vị Thủy"


LAYOUTS = st.builds(
    Layout,
    titles=st.sampled_from([(), ("BÁO CÁO",), ("UBND TỈNH", "BÁO CÁO", "Biểu số 1")]),
    notes=st.sampled_from([(), ("Người lập biểu",), ("Ghi chú: số liệu chính thức", "Ký tên")]),
    headers=st.sampled_from(["vi", "en", "machine"]),
    order=st.permutations(range(13)).map(tuple),
    blanks=st.booleans(),
    totals=st.sampled_from(["", "all", "districts", "above", "districts all"]),
    file=st.just("csv"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)


@settings(max_examples=15)
@given(
    layout=LAYOUTS,
    places=st.lists(st.integers(0, 74), min_size=0, max_size=5, unique=True),
    kinds=st.lists(st.sampled_from(sorted(DEFECTS)), min_size=5, max_size=5),
)
def test_random_defects_in_random_layouts(tmp_path, layout, places, kinds):
    made = report()
    for at_row, kind in zip(places, kinds, strict=False):
        field, value, where = DEFECTS[kind]
        put(field, value, kind, at=at_row, place=where)(made)
    check(made, layout, tmp_path / "report.csv")

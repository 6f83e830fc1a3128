"""Check that what is not read is named, what is around a table is heard; what is too regular."""

import corpus
import numpy as np
import openpyxl
import pandas as pd
import pytest
import typer
from corpus import fill
from scipy.stats import binom
from typer.testing import CliRunner

from hganalysis import frames, places, study, suppress, words, workbook
from hganalysis.cli import LEFT_OUT, SharedOptions, app
from hganalysis.publish.checking import MOST_FINDINGS, regular
from hganalysis.publish.folders import BuildError
from hganalysis.publish.own import own
from hganalysis.workbook.screen import COLUMNS, FEWEST, LEAST_SHOWN, least_chance

HEADS = ["Xã, phường, thị trấn", "Số tổ", "Số thành viên"]
TITLE = ["BÁO CÁO NĂM 2022"]


def rows_of(*districts):
    """Give name, teams and members of each commune of some districts, by the district's name."""
    upper = places.communes()["district_code"]
    found = {}
    for row in corpus.report().data():
        code = upper[row.cells["code"]]
        if code in districts:
            cells = [row.cells[one] for one in ("commune", "teams", "members")]
            found.setdefault(corpus.district_names()[code], []).append(cells)
    return found


@pytest.fixture
def read(tmp_path):
    """Read a workbook of sheets, each a list of rows."""

    def made(sheets):
        form = corpus.Form(corpus.Layout(), {}, sheets)
        corpus.save(form, tmp_path / "report.xlsx")
        return workbook.read(form.file)

    return made


def rules(found):
    """List the rules of faults, those of communes that a part of a province lacks aside."""
    return [one for one in found.faults["rule"] if not one.endswith("_missing")]


def untyped(name):
    return name.replace("Xã ", "").replace("Phường ", "").replace("Thị trấn ", "")


# --- what is left out ---


@pytest.fixture
def table():
    [(_, rows)] = rows_of("935").items()
    return [TITLE, [*HEADS, "Ghi chú", "Số máy"], *([*row, "đã xem", 7] for row in rows)]


def test_a_column_that_nobody_knows_is_counted_and_listed_with_its_first_values(read, table):
    found = read({"Vị Thủy": table})
    assert found.sound
    assert not found.complete
    assert found.uses[["used", "ignored", "asked", "refused"]].iloc[0].tolist() == [36, 10, 10, 0]
    told = "\n".join(workbook.account(found))
    assert words.term("check.all") not in told
    assert "10 ô, bắt đầu bằng 7; 7; 7; …" in told
    assert "Vị Thủy, ô E2" in told


def test_check_and_build_say_the_same_and_end_with_a_status_of_their_own(read, table, tmp_path):
    read({"Vị Thủy": table})
    file = tmp_path / "report.xlsx"
    done = CliRunner().invoke(app, ["check", str(file)])
    assert done.exit_code == LEFT_OUT
    listed = workbook.not_read(workbook.read(file))
    assert len(listed) == 2
    assert all(line in done.output for line in listed)
    lent = own(tmp_path / "own", reports=file)
    assert lent.left
    assert set(listed) < set(lent.notes)
    with pytest.raises(typer.Exit) as ended, SharedOptions(reports=[file]).data_with_notes():
        pass
    assert ended.value.exit_code == LEFT_OUT


def test_a_refused_build_lists_what_was_not_read(read, table, tmp_path):
    table[2][1] = -4
    read({"Vị Thủy": table})
    file = tmp_path / "report.xlsx"
    with pytest.raises(BuildError, match="bắt đầu bằng 7; 7; 7"):
        own(tmp_path / "own", reports=file)
    assert CliRunner().invoke(app, ["check", str(file)]).exit_code == 1


def test_numbers_outside_a_table_are_named(read, table):
    plain = [line[:4] for line in table]
    beside = [[], [None] * 4 + ["Máy", "Điểm"], [None] * 4 + [3, 4]]
    below = [[], ["Tổng số máy của huyện:", None, None, None, 12]]
    for sheets, cells in (
        ({"Vị Thủy": plain + beside}, 2),
        ({"Vị Thủy": plain + below}, 1),
        ({"Vị Thủy": plain, "Khác": [["Máy", "Điểm"], [3, 4]]}, 2),
    ):
        found = read(sheets)
        assert rules(found)[-1:] == ["left_block"]
        assert not found.complete
        assert found.uses["asked"].sum() == cells


def test_shares_alone_are_left_out_and_beside_their_counts_are_not(read, table):
    head, *rows = [line[:3] for line in table[1:]]
    share = "Tỷ lệ người dùng ví điện tử (%)"
    alone = read({"Vị Thủy": [TITLE, [*head, share], *([*row, 0.1] for row in rows)]})
    assert "share_alone" in rules(alone)
    assert not alone.complete
    heads = [*head, "Người dùng ví điện tử", share]
    assert read({"Vị Thủy": [TITLE, heads, *([*row, 900, 0.1] for row in rows)]}).complete


def test_a_number_without_a_column_or_among_words_refuses_its_row(read, table):
    bare = [table[0], *(line[:3] for line in table[1:])]
    for more in ([41], [None, 41]):  # where there is no column
        found = read({"Vị Thủy": [*bare[:5], [*bare[5], *more], *bare[6:]]})
        assert rules(found) == ["stray_number"]
        assert found.rejected["row"].tolist() == [6]
    for line in table[1:]:
        line[3:] = ["Trần B"]
    table[1][3] = "Tên tổ trưởng"
    found = read({"Vị Thủy": table})
    assert rules(found) == ["unknown_column"]
    name, teams, members, _ = table[5]
    table[5] = [name, None, teams, members]
    found = read({"Vị Thủy": table})
    assert set(rules(found)) - {"unusually_low"} == {"unknown_column", "stray_number"}
    assert found.rejected["row"].tolist() == [6]


def test_a_total_without_its_rows_is_not_used_and_said_to_be(read):
    sheets = rows_of("930", "935")
    grid = [TITLE, HEADS]
    for at, (name, rows) in enumerate(sheets.items()):
        grid.append([name, *(sum(row[i] for row in rows) for i in (1, 2))])
        grid += rows if at else []
    found = read({"BC": grid})
    assert rules(found) == ["total_alone"]
    assert not found.complete
    assert found.uses["asked"].sum() == 2


# --- headers of our own form ---


@pytest.mark.parametrize("language", ["vi", "en"])
def test_headers_of_the_form_are_known_without_its_second_row(tmp_path, language):
    file = fill(workbook.template(tmp_path / "f.xlsx", year=2022, language=language), 2022)
    whole = workbook.read(file)
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    for name in book.sheetnames[1:]:
        del book[name]
    sheet.delete_rows(2)
    for short in (False, True):
        for cell in sheet[1]:
            cell.value = cell.value.split(" (")[0] if short else cell.value
        book.save(file)
        found = workbook.read(file)
        assert found.complete, short
        assert found.reports.equals(whole.reports), short
        assert found.teams.equals(whole.teams), short


# --- blocks ---


@pytest.mark.parametrize(
    ("mark", "sums"),
    [("I. ", True), ("I - ", False), ("A) ", True), ("1. ", True), ("- ", False)],
)
def test_a_numbered_name_heads_its_block(read, mark, sums):
    grid = [TITLE, HEADS]
    for name, rows in rows_of("935", "937").items():
        grid.append([mark + name, *([sum(r[i] for r in rows) for i in (1, 2)] if sums else [])])
        grid += [[untyped(row[0]), *row[1:]] for row in rows]
    found = read({"BC": grid})
    if sums:  # which are held to their rows
        grid[2][1] += 1
        assert rules(read({"BC": grid})) == ["sum_differs"]
    assert rules(found) == []
    assert len(found.accepted) == 19  # Vĩnh Tường twice, each in its district
    assert {"31459", "31475"} <= set(found.teams["code"])


@pytest.mark.parametrize(
    ("head", "by"), [("Huyện, thị xã, thành phố", 0), ("Đơn vị", 1), ("Đơn vị", 0)]
)
def test_a_summary_of_districts_blocks_nothing_and_has_to_agree(read, head, by):
    blocks = rows_of("935", "937")
    communes, sums = [TITLE, HEADS], [TITLE, [head, *HEADS[1:]]]
    for name, rows in blocks.items():
        communes += [[name], *rows]
        sums.append([name, sum(r[1] for r in rows), sum(r[2] for r in rows) + by])
    found = read({"Xã": communes, "Tổng hợp": sums})
    assert rules(found) == ["sum_differs"] * 2 * by
    assert len(found.accepted) == 19


# --- titles and sheets ---


@pytest.mark.parametrize(
    ("code", "right", "where"), [("935", "31459", "title"), ("937", "31475", "sheet")]
)
def test_a_title_or_a_sheet_says_which_vinh_tuong_is_meant(read, code, right, where):
    [(name, rows)] = rows_of(code).items()
    rows = [[untyped(row[0]), *row[1:]] for row in rows]
    title = f"BÁO CÁO CỦA {name.upper()} NĂM 2022" if where == "title" else TITLE[0]
    found = read({"BC" if where == "title" else name: [[title], HEADS, *rows]})
    assert rules(found) == []
    assert right in set(found.teams["code"])


def test_a_sheet_that_names_two_districts_alike_leaves_it_to_the_communes(read):
    for code in ("936", "937"):  # a district and a town, both called Long Mỹ
        [(_, rows)] = rows_of(code).items()
        found = read({"Long Mỹ 2022": [TITLE, HEADS, *rows]})
        assert rules(found) == []
        assert len(found.accepted) == len(rows)


def test_a_title_and_a_sheet_of_two_districts_are_refused(read):
    [(_, rows)] = rows_of("935").items()
    found = read({"Phụng Hiệp": [["BÁO CÁO HUYỆN VỊ THỦY NĂM 2022"], HEADS, *rows]})
    assert rules(found) == ["district_differs"]


def test_hamlets_are_no_communes_though_they_bear_their_names(read):
    title = ["BÁO CÁO XÃ VỊ ĐÔNG NĂM 2022"]
    rows = [["Thạnh Hòa", 1, 6], ["Vĩnh Trung", 1, 7]]
    found = read({"BC": [title, ["Địa bàn", *HEADS[1:]], *rows]})
    assert found.accepted.empty
    assert rules(found) == ["unknown_words"]
    named = read({"BC": [TITLE, HEADS, ["Ấp 3", 1, 6], ["Khu vực 2", 1, 7]]})
    assert rules(named) == ["hamlet", "hamlet"]
    column = read({"BC": [TITLE, ["Xã", "Ấp", *HEADS[1:]], ["Xã Vị Đông", "Ấp 1", 1, 6]]})
    assert "by_hamlet" in rules(column)
    assert column.accepted.empty


def test_a_commune_that_only_a_table_of_another_year_has_is_missing(read):
    [(_, rows)] = rows_of("931").items()
    plan = [["KẾ HOẠCH NĂM 2022"], HEADS, *rows]  # on a sheet of 2023: of which year, who knows
    found = read({"Năm 2022": [TITLE, HEADS, *rows[1:]], "Năm 2023": plan})
    assert "unknown_words" in rules(found)
    missing = found.faults.loc[found.faults["rule"] == "commune_missing", "message"]
    assert [rows[0][0] in one for one in missing] == [True]


# --- too regular to have been counted ---


@pytest.fixture(scope="module")
def reports():
    return frames.reports()


def put(reports, counts, *, name="app_users", year=2023):
    """Put counts, by code, in the place of those of a measure and year."""
    rows = (reports["indicator"] == name) & (reports["year"] == year)
    made = reports["code"].map(counts).where(rows)
    return reports.assign(count=made.fillna(reports["count"]).astype(float))


def of(reports, *, name="app_users", year=2022, column="count"):
    """Give a column of a measure and year, by code."""
    rows = (reports["indicator"] == name) & (reports["year"] == year)
    return reports[rows].set_index("code")[column]


def inside(code):
    home = places.communes()["district_code"]
    return home.index[home == code].tolist()


def copied(reports, codes):
    return put(reports, of(reports)[codes])


def test_the_bound_is_above_the_chance_of_as_many():
    for number in (5, 75):
        ranks = np.arange(1, number + 1)
        for near in np.sort(np.random.default_rng(4).uniform(size=(200, number)), axis=1):
            exact = binom.sf(ranks - 1, number, near)[LEAST_SHOWN - 1 :].min()
            assert least_chance(near, 0)[0] >= min(exact, 1) - 1e-12, number


@pytest.mark.parametrize("free", [0, 2])
def test_honest_places_are_close_no_more_often_than_the_chance_says(free):
    near = np.random.default_rng(5).uniform(size=(5_000, 30))
    bound = np.array([least_chance(one, free)[0] for one in near])
    for level in (0.2, 0.05, 0.01):
        # what is free proves nothing: without it, the others are closer than they are
        assert (bound <= level).mean() <= level * 1.1


def test_honest_studies_are_hardly_ever_found_too_regular(reports):
    draw, found = np.random.default_rng(10), 0
    for _ in range(12):
        rate = np.exp(draw.normal(0, 0.3, len(reports)))
        expected = np.minimum(reports["count"] * rate, 0.9 * reports["out_of"])
        honest = reports.assign(
            count=draw.binomial(reports["out_of"], expected / reports["out_of"])
        )
        found += len(workbook.screen(honest)) > 0
    assert found <= 1


# --- what is planted is found, and nothing else is ---


def test_the_demonstration_is_clean(reports):
    found = workbook.screen(reports)
    assert found.columns.tolist() == COLUMNS
    assert found.empty


def test_values_of_the_year_before_are_named_place_by_place(reports):
    codes = inside("932")
    [one] = workbook.screen(copied(reports, codes)).to_dict("records")
    assert (one["pattern"], one["indicator"], one["year"]) == ("copied", "app_users", 2023)
    assert one["code"] == "932"
    assert sorted(one["places"]) == sorted(codes)
    assert one["looked_at"] == len(codes)
    assert one["chance"] < 1e-6
    # an honest place among them hides nothing
    [one] = workbook.screen(copied(reports, codes[1:])).to_dict("records")
    assert sorted(one["places"]) == sorted(codes[1:])
    assert workbook.screen(copied(reports, codes[:2])).empty


def test_one_factor_of_growth_is_said_with_its_value(reports):
    [one] = workbook.screen(put(reports, (1.18 * of(reports)).round())).to_dict("records")
    assert (one["pattern"], one["code"], one["looked_at"]) == ("growth", "93", 75)
    assert one["value"] == pytest.approx(1.18, abs=0.002)
    assert "1,18" in one["sentence"]
    district = put(reports, (1.3 * of(reports)[inside("930")]).round())
    [one] = workbook.screen(district).to_dict("records")
    assert (one["pattern"], one["code"]) == ("growth", "930")


def test_growth_that_varies_as_people_come_is_honest(reports):
    draw, last = np.random.default_rng(8), of(reports)
    come = pd.Series(draw.poisson(0.2 * last), index=last.index)
    grown = put(reports, last + come + (0.03 * last * draw.normal(size=len(last))).round())
    assert workbook.screen(grown).empty


def test_the_target_and_round_numbers_are_called_what_they_are(reports):
    files = of(reports, name="files_online", column="out_of")
    met = put(reports, (0.5 * files).round(), name="files_online", year=2022)
    [one] = workbook.screen(met).to_dict("records")
    assert (one["pattern"], one["value"]) == ("target", 0.5)
    one_year = reports[reports["year"] == 2022]
    tens = one_year.assign(count=(one_year["count"] // 10 * 10).astype(float))
    assert set(workbook.screen(tens)["pattern"]) == {"round"}


# --- laws ---


def test_what_is_hidden_has_no_say(reports):
    codes = inside("934")
    draw = np.random.default_rng(11)
    found = []
    for _ in range(2):
        few = {code: int(draw.integers(0, 5)) for code in codes[:3]}
        raw = put(put(copied(reports, inside("932")), few, year=2022), few, year=2023)
        released = suppress.small(raw)
        assert (released["pool"] != "").any()
        found += [workbook.screen(raw), workbook.screen(released)]
    for one in found[1:]:
        pd.testing.assert_frame_equal(one, found[0])
    gone = set(released.loc[released["pool"] != "", "code"])
    assert not gone & {code for named in found[0]["places"] for code in named}


def test_a_place_that_is_not_there_is_not_looked_at(reports):
    codes = inside("932")
    made = copied(reports, codes)
    gone = made["code"].isin([codes[0], inside("931")[0]]) & (made["year"] == 2023)
    for some in (made[~gone], made.assign(count=made["count"].mask(gone))):
        [one] = workbook.screen(some).to_dict("records")
        assert sorted(one["places"]) == sorted(codes[1:])
        assert one["looked_at"] == len(codes) - 1


# --- edges ---


def test_little_is_no_pattern(reports):
    assert workbook.screen(reports.head(0)).empty
    some = copied(reports, inside("930"))
    for number in (1, FEWEST - 1):
        assert workbook.screen(some[some["code"].isin(inside("930")[:number])]).empty
    with suppress.use(fewer_than=0):
        assert workbook.screen(reports.assign(count=0)).empty
    with pytest.raises(ValueError, match="stands twice"):
        workbook.screen(pd.concat([reports, reports.head(1)]))


# --- two real places ---


def test_users_of_a_payment_service_in_india_grew_by_one_factor():
    with study.Study.open("india_2023").use():
        reports = frames.reports()
        found = workbook.screen(reports[reports["indicator"] == "registered_users"])
    assert set(found["pattern"]) == {"growth"}
    whole = found.iloc[0]
    assert (whole["year"], whole["looked_at"]) == (2023, 165)
    assert whole["value"] == pytest.approx(1.18, abs=0.01)
    assert len(whole["places"]) > 120
    assert whole["chance"] < 1e-9


def test_nothing_in_the_census_of_kenya_is_too_regular():
    with study.Study.open("kenya_2019").use():
        assert workbook.screen(frames.reports()).empty


# --- what is said of it ---


def test_the_check_says_a_few_of_many_and_no_sign_of_a_terminal(reports, monkeypatch):
    found = workbook.screen(reports.assign(count=(reports["count"] // 10 * 10).astype(float)))
    many = pd.concat([found] * 12, ignore_index=True)
    many["sentence"] = "\x1b[31m" + many["sentence"]
    monkeypatch.setattr("hganalysis.publish.checking.screen", lambda _: many)
    said = list(regular(type("Checked", (), {"reports": None})()))
    assert not [one for one in said if "\x1b" in one]
    assert len(said) == 2 + 4 * MOST_FINDINGS
    assert said[-1].strip() == words.term("screen.more", number=len(many) - MOST_FINDINGS)

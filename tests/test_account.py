"""Check that what is not read is named, what is around a table is heard."""

import corpus
import openpyxl
import pytest
import typer
from corpus import fill
from typer.testing import CliRunner

from hganalysis import places, suppress, words, workbook
from hganalysis.cli import LEFT_OUT, SharedOptions, app
from hganalysis.publish.folders import BuildError
from hganalysis.publish.own import lay_out

HEADS = ["Xã, phường, thị trấn", "Số tổ", "Số thành viên"]
TITLE = ["BÁO CÁO NĂM 2022"]


def rows_of(*districts):
    """Give name, teams and members of each commune of some districts, by the district's name."""
    upper = places.units()["compared_code"]
    rows_by_district = {}
    for row in corpus.report().data():
        code = upper[row.cells["code"]]
        if code in districts:
            cells = [row.cells[field] for field in ("commune", "teams", "members")]
            name = corpus.district_names()[code]
            rows_by_district.setdefault(name, []).append(cells)
    return rows_by_district


@pytest.fixture
def read(tmp_path):
    """Read a workbook of sheets, each a list of rows."""

    def write_and_read(sheets):
        form = corpus.Form(corpus.Layout(), {}, sheets)
        corpus.save(form, tmp_path / "report.xlsx")
        return workbook.read(form.file)

    return write_and_read


def rules(bundle):
    """List the rules of faults, those of communes that a part of a province lacks aside."""
    all_rules = bundle.faults["rule"]
    return [rule for rule in all_rules if not rule.endswith("_missing")]


def untyped(name):
    without_xa = name.replace("Xã ", "").replace("Phường ", "")
    return without_xa.replace("Thị trấn ", "")


# --- what is left out ---


@pytest.fixture
def table():
    [(_, rows)] = rows_of("935").items()
    heads = [*HEADS, "Ghi chú", "Số máy"]
    return [TITLE, heads, *([*row, "đã xem", 7] for row in rows)]


def test_a_column_that_nobody_knows_is_counted_and_listed_with_its_first_values(read, table):
    bundle = read({"Vị Thủy": table})
    assert bundle.is_sound
    assert not bundle.is_complete
    uses = bundle.uses[["used", "ignored", "asked", "refused"]]
    assert uses.iloc[0].tolist() == [36, 10, 10, 0]
    lines = "\n".join(workbook.account(bundle))
    assert words.term("check.all") not in lines
    assert "10 ô, các giá trị đầu: …" in lines, "nobody has said that they are no counts"
    assert "Vị Thủy, ô E2" in lines
    with suppress.use(fewer_than=0):
        assert "10 ô, các giá trị đầu: 7; 7; 7; …" in "\n".join(workbook.account(bundle))


def test_check_and_build_say_the_same_and_end_with_a_status_of_their_lay_out(read, table, tmp_path):
    read({"Vị Thủy": table})
    file = tmp_path / "report.xlsx"
    done = CliRunner().invoke(app, ["check", str(file)])
    assert done.exit_code == LEFT_OUT
    listed = workbook.not_read(workbook.read(file))
    assert len(listed) == 2
    assert all(line in done.output for line in listed)
    lent = lay_out(tmp_path / "own", reports=file)
    assert lent.has_unread
    assert set(listed) < set(lent.notes)
    options = SharedOptions(reports=[file])
    with pytest.raises(typer.Exit) as ended, options.data_with_notes():
        pass
    assert ended.value.exit_code == LEFT_OUT


def test_a_refused_build_lists_what_was_not_read(read, table, tmp_path):
    table[2][1] = -4
    read({"Vị Thủy": table})
    file = tmp_path / "report.xlsx"
    with pytest.raises(BuildError, match="10 ô, các giá trị đầu: …"):
        lay_out(tmp_path / "own", reports=file)
    done = CliRunner().invoke(app, ["check", str(file)]).exit_code
    assert done == 1


def test_numbers_outside_a_table_are_named(read, table):
    plain = [line[:4] for line in table]
    nothing = [None] * 4
    beside = [[], [*nothing, "Máy", "Điểm"], [*nothing, 3, 4]]
    below = [[], ["Tổng số máy của huyện:", None, None, None, 12]]
    workbooks = (
        ({"Vị Thủy": plain + beside}, 2),
        ({"Vị Thủy": plain + below}, 1),
        ({"Vị Thủy": plain, "Khác": [["Máy", "Điểm"], [3, 4]]}, 2),
    )
    for sheets, cells in workbooks:
        bundle = read(sheets)
        assert rules(bundle)[-1:] == ["left_block"]
        assert not bundle.is_complete
        assert bundle.uses["asked"].sum() == cells


def test_shares_alone_are_left_out_and_beside_their_counts_are_not(read, table):
    head, *rows = [line[:3] for line in table[1:]]
    share = "Tỷ lệ người dùng ví điện tử (%)"
    with_share = [[*row, 0.1] for row in rows]
    alone = read({"Vị Thủy": [TITLE, [*head, share], *with_share]})
    assert "share_alone" in rules(alone)
    assert not alone.is_complete
    heads = [*head, "Người dùng ví điện tử", share]
    with_both = [[*row, 900, 0.1] for row in rows]
    assert read({"Vị Thủy": [TITLE, heads, *with_both]}).is_complete


def test_a_number_without_a_column_or_among_words_refuses_its_row(read, table):
    bare = [line[:3] for line in table]
    bare[0] = table[0]
    for cells_beyond in ([41], [None, 41]):  # where there is no column
        spoilt = [*bare[:5], [*bare[5], *cells_beyond], *bare[6:]]
        bundle = read({"Vị Thủy": spoilt})
        assert rules(bundle) == ["stray_number"]
        assert bundle.rejected["row"].tolist() == [6]
    for line in table[1:]:
        line[3:] = ["Trần B"]
    table[1][3] = "Tên tổ trưởng"
    bundle = read({"Vị Thủy": table})
    assert rules(bundle) == ["unknown_column"]
    name, teams, members, _ = table[5]
    table[5] = [name, None, teams, members]
    bundle = read({"Vị Thủy": table})
    assert set(rules(bundle)) - {"unusually_low"} == {"unknown_column", "stray_number"}
    assert bundle.rejected["row"].tolist() == [6]


def test_a_total_without_its_rows_is_not_used_and_said_to_be(read):
    sheets = rows_of("930", "935")
    grid = [TITLE, HEADS]
    for number, (name, rows) in enumerate(sheets.items()):
        sums = [sum(row[column] for row in rows) for column in (1, 2)]
        grid.append([name, *sums])
        grid += rows if number else []
    bundle = read({"BC": grid})
    assert rules(bundle) == ["total_alone"]
    assert not bundle.is_complete
    assert bundle.uses["asked"].sum() == 2


# --- headers of our own form ---


@pytest.mark.parametrize("language", ["vi", "en"])
def test_headers_of_the_form_are_known_without_its_second_row(tmp_path, language):
    form = workbook.template(tmp_path / "f.xlsx", period=2022, language=language)
    file = fill(form, 2022)
    whole = workbook.read(file)
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    for name in book.sheetnames[1:]:
        del book[name]
    sheet.delete_rows(2)
    for short in (False, True):
        for cell in sheet[1]:
            if short:
                cell.value = cell.value.split(" (")[0]
        book.save(file)
        bundle = workbook.read(file)
        assert bundle.is_complete, short
        assert bundle.reports.equals(whole.reports), short
        assert bundle.teams.equals(whole.teams), short


# --- blocks ---


MARKS = [("I. ", True), ("I - ", False), ("A) ", True), ("1. ", True), ("- ", False)]


@pytest.mark.parametrize(
    ("mark", "sums"),
    MARKS,
)
def test_a_numbered_name_heads_its_block(read, mark, sums):
    grid = [TITLE, HEADS]
    for name, rows in rows_of("935", "937").items():
        totals = [sum(row[column] for row in rows) for column in (1, 2)]
        grid.append([mark + name, *(totals if sums else [])])
        grid += [[untyped(row[0]), *row[1:]] for row in rows]
    bundle = read({"BC": grid})
    if sums:  # which are held to their rows
        grid[2][1] += 1
        assert rules(read({"BC": grid})) == ["sum_differs"]
    assert rules(bundle) == []
    assert len(bundle.accepted) == 19  # Vĩnh Tường twice, each in its district
    assert {"31459", "31475"} <= set(bundle.teams["code"])


SUMMARIES = [("Huyện, thị xã, thành phố", 0), ("Đơn vị", 1), ("Đơn vị", 0)]


@pytest.mark.parametrize(("head", "by"), SUMMARIES)
def test_a_summary_of_districts_blocks_nothing_and_has_to_agree(read, head, by):
    blocks = rows_of("935", "937")
    communes = [TITLE, HEADS]
    sums = [TITLE, [head, *HEADS[1:]]]
    for name, rows in blocks.items():
        communes += [[name], *rows]
        n_teams, n_members = (sum(row[column] for row in rows) for column in (1, 2))
        sums.append([name, n_teams, n_members + by])
    bundle = read({"Xã": communes, "Tổng hợp": sums})
    assert rules(bundle) == ["sum_differs"] * 2 * by
    assert len(bundle.accepted) == 19


# --- titles and sheets ---


MEANT = [("935", "31459", "title"), ("937", "31475", "sheet")]


@pytest.mark.parametrize(("code", "right", "where"), MEANT)
def test_a_title_or_a_sheet_says_which_vinh_tuong_is_meant(read, code, right, where):
    [(name, rows)] = rows_of(code).items()
    rows = [[untyped(row[0]), *row[1:]] for row in rows]
    title = f"BÁO CÁO CỦA {name.upper()} NĂM 2022" if where == "title" else TITLE[0]
    sheet = "BC" if where == "title" else name
    bundle = read({sheet: [[title], HEADS, *rows]})
    assert rules(bundle) == []
    assert right in set(bundle.teams["code"])


def test_a_sheet_that_names_two_districts_alike_leaves_it_to_the_communes(read):
    for code in ("936", "937"):  # a district and a town, both called Long Mỹ
        [(_, rows)] = rows_of(code).items()
        bundle = read({"Long Mỹ 2022": [TITLE, HEADS, *rows]})
        assert rules(bundle) == []
        assert len(bundle.accepted) == len(rows)


def test_a_title_and_a_sheet_of_two_districts_are_refused(read):
    [(_, rows)] = rows_of("935").items()
    bundle = read({"Phụng Hiệp": [["BÁO CÁO HUYỆN VỊ THỦY NĂM 2022"], HEADS, *rows]})
    assert rules(bundle) == ["district_differs"]


def test_hamlets_are_no_communes_though_they_bear_their_names(read):
    title = ["BÁO CÁO XÃ VỊ ĐÔNG NĂM 2022"]
    rows = [["Thạnh Hòa", 1, 6], ["Vĩnh Trung", 1, 7]]
    heads = ["Địa bàn", *HEADS[1:]]
    bundle = read({"BC": [title, heads, *rows]})
    assert bundle.accepted.empty
    assert rules(bundle) == ["unknown_words"]
    by_name = read({"BC": [TITLE, HEADS, ["Ấp 3", 1, 6], ["Khu vực 2", 1, 7]]})
    assert rules(by_name) == ["hamlet", "hamlet"]
    heads = ["Xã", "Ấp", *HEADS[1:]]
    column = read({"BC": [TITLE, heads, ["Xã Vị Đông", "Ấp 1", 1, 6]]})
    assert "by_hamlet" in rules(column)
    assert column.accepted.empty


def test_a_commune_that_only_a_table_of_another_period_has_is_missing(read):
    [(_, rows)] = rows_of("931").items()
    plan = [["KẾ HOẠCH NĂM 2022"], HEADS, *rows]  # on a sheet of 2023: of which year, who knows
    without_first = [TITLE, HEADS, *rows[1:]]
    bundle = read({"Năm 2022": without_first, "Năm 2023": plan})
    assert "unknown_words" in rules(bundle)
    is_missing = bundle.faults["rule"] == "commune_missing"
    missing = bundle.faults.loc[is_missing, "message"]
    assert [rows[0][0] in message for message in missing] == [True]

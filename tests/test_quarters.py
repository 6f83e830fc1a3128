"""Reports by quarter: the form goes out, and what people write is read as it is meant."""

import datetime
import re

import corpus
import invented
import openpyxl
import pandas as pd
import pytest
from invented import QUARTERS

from hganalysis import frames, publish, study, words, workbook
from hganalysis.periods import list_periods, read_period
from hganalysis.publish.own import write as write_data

SHARE = ["Số hồ sơ nộp trực tuyến", "Hồ sơ nộp trực tuyến: trên tổng số"]


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """Use a city of wards that reports by quarter, and give its numbers."""
    folder = tmp_path_factory.mktemp("harbour")
    files = invented.write_harbour(folder / "in")
    names = pd.read_csv(files["places"]).set_index("code")["name"]
    with study.Study.open(publish.own(folder / "data", **files).folder).use():
        table = pd.read_csv(files["reports"])
        yield table.assign(name=table["code"].map(names))


@pytest.fixture
def written(sent, tmp_path):
    """Write the numbers of some quarters with a text for each, below titles, and read them."""

    def write(way, *, heads=("Kỳ",), above=(), quarters=QUARTERS):
        book = openpyxl.Workbook()
        for title in above:
            book.active.append([title])
        book.active.append(["Mã", "Phường", *heads, *SHARE])
        for at, row in enumerate(sent[sent["period"].isin(quarters)].itertuples()):
            cells = way(row.period, at)
            book.active.append([row.code, row.name, *cells, row.count, row.out_of])
        book.save(tmp_path / "r.xlsx")
        return workbook.read(tmp_path / "r.xlsx")

    return write


def counts(table):
    table = table.sort_values(["period", "code"])
    return table[["code", "period", "count", "out_of"]].to_numpy().tolist()


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_forms_of_quarters_come_back_as_they_were_filled_and_speak_of_no_year(
    sent, tmp_path, language
):
    files, texts = [], ""
    with words.use(language):
        for quarter in QUARTERS:
            file = workbook.template(tmp_path / f"{quarter}.xlsx", period=quarter)
            book = openpyxl.load_workbook(file)
            texts += " ".join(str(c.value) for page in book for row in page for c in row)
            page, told = book.worksheets[0], sent[sent["period"] == quarter].set_index("code")
            fields = [cell.value for cell in page[2]]
            for row in page.iter_rows(min_row=3):
                for name in ("count", "out_of"):
                    number = int(told.loc[row[0].value, name])
                    row[fields.index(f"filed_online.{name}")].value = number
            book.save(file)
            files.append(file)
            texts = texts.replace(words.period(quarter), "")
        found = workbook.read(*files)
    assert (found.complete, found.changes.empty, found.faults.empty) == (True, True, True)
    assert counts(found.reports) == counts(sent)
    assert not re.search(
        r"(?i)\byears?\b|\bnăm\b(?! nửa)", texts.replace("và năm", "").replace("and year", "")
    )


ROMAN = dict(zip(QUARTERS, ["III", "IV", "I", "II"], strict=True))
WAYS = {
    "Kỳ": lambda key, at: [
        [
            f"Quý {ROMAN[key]}/{key[:4]}",
            f"Q{key[-1]} {key[:4]}",
            key,
            f"quý {key[-1]} năm {key[:4]}",
        ][at % 4]
    ],
    "Quarter": lambda key, at: [datetime.date.fromordinal(read_period(key).end.toordinal() - at)],
    "Period": lambda key, _: [read_period(key).start.strftime("%d/%m/%Y")],
    "Năm|Quý": lambda key, _: [int(key[:4]), ROMAN[key]],
    "Quý|Năm": lambda key, at: [[int(key[-1]), f"Quý {key[-1]}"][at % 2], f"Năm {key[:4]}"],
    "Năm": lambda key, _: [key],
}


@pytest.mark.parametrize("heads", WAYS)
def test_a_quarter_is_read_as_people_write_it(written, sent, heads):
    found = written(WAYS[heads], heads=heads.split("|"))
    assert found.complete
    assert counts(found.reports) == counts(sent)


REFUSED = {
    "9 tháng đầu năm 2025": "running_total",
    "Năm học 2025-2026": "school_year",
    "FY2025": "school_year",
    "tháng Giêng 2026": "lunar_month",
    "2025": "other_grain",
    "7/2025": "other_grain",
    "III": "no_period",
    "2025-Q5": "no_period",
    datetime.date(9999, 12, 31): "no_period",
    "31/12/0001": "no_period",
    "Q3 2031": "period_unknown",
    "": "period_missing",
}


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_quarter_of_the_study_is_refused_alone_and_says_what_to_write(
    written, text, language
):
    with words.use(language):
        found = written(lambda key, at: [text if at == 3 else key], quarters=QUARTERS[:1])
    [fault] = found.errors.to_dict("records")
    assert (fault["rule"], fault["row"], len(found.accepted)) == (REFUSED[text], 5, 15)
    assert {"vi": "quý II/2026", "en": "Q2 2026"}[language] in fault["expected"]
    assert {"vi": "quý", "en": "quarter"}[language] in fault["suggestion"]


def test_a_quarter_in_another_year_than_the_column_beside_says_is_refused(written):
    found = written(lambda key, _: [2024, key], heads=["Năm", "Quý"], quarters=QUARTERS[:1])
    assert set(found.errors["rule"]) == {"year_beside"}


@pytest.mark.parametrize(
    ("title", "rule"),
    [
        ("BÁO CÁO HỒ SƠ NỘP TRỰC TUYẾN, QUÝ III NĂM 2025", ""),
        ("Báo cáo năm 2025, cả quý III/2025 (tính đến 30/9/2025)", ""),
        ("Tính đến 30/9/2025", ""),
        ("Tính đến 31/8/2025", "unknown_words"),
        ("Báo cáo năm 2025", "missing_period"),
        ("Báo cáo cả năm 2024, quý III/2025", "periods_differ"),
        ("Quý III/2025 và quý IV/2025", "periods_differ"),
        ("BÁO CÁO QUÝ III", "unknown_words"),
        ("Báo cáo 9 tháng đầu năm 2025", "unknown_words"),
    ],
)
def test_a_title_gives_all_rows_their_quarter_and_a_year_does_not(written, title, rule):
    found = written(lambda *_: [], heads=(), above=[title], quarters=QUARTERS[:1])
    assert set(found.errors["rule"]) == {rule} - {""}
    assert set(found.reports["period"]) == ({"2025-Q3"} if not rule else set())


@pytest.mark.parametrize(
    ("title", "rules"),
    [("Năm 2025", set()), ("Năm 2024", {"period_of_title"}), ("Q4 2025", {"period_of_title"})],
)
def test_rows_are_held_to_the_title_above_them(written, title, rules):
    found = written(lambda key, _: [key], above=[title], quarters=QUARTERS[:1])
    assert set(found.errors["rule"]) == rules


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        *[("số quý III/2025", False), ("đến 30/9/2025", False), ("trong quý", False)],
        *[("số quý II/2025", True), ("cả năm", True), ("6 tháng", True), ("quý trước", True)],
    ],
)
def test_a_remark_is_of_the_quarter_or_is_asked_about(written, text, asked):
    found = written(
        lambda key, at: [key, text if at == 0 else None],
        heads=["Kỳ", "Ghi chú"],
        quarters=QUARTERS[:1],
    )
    assert (set(found.errors["rule"]) == {"remark"}) is asked


def test_places_are_those_of_the_last_day_of_a_month(tmp_path):
    # the list holds until 30 June 2025
    described = study.DATA.joinpath("study.toml").read_text(encoding="utf-8")
    measures = study.DATA.joinpath("indicators.toml").read_text(encoding="utf-8")
    for year, month in (("2022", "2025-06"), ("2023", "2025-07")):
        measures = measures.replace(f"when.{year} ", f'when."{month}" ')
        measures = measures.replace(f"target.{year} ", f'target."{month}" ')
    described = described.replace("years = [2022, 2023]", 'periods = ["2025-06", "2025-07"]')
    texts = {"study.toml": described.encode(), "indicators.toml": measures.encode()}
    rows = [["Mã xã", "Huyện", "Tên xã", "Tháng", "Số tổ", "Số thành viên"]]
    rows += [["31318", "Vị Thanh", "Phường I", month, 4, 40] for month in ("T6/2025", "7/2025")]
    form = corpus.Form(corpus.Layout(), {}, {"Báo cáo": rows})
    corpus.save(form, tmp_path / "r.xlsx")
    with study.Study.open(write_data(tmp_path / "data", texts)).use():
        found = workbook.read(form.file)
    assert found.errors[["rule", "row"]].to_numpy().tolist() == [["structure_undecided", 3]]
    assert found.teams["period"].tolist() == ["2025-06"]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_period_is_read_as_it_is_named(language):
    with words.use(language):
        for first, last in [(2024, 2026), *((f"2025-{a}", f"2026-{b}") for a, b in ENDS)]:
            for key in list_periods(first, last):
                assert read_period(words.period(key)).key == key
                assert read_period(words.short_period(key)).key == key


ENDS = [("H1", "H2"), ("Q1", "Q4"), ("01", "12"), ("W01", "W53")]


def test_running_totals_become_new_counts_and_one_that_falls_is_refused_at_its_row(tmp_path):
    files = invented.write_harbour(tmp_path / "in")
    text = files["study"].read_text(encoding="utf-8") + 'over_time = "since_january"\n'
    files["study"].write_text(text, encoding="utf-8")
    new = pd.read_csv(files["reports"])
    numbers = ["count", "out_of"]
    totals = new.assign(**new.groupby(["code", new["period"].str[:4]])[numbers].cumsum())
    totals.to_csv(files["reports"], index=False)
    # what the third quarter of 2025 adds to the first two is not known
    expected = new.set_index(["code", "period"])[numbers].astype(float)
    expected.loc[pd.IndexSlice[:, "2025-Q3"], :] = float("nan")
    heads = {name: f"filed_online.{name}" for name in numbers}
    form = totals[["code", "period", *numbers]].rename(columns=heads)
    with study.Study.open(publish.own(tmp_path / "data", **files).folder).use():
        form.to_csv(tmp_path / "form.csv", index=False)
        for reports in (frames.reports(), workbook.read(tmp_path / "form.csv").reports):
            found = reports.set_index(["code", "period"])[numbers].reindex(expected.index)
            pd.testing.assert_frame_equal(found, expected, check_dtype=False)
        row = form.index[form["period"] == "2026-Q2"][0]
        form.loc[row, "filed_online.count"] = form.loc[row - 16, "filed_online.count"] - 1
        form.to_csv(tmp_path / "form.csv", index=False)
        faults = workbook.read(tmp_path / "form.csv").faults
    assert faults[["row", "column", "rule"]].to_numpy().tolist() == [[row + 2, "C", "total_falls"]]

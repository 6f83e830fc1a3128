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
from hganalysis.workbook import headings, times, vocabulary

SHARE = ["Số hồ sơ nộp trực tuyến", "Hồ sơ nộp trực tuyến: trên tổng số"]


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """Use a city of wards that reports by quarter, and give its numbers."""
    folder = tmp_path_factory.mktemp("harbour")
    files = invented.write_harbour(folder / "in")
    names = pd.read_csv(files["places"]).set_index("code")["name"]
    own_study = publish.lay_out(folder / "data", **files).folder
    with study.Study.open(own_study).use():
        table = pd.read_csv(files["reports"])
        yield table.assign(name=table["code"].map(names))


@pytest.fixture
def written(sent, tmp_path):
    """Write the numbers of some quarters with a text for each, below titles, and read them."""

    def write(write_cells, *, heads=("Kỳ",), above=(), quarters=QUARTERS, sheet="Sheet"):
        book = openpyxl.Workbook()
        book.active.title = sheet
        for title in above:
            book.active.append([title])
        book.active.append(["Mã", "Phường", *heads, *SHARE])
        rows = sent[sent["period"].isin(quarters)]
        for number, row in enumerate(rows.itertuples()):
            cells = write_cells(row.period, number)
            book.active.append([row.code, row.name, *cells, row.count, row.out_of])
        book.save(tmp_path / "r.xlsx")
        return workbook.read(tmp_path / "r.xlsx")

    return write


def counts(table):
    table = table.sort_values(["period", "code"])
    rows = table[["code", "period", "count", "out_of"]]
    return rows.to_numpy().tolist()


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_forms_of_quarters_come_back_as_they_were_filled_and_speak_of_no_year(
    sent, tmp_path, language
):
    files, texts = [], ""
    with words.use(language):
        for quarter in QUARTERS:
            file = workbook.template(tmp_path / f"{quarter}.xlsx", period=quarter)
            book = openpyxl.load_workbook(file)
            cells = [cell for page in book for row in page for cell in row]
            texts += " ".join(str(cell.value) for cell in cells)
            page = book.worksheets[0]
            expected = sent[sent["period"] == quarter].set_index("code")
            fields = [cell.value for cell in page[2]]
            for row in page.iter_rows(min_row=3):
                for name in ("count", "out_of"):
                    number = int(expected.loc[row[0].value, name])
                    row[fields.index(f"filed_online.{name}")].value = number
            book.save(file)
            files.append(file)
            texts = texts.replace(words.period(quarter), "")
        bundle = workbook.read(*files)
    assert bundle.is_complete
    assert bundle.changes.empty
    assert bundle.faults.empty
    assert counts(bundle.reports) == counts(sent)
    without_and = texts.replace("và năm", "").replace("and year", "")
    assert not re.search(r"(?i)\byears?\b|\bnăm\b(?! nửa)", without_and)


ROMAN = dict(zip(QUARTERS, ["III", "IV", "I", "II"], strict=True))
LAST_DAYS = {key: read_period(key).end.toordinal() for key in QUARTERS}


def write_in_turn(key, number):
    """Write a quarter in one of four ways, in turn."""
    year = key[:4]
    quarter = key[-1]
    texts = (
        f"Quý {ROMAN[key]}/{year}",
        f"Q{quarter} {year}",
        key,
        f"quý {quarter} năm {year}",
    )
    return [texts[number % 4]]


HEADS = {
    "Kỳ": write_in_turn,
    "Quarter": lambda key, number: [datetime.date.fromordinal(LAST_DAYS[key] - number)],
    "Period": lambda key, _: [read_period(key).start.strftime("%d/%m/%Y")],
    "Năm|Quý": lambda key, _: [int(key[:4]), ROMAN[key]],
    "Quý|Năm": lambda key, number: [[int(key[-1]), f"Quý {key[-1]}"][number % 2], f"Năm {key[:4]}"],
    "Năm": lambda key, _: [key],
}


@pytest.mark.parametrize("heads", HEADS)
def test_a_quarter_is_read_as_people_write_it(written, sent, heads):
    bundle = written(HEADS[heads], heads=heads.split("|"))
    assert bundle.is_complete
    assert counts(bundle.reports) == counts(sent)


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

    def cells(key, number):
        return [text if number == 3 else key]

    with words.use(language):
        bundle = written(cells, quarters=QUARTERS[:1])
    [fault] = bundle.errors.to_dict("records")
    assert (fault["rule"], fault["row"]) == (REFUSED[text], 5)
    assert len(bundle.accepted) == 15
    assert {"vi": "quý II/2026", "en": "Q2 2026"}[language] in fault["expected"]
    assert {"vi": "quý", "en": "quarter"}[language] in fault["suggestion"]


MIXED_DAYS = {
    "a text with its month first": ("12/31/2025", lambda key: f"01/{key}"),
    "a text beside dates": ("31/12/2025", lambda key: datetime.datetime.strptime(key, "%m/%Y")),
}


@pytest.mark.parametrize("beside", MIXED_DAYS)
def test_days_are_not_read_where_their_column_says_that_the_month_may_be_first(written, beside):
    text, write_day = MIXED_DAYS[beside]

    def cells(_, number):
        return [text if number == 3 else write_day(["07/2025", "01/2026", "02/2026"][number % 3])]

    bundle = written(cells, quarters=QUARTERS[:1])
    faults = bundle.faults.query("rule == 'day_order'")
    assert len(faults) == 1
    # the first of January is that day in both orders, and 1 February lies in the same quarter
    assert {*bundle.reports["period"]} <= {"2026-Q1", "2025-Q4"}
    assert sum(bundle.reports["period"] == "2026-Q1") > 0


WITHOUT_YEAR = {
    "2025-H1": ["6 tháng đầu năm", "Nửa đầu năm", "NỬA NĂM ĐẦU", "H1", "First half"],
    "2025-H2": ["6 THÁNG CUỐI NĂM", "nửa cuối năm", "Second half"],
    "2025-Q3": ["Quý III", "QUÝ 3", "Q3", "Quarter 3"],
    "2025-07": ["Tháng 7", "T7", "tháng bảy", "July"],
    "2025-W30": ["Tuần 30", "W30", "Week 30"],
}


@pytest.mark.parametrize(
    ("key", "text"), [(key, text) for key, texts in WITHOUT_YEAR.items() for text in texts]
)
def test_a_period_of_each_length_is_of_the_year_that_stands_above_it(key, text):
    grain = read_period(key).grain
    assert times.lacks_year(text, grain)
    line = vocabulary.tidy(times.in_year(text, 2025))
    assert times.find_periods(line, grain) == ({key}, "")


@pytest.mark.parametrize("day", ["01/07/2025", "31/12/2025", "1.7.2025", datetime.date(2025, 7, 1)])
def test_a_day_is_read_day_first_where_nothing_in_its_column_says_otherwise(written, day):
    quarter = "2025-Q4" if "31" in str(day)[:2] else "2025-Q3"
    bundle = written(lambda *_: [day], quarters=QUARTERS[:1])
    assert {*bundle.reports["period"]} == {quarter}


def test_a_quarter_in_another_year_than_the_column_beside_says_is_refused(written):
    heads = ["Năm", "Quý"]
    bundle = written(lambda key, _: [2024, key], heads=heads, quarters=QUARTERS[:1])
    assert set(bundle.errors["rule"]) == {"year_beside"}


TITLES = [
    ("BÁO CÁO HỒ SƠ NỘP TRỰC TUYẾN, QUÝ III NĂM 2025", ""),
    ("Báo cáo năm 2025, cả quý III/2025 (tính đến 30/9/2025)", ""),
    ("Tính đến 30/9/2025", ""),
    ("Tính đến 31/8/2025", "unknown_words"),
    ("Báo cáo năm 2025", "missing_period"),
    ("Báo cáo cả năm 2024, quý III/2025", "periods_differ"),
    ("Quý III/2025 và quý IV/2025", "periods_differ"),
    ("BÁO CÁO QUÝ III", "unknown_words"),
    ("Báo cáo 9 tháng đầu năm 2025", "unknown_words"),
]


@pytest.mark.parametrize(
    ("title", "rule"),
    TITLES,
)
def test_a_title_gives_all_rows_their_quarter_and_a_year_does_not(written, title, rule):
    bundle = written(lambda *_: [], heads=(), above=[title], quarters=QUARTERS[:1])
    assert set(bundle.errors["rule"]) == {rule} - {""}
    periods = {"2025-Q3"} if not rule else set()
    assert set(bundle.reports["period"]) == periods


TITLES_ABOVE = [
    ("Năm 2025", set()),
    ("Năm 2024", {"period_of_title"}),
    ("Q4 2025", {"period_of_title"}),
]


@pytest.mark.parametrize(
    ("above", "sheet", "rule"),
    [
        (["BÁO CÁO QUÝ III", "NĂM 2025"], "Sheet", ""),
        (["Báo cáo năm 2025"], "Quý 3", ""),
        (["Báo cáo quý III năm 2025"], "Q3", ""),
        (["Báo cáo quý III năm 2025"], "Quý 4", "periods_differ"),
        (["Báo cáo"], "Quý 3", "unknown_words"),
        (["LŨY KẾ QUÝ III", "NĂM 2025"], "Sheet", "unknown_words"),
        (["Báo cáo 9 tháng", "Năm 2025"], "Sheet", "unknown_words"),
        (["Báo cáo năm 2025"], "Tháng 9", "unknown_words"),
        (["Báo cáo quý III", "Năm 2025", "So với năm 2024"], "Sheet", "unknown_words"),
        (["Báo cáo quý III", "Năm 2025", "Năm 2024"], "Sheet", "unknown_words"),
    ],
)
def test_a_quarter_is_of_the_only_year_that_is_named_beside_it(written, above, sheet, rule):
    bundle = written(lambda *_: [], heads=(), above=above, quarters=QUARTERS[:1], sheet=sheet)
    assert rule in {*bundle.errors["rule"]} | {""}
    assert set(bundle.reports["period"]) == (set() if rule else {"2025-Q3"})


def test_the_name_of_a_sheet_is_no_question_beside_a_column_of_the_same_quarter(written):
    assert written(lambda key, _: [key], quarters=QUARTERS[:1], sheet="Quý III").is_complete
    bundle = written(lambda key, _: [key], quarters=QUARTERS[:1], sheet="Quý II")
    assert set(bundle.errors["rule"]) == {"period_of_title"}


@pytest.mark.parametrize(
    ("above", "quarters", "is_read"),
    [
        (["Báo cáo năm 2025"], ["Quý III", "Quý IV"], True),
        (["Báo cáo năm 2025", "Hà Nội, ngày 5 tháng 1 năm 2026"], ["Q3", "Q4"], True),
        (["Báo cáo"], ["Quý III", "Quý IV"], False),
        (["Báo cáo năm 2025 và 2024"], ["Quý III", "Quý IV"], False),
        (["Báo cáo năm 2025"], ["9 tháng", "Cả năm"], False),
    ],
)
def test_headings_of_quarters_are_of_the_only_year_above_them(
    sent, tmp_path, above, quarters, is_read
):
    """The count of each quarter and what it is out of, below its name."""
    book = openpyxl.Workbook()
    page = book.active
    for row in [*([title] for title in above), ["Mã", quarters[0], None, quarters[1], None]]:
        page.append(row)
    # the year of the residents beside them is another
    page.append([None, *SHARE, *SHARE, "Dân số năm 2024"])
    head = len(above) + 1
    for area in (f"A{head}:A{head + 1}", f"B{head}:C{head}", f"D{head}:E{head}"):
        page.merge_cells(area)
    of_quarters = sent[sent["period"].isin(QUARTERS[:2])]
    for code, rows in of_quarters.groupby("code"):
        numbers = rows.sort_values("period")[["count", "out_of"]]
        page.append([code, *map(int, numbers.to_numpy().ravel()), 9_000])
    book.save(tmp_path / "r.xlsx")
    bundle = workbook.read(tmp_path / "r.xlsx")
    assert counts(bundle.reports) == (counts(of_quarters) if is_read else [])


def test_the_number_of_a_report_is_no_month(tmp_path):
    files = invented.write_harbour(tmp_path / "in")
    described = invented.HARBOUR.replace("2025-Q3", "2025-09").replace("2026-Q2", "2025-12")
    files["study"].write_text(described, encoding="utf-8")
    del files["reports"]
    rows = [["Mã", *SHARE], ["W01", 40, 400]]
    with study.Study.open(publish.lay_out(tmp_path / "data", **files).folder).use():
        periods_read = []
        for title in ("BÁO CÁO SỐ 9", "BÁO CÁO THÁNG 9"):
            form = corpus.Form(corpus.Layout(), {}, {"Sheet1": [[title], ["NĂM 2025"], *rows]})
            corpus.save(form, tmp_path / "r.xlsx")
            periods_read.append(workbook.read(form.file).reports["period"].tolist())
    assert periods_read == [[], ["2025-09"]]


@pytest.mark.parametrize(
    ("title", "rules"),
    TITLES_ABOVE,
)
def test_rows_are_held_to_the_title_above_them(written, title, rules):
    bundle = written(lambda key, _: [key], above=[title], quarters=QUARTERS[:1])
    assert set(bundle.errors["rule"]) == rules


REMARKS = [
    ("số quý III/2025", False),
    ("đến 30/9/2025", False),
    ("trong quý", False),
    ("số quý II/2025", True),
    ("cả năm", True),
    ("6 tháng", True),
    ("quý trước", True),
]


@pytest.mark.parametrize(
    ("text", "is_asked"),
    REMARKS,
)
def test_a_remark_is_of_the_quarter_or_is_asked_about(written, text, is_asked):
    def cells(key, number):
        return [key, text if number == 0 else None]

    bundle = written(cells, heads=["Kỳ", "Ghi chú"], quarters=QUARTERS[:1])
    assert (set(bundle.errors["rule"]) == {"remark"}) is is_asked


# --- how a measure is counted over time, and what a heading says of it ---


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """Give a study in which the measure is counted over time in each way, and one of years."""
    folders = {}
    for kind in ("stock", "new", "since_january", "new of years"):
        folder = tmp_path_factory.mktemp("city")
        files = invented.write_harbour(folder / "in")
        del files["reports"]
        over_time, _, is_of_years = kind.partition(" ")
        text = files["study"].read_text(encoding="utf-8") + f'over_time = "{over_time}"\n'
        if is_of_years:
            text = text.replace('{ from = "2025-Q3", to = "2026-Q2" }', "[2024, 2025]")
        files["study"].write_text(text, encoding="utf-8")
        folders[kind] = publish.lay_out(folder / "data", **files).folder
    return folders


def read_under(folder, tmp_path, *heads, above=("Quý III/2025",), remark=""):
    """Read a number for each ward under some columns of headings, from the top down."""
    out_of = ("Hồ sơ nộp trực tuyến: trên tổng số",)
    columns = [("Mã",), ("Phường",), *heads, out_of, ("Ghi chú",)]
    n_rows = max(map(len, columns))
    book = openpyxl.Workbook()
    for title in above:
        book.active.append([title])
    for number in range(n_rows):
        cells = [texts[number] if number < len(texts) else None for texts in columns]
        book.active.append(cells)
    for ward in range(1, 17):
        numbers = [1_000 * number + 700 + ward for number, _ in enumerate(heads)]
        cells = [f"W{ward:02}", f"Pier {ward:02}", *numbers, 9_000]
        book.active.append([*cells, remark if ward == 1 else None])
    book.save(tmp_path / "r.xlsx")
    with study.Study.open(folder).use():
        return workbook.read(tmp_path / "r.xlsx")


FILED = "Hồ sơ nộp trực tuyến"
SCOPES = {
    "trong quý": {"new"},
    "quý này": {"new"},
    "tính đến 30/9/2025": {"stock", "since_january"},
    "tinh den 30/9/2025": {"stock", "since_january"},
    "đến cuối quý": {"stock", "since_january"},
    "lũy kế từ đầu năm": {"since_january"},
    "luỹ kế đến 30/9/2025": {"since_january"},
    "LŨY KẾ": {"since_january"},
    "trong quý, lũy kế": set(),
    "cả quý": {"stock", "new", "since_january"},
    "quý III/2025": {"stock", "new", "since_january"},
}


@pytest.mark.parametrize("over_time", ["stock", "new", "since_january"])
@pytest.mark.parametrize("phrase", SCOPES)
def test_a_heading_is_held_to_how_its_measure_is_counted_over_time(
    studies, over_time, phrase, tmp_path
):
    fits = over_time in SCOPES[phrase]
    headings_of_three = ((f"{FILED} ({phrase})",), (FILED, phrase), (phrase, FILED))
    for texts in headings_of_three:
        bundle = read_under(studies[over_time], tmp_path, texts)
        assert len(bundle.reports) == (16 if fits else 0)
        assert bundle.is_complete is fits
        assert ("unknown_column" in set(bundle.faults["rule"])) is not fits


FIRST_COUNTS = [("new", 701), ("since_january", 1_701), ("stock", None)]


@pytest.mark.parametrize(("over_time", "taken"), FIRST_COUNTS)
def test_of_the_quarter_beside_a_running_total_the_one_of_the_measure_is_taken(
    studies, over_time, taken, tmp_path
):
    heads = [(FILED, "Trong quý"), (FILED, "Lũy kế từ đầu năm")]
    bundle = read_under(studies[over_time], tmp_path, *heads)
    if taken:
        # of a total without the quarter before, what is new is not known
        sent = bundle.rows["kind"].value_counts()["accepted"]
        assert sent == 16
        if over_time == "new":
            assert bundle.reports["count"].dropna().min() == taken
    columns_of = {
        "new": {"D"},
        "since_january": {"C"},
        "stock": {"C", "D"},
    }
    columns = columns_of[over_time]
    faults = bundle.faults[bundle.faults["rule"] == "unknown_column"]
    assert set(faults["column"]) >= columns
    assert ("E" in set(faults["column"])) is (over_time == "stock")


HEADINGS = [
    ("Khách đến nộp quý III/2025", "filed_online.count"),
    ("Khách đến nộp đến 30/9/2025", ""),
]


@pytest.mark.parametrize(
    ("heading", "field"),
    HEADINGS,
)
def test_the_words_of_a_measure_say_nothing_of_its_time(tmp_path, heading, field):
    files = invented.write_harbour(tmp_path / "in")
    del files["reports"]
    text = files["study"].read_text(encoding="utf-8")
    files["study"].write_text(text.replace(FILED, "Khách đến nộp"), encoding="utf-8")
    own_study = publish.lay_out(tmp_path / "data", **files)
    with study.Study.open(own_study.folder).use():
        vocabulary_of_study = vocabulary.gather_vocabulary()
        assert headings.heading([heading], vocabulary_of_study).field == field


NEW_IN_A_YEAR = [("trong năm", False), ("tính đến 31/12/2025", True)]


@pytest.mark.parametrize(("phrase", "fits"), NEW_IN_A_YEAR)
def test_what_is_new_in_a_year_is_all_of_it_to_the_end_of_the_year(studies, phrase, fits, tmp_path):
    heading = (f"{FILED} ({phrase})",)
    bundle = read_under(studies["new of years"], tmp_path, heading, above=["Năm 2025"])
    assert bundle.is_complete is fits


RUNNING_TOTALS = [
    ("Lũy kế từ đầu năm đến quý III/2025", {"since_january"}),
    ("BÁO CÁO QUÝ III/2025 (LUỸ KẾ TỪ ĐẦU NĂM)", {"since_january"}),
    ("Tính đến 30/9/2025", {"stock", "new", "since_january"}),
]


@pytest.mark.parametrize("over_time", ["stock", "new", "since_january"])
@pytest.mark.parametrize(
    ("phrase", "fits"),
    RUNNING_TOTALS,
)
def test_a_title_or_remark_of_a_running_total_is_asked_about_unless_the_measure_is_one(
    studies, over_time, phrase, fits, tmp_path
):
    bundle = read_under(studies[over_time], tmp_path, (FILED,), above=[phrase])
    assert bundle.is_complete is (over_time in fits)
    bundle = read_under(studies[over_time], tmp_path, (FILED,), remark=phrase)
    assert bundle.is_complete is (over_time in fits)


WORDS_BELOW = [
    ((FILED, "Số hộ"), True),
    ((FILED, "Dân số"), True),
    ((FILED, "Số lượng"), False),
    (("Báo cáo", FILED), False),
]


@pytest.mark.parametrize("over_time", ["stock", "new"])
@pytest.mark.parametrize(
    ("texts", "is_asked"),
    WORDS_BELOW,
)
def test_a_word_of_the_form_below_a_measure_is_of_the_measure(
    studies, over_time, texts, is_asked, tmp_path
):
    bundle = read_under(studies[over_time], tmp_path, texts)
    assert bundle.residents.empty
    assert bundle.teams.empty
    assert ("unknown_column" in set(bundle.faults["rule"])) is is_asked
    assert len(bundle.reports) == (0 if is_asked else 16)


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
    months = ("T6/2025", "7/2025")
    rows += [["31318", "Vị Thanh", "Phường I", month, 4, 40] for month in months]
    layout = corpus.Layout()
    form = corpus.Form(layout, {}, {"Báo cáo": rows})
    corpus.save(form, tmp_path / "r.xlsx")
    folder = write_data(tmp_path / "data", texts)
    with study.Study.open(folder).use():
        bundle = workbook.read(form.file)
    errors = bundle.errors[["rule", "row"]]
    assert errors.to_numpy().tolist() == [["structure_undecided", 3]]
    assert bundle.teams["period"].tolist() == ["2025-06"]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_period_is_read_as_it_is_named(language):
    with words.use(language):
        spans = [(2024, 2026), *((f"2025-{first}", f"2026-{last}") for first, last in ENDS)]
        for first, last in spans:
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
    by_year = new.groupby(["code", new["period"].str[:4]])
    totals = new.assign(**by_year[numbers].cumsum())
    totals.to_csv(files["reports"], index=False)
    # what the third quarter of 2025 adds to the first two is not known
    expected = new.set_index(["code", "period"])[numbers].astype(float)
    expected.loc[pd.IndexSlice[:, "2025-Q3"], :] = float("nan")
    heads = {name: f"filed_online.{name}" for name in numbers}
    form = totals[["code", "period", *numbers]].rename(columns=heads)
    own_study = publish.lay_out(tmp_path / "data", **files).folder
    with study.Study.open(own_study).use():
        form.to_csv(tmp_path / "form.csv", index=False)
        read_form = workbook.read(tmp_path / "form.csv").reports
        for reports in (frames.reports(), read_form):
            table = reports.set_index(["code", "period"])[numbers]
            table = table.reindex(expected.index)
            pd.testing.assert_frame_equal(table, expected, check_dtype=False)
        row = form.index[form["period"] == "2026-Q2"][0]
        total_before = form.loc[row - 16, "filed_online.count"]
        form.loc[row, "filed_online.count"] = total_before - 1
        form.to_csv(tmp_path / "form.csv", index=False)
        faults = workbook.read(tmp_path / "form.csv").faults
    cells = faults[["row", "column", "rule"]]
    assert cells.to_numpy().tolist() == [[row + 2, "C", "total_falls"]]

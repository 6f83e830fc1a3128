"""Per cents where counts belong: asked about, never refused, and counts of rare events never."""

import math

import invented
import numpy as np
import openpyxl
import pandas as pd
import pytest

import hganalysis as hg
from hganalysis import frames, indicators, publish, study, words, workbook
from hganalysis.frames import are_percents
from hganalysis.publish.own import write as write_data
from hganalysis.workbook import corrections

N_COUNTIES = 60
RULES = {"percents_said", "percents_alike", "share_alone"}


def draw_people(rng, number=N_COUNTIES):
    """Draw residents of counties, of which the largest has more than ten times the smallest."""
    people = rng.lognormal(10, 1, number).round()
    people[:2] = 1_000, 200_000
    return pd.Series(people)


def draw_rates(rng, number=N_COUNTIES):
    odds = np.exp(-rng.normal(0, 0.8, number))
    return pd.Series(100 / (1 + odds))


CODES = [f"C{number:03}" for number in range(N_COUNTIES)]


def write_counties(folder):
    """List the counties and their residents."""
    listed = pd.DataFrame({"code": CODES, "name": [f"County {code}" for code in CODES]})
    people = draw_people(np.random.default_rng(1))
    listed.assign(population=people.astype(int)).to_csv(folder / "places.csv", index=False)


def lay_out_counties(folder):
    """Lay out the description and the list of a folder as data."""
    files = {"study": folder / "study.toml", "places": folder / "places.csv"}
    return publish.lay_out(folder / "data", **files).folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write a study of counties whose measure has no classes."""
    folder_made = tmp_path_factory.mktemp("counties")
    write_counties(folder_made)
    described = invented.ARDEN.replace("per = 1000", 'denominator = "residents"')
    (folder_made / "study.toml").write_text(described, encoding="utf-8")
    return lay_out_counties(folder_made)


@pytest.fixture
def read(folder, tmp_path):
    """Read a column of numbers of each county under a heading."""

    def read_column(cells, *, heading="Infant deaths", look="General", suffix="xlsx"):
        cells_by_code = [[f"C{number:03}", cell] for number, cell in enumerate(cells)]
        rows = [["code", heading], *cells_by_code]
        file = tmp_path / f"report.{suffix}"
        if suffix == "csv":
            pd.DataFrame(rows).to_csv(file, header=False, index=False)
        else:
            book = openpyxl.Workbook()
            book.active.title = "2023"
            for row in rows:
                book.active.append(row)
            for row in range(len(cells)):
                book.active.cell(row + 2, 2).number_format = look
            book.save(file)
        with study.Study.open(folder).use(language="en"):
            return workbook.read(file)

    return read_column


def questions(bundle):
    is_question = bundle.faults["rule"].isin(RULES)
    return bundle.faults[is_question]


def per_cents(number):
    """Invent a file of per cents: its cells, and how it is written."""
    rng = np.random.default_rng(number)
    rates = draw_rates(rng).round(1)
    if number % 5 == 0:
        return [*rates], {}
    if number % 5 == 1:
        return [*rates.round().astype(int)], {"heading": "Infant deaths (%)"}
    if number % 5 == 2:
        return [f"{rate} %" for rate in rates], {}
    if number % 5 == 3:
        return [*(rates / 100)], {"look": "0.0%"}
    return [*rates.round().astype(int)], {"heading": "Percentage – Infant deaths"}


@pytest.mark.parametrize("number", range(20))
def test_a_file_of_per_cents_is_asked_about_once_and_gives_no_count(read, number):
    cells, written = per_cents(number)
    bundle = read(cells, **written)
    assert len(questions(bundle)) == 1
    assert bundle.reports.empty
    assert not bundle.is_sound
    assert set(bundle.faults["rule"]) <= {*RULES, "missing_numbers"}


@pytest.mark.parametrize("digits", [0, 1])
@pytest.mark.parametrize("seed", range(5))
def test_per_cents_of_534_counties_are_no_counts(seed, digits):
    rng = np.random.default_rng(seed)
    people = draw_people(rng, 534)
    rates = draw_rates(rng, 534).round(digits)
    assert are_percents(rates, people)


MEDIANS = [*range(1, 41), *range(42, 62, 2)]


@pytest.mark.parametrize("largest", [10_000, 200_000])
def test_counts_of_rare_events_are_no_per_cents(largest):
    is_asked = []
    for median in MEDIANS:
        rng = np.random.default_rng(median)
        people = draw_people(rng)
        if largest < people.max():  # so that most numbers are no more than 100
            people = pd.Series(np.linspace(largest / 10, largest, N_COUNTIES))
        expected = median * people / people.median()
        counts = pd.Series(rng.poisson(expected))
        is_asked.append(are_percents(counts, people))
    assert len(MEDIANS) == 50
    assert sum(is_asked) == 0


def draw_rare_events(folder, median):
    """Draw counts of rare events in the counties of a study."""
    with study.Study.open(folder).use():
        people = hg.places.units()["population"].astype(float)
    expected = np.minimum(median * people / 22_000, 95)
    return np.random.default_rng(median).poisson(expected)


@pytest.mark.parametrize("median", [1, 20, 60])
def test_a_file_of_rare_events_asks_nothing(read, folder, median):
    counts = draw_rare_events(folder, median)
    bundle = read([*map(int, counts)])
    assert questions(bundle).empty
    assert len(bundle.reports) == N_COUNTIES


SHIPPED = [study.DATA, *sorted(study.DATA.glob("studies/*/"))]


@pytest.mark.parametrize("data", SHIPPED, ids=lambda path: path.name)
def test_no_measure_of_a_shipped_study_looks_like_per_cents(data):
    folder = None if data == study.DATA else data
    with study.Study.open(folder).use():
        reports = frames.reports()
        reports = reports[reports["count"] % 1 == 0]
        assert len(reports)
        for keys in (["indicator"], ["indicator", "period"]):
            for _, rows in reports.groupby(keys):
                assert not are_percents(rows["count"], rows["out_of"])


PEOPLE = pd.Series(np.linspace(1_000, 10_000, 20))
ALIKE = pd.Series([20, 61, 22, 40] * 5)


def test_each_border_of_what_looks_like_per_cents():
    halves = pd.Series([0.5] * 11 + [40] * 9)
    around_20 = ALIKE.where(ALIKE > 30, 19).where(ALIKE != 40, 21)
    nine_unlike = PEOPLE * [*[1] * 8, *[10] * 12]
    ten_unlike = PEOPLE * [*[1] * 9, *[10] * 11]
    cases = {
        "as they are": (ALIKE, PEOPLE, True),
        "nine rows": (ALIKE[:9], nine_unlike, False),
        "ten rows": (ALIKE[:10], ten_unlike, True),
        "above 100": (ALIKE.replace(61, 101), PEOPLE, False),
        "100": (ALIKE.replace(61, 100), PEOPLE, True),
        "median 19": (ALIKE - 12, PEOPLE, False),
        "median 20": (around_20, PEOPLE, True),
        "people alike": (ALIKE, PEOPLE.clip(lower=1_001), False),
        "more than half are fractions": (halves, PEOPLE.clip(lower=9_000), True),
        "half are fractions": (halves.where(halves.index != 0, 40), PEOPLE, False),
        "below 0": (ALIKE.replace(20, -20), PEOPLE, False),
        "all equal": (ALIKE * 0 + 50, PEOPLE, True),
    }
    for name, (counts, people, expected) in cases.items():
        assert are_percents(counts, people) == expected, name


@pytest.mark.parametrize(("rho", "expected"), [(0.19, True), (0.21, False)])
def test_what_grows_with_people_is_counted(rho, expected):
    # of ranks that are a mixture of those of people and of others, the coefficient is exact
    ranks = pd.Series(np.arange(400.0))
    unrelated = ranks.sample(frac=1, random_state=3, ignore_index=True)
    unrelated -= ranks * ranks.corr(unrelated)
    weights = np.linspace(0, 1, 2_001)
    values = [(weight * ranks + (1 - weight) * unrelated).rank() for weight in weights]
    nearest = min(values, key=lambda value: abs(value.corr(ranks) - rho))
    assert math.isclose(nearest.corr(ranks), rho, abs_tol=0.005)
    assert are_percents(nearest // 10 + 40, 1_000 + ranks * 30) is expected


@pytest.mark.parametrize("heading", ["Infant deaths", "infant_deaths.count", "Infant deaths (%)"])
def test_the_answer_is_kept_by_the_heading_and_asked_for_once(read, tmp_path, heading):
    cells = [0.5, 39.4] * (N_COUNTIES // 2)
    bundle = read(cells, heading=heading)
    lines = corrections.question(bundle.faults, "report.xlsx")
    assert lines["code"].tolist() == ["infant_deaths.count", "unused"]
    assert corrections.propose(lines, tmp_path / "corrections.csv") == 2
    file = tmp_path / "corrections.csv"
    answers = (("unused", {"missing_numbers"}), ("infant_deaths.count", {"fractional"}))
    for answer, rules in answers:
        signed = f"written,district,level,code,name,accepted_by\n{heading},,heading,{answer},,me\n"
        file.write_text(signed, encoding="utf-8")
        read_again = read(cells, heading=heading)
        assert questions(read_again).empty
        assert set(read_again.errors["rule"]) == rules


def test_counts_that_look_like_per_cents_are_read_once_a_person_says_so(read, tmp_path):
    rates = draw_rates(np.random.default_rng(5)).round().astype(int)
    cells = [*rates]
    assert questions(read(cells))["rule"].tolist() == ["percents_alike"]
    signed = "written,district,level,code,name,accepted_by\nInfant deaths,,heading,"
    (tmp_path / "corrections.csv").write_text(f"{signed}infant_deaths.count,,me\n", "utf-8")
    read_again = read(cells)
    assert read_again.reports["count"].tolist() == cells


def test_a_measure_that_is_called_a_percentage_is_asked_about(folder, tmp_path):
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace("Infant deaths", "Percentage of infant deaths")
    listed = {}
    for path in folder.glob("places/*.csv"):
        listed[path.relative_to(folder).as_posix()] = path.read_bytes()
    write_data(tmp_path / "called", {**listed, "study.toml": text.encode()})
    columns = {"code": CODES, "Percentage of infant deaths": range(150, 210)}
    pd.DataFrame(columns).to_csv(tmp_path / "2023.csv", index=False)
    with study.Study.open(tmp_path / "called").use(language="en"):
        bundle = workbook.read(tmp_path / "2023.csv")
    assert questions(bundle)["rule"].tolist() == ["percents_said"]


def test_a_measure_with_classes_refuses_a_cell_of_per_cents_as_before(tmp_path):
    columns = {
        "Mã xã": ["31318", "31321"],
        "Năm": 2023,
        "app_users.count": ["39 %", 1_200],
    }
    pd.DataFrame(columns).to_csv(tmp_path / "r.csv", index=False)
    bundle = workbook.read(tmp_path / "r.csv")
    assert indicators.has_classes("app_users")
    assert set(bundle.errors["rule"]) == {"percent"}
    assert bundle.reports["count"].tolist() == [1_200]


def test_sheets_of_one_form_are_one_column(folder, tmp_path):
    rates = draw_rates(np.random.default_rng(6)).round(1)
    book = openpyxl.Workbook()
    for page in range(10):
        rows = [["Code", "Year", "Infant deaths"]]
        numbers = range(6 * page, 6 * page + 6)
        rows += [[CODES[number], 2023, rates[number]] for number in numbers]
        sheet = book.create_sheet(f"Sheet {page + 1}") if page else book.active
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "r.xlsx")
    with study.Study.open(folder).use(), words.use("en"):
        bundle = workbook.read(tmp_path / "r.xlsx")
    assert questions(bundle)["rule"].tolist() == ["percents_alike"]
    assert len(questions(bundle).iloc[0]["cells"]) == 10


LONG_FORMS = {
    "labels": ["code", "period", "indicator", "count"],
    "of a log": ["code", "period", "indicator", "count", "out_of", "origin"],
}


def write_long(folder, file, columns, *, form):
    """Write counts of measures below each other, with or without what only a program writes."""
    with study.Study.open(folder).use():
        people = [*hg.places.units()["population"]]
    parts = []
    for name, cells in columns.items():
        rows_of_measure = {
            "code": CODES,
            "period": 2023,
            "indicator": name,
            "count": cells,
        }
        parts.append(pd.DataFrame(rows_of_measure))
    rows = pd.concat(parts).assign(origin="reported")
    rows["out_of"] = people * len(parts)
    rows[LONG_FORMS[form]].to_csv(file, index=False)


@pytest.fixture
def read_long(folder, tmp_path):
    def read_measures(columns, *, form, studied=folder):
        write_long(studied, tmp_path / "report.csv", columns, form=form)
        with study.Study.open(studied).use(language="en"):
            return workbook.read(tmp_path / "report.csv")

    return read_measures


@pytest.fixture(scope="module")
def two_measures(tmp_path_factory):
    """Write a study of the same counties with a second measure without classes."""
    folder_made = tmp_path_factory.mktemp("two")
    write_counties(folder_made)
    described = invented.ARDEN.replace("per = 1000", 'denominator = "residents"')
    measure = described[described.index("[indicators.infant_deaths]") :]
    second = measure.replace("infant_deaths", "births").replace("Infant deaths", "Home births")
    text = f"{described}\n{second}".replace("children who died before", "children born before")
    (folder_made / "study.toml").write_text(text, encoding="utf-8")
    return lay_out_counties(folder_made)


@pytest.mark.parametrize("form", LONG_FORMS)
@pytest.mark.parametrize("number", range(20))
def test_a_long_file_of_per_cents_is_asked_about_once_a_measure(read_long, number, form):
    cells, _ = per_cents(number)
    if number % 5 == 3:  # a file of texts has no number format
        cells = [f"{cell:.1%}" for cell in cells]
    if number % 5 in {1, 4}:  # what the heading says of one measure, the cells say of several
        cells = [f"{cell} %" for cell in cells]
    bundle = read_long({"infant_deaths": cells}, form=form)
    assert questions(bundle)["field"].tolist() == ["infant_deaths.count"]
    assert bundle.reports.empty
    assert not bundle.is_sound


@pytest.mark.parametrize("form", LONG_FORMS)
def test_an_answer_for_one_measure_of_a_long_file_leaves_the_others(
    read_long, two_measures, tmp_path, form
):
    rng = np.random.default_rng(5)
    names = ("infant_deaths", "births")
    columns = {name: [*draw_rates(rng).round().astype(int)] for name in names}
    bundle = read_long(columns, form=form, studied=two_measures)
    assert sorted(questions(bundle)["field"]) == ["births.count", "infant_deaths.count"]
    lines = corrections.question(bundle.faults, "report.csv")
    assert lines["written"].tolist().count("births.count") == 2
    for answer, n_reports in (("births.count", N_COUNTIES), ("unused", 0)):
        signed = (
            f"written,district,level,code,name,accepted_by\nbirths.count,,heading,{answer},,me\n"
        )
        (tmp_path / "corrections.csv").write_text(signed, encoding="utf-8")
        only_births = {"births": columns["births"]}
        births = read_long(only_births, form=form, studied=two_measures)
        assert questions(births).empty
        assert len(births.reports) == n_reports
        both_measures = read_long(columns, form=form, studied=two_measures)
        assert questions(both_measures)["field"].tolist() == ["infant_deaths.count"]


@pytest.mark.parametrize("form", LONG_FORMS)
@pytest.mark.parametrize("median", [1, 20, 60])
def test_a_long_file_of_rare_events_asks_nothing(read_long, folder, median, form):
    counts = draw_rare_events(folder, median)
    bundle = read_long({"infant_deaths": [*map(int, counts)]}, form=form)
    assert questions(bundle).empty
    assert bundle.reports["count"].tolist() == [*counts]


def frame_of(counts, people):
    columns = {
        "code": CODES,
        "period": 2023,
        "count": counts,
        "out_of": people,
    }
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(columns).assign(origin="reported", zone=["a", "b", "c"] * 20)
    return frame.assign(clinics=rng.random(N_COUNTIES))


def open_doors(frame):
    """Give a frame to each door; a refusal is the text of its error."""
    later = frame.assign(period=2024)
    columns = {
        "count": "count",
        "exposure": "clinics",
        "offset": "out_of",
        "cluster": "zone",
    }
    both_years = pd.concat([frame, later])
    doors = {
        "uptake": lambda: hg.uptake(frame, source="us"),
        "compare": lambda: hg.compare(both_years, 2023, 2024, source="us"),
        "design": lambda: hg.Design(frame.set_index("code"), **columns, source="us"),
    }
    texts = {}
    for name, ask in doors.items():
        texts[name] = ""
        try:
            ask()
        except ValueError as error:
            texts[name] = str(error)
    return texts


def test_a_frame_of_per_cents_is_refused_by_each_door_unless_it_says_they_are_counts(folder):
    with study.Study.open(folder).use(language="en"):
        people = [*hg.places.units()["population"]]
        rates = draw_rates(np.random.default_rng(5))
        for digits in (0, 1):
            frame = frame_of(rates.round(digits), people)
            # what has decimals is no count, whoever says so
            words_needed = ("unit='percent'", "percentages" if digits else "are_counts=True")
            for door, text in open_doors(frame).items():
                for word in words_needed:
                    assert word.casefold() in text.casefold(), door
        frame = frame_of(rates.round(), people).assign(are_counts=True)
        assert not any("percentages" in text for text in open_doors(frame).values())
        frame.loc[3, "are_counts"] = False
        assert all("percentages" in text for text in open_doors(frame).values())


@pytest.mark.parametrize("median", [1, 20, 60])
def test_a_frame_of_rare_events_is_never_refused(folder, median):
    with study.Study.open(folder).use(language="en"):
        people = hg.places.units()["population"].astype(float)
        counts = draw_rare_events(folder, median)
        frame = frame_of(counts, [*people])
        assert not any("percentages" in text for text in open_doors(frame).values())


def test_the_reports_of_a_study_that_were_asked_about_are_not_refused_by_their_design():
    assert len(hg.Design.of_reports("app_users", 2022).data.units)

"""Test what the national portal publishes: names of offices, lists of places, answers, a study."""

import hashlib
import re
import shutil

import numpy as np
import pandas as pd
import portal_case
import pytest
from refusal_texts import says
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import (
    frames,
    indicators,
    periods,
    places,
    portal,
    publish,
    sheets,
    study,
    suppress,
    words,
)
from hganalysis.cli import app
from hganalysis.frames.loading import read_file
from hganalysis.frames.requirements import require_reports
from hganalysis.periods import read_period
from hganalysis.publish.answers import answers as answers_of_index
from hganalysis.publish.atlas import gather
from hganalysis.publish.atlas_counts import count
from hganalysis.publish.own import lend_files
from hganalysis.publish.own import write as write_files
from hganalysis.ranking.measure import reported
from hganalysis.workbook.template import template


@pytest.fixture(scope="module")
def listed():
    return portal_case.communes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, listed):
    """Lay the list of the invented province out, with a study that asks for one share."""
    folder = tmp_path_factory.mktemp("portal")
    (folder / "study.toml").write_text(portal_case.STUDY, encoding="utf-8")
    portal_case.list_of_places(listed).to_csv(folder / "places.csv", index=False)
    files = {"places": folder / "places.csv", "study": folder / "study.toml"}
    write_sent(folder / "first.csv", listed)
    publish.lay_out(folder / "study", reports=folder / "first.csv", **files)
    return folder


@pytest.fixture
def in_use(folder):
    """Use the invented province."""
    with study.Study.open(folder / "study").use():
        yield


def write_sent(file, listed, *, with_nothing_due=False, **changes):
    """Write a report with the codes and names of the portal."""
    columns = {"code": listed["other_code"], "name": "UBND " + listed["name"]}
    columns |= {"period": "2026-Q3", "paid_online.count": listed["paid"]}
    columns["paid_online.out_of"] = listed["due"]
    table = pd.DataFrame(columns).assign(**changes)
    if not with_nothing_due:
        # of one's own, a total of 0 is asked about: it is left out
        table = table[table["paid_online.out_of"] > 0]
    if file.suffix == ".xlsx":
        table.to_excel(file, index=False)
    else:
        table.to_csv(file, index=False)
    return file


@pytest.mark.usefixtures("in_use")
@pytest.mark.parametrize("pattern", portal_case.WAYS)
@pytest.mark.parametrize("case", [str, str.upper, str.lower])
def test_every_name_as_an_office_writes_it_is_its_place(listed, pattern, case):
    names = [case(pattern.format(name)) for name in listed["name"]]
    matches = places.find_codes(pd.Series(names))
    assert matches["code"].tolist() == listed["code"].tolist()


@pytest.mark.usefixtures("in_use")
def test_an_office_of_another_province_or_without_a_place_is_none(listed):
    name = listed["name"].iloc[5]
    wrong = [f"UBND {name} - tỉnh Bến Trăng", "UBND", "UBND tỉnh Sông Mây", f"Sở {name}"]
    matches = places.find_codes(pd.Series(wrong))["code"].isna().all()
    assert matches


def test_a_list_that_does_not_name_its_province_takes_that_of_the_study(folder, listed, tmp_path):
    table = portal_case.list_of_places(listed).drop(columns=["province_code", "province"])
    table.to_csv(tmp_path / "places.csv", index=False)
    files = {"places": tmp_path / "places.csv", "study": folder / "study.toml"}
    report = write_sent(tmp_path / "report.csv", listed)
    publish.lay_out(tmp_path / "own", reports=report, **files)
    with study.Study.open(tmp_path / "own").use():
        names = pd.Series([f"UBND {name} - tỉnh Sông Mây" for name in listed["name"]])
        matches = places.find_codes(names)["code"].tolist()
        assert matches == listed["code"].tolist()


@pytest.mark.usefixtures("in_use")
@pytest.mark.parametrize("mark", [".", "-", " - ", "–", "_", "/"])
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_a_place_is_found_by_its_code_on_another_list_however_it_is_written(listed, case, mark):
    codes = [case(code).replace(".", mark) for code in listed["other_code"]]
    assert places.find_codes(pd.Series(codes))["code"].tolist() == listed["code"].tolist()
    assert [*map(places.official_code, codes)] == listed["code"].tolist()


@pytest.mark.usefixtures("in_use")
def test_a_code_of_no_place_is_none():
    strangers = pd.Series(["H77.1", "H77.080", "H78.8"])
    assert places.find_codes(strangers)["code"].isna().all()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_report_with_names_and_codes_of_the_portal_is_read_in_full(
    folder, listed, tmp_path, suffix
):
    file = write_sent(tmp_path / f"report{suffix}", listed)
    files = {"places": folder / "places.csv", "study": folder / "study.toml"}
    publish.lay_out(tmp_path / "own", reports=file, **files)
    read = pd.read_csv(tmp_path / "own" / study.REPORTS, dtype={"code": "str"})
    with_files = listed[listed["due"] > 0]
    expected = with_files.set_index("code")[["paid", "due"]]
    read = read.set_index("code")[["count", "out_of"]].astype(int)
    read_counts = read.loc[expected.index]
    assert read_counts.to_numpy().tolist() == expected.to_numpy().tolist()
    assert len(read) == len(expected)


def test_a_code_and_a_name_of_two_places_are_a_fault(folder, listed, tmp_path):
    names = "UBND " + listed["name"]
    swapped = names.iloc[[11, 10]]
    names.iloc[[10, 11]] = swapped.to_numpy()
    file = write_sent(tmp_path / "report.csv", listed, name=names)
    files = {"places": folder / "places.csv", "study": folder / "study.toml"}
    with study.use(language="en"), pytest.raises(publish.BuildError) as refused:
        publish.lay_out(tmp_path / "own", reports=file, **files)
    text = str(refused.value)
    for row in (10, 11):
        assert listed["code"].iloc[row] in text
    assert "2 rejected" in text


@pytest.mark.usefixtures("in_use")
def test_no_name_is_suggested_that_shares_no_syllable(listed):
    def without_marks(text):
        bare_text = hg.countries.letters.bare(text.lower()).split()
        return set(bare_text)

    n_suggested = 0
    for name in listed["name"]:
        kind, first, second = name.split()
        misspelt = (f"UBND {kind} {first} {second}h - tỉnh Sông Mây", f"{kind} Qu{first} Gh")
        for written in misspelt:
            labels = places.propose(written)["label"]
            suggested = labels.str.split(",").str[0].tolist()
            syllables = without_marks(written) - without_marks(kind)
            assert all(syllables & without_marks(label) for label in suggested), written
            n_suggested += name in suggested
    # the misspelt place itself is among them
    assert n_suggested > 0.9 * len(listed)


def test_places_are_listed_by_number(listed, tmp_path):
    by_portal = portal_case.list_of_places(listed).assign(code=listed["other_code"])
    shuffled = by_portal.drop(columns="other_code").sample(frac=1, random_state=1)
    shuffled.to_csv(tmp_path / "places.csv", index=False)
    codes = places.read_list(tmp_path / "places.csv").communes["code"]
    assert codes.tolist() == listed["other_code"].tolist()


def test_a_code_of_another_list_is_of_one_place(listed, tmp_path):
    twice = portal_case.list_of_places(listed)
    twice.loc[1, "other_code"] = twice.loc[0, "other_code"]
    twice.to_csv(tmp_path / "places.csv", index=False)
    with pytest.raises(ValueError, match=r"H77\.8"):
        places.read_list(tmp_path / "places.csv")


def test_the_list_of_every_province_is_complete_and_can_be_used_without_residents():
    counts = {}
    provinces = pd.read_csv(study.DATA / "lists/vietnam_2025.csv", dtype="str")["code"]
    for code in provinces[:34]:
        communes = places.vietnam(code)
        counts[code] = len(communes)
        assert communes["code"].is_unique
        cells = communes[["name", "lon", "lat"]]
        assert cells.notna().all(axis=None)
    assert sum(counts.values()) == 3_321
    # as was announced in June 2025
    expected = {"25": 148, "01": 126, "79": 168, "46": 40}
    assert {code: counts[code] for code in expected} == expected


def test_every_commune_of_all_provinces_is_known_by_its_name_with_its_province():
    shares = [portal.raw.measures()["paid_online"]]
    provinces = pd.read_csv(study.DATA / "lists/vietnam_2025.csv", dtype="str").iloc[:34]
    n_read = 0
    for province in provinces.itertuples():
        communes = places.vietnam(province.code)
        described = portal.describing.describe(communes, shares, captured={})
        with lend_files(portal.describing.lay_list(communes, described)):
            # a name may have a dash of its own: phường Lâm Viên - Đà Lạt
            names = "UBND " + communes["name"] + f" - {province.name_vi}"
            codes = places.find_codes(names)["code"]
        assert codes.tolist() == communes["code"].tolist()
        n_read += len(codes)
    assert n_read == 3_321


@pytest.mark.parametrize("name", ["Phú Thọ", "tinh phu tho", "UBND tỉnh Phú Thọ", "25"])
def test_a_province_is_found_however_it_is_written(name):
    assert set(places.vietnam(name)["province"]) == {"Tỉnh Phú Thọ"}


@pytest.mark.parametrize("name", ["Vĩnh Phúc", "Hậu Giang", "", "Phú", "00"])
def test_a_province_that_is_none_of_the_34_is_refused_with_all_of_them(name):
    with pytest.raises(LookupError, match="Phú Thọ"):
        places.vietnam(name)


def test_a_study_out_of_files_needs_no_residents_and_another_does(folder, listed, tmp_path):
    table = portal_case.list_of_places(listed).drop(columns="population")
    table.to_csv(tmp_path / "places.csv", index=False)
    files = {
        "places": tmp_path / "places.csv",
        "reports": write_sent(tmp_path / "report.csv", listed),
    }
    publish.lay_out(tmp_path / "own", study=folder / "study.toml", **files)
    with study.Study.open(tmp_path / "own").use():
        assert places.is_tiled()
        assert places.is_located()
        assert places.units()["population"].isna().all()
        form = template(tmp_path / "form.xlsx", period="2026-Q3")
        first_sheet = pd.read_excel(form, header=None).to_string()
        assert "Mã" in first_sheet
        assert "Dân số" not in first_sheet

    of_residents = portal_case.STUDY.replace("out_of = ", "denominator = 'residents'\nout_of = ")
    with_teams = portal_case.STUDY + "\n[exposure]\none = 'member'\nmany = 'members'\n"
    for number, text in enumerate((of_residents, with_teams)):
        description = tmp_path / f"{number}" / "study.toml"
        description.parent.mkdir()
        description.write_text(text, encoding="utf-8")
        with pytest.raises(publish.BuildError, match="population"):
            publish.lay_out(tmp_path / f"of{number}", study=description, **files)


def test_residents_are_given_for_all_places_or_for_none(folder, listed, tmp_path):
    table = portal_case.list_of_places(listed)
    table["population"] = table["population"].astype("str")
    table.loc[3, "population"] = ""
    table.to_csv(tmp_path / "places.csv", index=False)
    files = {
        "places": tmp_path / "places.csv",
        "reports": write_sent(tmp_path / "report.csv", listed),
    }
    with pytest.raises(publish.BuildError, match="population"):
        publish.lay_out(tmp_path / "own", study=folder / "study.toml", **files)


# --- the answers of the portal ---

Q3 = {"period": "2026-Q3", "captured": "2026-09-26"}


@pytest.fixture(scope="module")
def official(listed):
    """Give the list of places of the invented province, as `places.vietnam` does."""
    columns = ["code", "name", "lon", "lat", "former_district"]
    return listed[columns].assign(province_code="77", province=portal_case.NAME)


@pytest.fixture(scope="module")
def answers(tmp_path_factory, listed, official):
    """Read an invented answer."""
    file = tmp_path_factory.mktemp("answer") / "any name.json"
    portal_case.write(file, portal_case.answer(listed))
    return portal.read(file, **Q3, listed=official)


@pytest.fixture(scope="module")
def written(tmp_path_factory, answers):
    """Write the study of it."""
    return answers.write(tmp_path_factory.mktemp("study") / "written")


def test_every_commune_is_its_place_and_the_sums_are_those_of_the_province(answers, listed):
    expected = listed.set_index("code")
    rows = answers.rows.set_index("code")
    assert set(rows.index) == set(expected.index)
    pairs = expected.loc[rows.index, ["paid", "due"]].to_numpy()
    assert (rows[["count", "out_of"]] == pairs).all(axis=None)
    province = portal_case.answer(listed)["data"]["parent"]
    departments = [20, 30]
    sums = rows[["count", "out_of"]].sum() + departments
    totals = [province[portal_case.PAID], province[portal_case.DUE]]
    assert sums.tolist() == totals


def test_what_is_left_out_is_said_in_both_languages(tmp_path, listed, official):
    content = portal_case.answer(listed.iloc[:-1])
    file = portal_case.write(tmp_path / "q3.json", content)
    for language, word in {"vi": "sở, ban, ngành", "en": "departments"}.items():
        with study.use(language=language):
            notes = portal.read(file, **Q3, listed=official).notes
        assert len(notes) == 3
        assert word in notes[0]
        assert "20" in notes[0]
        # nothing due, and not in the answer
        assert listed["name"].iloc[0] in notes[1]
        assert listed["name"].iloc[-1] in notes[2]


def test_a_study_of_an_answer_hides_and_replaces_nothing(written, answers):
    with study.Study.open(written).use():
        # the place with nothing due has no numbers
        reports = frames.reports().dropna(subset=["out_of"])
        shown = reports.set_index("code")[["count", "out_of"]].astype(int)
        assert set(reports["origin"]) == {"published"}
        assert suppress.published.is_published(reports).all()
    sent_counts = answers.rows.set_index("code")[["count", "out_of"]]
    assert (shown == sent_counts.loc[shown.index]).all(axis=None)
    assert len(shown) == len(sent_counts)


def test_one_digit_more_is_not_published_any_more(written, tmp_path):
    folder = shutil.copytree(written, tmp_path / "changed")
    reports = pd.read_csv(folder / study.REPORTS, dtype={"code": "str"})
    reports.loc[5, "count"] += 1
    text = reports.to_csv(index=False).encode()
    write_files(folder, {study.REPORTS: text})
    with study.Study.open(folder).use():
        is_published = suppress.published.is_published(frames.reports()).sum()
        assert is_published < len(reports)


def test_the_answer_is_kept_byte_for_byte_with_its_source(written, answers):
    card = study.register(written)["published/2026-Q3.json"]
    content = (written / "published/2026-Q3.json").read_bytes()
    assert content == answers.captures[0].raw.content
    assert card["sha256"] == hashlib.sha256(content).hexdigest()
    assert card["captured"] == "2026-09-26"
    assert card["url"].startswith("https://dichvucong.gov.vn")


def test_a_report_with_codes_and_names_of_the_portal_fits_its_study(written, listed, tmp_path):
    file = write_sent(tmp_path / "report.xlsx", listed)
    own_study = publish.lay_out(tmp_path / "own", study=written, reports=file)
    with study.Study.open(own_study.folder).use():
        is_known = frames.reports()["out_of"].notna()
        assert is_known.sum() == (listed["due"] > 0).sum()


PHRASES = [("vi", "tính đến 26/9"), ("en", "so far")]


@pytest.mark.parametrize(("language", "words_of_it"), PHRASES)
def test_a_period_that_was_not_over_is_called_so_in_every_text(
    written, answers, tmp_path, language, words_of_it
):
    over = Q3 | {"captured": "2026-10-01"}
    file = portal_case.write(tmp_path / "q3.json", {})
    file.write_bytes(answers.captures[0].raw.content)
    answer_of_later = portal.read(file, **over, listed=answers.places).write
    complete = answer_of_later(tmp_path / "complete")
    for folder, is_open in ((written, True), (complete, False)):
        with study.Study.open(folder).use(language=language):
            names = [words.period("2026-Q3"), words.short_period("2026-Q3")]
            assert all((words_of_it in name) == is_open for name in names)
            # other periods are over, or yet to come
            assert words_of_it not in words.period("2026-Q2") + words.period("2027-Q1")
            assert all(periods.read_period(name).key == "2026-Q3" for name in names)
            when = indicators.get("paid_online", period="2026-Q3").when
            assert (re.search("26(/9| September)", when) is not None) == is_open


DAYS = [("2026-09-30", True), ("2026-10-01", False)]


@pytest.mark.parametrize(("day", "is_open"), DAYS)
def test_the_last_day_of_a_period_is_not_over_yet(listed, official, tmp_path, day, is_open):
    file = portal_case.write(tmp_path / "q3.json", portal_case.answer(listed))
    answer = portal.read(file, period="2026-Q3", captured=day, listed=official)
    folder = answer.write(tmp_path / "out")
    with study.Study.open(folder).use(language="en"):
        assert ("so far" in words.period("2026-Q3")) == is_open


def test_places_are_grouped_by_what_the_list_has(written, official):
    with study.Study.open(written).use():
        assert study.current().cluster == "former_district"
        assert set(places.units()["former_district"]) == set(official["former_district"])


def change_answer(listed, change):
    """Write an answer with one thing changed."""
    content = portal_case.answer(listed)
    change(content)
    return content


def add_to(field, *, of, number=1):
    def change(content):
        data = content["data"]
        office = data["parent"] if of == "parent" else data["children"][of]
        if isinstance(number, str | float):
            office[field] = number
        else:
            office[field] += number

    return change


def set_key(**keys):
    return lambda content: content.update(keys)


REFUSALS = {
    "sums that differ": (add_to(portal_case.DUE, of="parent"), "adds up"),
    "sums that are larger": (add_to(portal_case.DUE, of="parent", number=-1), "adds up"),
    "an office is missing": (lambda content: content["data"]["children"].pop(), "pageSize"),
    "a code twice": (
        lambda content: content["data"]["children"].append(content["data"]["children"][5]),
        "more than once",
    ),
    "a text for a number": (add_to(portal_case.PAID, of=7, number="12"), "office 8"),
    "a fraction": (add_to(portal_case.PAID, of=7, number=12.5), "office 8"),
    "nothing for a number": (
        lambda content: content["data"]["children"][7].update({portal_case.PAID: None}),
        "the file has null",
    ),
    "below 0": (add_to(portal_case.PAID, of=0, number=-99), "office 1"),
    "not OK": (set_key(code="ERROR"), "ERROR"),
    "another shape": (set_key(data=[1, 2]), "known structure"),
    "a level that is unknown": (
        lambda content: content["data"]["children"][4].update(level="WARD"),
        "WARD",
    ),
    "departments alone": (
        lambda content: [child.update(level="PROVINCE") for child in content["data"]["children"]],
        "COMMUNE",
    ),
    "no counts": (
        lambda content: [child.pop(portal_case.PAID) for child in content["data"]["children"]],
        "no known pair",
    ),
    "a place of another province": (
        lambda content: content["data"]["children"][9].update(departmentName="UBND xã Xa Lạ Lùng"),
        "Xa Lạ Lùng",
    ),
    "a place twice": (
        lambda content: content["data"]["children"][9].update(
            departmentName=content["data"]["children"][8]["departmentName"]
        ),
        "all match",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_an_answer_that_is_wrong_is_refused_in_one_line(listed, official, tmp_path, case):
    change, expected = REFUSALS[case]
    file = portal_case.write(tmp_path / "sent.json", change_answer(listed, change))
    refusal = pytest.raises(portal.PortalError, match=expected)
    with study.use(language="en"), refusal as refused:
        portal.read(file, **Q3, listed=official)
    assert "\n" not in str(refused.value)
    assert "sent.json" in str(refused.value)


def test_no_english_text_speaks_of_one_thing_as_of_several(listed, official, tmp_path):
    content = portal_case.answer(listed.iloc[:-1], departments=((20, 30),))
    file = portal_case.write(tmp_path / "q3.json", content)
    strange = REFUSALS["a place of another province"][0]
    other = portal_case.write(tmp_path / "other.json", change_answer(listed, strange))
    asked = [
        (other, Q3),
        (file, {"period": ["2026-Q2", "2026-Q3"], "captured": "2026-10-01"}),
        (file, {"period": "2026-Q3", "captured": ["2026-10-01", "2026-10-02"]}),
    ]
    with study.use(language="en"):
        texts = [*portal.read(file, **Q3, listed=official).notes]
        for path, options in asked:
            with pytest.raises(portal.PortalError) as refused:
                portal.read(path, **options, listed=official)
            texts.append(str(refused.value))
    assert len(texts) == 6
    for text in texts:
        # each has a number of 1, which no noun of several follows
        assert re.search(r"\b1\b", text), text
        assert not re.search(r"\b1 [a-z]+s\b", text), text


def test_more_paid_than_due_is_refused_and_as_much_is_not(listed, official, tmp_path):
    for excess, is_refused in ((0, False), (1, True)):
        paid = listed["due"].where(listed.index == 8, listed["paid"])
        table = listed.assign(paid=paid)
        table.loc[8, "paid"] += excess
        content = portal_case.answer(table)
        file = portal_case.write(tmp_path / f"{excess}.json", content)
        if is_refused:
            with pytest.raises(portal.PortalError, match=listed["name"][8]):
                portal.read(file, **Q3, listed=official)
        else:
            assert len(portal.read(file, **Q3, listed=official).rows)


NO_ANSWERS = [
    "",
    "no json",
    "[1]",
    "{}",
    '{"code": "OK"}',
    '{"code": "OK", "code": "OK"}',
    "[" * 100_000,
]


@pytest.mark.parametrize(
    "content",
    NO_ANSWERS,
)
def test_what_is_no_answer_is_refused_in_one_line(tmp_path, content):
    file = tmp_path / "sent.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(portal.PortalError, match=r"sent\.json") as refused:
        portal.read(file, **Q3)
    assert "\n" not in str(refused.value)


WRONG_OPTIONS = [
    ({"measures": ["ratio"]}, "score"),
    ({"measures": ["totalScore"]}, "score"),
    ({"measures": ["totalFeeFormality"]}, "procedures"),
    ({"measures": ["DOSSIER_SYNC"]}, "provisional"),
    ({"measures": ["on_time"]}, "totalOnTime"),
    ({"measures": ["speed"]}, "not a known measure"),
    ({"period": ()}, "does not say its period"),
    ({"period": ["2026-Q3", "2026-Q2"]}, "does not say its period"),
    ({"period": "2026-Q9"}, says("period_errors.no_period", text="2026-Q9")),
    ({"captured": ()}, "captured"),
    ({"captured": "26/9/2026"}, "not a day"),
    ({"captured": "2026-06-30"}, "before"),
    ({"captured": "2126-06-30"}, "in the future"),
]


@pytest.mark.parametrize(
    ("options", "expected"),
    WRONG_OPTIONS,
)
def test_what_is_asked_wrongly_is_refused_in_one_line(
    listed, official, tmp_path, options, expected
):
    file = portal_case.write(tmp_path / "sent.json", portal_case.answer(listed))
    refusal = pytest.raises(ValueError, match=expected)
    with study.use(language="en"), refusal as refused:
        portal.read(file, **(Q3 | options), listed=official)
    assert "\n" not in str(refused.value)


def test_what_is_published_for_the_province_only_is_no_share_of_communes(
    listed, official, tmp_path
):
    content = portal_case.answer(listed)
    content["data"]["parent"] |= {"channelOnlineSum": 435_258, "channelTotalSum": 440_558}
    file = portal_case.write(tmp_path / "sent.json", content)
    refusal = pytest.raises(portal.PortalError, match="province only")
    with study.use(language="en"), refusal:
        portal.read(file, **Q3, listed=official, measures=["filed_online"])


def test_three_months_are_three_files_and_a_larger_period_is_only_compared(
    listed, official, tmp_path
):
    months = []
    table = listed.set_index("code")
    part = listed.assign(due=listed["due"] // 3, paid=listed["paid"] // 3)
    for number in range(3):
        content = portal_case.answer(part)
        months.append(portal_case.write(tmp_path / f"{number}.json", content))
    quarter = portal_case.write(tmp_path / "q.json", portal_case.answer(listed))
    keys = ["2026-07", "2026-08", "2026-09", "2026-Q3"]
    options = {
        "period": keys,
        "captured": "2026-09-26",
        "listed": official,
    }
    read = portal.read(*months, quarter, **options)
    assert sorted(read.rows["period"].unique()) == keys[:3]
    assert any("q.json" in note for note in read.notes)
    n_due = 3 * (table["due"] // 3).sum()
    assert read.rows["out_of"].sum() == n_due
    folder = read.write(tmp_path / "out")
    with study.Study.open(folder).use():
        assert set(frames.reports()["period"]) == set(keys[:3])
        kept = (folder / "published/2026-Q3.json").read_bytes()
        assert kept == quarter.read_bytes()


CAPTURES = [
    (["2026-09-26", "2026-09-26"], True),
    (["2026-09-25", "2026-09-26"], True),
    # a capture that is older may have less
    (["2026-09-26", "2026-09-25"], False),
]


@pytest.mark.parametrize(
    ("captured", "is_refused"),
    CAPTURES,
)
def test_a_month_has_no_more_than_its_quarter_unless_that_was_captured_before(
    listed, official, tmp_path, captured, is_refused
):
    due = listed["due"] + 1 * (listed.index == 12)
    larger = listed.assign(due=due)
    month = portal_case.write(tmp_path / "month.json", portal_case.answer(larger))
    quarter = portal_case.write(tmp_path / "quarter.json", portal_case.answer(listed))
    options = {
        "period": ["2026-09", "2026-Q3"],
        "captured": captured,
        "listed": official,
    }
    name = listed["name"][12]
    if is_refused:
        with pytest.raises(portal.PortalError, match=name):
            portal.read(month, quarter, **options)
    else:
        notes = portal.read(month, quarter, **options).notes
        assert any(name in note for note in notes)


def test_of_many_offices_that_went_back_five_are_named_and_the_rest_is_counted(
    listed, official, tmp_path
):
    due = listed["due"] + 1 * (listed.index < 7)
    month = portal_case.write(tmp_path / "m.json", portal_case.answer(listed.assign(due=due)))
    quarter = portal_case.write(tmp_path / "q.json", portal_case.answer(listed))
    options = {"period": ["2026-09", "2026-Q3"], "captured": ["2026-09-26", "2026-09-25"]}
    with study.use(language="en"):
        notes = portal.read(month, quarter, **options, listed=official).notes
    has_name = [any(name in note for note in notes) for name in listed["name"][:7]]
    assert has_name == [True] * 5 + [False] * 2
    assert any("2 more offices" in note for note in notes)


def test_answers_of_two_provinces_or_one_period_twice_are_refused(listed, official, tmp_path):
    answer_file = portal_case.write(tmp_path / "own.json", portal_case.answer(listed))
    theirs = portal_case.answer(listed, code="H78", province="Tỉnh Bến Trăng")
    other_file = portal_case.write(tmp_path / "other.json", theirs)
    with study.use(language="en"):
        days = {"captured": "2026-09-26", "listed": official}
        with pytest.raises(portal.PortalError, match="Bến Trăng"):
            portal.read(answer_file, other_file, period=["2026-07", "2026-08"], **days)
        with pytest.raises(portal.PortalError, match="all for Q3 2026"):
            portal.read(answer_file, answer_file, period=["2026-Q3", "quý 3/2026"], **days)
    with pytest.raises(LookupError, match="Phú Thọ"):
        portal.read(answer_file, **Q3)


def test_the_command_makes_a_study_of_any_province_and_says_one_line_of_what_is_wrong(tmp_path):
    communes = places.vietnam("Cà Mau").assign(paid=70, due=100)
    communes["other_code"] = [f"H15.{number}" for number in range(len(communes))]
    content = portal_case.answer(communes, code="H15", province="Tỉnh Cà Mau")
    file = portal_case.write(tmp_path / "q2.json", content)
    options = [str(file), "--period", "2026-Q2", "--captured", "2026-07-01", "--lang", "en"]
    out = ["--out", str(tmp_path / "made")]
    done = CliRunner().invoke(app, ["portal", *options, *out])
    assert done.exit_code == 0, done.output
    with study.Study.open(tmp_path / "made").use():
        assert len(frames.reports()) == len(communes) == 64
        assert study.current().name == "Cà Mau"
    refused = CliRunner().invoke(app, ["portal", *options, *out])
    assert isinstance(refused.exception, publish.BuildError)
    assert "Choose a new folder" in str(refused.exception)
    command = ["portal", *options, "--measure", "ratio", *out]
    ratio = CliRunner().invoke(app, command)
    assert "score" in str(ratio.exception)


# --- what cannot be compared ---


@pytest.fixture(scope="module")
def quarters(tmp_path_factory, listed, official):
    """Write studies whose second quarter has so many times the files a day of the first."""
    folder = tmp_path_factory.mktemp("quarters")

    def lay(times, captured="2026-10-01"):
        out = folder / f"{times}-{captured}"
        if not out.exists():
            # 91 days, and 92 of which some may be yet to come
            n_days = 88 if captured == "2026-09-26" else 92
            base = listed.assign(due=10 * listed["due"], paid=10 * listed["paid"])
            factor = times * n_days / 91
            due = (base["due"] * factor).round().astype(int)
            paid = (base["paid"] * factor).round().astype(int) // 2
            files = []
            for name, table in {"a": base, "b": base.assign(due=due, paid=paid)}.items():
                content = portal_case.answer(table)
                files.append(portal_case.write(folder / f"{name}{times}.json", content))
            days = ["2026-07-01", captured]
            keys = ["2026-Q2", "2026-Q3"]
            answer = portal.read(*files, period=keys, captured=days, listed=official).write
            answer(out)
        return out

    return lay


CHANGES = [
    (1, "2026-10-01", False),
    (2.98, "2026-09-26", False),
    (3.02, "2026-09-26", True),
    (0.3, "2026-10-01", True),
]


@pytest.mark.parametrize(
    ("times", "captured", "is_told"),
    CHANGES,
)
def test_a_change_says_that_three_times_as_many_files_came_in_a_day(
    quarters, times, captured, is_told
):
    opened = study.Study.open(quarters(times, captured)).use(language="en")
    with opened:
        change = hg.compare("paid_online", "2026-Q2", "2026-Q3")
        text = change.describe()
        notes = [change.figures[name]().source for name in change.figures]
        for text_shown in [text, *notes]:
            assert ("not a real change" in text_shown) == is_told, text_shown
        assert ("a day" in text) == is_told
        # no title, and no large number of a place, says what the sentence takes back
        titles = [text, *(change.figures[name]().title for name in change.figures)]
        for title in titles:
            assert title.startswith("The two quarters cannot be compared") == is_told, title
            assert bool(re.match("Up|Down|Unchanged", title)) != is_told, title
        gathered = sheets.numbers.gather("paid_online")
        code = places.compared().index[5]
        facts = dict(sheets.sentences.facts(gathered, code))
        [fact] = [fact for head, fact in facts.items() if "Q2" in head]
        assert (fact.number == "–") == is_told
        assert ("cannot be compared" in fact.text) == is_told


@pytest.fixture(scope="module")
def written_months(tmp_path_factory, listed, official):
    """Read three months that are invented, captured on the first day of the fourth."""
    folder = tmp_path_factory.mktemp("months")
    draw = np.random.default_rng(portal_case.SEED)
    keys = ["2026-06", "2026-07", "2026-08"]
    files = []
    for key in keys:
        # each place has a share: a plan needs one
        due = 50 + draw.poisson(listed["due"])
        rates = draw.uniform(0.75, 0.85, len(due))
        paid = draw.binomial(due, rates)
        table = listed.assign(due=due, paid=paid)
        files.append(portal_case.write(folder / f"{key}.json", portal_case.answer(table)))
    options = {
        "period": keys,
        "captured": "2026-09-01",
        "listed": official,
    }
    answers = portal.read(*files, **options)
    answers.write(folder / "study")
    return folder / "study", answers.rows.assign(origin="simulated")


@pytest.fixture
def months(written_months):
    """Use their study, and give what they count, which says that it is simulated."""
    folder, rows = written_months
    with study.Study.open(folder).use(language="en"):
        yield rows


def test_a_plan_starts_in_months_that_are_not_captured_yet(months):
    past = ["2026-07", "2026-08", "2026-09", "2026-10"]
    ahead = ["2026-08", "2026-09", "2026-10", "2026-11"]
    choices = {"ratio": 1.1, "source": "invented answers"}
    with pytest.raises(ValueError, match="known up to Aug 2026"):
        hg.plan(months, past, {"2026-08": 20}, **choices)
    plan = hg.plan(months, ahead, {"2026-09": 20}, **choices)
    promised = plan.simulate("734120")
    rollout = hg.rollout(promised, plan.draw("734120"), source="invented answers")
    texts = [str(plan), str(rollout)]
    for text in texts:
        assert text.startswith("Simulated data.")
    # it began on the day of capture, and nothing of it was counted
    assert "Sep 2026: 20" in texts[0]


def test_teams_of_a_third_month_are_asked_about_without_a_lot(months):
    codes = months["code"].unique()
    start = [None, "2026-08"] * (len(codes) // 2)
    starts = pd.DataFrame({"code": codes, "start": start})
    text = str(hg.rollout(months, starts, source="invented answers"))
    assert text.startswith("Simulated data.")
    assert "not drawn by lot" in text
    early = starts.replace("2026-08", "2026-07")
    with pytest.raises(ValueError, match="only one period before the start"):
        hg.rollout(months, early, source="invented answers")


@pytest.mark.parametrize("times", [(2.98,), (3.02,), (0.3,), (6, 1), (1, 6)])
def test_nothing_lasts_that_is_judged_by_a_period_in_which_the_source_was_filling_up(
    listed, official, tmp_path, times
):
    draw = np.random.default_rng(portal_case.SEED)
    keys = ["2026-Q1", "2026-Q2", "2026-Q3"][-len(times) - 1 :]
    days = [read_period(key).end for key in keys]
    factors = np.cumprod([1, *times]) * [
        (end - read_period(key).start).days + 1 for end, key in zip(days, keys, strict=True)
    ]
    files = []
    for key, factor in zip(keys, factors, strict=True):
        due = (listed["due"] * factor / 10).round().astype(int)
        rates = (listed["paid"] / listed["due"].clip(1) + draw.normal(0, 0.01, len(due))).clip(0, 1)
        table = listed.assign(due=due, paid=draw.binomial(due, rates))
        files.append(portal_case.write(tmp_path / f"{key}.json", portal_case.answer(table)))
    answers = portal.read(*files, period=keys, captured="2026-10-01", listed=official)
    is_comparable = 1 / 3 < times[-1] < 3
    with study.Study.open(answers.write(tmp_path / "study")).use(language="en"):
        answer = hg.uptake("paid_online", "2026-Q3")
        text = answer.describe()
        card = answers_of_index()[0]
        title = answer.order().figure.title
    assert answer.table["lasting"].notna().any() == is_comparable
    assert answer.table["low"].notna().any() == is_comparable
    for text_shown in (text, card.detail, title):
        assert ("astingly" in text_shown) == is_comparable, text_shown
    assert ("filling up" in card.detail) != is_comparable
    # of three quarters, only the two that are alike are evidence
    if len(times) > 1 and is_comparable:
        assert answer.measure.evidence_periods == ("2026-Q2", "2026-Q3")


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_index_word_slides_and_atlas_say_it_too(quarters, language):
    key = {"vi": "không phải là thay đổi thực tế", "en": "not a real change"}[language]
    for times, is_told in ((6, True), (1, False)):
        with study.Study.open(quarters(times)).use(language=language):
            card = next(card for card in answers_of_index() if card.name == "changed")
            # the index and Word write the detail, a slide the source line
            assert (key in card.detail) == is_told
            assert (key in card.picture.figure.source) == is_told
            assert (card.number.text == "") == is_told
            assert not re.search(r"\+|−", card.sentence + card.detail) or not is_told
            measures = []
            for name, all_periods in reported().items():
                measures.append(count(name, all_periods))
            page = str(gather(measures, ["district"]))
            assert (key in page) == is_told


# --- the shipped study of Phú Thọ ---


@pytest.fixture(scope="module")
def payments():
    """Read the counts as they are shipped, by the code of the portal."""
    file = study.DATA / "studies/phu_tho_2026/published/payments.csv"
    return pd.read_csv(file).set_index("portal_code")


@pytest.fixture
def phu_tho():
    """Use the shipped study."""
    with study.Study.open("phu_tho_2026").use():
        yield


@pytest.mark.usefixtures("phu_tho")
def test_every_number_of_phu_tho_is_that_of_its_kept_file(payments):
    communes = payments[payments["level"] == "COMMUNE"]
    reports = frames.reports().set_index("code")
    codes = {portal_code: places.official_code(portal_code) for portal_code in communes.index}
    code = pd.Series(codes)
    assert len(reports) == len(communes) == code.nunique() == 148
    shown = reports.loc[code, ["count", "out_of"]].astype(int)
    kept_counts = communes[["q3_paid", "q3_due"]]
    assert (shown.to_numpy() == kept_counts.to_numpy()).all()
    assert suppress.published.is_published(frames.reports()).all()
    # the whole, as the portal has it less its departments
    assert shown.sum().tolist() == [233_203 - 3_529, 268_066 - 5_317]
    # and the atlas has the same
    counted = count("paid_online", ["2026-Q3"])
    table = counted.table("district", "2026-Q3", pd.Index(code))
    page = table[["count", "out_of"]]
    pairs = page.astype(int)
    assert (pairs.to_numpy() == shown.to_numpy()).all()


@pytest.mark.usefixtures("phu_tho")
def test_every_official_name_and_code_of_phu_tho_is_its_place(payments):
    communes = payments[payments["level"] == "COMMUNE"]
    by_name = places.find_codes(communes["name"])["code"]
    by_code = places.find_codes(communes.index.to_series())["code"]
    assert by_name.notna().all()
    assert by_name.tolist() == by_code.tolist()
    assert by_name.nunique() == 148
    # departments are no places
    departments = payments.loc[payments["level"] == "PROVINCE", "name"]
    assert places.find_codes(departments)["code"].isna().all()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("has_codes", [True, False])
def test_a_sheet_with_the_labels_of_the_decision_is_read_without_handwork(
    payments, tmp_path, suffix, has_codes
):
    communes = payments[payments["level"] == "COMMUNE"].reset_index()
    columns = {"Mã đơn vị": communes["portal_code"], "Tên đơn vị": communes["name"]}
    columns["Kỳ"] = "Quý III/2026"
    columns["Hồ sơ thanh toán trực tuyến thành công"] = communes["q3_paid"]
    columns["Hồ sơ có nghĩa vụ tài chính"] = communes["q3_due"]
    table = pd.DataFrame(columns)
    if not has_codes:
        table = table.drop(columns="Mã đơn vị")
    file = tmp_path / f"portal{suffix}"
    if suffix == ".csv":
        table.to_csv(file, index=False)
    else:
        table.to_excel(file, index=False)
    publish.lay_out(tmp_path / "own", study="phu_tho_2026", reports=file)
    read = pd.read_csv(tmp_path / "own" / study.REPORTS)
    assert len(read) == 148
    pairs = read[["count", "out_of"]]
    assert pairs.sum().tolist() == [229_674, 262_749]


@pytest.mark.usefixtures("phu_tho")
def test_levels_by_former_province_are_told_and_can_be_asked_for():
    ranking = hg.uptake("paid_online", "2026-Q3")
    share_by_name = ranking.by_cluster.set_index("name")["share"]
    shares = share_by_name.mul(100).round(1).to_dict()
    assert shares == {
        "Phú Thọ": 89.1,
        "Vĩnh Phúc": 87.1,
        "Hòa Bình": 85.2,
    }
    assert ranking.by_cluster["places"].tolist() == [66, 36, 46]
    assert ranking.by_cluster["out_of"].sum() == 262_749
    assert "Vĩnh Phúc 87,1" in ranking.describe()
    with words.use("en"):
        assert "Vinh Phuc 87.1%" in ranking.describe()


def test_a_place_with_nothing_due_is_no_missing_report_and_counts_in_every_sum(written, listed):
    none_due = listed.loc[listed["due"] == 0, "code"]
    assert len(none_due) == 1
    with study.Study.open(written).use(language="en"):
        answer = hg.uptake("paid_online", "2026-Q3")
        text = answer.describe()
        card = answers_of_index()[0]
        name = places.label(none_due.iloc[0])
        measures = [count("paid_online", ["2026-Q3"])]
        [view] = gather(measures, ["district"])["measures"][0]["views"]
    assert f"{name} (0 of 0)" in text
    assert "missing" not in text
    whole = listed["paid"].sum() / listed["due"].sum()
    percent = f"{100 * whole:.1f}%"
    assert card.number.text == percent
    assert f"the whole ({percent})" in text
    assert percent in str(view)
    assert answer.by_cluster["share"].notna().all()
    assert answer.by_cluster["out_of"].sum() == listed["due"].sum()


CAPTURED = 'captured = "2026-10-01"\n'
SECOND = """
[indicators.users]
label = { vi = "Người dùng", en = "Users" }
out_of = { vi = "dân số", en = "residents" }
denominator = "residents"
over_time = "stock"
"""
DISTRICT = """[levels.district]
one = { vi = "huyện", en = "district" }
many = { vi = "huyện", en = "districts" }

[levels.commune]"""


def describe_kind(kind):
    """Write a study of one kind: none but the first is of what a source has published."""
    description = portal_case.STUDY
    if kind != "own reports":
        description = CAPTURED + description
    if kind == "two measures":
        description += SECOND
    if kind == "two levels":
        description = description.replace("[levels.commune]", DISTRICT)
    return description


def read_zero(tmp_path, listed, kind, suffix, **changes):
    """Read a report of all places, of which the first has nothing due, for a study of one kind."""
    table = portal_case.list_of_places(listed)
    if kind == "two levels":
        numbers, _ = pd.factorize(table["former_district"])
        table["district_code"] = [f"{900 + number}" for number in numbers]
        table["district"] = table["former_district"]
    table.to_csv(tmp_path / "places.csv", index=False)
    (tmp_path / "study.toml").write_text(describe_kind(kind), encoding="utf-8")
    file = write_sent(tmp_path / f"report{suffix}", listed, with_nothing_due=True, **changes)
    files = {"places": tmp_path / "places.csv", "study": tmp_path / "study.toml"}
    return publish.lay_out(tmp_path / "own", reports=file, **files).folder


KINDS_OF_SOURCE = ["one level", "two levels", "two measures"]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("kind", KINDS_OF_SOURCE)
def test_a_sheet_says_zero_of_zero_where_a_source_publishes(tmp_path, listed, kind, suffix):
    folder = read_zero(tmp_path, listed, kind, suffix)
    counts = pd.read_csv(folder / study.REPORTS, dtype={"code": "str"}).set_index("code")
    first = listed["code"].iloc[0]
    assert counts.loc[first, ["count", "out_of"]].tolist() == [0, 0]
    assert len(counts) == portal_case.N_COMMUNES
    # inside the office: what nobody proved to be published would else be hidden where it is small
    with study.Study.open(folder).use(language="en"), suppress.use(fewer_than=0):
        assert len(frames.reports()) == portal_case.N_COMMUNES
        answer = hg.uptake("paid_online", "2026-Q3")
        text = answer.describe()
        name = places.label(first)
        table = answer.table
    assert "missing" not in text
    of_nothing = table[table["out_of"] == 0]
    assert len(of_nothing) == (0 if kind == "two levels" else 1)
    assert of_nothing["share"].isna().all()
    assert table["out_of"].sum() == listed["due"].sum()
    if kind != "two levels":
        percent = f"{100 * listed['paid'].sum() / listed['due'].sum():.1f}%"
        assert f"the whole ({percent})" in text
        assert f"{name} (0 of 0)" in text


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize(("kind", "paid"), [("one level", 5), ("own reports", 0)])
def test_five_of_zero_and_a_zero_of_ones_own_are_refused(tmp_path, listed, kind, paid, suffix):
    counts = listed["paid"].where(listed["due"] > 0, paid)
    with study.use(language="en"), pytest.raises(publish.BuildError, match="total is 0"):
        read_zero(tmp_path, listed, kind, suffix, **{"paid_online.count": counts})


@pytest.mark.parametrize("origin", ["published", "reported"])
def test_rows_of_a_source_are_zero_of_zero_with_and_without_a_kept_file(written, origin):
    with study.Study.open(written).use(language="en"):
        rows = read_file(study.REPORTS).assign(origin=origin)
        assert (rows["out_of"] == 0).sum() == 1
        assert len(require_reports(rows)) == len(rows)
        five_of_zero = rows.assign(count=rows["count"].where(rows["out_of"] > 0, 5))
        with pytest.raises(ValueError, match="above 0"):
            require_reports(five_of_zero)
    # a study that names no day of capture is not of a source: the word of its rows decides
    with study.use(language="en"):
        rows = read_file("demo/reports.csv").query("indicator == 'files_online'").head(3)
        rows = rows.assign(count=0, out_of=0, origin=origin)
        if origin == "published":
            assert len(require_reports(rows)) == 3
        else:
            with pytest.raises(ValueError, match="above 0"):
                require_reports(rows)


def test_a_cluster_with_a_place_that_does_not_answer_has_no_sum(listed, official, tmp_path):
    content = portal_case.answer(listed.iloc[:-1])
    file = portal_case.write(tmp_path / "q3.json", content)
    answer = portal.read(file, period="2026-Q3", captured="2026-10-01", listed=official)
    with study.Study.open(answer.write(tmp_path / "study")).use():
        table = hg.uptake("paid_online", "2026-Q3").by_cluster
    assert table["share"].isna().sum() == 1
    assert table["places"].sum() == portal_case.N_COMMUNES
    complete = table.dropna(subset="share")
    assert complete["out_of"].sum() < answer.rows["out_of"].sum()


def test_a_study_without_clusters_tells_of_none():
    assert hg.uptake("app_users", 2023).by_cluster.empty


@pytest.mark.usefixtures("phu_tho")
def test_phu_tho_has_one_period_and_says_why_there_is_no_other():
    assert [card.name for card in answers_of_index()] == ["where"]
    cautions = study.current().says("published", "caution")
    assert all("496" in text for text in cautions.values())
    assert "tính đến 26/9" in words.period("2026-Q3")
    measures = [count("paid_online", ["2026-Q3"])]
    for language, why in cautions.items():
        with words.use(language):
            assert why in hg.uptake("paid_online", "2026-Q3").describe()
            assert why in str(gather(measures, ["district"]))


@pytest.mark.usefixtures("phu_tho")
def test_squares_of_the_atlas_have_names_without_the_type_that_most_have():
    atlas = gather([count("paid_online", ["2026-Q3"])], ["district"])
    [level] = atlas["levels"]
    names = [place["short"]["vi"] for place in level["places"]]
    assert "Hương Cần" in names
    assert len(set(names)) == len(names) == 148
    assert sum(name.startswith("X.") for name in names) == 0


def test_a_code_of_ones_own_list_may_have_other_marks_unless_two_places_share_it(tmp_path, listed):
    table = portal_case.list_of_places(listed).drop(columns="other_code")
    table["code"] = [f"SM-{number:03}" for number in range(len(table))]
    table.loc[[4, 5], "code"] = ["SM.7-7", "SM-7.7"]
    table.to_csv(tmp_path / "places.csv", index=False)
    (tmp_path / "study.toml").write_text(portal_case.STUDY, encoding="utf-8")
    files = {"places": tmp_path / "places.csv", "study": tmp_path / "study.toml"}
    sent = listed.assign(other_code=table["code"].str.replace("-", ".").str.lower())
    sent.loc[[4, 5], "other_code"] = table["code"]
    report = write_sent(tmp_path / "report.csv", sent)
    folder = publish.lay_out(tmp_path / "own", reports=report, **files).folder
    counts = pd.read_csv(folder / study.REPORTS, dtype="str")
    assert set(counts["code"]) == set(table["code"].iloc[1:])
    with study.Study.open(folder).use():
        written = pd.Series(["sm.003", "SM_003", "SM.7-7", "SM.7.7"])
        codes = places.find_codes(written)["code"].fillna("").tolist()
    assert codes == ["SM-003", "SM-003", "SM.7-7", ""]

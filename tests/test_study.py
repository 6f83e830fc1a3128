"""The study in use: one file describes it, every fault is said, and it speaks of itself alone."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from functools import cache

import invented
import islands
import numpy as np
import openpyxl
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from refusal_texts import says, words_of
from trials import bring
from trials.media import Media
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import (
    countries,
    frames,
    indicators,
    places,
    publish,
    study,
    suppress,
    words,
    workbook,
)
from hganalysis.cli import app
from hganalysis.indicators import Classes
from hganalysis.publish.checking import check
from hganalysis.publish.own import lend_data, write
from hganalysis.study import described
from hganalysis.wording import read_texts

SHIPPED = study.Study.open().written
STUDIES = study.DATA / study.STUDIES
NAMES = ["india_2023", "kenya_2019", "santa_clara"]


def test_a_switch_shows_nothing_as_the_last_line_of_a_cell():
    display = DisplayFormatter().format
    threshold = hg.suppress.use(fewer_than=5)
    switches = [words.use("en"), threshold, study.Study.open().use()]
    display = [display(switch) for switch in switches]
    assert display == [({}, {})] * 3
    for switch in reversed(switches):
        switch.close()


def test_each_change_restores_its_own_part_and_no_other():
    before = study.current()
    language = words.use("en")
    threshold = hg.suppress.use(fewer_than=9)
    language.close()  # out of order: the threshold stays
    assert words.language() == before.language
    assert hg.suppress.threshold() == 9
    threshold.close()
    threshold = hg.suppress.use(fewer_than=0)
    with words.use("en"), threshold, places.within("93"):
        assert study.current() != before
    assert study.current() == before


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write what the owner of an invented study brings."""
    return invented.write_lakeland(tmp_path_factory.mktemp("lakeland") / "in")


@pytest.fixture(scope="module")
def laid_study(files):
    """Lay it out as a folder of data."""
    data = files["study"].parents[1] / "data"
    return publish.lay_out(data, **files).folder


# --- the file that describes it, and every fault of it ---

# Behind each line stands what is wrong there.
WRONG = """\
name = "x"
language = "fr" # language is 'fr', not one of vi, en
country = "KE" # country is 'KE', not one of VN
years = ["2022"] # years.0 is '2022', not a year
projection = "mercator" # projection is 'mercator', not a projection such as EPSG:5897
title = "y" # title is not a key
[levels.province]
one = { vi = "tỉnh" } # levels.province.one is {'vi': 'tỉnh'}, not a text
many = "<b>" # levels.province.many is '<b>', not a text
[levels.county] # levels.county is not a key
one = "county"
[residents] # residents.by is missing
origin = "guessed" # residents.origin is 'guessed', not one of census, published, reported
[exposure] # exposure.many is missing; exposure.one is missing
team = { one = "team", many = "teams" }
per = 500 # exposure.per is 500, not one of 1000, 10000
[controls]
A-b = "c" # controls.A-b is 'A-b', not a name of a column
[indicators.deaths] # indicators gives the role 'headline' to 2
label = "" # indicators.deaths.label is '', not a text
kind = "part" # indicators.deaths.kind is 'part', not one of share, ratio
breaks = [0.7, 0.5] # indicators.deaths.breaks is [0.7, 0.5], not a list of rising numbers
change_breaks = [nan, 0, inf] # indicators.deaths.change_breaks is [nan, 0, inf], not
target.2024 = "half" # indicators.deaths.target.2024 is 'half', not a number
role = "headline"
when.24 = "x" # indicators.deaths.when.24 '24' is not a period
[indicators."a b"] # indicators.a b is 'a b', not a name of letters
label = "x"
role = "headline"
breaks = [] # indicators.a b.breaks is [], not a list of rising numbers
"""
FAULTS = []
for number, line in enumerate(WRONG.splitlines(), start=1):
    messages = line.partition(" # ")[2].split("; ")
    FAULTS += [(number, message) for message in messages if message]


def test_every_fault_of_a_description_is_listed_with_its_line():
    with words.use("en"):
        faults = described.faults(WRONG)
    assert [line for line, _ in faults] == [line for line, _ in FAULTS]
    pairs = zip(faults, FAULTS, strict=True)
    for (_, message), (line, expected) in pairs:
        assert message.startswith(expected), line
    first = says("study_errors.line", line=2)
    more = says("study_errors.more", more=18)
    with pytest.raises(study.StudyError, match=f"({first})[\\s\\S]*({more})"):
        described.require(WRONG)


@pytest.mark.parametrize("text", ["= = =", "[" * 2000, "", "name = 3"])
def test_what_is_no_description_is_refused(text, tmp_path):
    advice = says("study_errors.keys") + "|" + says("study_errors.unreadable", file="study.toml")
    with pytest.raises(study.StudyError, match=advice):
        described.require(text)
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    command = ["template", "x.xlsx", "--study", str(tmp_path / "study.toml")]
    done = CliRunner().invoke(app, command)
    assert isinstance(done.exception, study.StudyError | publish.BuildError)


def test_what_a_key_is_for_is_said_by_the_schema_that_checks_it():
    with words.use("en"):
        text = study.keys()
    in_vietnamese = study.keys()
    assert "indicators.NAME.out_of: The denominator" in text
    assert "indicators.NAME.out_of: Mẫu số" in in_vietnamese
    lines = text.splitlines()
    keys_listed = {line.partition(": ")[0] for line in lines}
    keys = described.SCHEMA["properties"]
    levels = [f"levels.{level}" for level in keys["levels"]["properties"]]
    assert keys_listed >= {*keys, *levels}


def test_what_is_shipped_is_as_the_schema_says_and_what_is_written_is_read_back():
    files = [study.DATA / study.FILE, study.DATA / study.CATALOGUE]
    for name in (study.FILE, study.CATALOGUE):
        files += STUDIES.rglob(name)
    for file in files:
        described.require(file.read_text(encoding="utf-8"), file.name)
    for written in (SHIPPED, invented.DESCRIBED):
        tables = study.read_description(written)
        assert study.read_description(study.write(tables).decode()) == tables


def test_a_folder_with_faults_lists_them_all(laid_study, tmp_path):
    shutil.copytree(laid_study, tmp_path, dirs_exist_ok=True)
    (tmp_path / "places/communes.csv").unlink()
    (tmp_path / "study.toml").write_text("name = 3\n", encoding="utf-8")
    no_file = says("study_errors.changed", checksum=words_of("study_errors.no_file"))
    with words.use("en"), pytest.raises(ValueError, match=no_file) as refusal:
        hg.Study.open(tmp_path)
    for fault in (
        says("study_errors.changed", file=tmp_path / "study.toml"),
        says("study_errors.other", name="name", value=3, expected="a text"),
    ):
        assert re.search(fault, str(refusal.value))
    with pytest.raises(FileNotFoundError, match=says("study_errors.no_register")):
        hg.Study.open(tmp_path / "places")
    alone = {"places/communes.csv": (laid_study / "places/communes.csv").read_bytes()}
    with pytest.raises(ValueError, match=says("study_errors.list_alone")):
        hg.Study.open(write(tmp_path / "alone", alone))


def test_a_list_of_other_levels_or_without_a_control_is_refused(tmp_path):
    invented.lake_places().to_csv(tmp_path / "list.csv", index=False)
    one_level = re.sub(r"\[levels.commune\].*?\n\n", "", invented.DESCRIBED, flags=re.DOTALL)
    control = f'{invented.DESCRIBED}\n[controls]\ncoast = "x"\n'
    for text, message in ((one_level, "has 2 levels below the whole"), (control, "coast")):
        (tmp_path / "study.toml").write_text(text, encoding="utf-8")
        with words.use("en"), pytest.raises(publish.BuildError, match=message):
            publish.lay_out(tmp_path / "data", study=tmp_path, places=tmp_path / "list.csv")


def test_a_folder_is_opened_and_a_process_that_is_started_inherits_it(laid_study):
    lakeland = hg.Study.open(laid_study)
    assert lakeland.name == "Lakeland"
    assert lakeland.levels == ("district", "commune")
    with lakeland.use():
        assert study.current() == lakeland
        assert words.term("uptake.map").startswith("Map by county")
        assert set(places.units()["origin_of_residents"]) == {"published"}
    code = "from hganalysis import study, words\n"
    code += "print(study.current().folder, words.term('uptake.parts'), sep='|')"
    with lakeland.use():
        around = {**os.environ, **study.environment()}
    run = {
        "capture_output": True,
        "text": True,
        "check": True,
    }
    command = [sys.executable, "-c", code]
    process = subprocess.run(command, env=around, **run)
    assert process.stdout.startswith(f"{laid_study}|Map by sub-county")


def test_a_study_is_found_by_its_name_a_folder_by_its_path_and_no_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    assert study.find("kenya_2019") == STUDIES / "kenya_2019"
    assert study.find("mine") == study.Path("mine")
    assert study.find("./kenya_2019") == study.Path("kenya_2019")
    with pytest.raises(FileNotFoundError, match="hau_giang_2025, hau_giang_groups"):
        hg.Study.open("kenya_2018")


def test_a_report_of_its_districts_alone_is_of_that_study(files, tmp_path):
    sent = invented.report(invented.communes(), periods=["2025-07"])
    counts = sent.groupby("district")["vneid_users.count"].sum().sort_values()
    table = {
        "county": invented.COUNTIES,
        "month": "7/2025",
        "vneid_users.count": [*counts],
    }
    pd.DataFrame(table).to_csv(tmp_path / "sent.csv", index=False)
    options = files | {"areas": None, "reports": tmp_path / "sent.csv"}
    own_study = publish.lay_out(tmp_path / "data", **options)
    with study.Study.open(own_study.folder).use(language="vi"):
        assert study.current().name == "Xứ Hồ"
        assert places.levels() == ("district",)
        assert frames.reports()["count"].tolist() == [*counts]


# --- files, byte for byte ---


def test_a_changed_a_missing_or_an_unknown_file_is_refused(tmp_path, monkeypatch):
    shutil.copytree(study.DATA, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(study, "DATA", tmp_path)
    file = tmp_path / "places/communes.csv"
    content = file.read_bytes()
    for raw in (content[:-2] + b"x\n", content.replace(b"\n", b"\r\n")):
        file.write_bytes(raw)
        digest = hashlib.sha256(raw).hexdigest()
        changed = says("study_errors.changed", file=file, checksum=digest)
        with pytest.raises(ValueError, match=changed):
            study.current().path("places/communes.csv")
    file.unlink()
    no_file = words_of("study_errors.no_file")
    missing = says("study_errors.changed", file=file, checksum=no_file)
    with words.use("en"), pytest.raises(ValueError, match=missing):
        study.current().path("places/communes.csv")
    for name in ("places/villages.csv", "../pyproject.toml", ""):
        with pytest.raises(LookupError, match=says("study_errors.no_card", name=name)):
            study.current().path(name)


# --- measures, their classes, and the gate between unlike ones ---

ALL_PERIODS = {name: indicators.periods(name) for name in indicators.names()}
TWO_YEARS = [name for name, periods in ALL_PERIODS.items() if len(periods) == 2]


def test_what_a_measure_need_not_say_is_filled_in():
    written = f'{invented.ARDEN}[indicators.doctors]\nlabel = "Doctors"\n'
    with study.use(written=written, own={}, language="en"):
        deaths, doctors = (indicators.get(name, period=2023) for name in indicators.names())
        assert indicators.role("headline") == "infant_deaths"
        assert (deaths.kind, deaths.denominator) == ("ratio", "live births")
        assert (doctors.kind, doctors.denominator) == ("share", "residents")
        assert (doctors.out_of, doctors.when) == ("residents", "2023")
        assert str(indicators.change_scale("infant_deaths")) == "per_1000_change"
        with pytest.raises(
            LookupError,
            match=says("indicators_errors.no_classes", measure="infant_deaths", breaks="breaks"),
        ):
            indicators.classes("infant_deaths")
        cells = [("A1", 2022, 4), ("A1", 2023, 9), ("A2", 2022, 6), ("A2", 2023, 5)]
        table = pd.DataFrame(cells, columns=["code", "period", "count"])
        table = table.assign(indicator="infant_deaths", out_of=1000)
        written = indicators.with_breaks(table).decode()
        chosen = study.read_measures(written)["indicators"]
        assert chosen["infant_deaths"]["breaks"] == [0.005, 0.006, 0.007, 0.008]
        change_breaks = chosen["infant_deaths"]["change_breaks"]
        assert change_breaks == [-0.4, -0.2, 0, 0.2, 0.4]
        assert "breaks" not in chosen["doctors"]  # nobody reported it


RATES = {  # of 3 in 100,000, and of its change by 1 in 100,000
    1: ("0.00003", "+0.00001"),
    1000: ("0.03", "+0.01 per 1,000"),
    10_000: ("0.3", "+0.1 per 10,000"),
    100_000: ("3.0", "+1.0 per 100,000"),
}


@pytest.mark.parametrize(("per", "texts"), RATES.items())
def test_a_rate_is_shown_for_as_many_as_its_study_says(per, texts):
    breaks = f"per = {per}\nbreaks = [0.00002, 0.00004]\n"
    written = invented.ARDEN.replace("per = 1000\n", breaks)
    with study.use(written=written, own={}, language="en"):
        scale = indicators.classes("infant_deaths")
        assert words.value(0.00003, scale, bare=True) == texts[0]
        change_scale = indicators.change_scale("infant_deaths")
        assert words.value(0.001, change_scale) == texts[1]
        assert len(set(scale.labels)) == 3
    wrong = written.replace(f"per = {per}", "per = 500")
    assert described.faults(wrong)


@pytest.mark.parametrize("breaks", ["", "\n[quantities]\nmembers_per_1000.breaks = [0.5, 1, 2]\n"])
def test_an_exposure_without_breaks_is_mapped_in_classes_that_are_chosen(tmp_path, breaks):
    files = islands.write_islands(tmp_path / "in", per=1000)
    text = files["study"].read_text(encoding="utf-8")
    files["study"].write_text(text + breaks, encoding="utf-8")
    options = {"reports": [files["reports"]], "places": files["places"]}
    with lend_data(**options, study=files["study"]), words.use("en"):
        heads = (("members_per_1000", "Nurses per 1,000"), ("population", "Residents"))
        for name, head in heads:
            figure = hg.map(name, 2023).figure
            assert figure.subtitle.startswith(head)
            legend = figure.panels[0].legend
            n_places = len(places.compared())
            assert 2 <= len(legend.colours) <= n_places
            is_given = bool(breaks) and name == "members_per_1000"
            edges = legend.edges[1:-1]
            assert (edges == ("0.5", "1.0", "2.0")) == is_given


APP = '[indicators.app]\nlabel = { vi = "Người dùng ứng dụng", en = "Users of the app" }\n'
POSTS = '[indicators.posts]\nlabel = { vi = "Bưu cục", en = "Post offices" }\nper = 1000\n'
ONLINE = '[indicators.online]\nlabel = { vi = "Tỷ lệ trực tuyến", en = "Share of people online" }\n'


COUNTED = [
    ("", "mức đo được", "the measured level"),
    (APP, "tỷ lệ người dùng ứng dụng", "the share of users of the app"),
    (f"{APP}kind = 'ratio'\n", "mức người dùng ứng dụng", "the rate of users of the app"),
    (POSTS, "mức bưu cục", "the rate of post offices"),
    (f"{POSTS}kind = 'share'\n", "tỷ lệ bưu cục", "the share of post offices"),
    (f'{APP}{POSTS}role = "headline"\n', "mức bưu cục", "the rate of post offices"),
    (ONLINE, "tỷ lệ trực tuyến", "the share of people online"),
    (f'counted = "mortality"\n{APP}', "mortality", "mortality"),
    (f'counted = "deaths"\n{POSTS}', "deaths", "the rate of deaths"),
    ('counted = "deaths"\n', "deaths", "the level of deaths"),
]


@pytest.mark.parametrize(
    ("measures", "vi", "en"),
    COUNTED,
)
def test_what_is_counted_makes_sentences_also_where_a_study_does_not_name_it(measures, vi, en):
    written = f'name = "Arden"\n{measures}[levels.province]\none = "state"\n'
    text = {language: study.blanks(written, language)["counted"] for language in words.LANGUAGES}
    assert text == {"vi": vi, "en": en}
    with study.use(written=written), words.use("en"):
        assert words.term("effect_nouns.study_outcome") == en


def test_an_unknown_measure_or_period_is_refused_with_what_there_is():
    unknown = says("indicators_errors.unknown", measure="downloads")
    with pytest.raises(LookupError, match=f"(?=.*app_users)(?:{unknown})"):
        indicators.get("downloads", period=2022)
    blanks = {"measure": "ewallet_users", "period": 2023, "periods": 2022}
    with pytest.raises(LookupError, match=says("indicators_errors.not_taken", **blanks)):
        indicators.get("ewallet_users", period=2023)
    with pytest.raises(
        LookupError, match=says("indicators_errors.no_classes", breaks="change_breaks")
    ):
        indicators.classes("ewallet_users", of_change=True)


def test_unlike_measures_are_refused_and_like_ones_from_a_period_to_a_later_one_pass(monkeypatch):
    groups = {**indicators.catalogue()}
    measures = groups["indicators"]
    groups["indicators"] = {**measures, "twin": measures["app_users"]}
    monkeypatch.setattr(indicators, "catalogue", lambda: groups)
    for name in TWO_YEARS:
        before = indicators.get(name, period=2022)
        after = indicators.get(name, period=2023)
        assert indicators.require_comparable(before, after) is None
        with pytest.raises(
            ValueError, match=says("period_errors.not_later", before=2023, after=2022)
        ):
            indicators.require_comparable(after, before)
    after = indicators.get("files_online", period=2023)
    for name in ("app_users", "informed", "twin"):  # two entries may be two inquiries
        unlike = indicators.get("twin", period=2023) if name == "app_users" else after
        before = indicators.get(name, period=2022)
        with pytest.raises(ValueError, match=r"hg\.uptake(?s:.*)\.order\(\)"):
            indicators.require_comparable(before, unlike)


def grey(colour):
    """Lightness as a greyscale print shows it."""
    codes = [colour[first : first + 2] for first in (1, 3, 5)]
    red, green, blue = (int(code, 16) for code in codes)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_classes_are_told_apart_in_a_greyscale_print():
    names = [*indicators.names(), "members_per_1000"]
    measures = [indicators.classes(name) for name in names]
    measures += [indicators.classes(name, of_change=True) for name in TWO_YEARS]
    for classes in measures:
        light = [*map(grey, classes.colours)]
        n_classes = len(classes.breaks) + 1
        assert len(light) == len(set(classes.labels)) == n_classes
        if classes.is_diverging:
            middle = len(light) // 2
            falls = light[:middle]
            rises = light[middle:]
            assert falls == sorted(falls)
            assert rises == sorted(rises, reverse=True)
        else:
            assert min(-np.diff(light)) > 10


def test_a_value_on_a_border_belongs_to_the_class_above():
    classes = Classes("x", (0.25, 0.5, 0.75), "share")
    # below by what can be written, and by a rounding error that cannot
    just_below = np.nextafter(0.5, 0)
    values = pd.Series([-1, 0, 0.25, 0.5 - 1e-8, just_below, 0.5, 0.75, 1, np.nan])
    numbers = classes.index(values)
    assert numbers[:8].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert pd.isna(numbers[8])
    rates = Classes("x", (0.05, 0.125), "share")
    labels = [label.replace("\N{NO-BREAK SPACE}", " ") for label in rates.labels]
    assert labels == ["dưới 5,0 %", "từ 5,0 % đến dưới 12,5 %", "từ 12,5 % trở lên"]


def test_malformed_classes_are_refused():
    for breaks in ((), (0.5, 0.25)):
        with pytest.raises(ValueError, match=says("indicators_errors.breaks", name="x")):
            Classes("x", breaks, "share")


# --- every text, whatever the study ---

RAW_OF = {
    f"{section}.{key}": " ".join(translations.values())
    for section, entries in read_texts().items()
    for key, translations in entries.items()
}
ALONE = re.sub(r"\[levels.district\].*?\n\n", "", invented.DESCRIBED, flags=re.DOTALL)
WITHOUT_EXPOSURE = invented.DESCRIBED[: invented.DESCRIBED.index("[exposure]")]
WHOLE_ALONE = re.sub(r"\[levels.commune\].*?\n\n", "", ALONE, flags=re.DOTALL)
DESCRIPTIONS = {
    "elsewhere": invented.DESCRIBED,
    "one level": ALONE,
    "the whole alone": WHOLE_ALONE,
    "no exposure": WITHOUT_EXPOSURE,
    "ten lines": invented.ARDEN,
}
# What is said of the shipped study, or of nothing else.
SHIPPED_ONLY = re.compile(
    r"(?i)\b(communes?|districts?|members?|teams?|census|hamlets?|provinces?|generalised)\b"
    r"|h[aậ]u giang|general statistics|\bxã\b(?! hội)|huyện|\btỉnh\b|thành viên|\btổ\b(?! chức)"
    r"|điều tra|khái quát|phường|thị trấn|\bấp\b|(1/7/|1 july )2025"
    r"|\b(wards?|townships?|hamlets?)\b|\bquận\b|thị xã|\bđặc khu\b|(?<!nông )\bthôn\b|tổ dân phố"
)
# What a study says of its own outlines; and what became of the places of Viet Nam in 2025.
OF_OUTLINES = {"figure.outlines"}
OF_2025 = re.compile("2025")
# The portal of Viet Nam speaks of communes and provinces, whichever study is in use; no page does.
OF_THE_PORTAL = re.compile(r"portal(_errors)?\.")


@pytest.mark.parametrize(
    "written", [SHIPPED, *DESCRIPTIONS.values()], ids=["shipped", *DESCRIPTIONS]
)
def test_every_blank_is_filled_and_no_text_names_a_part_of_the_shipped_study(written):
    with study.use(written=written):
        by_key = words.strings()
    texts = {}
    for key, translations in by_key.items():
        texts |= {(key, language): text for language, text in translations.items()}
    nothing = {key for key, text in RAW_OF.items() if not text.strip()}
    nothing.add("heads.population")
    is_empty = re.compile(r"\[\w|\A\s*\Z")
    empty = {key for (key, _), text in texts.items() if is_empty.search(text)}
    assert empty - nothing == set()
    if written == SHIPPED:
        return
    shipped_words = {}
    for (key, language), text in texts.items():
        is_meant = key in OF_OUTLINES or OF_THE_PORTAL.match(key) or OF_2025.search(RAW_OF[key])
        without_blanks = re.sub(r"\{[^{}]*\}", "", text)
        if not is_meant and SHIPPED_ONLY.search(without_blanks):
            shipped_words[key, language] = text
    assert shipped_words == {}


def test_what_is_said_of_the_portal_is_said_by_its_room_and_its_command_alone():
    speaks_of_portal = re.compile(r"""["']portal(_errors)?\.""")
    using = set()
    for file in study.PACKAGE.rglob("*.py"):
        if speaks_of_portal.search(file.read_text(encoding="utf-8")):
            using.add(file.relative_to(study.PACKAGE).parts[0])
    assert using == {"portal", "cli.py"}


# --- ten lines ---

# What the shipped study is about, in both languages.
SUBJECT = re.compile(
    r"(?i)uptake|campaign|platform|digital|\bapplications?\b|VN-2000|h[aậ]u giang|sử dụng|nền tảng"
    r"|phong trào|hồ sơ|chuyển đổi số|người dùng|\bonline\b|trực tuyến|e-?wallet|e-commerce"
)


FILES = re.compile(r"\b0\d_\w+")  # notebooks keep their names


def around(text, match):
    """Give what stands around a match, to be read in a failure."""
    return text[max(0, match.start() - 60) : match.end() + 40]


def test_a_study_of_ten_lines_is_built_and_speaks_of_nothing_but_itself(tmp_path):
    assert len(invented.ARDEN.splitlines()) == 10
    files = invented.write_arden(tmp_path / "in")
    form = tmp_path / "form.xlsx"
    out = tmp_path / "out"
    options = ["--study", str(files["study"]), "--places", str(files["places"])]
    command = ["template", str(form), *options]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, (done.output, done.exception)
    arden = publish.lay_out(tmp_path / "data", **files)
    build = bring.build_all(arden.folder, out, "en")
    assert build.crashes == {}
    assert build.refused == {}
    output = done.output + str(arden.notes)
    assert not SUBJECT.search(FILES.sub("", output))
    book = openpyxl.load_workbook(form)
    texts = {}
    for sheet in book:
        texts[f"form {sheet.title}"] = str([*sheet.iter_rows(values_only=True)])
    texts |= dict(Media(out).readable())
    assert len(texts) > 20
    spoken = re.compile(f"{SUBJECT.pattern}|simulat|mô phỏng")
    about_shipped = {}
    for name, text in texts.items():
        if match := spoken.search(FILES.sub("", text)):
            about_shipped[name] = around(text, match)
    assert about_shipped == {}
    everything = " ".join(texts.values())
    for phrase in ("Infant deaths", "per 1,000 live births", "rate of infant deaths", "counties"):
        assert phrase in everything, phrase


# --- a study of elsewhere, whole ---


# Nobody knows where ZIP codes lie; a poster has room for 200 sub-counties.
REFUSED = {"santa_clara": {"There is no map"}, "kenya_2019": {"345 sub-countie"}}


@pytest.fixture(scope="module", params=["lakeland", "harbour", *NAMES])
def built_study(request, laid_study, tmp_path_factory):
    """Build all of a study in this process, in English; the atlas has both languages."""
    folder = tmp_path_factory.mktemp(request.param)
    data = laid_study if request.param == "lakeland" else STUDIES / request.param
    if request.param == "harbour":
        harbour = invented.write_harbour(folder / "in")
        data = publish.lay_out(folder / "data", **harbour).folder
    build = bring.build_all(data, tmp_path_factory.mktemp("made") / "out", "en")
    refused = {reason[:15] for reason in build.refused.values()}
    assert build.crashes == {}
    assert refused == REFUSED.get(request.param, set())
    build.name = request.param
    build.media = Media(build.out)
    return build


# The frame of a regression is shown with the names of its columns; a script fills in {names}. The
# intervals were put to the test in invented provinces; a post office is no team.
NO_WORDS = re.compile(
    r"members?_\w+|\{[a-z_]+\}|invented provinces|(?i:not a team that goes from house to house)"
)
# Letters that Vietnamese alone has among the languages of these pages.
VIETNAMESE = re.compile(r"[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơư]")
WORDS_OF_SHIPPED = re.compile(
    r"(?i)simulat|mô phỏng|\bcommunes?\b|\bmembers?\b|\bteams?\b|\bhamlets?\b|\bprovinces?\b"
    r"|h[aậ]u giang|viet ?nam|việt nam"
)
# A city without districts that reports by quarter has none of these words.
OF_OTHER_LEVELS = re.compile(
    WORDS_OF_SHIPPED.pattern
    + r"|\bdistricts?\b|\byears?\b|\bhuyện\b|\bxã\b|(?<!trong )\bnăm\b(?! \d{4})"
)
BY_MONTH = re.compile(
    SHIPPED_ONLY.pattern + r"|\byears?\b|(?<!trong )\bnăm\b(?! \d{4})", re.IGNORECASE
)
FOREIGN = {"lakeland": BY_MONTH, "harbour": OF_OTHER_LEVELS}
OWN_WORDS = {
    "harbour": ("wards", "new harbour", "q3 2025", "q2 2026", "quý iii/2025", "phường"),
    "lakeland": (
        "sub-counties",
        "counties",
        "post offices",
        "tiểu hạt",
        "july 2025",
        "tháng 7/2025",
    ),
    "kenya_2019": ("sub-counties", "counties", "kenya national bureau of statistics"),
    "santa_clara": ("zip codes", "santa clara county", "0.90 times", "by lot"),
    "india_2023": ("districts", "states", "post offices", "phonepe", "department of posts"),
}


# Each has as many slides as it has answers; the census of Kenya was taken once.
N_SLIDES = {
    "lakeland": 10,
    "harbour": 5,
    "kenya_2019": 5,
    "santa_clara": 6,
    "india_2023": 9,
}


def test_all_that_is_built_is_its_own_in_its_language(built_study):
    parts = dict(built_study.media.readable())
    assert len(parts) > 10
    assert len(built_study.media.slides) == N_SLIDES[built_study.name]
    foreign_words = {}
    for name, text in parts.items():
        if name.startswith("sheet"):  # has the names of columns
            continue
        read = NO_WORDS.sub("", text)
        foreign = FOREIGN.get(built_study.name, WORDS_OF_SHIPPED)
        if not name.startswith("atlas"):
            assert not VIETNAMESE.search(text), name
        elif built_study.name not in FOREIGN:
            continue
        if match := foreign.search(read):
            foreign_words[name] = around(read, match)
    assert foreign_words == {}
    everything = " ".join(parts.values()).lower()
    missing = [noun for noun in OWN_WORDS[built_study.name] if noun not in everything]
    assert missing == []
    hole = re.compile(r", ?,|\(\)|, ?\.(\s|$)")
    slides = {name: text for name, text in parts.items() if name.startswith("slide")}
    assert [name for name, text in slides.items() if hole.search(text)] == []
    # of one period nobody can say what changed: that is no card
    of_one_period = built_study.name == "kenya_2019"
    assert ("how did the level change?" in built_study.media.pages["index"]) == (not of_one_period)


def test_numbers_by_quarter_are_plain_sums(tmp_path):
    files = invented.write_harbour(tmp_path / "in")
    reports = pd.read_csv(files["reports"])
    plain = reports.pivot(index="code", columns="period")
    share = plain["count"] / plain["out_of"]
    sums = plain["count"].sum() / plain["out_of"].sum()
    own_study = publish.lay_out(tmp_path / "data", **files).folder
    with study.Study.open(own_study).use(language="en"):
        table = hg.uptake("filed_online", "Quý II/2026").table.set_index("code")["share"]
        answer = hg.compare("filed_online", "2025-Q3", "Q2 2026")
        change = answer.table.set_index("code")["change_pp"]
        sentence = str(answer)
    expected_share = share["2026-Q2"]
    pd.testing.assert_series_equal(table[share.index], expected_share, check_names=False)
    expected = 100 * (share["2026-Q2"] - share["2025-Q3"])
    pd.testing.assert_series_equal(change[share.index], expected, check_names=False)
    whole_change = 100 * (sums["2026-Q2"] - sums["2025-Q3"])
    assert answer.whole["change_pp"] == pytest.approx(whole_change)
    assert "different seasons" in sentence
    assert "up in each of the last 3 quarters" in sentence


def test_of_a_ratio_the_atlas_says_for_how_many(built_study):
    if built_study.name == "india_2023":  # payments are counted for residents, and no part of them
        for measure in built_study.media.atlas["atlas"]["measures"]:
            texts = measure["views"][0]["texts"]["en"]
            [counted] = texts["rows"]["whole"]["counted"]
            assert re.fullmatch(r"[\d,]+ for [\d,]+", counted)


@cache
def raw(name, file):
    """Read a table as it is shipped, before small counts are hidden."""
    texts = {"code": "str", "district_code": "str"}
    return pd.read_csv(STUDIES / name / file, dtype=texts)


def test_no_small_count_is_told_and_the_licence_goes_along(built_study):
    if built_study.name in FOREIGN:
        return
    licence = (STUDIES / built_study.name / "LICENSE.txt").read_bytes()
    assert (built_study.out / "LICENSE.txt").read_bytes() == licence
    reports = raw(built_study.name, "reports/reports.csv")
    limit = suppress.FEWER_THAN
    is_share = ~reports["indicator"].isin(["transactions", "registered_users"])
    complement = reports["out_of"] - reports["count"]
    few = reports["count"].lt(limit) | (is_share & complement.lt(limit))
    n_few = {
        "kenya_2019": 12,
        "india_2023": 0,
        "santa_clara": 0,
    }
    assert few.sum() == n_few[built_study.name]
    with hg.Study.open(built_study.name).use():
        safe_reports = frames.reports()
        hidden_rows = safe_reports[suppress.is_hidden(safe_reports)]
        assert set(reports.loc[few, "code"]) <= set(hidden_rows["code"])
    keys = hidden_rows[["code", "period", "indicator"]]
    cells = built_study.media.cells.merge(keys, on=[*keys])
    assert len(cells) == len(hidden_rows)
    assert cells[["count", "out_of"]].isna().all(axis=None)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_form_asks_in_the_words_of_the_study_and_is_read_back(laid_study, language, tmp_path):
    with hg.Study.open(laid_study).use(), words.use(language):
        book = openpyxl.load_workbook(workbook.template(tmp_path / "form.xlsx"))
        report = book.worksheets[0]
        cells = []
        for sheet in book:
            first_row = 3 if sheet is report else 1
            rows = [*sheet.iter_rows(max_row=1), *sheet.iter_rows(min_row=max(2, first_row))]
            cells += [str(cell.value) for row in rows for cell in row if cell.value is not None]
        cells += [rule.prompt or "" for rule in report.data_validations.dataValidation]
        texts = [*cells, *book.sheetnames]
        assert [text for text in texts if SHIPPED_ONLY.search(text)] == []
        report.delete_rows(2)  # as a hand would: only the words of the form are left
        report["E2"] = 7
        book.save(tmp_path / "sent.xlsx")
        read = workbook.read(tmp_path / "sent.xlsx")
        assert read.teams["members"].dropna().tolist() == [7]
        assert check(tmp_path / "sent.xlsx", out=tmp_path / "back.xlsx")


# --- the real ones ---


def test_what_is_held_equal_and_for_how_many_residents_is_the_study_s():
    with hg.Study.open("india_2023").use():
        current = study.current()
        assert current.density == "members_per_10000"
        assert [*current.controls] == ["literate_percent", "urban_percent"]
        name, periods = next(iter(hg.reported().items()))
        measure = indicators.get(name, period=periods[-1])
        reports = frames.reports()
        units = hg.design_frame(reports, frames.teams(), indicator=measure)
        by_hand = 10_000 * units["members"] / units["population"]
        pd.testing.assert_series_equal(units[current.density], by_hand, check_names=False)
        assert set(current.controls) < set(units)
        design = hg.Design.of_reports(measure.name, measure.period, doubt=0)
        table = design.headline().table
        [row] = table.query("term == 'members_per_10000'").to_dict("records")
    ends = [row[name] for name in ("rate_ratio", "low", "high")]
    assert ends == pytest.approx([0.80, 0.62, 1.03], abs=0.005)  # as README has it


# --- what is of one country alone ---

ELBONIA = {
    "code": "EB",
    "kinds": {
        "name": {"Mud": "Swamp"},
        "district": {"Hill": "Hill"},
        "province": {},
    },
    "types": {"Mud": "m", "Hill": "h"},
    "short": {"Mud": "M.", "Hill": "H."},
    "widths": {
        "code": 4,
        "district_code": 2,
        "province_code": 0,
    },
}


def test_another_country_is_a_file_of_data(tmp_path, monkeypatch):
    monkeypatch.setitem(countries.COUNTRIES, "EB", countries.Country(ELBONIA))
    file = tmp_path / "places.csv"
    lines = ["code,name,district_code,district,population"]
    lines += [f"{n},Mud {'North' * n},1,Hill Top,100" for n in (1, 2)]
    file.write_text("\n".join(lines))
    listed = places.read_list(file)
    assert listed.communes["code"].tolist() == ["0001", "0002"]
    assert listed.communes["type_en"].tolist() == ["Swamp", "Swamp"]
    written = places.own.described_by(listed).decode()
    assert 'country = "EB"' in written
    assert "huyện" not in written

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
from hganalysis.words import texts as rooms

SHIPPED = study.Study.open().written
STUDIES = study.DATA / study.STUDIES
NAMES = ["india_2023", "kenya_2019", "santa_clara"]


def test_a_switch_shows_nothing_as_the_last_line_of_a_cell():
    shown = DisplayFormatter().format
    switches = [words.use("en"), hg.suppress.use(fewer_than=5), study.Study.open().use()]
    assert [shown(switch) for switch in switches] == [({}, {})] * 3
    for switch in reversed(switches):
        switch.close()


def test_each_change_restores_its_own_part_and_no_other():
    before = study.current()
    language = words.use("en")
    threshold = hg.suppress.use(fewer_than=9)
    language.close()  # out of order: the threshold stays
    assert (words.language(), hg.suppress.threshold()) == (before.language, 9)
    threshold.close()
    with words.use("en"), hg.suppress.use(fewer_than=0), places.within("93"):
        assert study.current() != before
    assert study.current() == before


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write what the owner of an invented study brings."""
    return invented.write_lakeland(tmp_path_factory.mktemp("lakeland") / "in")


@pytest.fixture(scope="module")
def laid(files):
    """Lay it out as a folder of data."""
    return publish.lay_out(files["study"].parents[1] / "data", **files).folder


# --- the file that describes it, and every fault of it ---

# Behind each line stands what is wrong there.
WRONG = """\
name = "x"
language = "fr" # language is 'fr', not one of vi, en
country = "KE" # country is 'KE', not one of VN
years = ["2022"] # years.0 is '2022', not a year
projection = "mercator" # projection is 'mercator', not a projection such as EPSG:5897
title = "y" # title is no key
[levels.province]
one = { vi = "tỉnh" } # levels.province.one is {'vi': 'tỉnh'}, not a text
many = "<b>" # levels.province.many is '<b>', not a text
[levels.county] # levels.county is no key
one = "county"
[residents] # residents.by is missing
origin = "guessed" # residents.origin is 'guessed', not one of census, published, reported
[exposure] # exposure.many is missing; exposure.one is missing
team = { one = "team", many = "teams" }
per = 500 # exposure.per is 500, not one of 1000, 10000
[controls]
A-b = "c" # controls.A-b is 'A-b', not a name of a column
[indicators.deaths] # indicators give the role 'headline'
label = "" # indicators.deaths.label is '', not a text
kind = "part" # indicators.deaths.kind is 'part', not one of share, ratio
breaks = [0.7, 0.5] # indicators.deaths.breaks is [0.7, 0.5], not a list of rising numbers
change_breaks = [nan, 0, inf] # indicators.deaths.change_breaks is [nan, 0, inf], not
target.2024 = "half" # indicators.deaths.target.2024 is 'half', not a number
role = "headline"
when.24 = "x" # indicators.deaths.when.24 '24' is no period
[indicators."a b"] # indicators.a b is 'a b', not a name of letters
label = "x"
role = "headline"
breaks = [] # indicators.a b.breaks is [], not a list of rising numbers
"""
FAULTS = [
    (number, said)
    for number, line in enumerate(WRONG.splitlines(), start=1)
    for said in filter(None, line.partition(" # ")[2].split("; "))
]


def test_every_fault_of_a_description_is_listed_with_its_line():
    found = described.faults(WRONG)
    assert [line for line, _ in found] == [line for line, _ in FAULTS]
    for (_, said), (line, expected) in zip(found, FAULTS, strict=True):
        assert said.startswith(expected), line
    with pytest.raises(study.StudyError, match=r"line 2: language(?s:.*)and 18 more"):
        described.require(WRONG)


@pytest.mark.parametrize("text", ["= = =", "[" * 2000, "", "name = 3"])
def test_what_is_no_description_is_refused(text, tmp_path):
    with pytest.raises(study.StudyError, match=r"Correct it|Start from a copy"):
        described.require(text)
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["template", "x.xlsx", "--study", str(tmp_path / "study.toml")])
    assert isinstance(done.exception, study.StudyError | publish.BuildError)


def test_what_a_key_is_for_is_said_by_the_schema_that_checks_it():
    said = study.keys()
    assert "indicators.NAME.out_of: What it is a part of" in said
    every = {line.partition(": ")[0] for line in said.splitlines()}
    keys = described.SCHEMA["properties"]
    assert every >= {*keys, *(f"levels.{one}" for one in keys["levels"]["properties"])}


def test_what_is_shipped_is_as_the_schema_says_and_what_is_written_is_read_back():
    files = [study.DATA / study.FILE, study.DATA / study.CATALOGUE]
    for file in [*files, *STUDIES.rglob(study.FILE), *STUDIES.rglob(study.CATALOGUE)]:
        described.require(file.read_text(encoding="utf-8"), file.name)
    for written in (SHIPPED, invented.DESCRIBED):
        tables = study.read_description(written)
        assert study.read_description(study.write(tables).decode()) == tables


def test_a_folder_with_faults_lists_them_all(laid, tmp_path):
    shutil.copytree(laid, tmp_path, dirs_exist_ok=True)
    (tmp_path / "places/communes.csv").unlink()
    (tmp_path / "study.toml").write_text("name = 3\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no file") as told:
        hg.Study.open(tmp_path)
    assert "study.toml was changed" in str(told.value)
    assert "name is 3, not a text" in str(told.value)
    with pytest.raises(FileNotFoundError, match=r"no sources\.csv"):
        hg.Study.open(tmp_path / "places")
    alone = {"places/communes.csv": (laid / "places/communes.csv").read_bytes()}
    with pytest.raises(ValueError, match=r"a list of places and no study\.toml"):
        hg.Study.open(write(tmp_path / "alone", alone))


def test_a_list_of_other_levels_or_without_a_control_is_refused(tmp_path):
    invented.lake_places().to_csv(tmp_path / "list.csv", index=False)
    one = re.sub(r"\[levels.commune\].*?\n\n", "", invented.DESCRIBED, flags=re.DOTALL)
    control = f'{invented.DESCRIBED}\n[controls]\ncoast = "x"\n'
    for text, said in ((one, "has 2 levels below the whole"), (control, "coast")):
        (tmp_path / "study.toml").write_text(text, encoding="utf-8")
        with words.use("en"), pytest.raises(publish.BuildError, match=said):
            publish.lay_out(tmp_path / "data", study=tmp_path, places=tmp_path / "list.csv")


def test_a_folder_is_opened_and_a_process_that_is_started_inherits_it(laid):
    found = hg.Study.open(laid)
    assert (found.name, found.levels) == ("Lakeland", ("district", "commune"))
    with found.use():
        assert study.current() == found
        assert words.term("uptake.map").startswith("Map by county")
        assert set(places.units()["origin_of_residents"]) == {"published"}
    code = "from hganalysis import study, words\n"
    code += "print(study.current().folder, words.term('uptake.parts'), sep='|')"
    with found.use():
        around = {**os.environ, **study.environment()}
    run = {"capture_output": True, "text": True, "check": True}
    said = subprocess.run([sys.executable, "-c", code], env=around, **run)
    assert said.stdout.startswith(f"{laid}|Map by sub-county")


def test_a_study_is_found_by_its_name_a_folder_by_its_path_and_no_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    assert study.find("kenya_2019") == STUDIES / "kenya_2019"
    assert study.find("mine") == study.Path("mine")
    assert study.find("./kenya_2019") == study.Path("kenya_2019")
    with pytest.raises(
        FileNotFoundError, match="Shipped are hau_giang_2025, hau_giang_groups, india_2023"
    ):
        hg.Study.open("kenya_2018")


def test_a_report_of_its_districts_alone_is_of_that_study(files, tmp_path):
    sent = invented.report(invented.communes(), periods=["2025-07"])
    counts = sent.groupby("district")["vneid_users.count"].sum().sort_values()
    table = {"county": invented.COUNTIES, "month": "7/2025", "vneid_users.count": [*counts]}
    pd.DataFrame(table).to_csv(tmp_path / "sent.csv", index=False)
    given = files | {"areas": None, "reports": tmp_path / "sent.csv"}
    found = publish.lay_out(tmp_path / "data", **given)
    with study.Study.open(found.folder).use(language="vi"):
        assert (study.current().name, places.levels()) == ("Xứ Hồ", ("district",))
        assert frames.reports()["count"].tolist() == [*counts]


# --- files, byte for byte ---


def test_a_changed_a_missing_or_an_unknown_file_is_refused(tmp_path, monkeypatch):
    shutil.copytree(study.DATA, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(study, "DATA", tmp_path)
    file = tmp_path / "places/communes.csv"
    for raw in (file.read_bytes()[:-2] + b"x\n", file.read_bytes().replace(b"\n", b"\r\n")):
        file.write_bytes(raw)
        found = hashlib.sha256(raw).hexdigest()
        with pytest.raises(ValueError, match=rf"places/communes(?s:.*)found    sha256 {found}"):
            study.current().path("places/communes.csv")
    file.unlink()
    with pytest.raises(ValueError, match="found    sha256 no file"):
        study.current().path("places/communes.csv")
    for name in ("places/villages.csv", "../pyproject.toml", ""):
        with pytest.raises(LookupError, match=r"not in data/sources\.csv\. Known .*communes"):
            study.current().path(name)


# --- measures, their classes, and the gate between unlike ones ---

TWO_YEARS = [name for name in indicators.names() if len(indicators.periods(name)) == 2]


def test_what_a_measure_need_not_say_is_filled_in():
    written = f'{invented.ARDEN}[indicators.doctors]\nlabel = "Doctors"\n'
    with study.use(written=written, own={}, language="en"):
        found, other = (indicators.get(one, period=2023) for one in indicators.names())
        assert (indicators.role("headline"), found.denominator) == ("infant_deaths", "live births")
        assert (found.kind, other.kind, other.denominator) == ("ratio", "share", "residents")
        assert (other.out_of, other.when) == ("residents", "2023")
        assert str(indicators.change_scale("infant_deaths")) == "per_1000_change"
        with pytest.raises(LookupError, match="infant_deaths has no breaks"):
            indicators.classes("infant_deaths")
        rows = [("A1", period, "infant_deaths", n, 1000) for period, n in ((2022, 4), (2023, 9))]
        rows += [("A2", period, "infant_deaths", n, 1000) for period, n in ((2022, 6), (2023, 5))]
        table = pd.DataFrame(rows, columns=["code", "period", "indicator", "count", "out_of"])
        chosen = study.read_measures(indicators.with_breaks(table).decode())["indicators"]
        assert chosen["infant_deaths"]["breaks"] == [0.005, 0.006, 0.007, 0.008]
        assert chosen["infant_deaths"]["change_breaks"] == [-0.4, -0.2, 0, 0.2, 0.4]
        assert "breaks" not in chosen["doctors"]  # nobody reported it


RATES = {  # of 3 in 100,000, and of its change by 1 in 100,000
    1: ("0.00003", "+0.00001"),
    1000: ("0.03", "+0.01 per 1,000"),
    10_000: ("0.3", "+0.1 per 10,000"),
    100_000: ("3.0", "+1.0 per 100,000"),
}


@pytest.mark.parametrize(("per", "said"), RATES.items())
def test_a_rate_is_shown_for_as_many_as_its_study_says(per, said):
    breaks = f"per = {per}\nbreaks = [0.00002, 0.00004]\n"
    written = invented.ARDEN.replace("per = 1000\n", breaks)
    with study.use(written=written, own={}, language="en"):
        scale = indicators.classes("infant_deaths")
        assert words.value(0.00003, scale, bare=True) == said[0]
        assert words.value(0.001, indicators.change_scale("infant_deaths")) == said[1]
        assert len(set(scale.labels)) == 3
    assert described.faults(written.replace(f"per = {per}", "per = 500"))


@pytest.mark.parametrize("given", ["", "\n[quantities]\nmembers_per_1000.breaks = [0.5, 1, 2]\n"])
def test_an_exposure_without_breaks_is_mapped_in_classes_that_are_chosen(tmp_path, given):
    files = islands.write_islands(tmp_path / "in", per=1000)
    text = files["study"].read_text(encoding="utf-8")
    files["study"].write_text(text + given, encoding="utf-8")
    options = {"reports": [files["reports"]], "places": files["places"]}
    with lend_data(**options, study=files["study"]), words.use("en"):
        for name, head in (("members_per_1000", "Nurses per 1,000"), ("population", "Residents")):
            figure = hg.map(name, 2023).figure
            assert figure.subtitle.startswith(head)
            legend = figure.panels[0].legend
            n_places = len(places.compared())
            assert 2 <= len(legend.colours) <= n_places
            is_given = bool(given) and name == "members_per_1000"
            assert (legend.edges[1:-1] == ("0.5", "1.0", "2.0")) == is_given


APP = '[indicators.app]\nlabel = { vi = "Người dùng ứng dụng", en = "Users of the app" }\n'
POSTS = '[indicators.posts]\nlabel = { vi = "Bưu cục", en = "Post offices" }\nper = 1000\n'
ONLINE = '[indicators.online]\nlabel = { vi = "Tỷ lệ trực tuyến", en = "Share of people online" }\n'


@pytest.mark.parametrize(
    ("given", "vi", "en"),
    [
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
    ],
)
def test_what_is_counted_makes_sentences_also_where_a_study_does_not_name_it(given, vi, en):
    written = f'name = "Arden"\n{given}[levels.province]\none = "state"\n'
    said = {one: study.blanks(written, one)["counted"] for one in words.LANGUAGES}
    assert said == {"vi": vi, "en": en}
    with study.use(written=written), words.use("en"):
        assert words.term("effect_nouns.study_outcome") == en


def test_an_unknown_measure_or_period_is_refused_with_what_there_is():
    with pytest.raises(LookupError, match=r"'downloads' is not in the catalogue.*app_users"):
        indicators.get("downloads", period=2022)
    with pytest.raises(LookupError, match=r"ewallet_users was not taken in 2023.*it for 2022"):
        indicators.get("ewallet_users", period=2023)
    with pytest.raises(LookupError, match="no change_breaks"):
        indicators.classes("ewallet_users", of_change=True)


def test_unlike_measures_are_refused_and_like_ones_from_a_period_to_a_later_one_pass(monkeypatch):
    groups = {**indicators.catalogue()}
    groups["indicators"] = {**groups["indicators"], "twin": groups["indicators"]["app_users"]}
    monkeypatch.setattr(indicators, "catalogue", lambda: groups)
    for name in TWO_YEARS:
        before, after = (indicators.get(name, period=period) for period in (2022, 2023))
        assert indicators.require_comparable(before, after) is None
        with pytest.raises(ValueError, match="not from 2023 to 2022"):
            indicators.require_comparable(after, before)
    after = indicators.get("files_online", period=2023)
    for name in ("app_users", "informed", "twin"):  # two entries may be two inquiries
        other = indicators.get("twin", period=2023) if name == "app_users" else after
        with pytest.raises(ValueError, match=r"hg\.uptake(?s:.*)\.order\(\)"):
            indicators.require_comparable(indicators.get(name, period=2022), other)


def grey(colour):
    """Lightness as a greyscale print shows it."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_classes_are_told_apart_in_a_greyscale_print():
    measures = [*map(indicators.classes, [*indicators.names(), "members_per_1000"])]
    for classes in measures + [indicators.classes(name, of_change=True) for name in TWO_YEARS]:
        light = [*map(grey, classes.colours)]
        assert len(light) == len(set(classes.labels)) == len(classes.breaks) + 1
        if classes.is_diverging:
            falls, rises = light[: len(light) // 2], light[len(light) // 2 :]
            assert (falls, rises) == (sorted(falls), sorted(rises, reverse=True))
        else:
            assert min(-np.diff(light)) > 10


def test_a_value_on_a_border_belongs_to_the_class_above():
    classes = Classes("x", (0.25, 0.5, 0.75), "share")
    # below by what can be written, and by a rounding error that cannot
    values = pd.Series([-1, 0, 0.25, 0.5 - 1e-8, np.nextafter(0.5, 0), 0.5, 0.75, 1, np.nan])
    assert classes.index(values)[:8].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert pd.isna(classes.index(values)[8])
    said = Classes("x", (0.05, 0.125), "share")
    assert [one.replace("\N{NO-BREAK SPACE}", " ") for one in said.labels] == [
        *("dưới 5,0 %", "từ 5,0 % đến dưới 12,5 %", "từ 12,5 % trở lên")
    ]


def test_malformed_classes_are_refused():
    for breaks in ((), (0.5, 0.25)):
        with pytest.raises(ValueError, match=r"classes of 'x'.*breaks must rise"):
            Classes("x", breaks, "share")


# --- every text, whatever the study ---

RAW_OF = {
    f"{section}.{key}": " ".join(said.values())
    for section, entries in rooms._texts_by_section().items()
    for key, said in entries.items()
}
ALONE = re.sub(r"\[levels.district\].*?\n\n", "", invented.DESCRIBED, flags=re.DOTALL)
OTHERS = {
    "elsewhere": invented.DESCRIBED,
    "one level": ALONE,
    "the whole alone": re.sub(r"\[levels.commune\].*?\n\n", "", ALONE, flags=re.DOTALL),
    "no exposure": invented.DESCRIBED[: invented.DESCRIBED.index("[exposure]")],
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
OF_OUTLINES, OF_2025 = {"figure.outlines"}, re.compile("2025")
# The portal of Viet Nam speaks of communes and provinces, whichever study is in use; no page does.
OF_THE_PORTAL = re.compile(r"portal(_errors)?\.")


@pytest.mark.parametrize("written", [SHIPPED, *OTHERS.values()], ids=["shipped", *OTHERS])
def test_every_blank_is_filled_and_no_text_names_a_part_of_the_shipped_study(written):
    with study.use(written=written):
        said = {
            (key, one): text for key, both in words.strings().items() for one, text in both.items()
        }
    nothing = {key for key, text in RAW_OF.items() if not text.strip()} | {"heads.population"}
    empty = {key for (key, _), text in said.items() if re.search(r"\[\w", text) or not text.strip()}
    assert empty - nothing == set()
    named = {
        at: text
        for at, text in said.items()
        if SHIPPED_ONLY.search(re.sub(r"\{[^{}]*\}", "", text))
        if at[0] not in OF_OUTLINES and not OF_THE_PORTAL.match(at[0])
    }
    assert written == SHIPPED or {at for at in named if not OF_2025.search(RAW_OF[at[0]])} == set()


def test_what_is_said_of_the_portal_is_said_by_its_room_and_its_command_alone():
    using = {
        file.relative_to(study.PACKAGE).parts[0]
        for file in study.PACKAGE.rglob("*.py")
        if re.search(r"""["']portal(_errors)?\.""", file.read_text(encoding="utf-8"))
    }
    assert using == {"portal", "cli.py"}


# --- ten lines ---

# What the shipped study is about, in both languages.
SUBJECT = re.compile(
    r"(?i)uptake|campaign|platform|digital|\bapplications?\b|VN-2000|h[aậ]u giang|sử dụng|nền tảng"
    r"|phong trào|hồ sơ|chuyển đổi số|người dùng|\bonline\b|trực tuyến|e-?wallet|e-commerce"
)


FILES = re.compile(r"\b0\d_\w+")  # notebooks keep their names


def test_a_study_of_ten_lines_is_built_and_speaks_of_nothing_but_itself(tmp_path):
    assert len(invented.ARDEN.splitlines()) == 10
    files = invented.write_arden(tmp_path / "in")
    form, out = tmp_path / "form.xlsx", tmp_path / "out"
    options = ["--study", str(files["study"]), "--places", str(files["places"])]
    done = CliRunner().invoke(app, ["template", str(form), *options])
    assert done.exit_code == 0, (done.output, done.exception)
    arden = publish.lay_out(tmp_path / "data", **files)
    found = bring.built(arden.folder, out, "en")
    assert (found.crashes, found.refused) == ({}, {})
    assert not SUBJECT.search(FILES.sub("", done.output + str(arden.notes)))
    book = openpyxl.load_workbook(form)
    texts = {f"form {sheet.title}": str([*sheet.iter_rows(values_only=True)]) for sheet in book}
    texts |= dict(Media(out).readable())
    assert len(texts) > 20
    spoken = re.compile(f"{SUBJECT.pattern}|simulat|mô phỏng")
    named = {
        name: text[max(0, found.start() - 60) : found.end() + 40]
        for name, text in texts.items()
        if (found := spoken.search(FILES.sub("", text)))
    }
    assert named == {}
    everything = " ".join(texts.values())
    for said in ("Infant deaths", "per 1,000 live births", "rate of infant deaths", "counties"):
        assert said in everything, said


# --- a study of elsewhere, whole ---


# Nobody knows where ZIP codes lie; a poster has room for 200 sub-counties.
REFUSED = {"santa_clara": {"There is no map"}, "kenya_2019": {"345 sub-countie"}}


@pytest.fixture(scope="module", params=["lakeland", "harbour", *NAMES])
def made(request, laid, tmp_path_factory):
    """Build all of a study in this process, in English; the atlas has both languages."""
    folder = tmp_path_factory.mktemp(request.param)
    data = laid if request.param == "lakeland" else STUDIES / request.param
    if request.param == "harbour":
        data = publish.lay_out(folder / "data", **invented.write_harbour(folder / "in")).folder
    found = bring.built(data, tmp_path_factory.mktemp("made") / "out", "en")
    refused = {reason[:15] for reason in found.refused.values()}
    assert (found.crashes, refused) == ({}, REFUSED.get(request.param, set()))
    found.name, found.media = request.param, Media(found.out)
    return found


# The frame of a regression is shown with the names of its columns; a script fills in {names}. The
# intervals were put to the test in invented provinces; a post office is no team.
NO_WORDS = re.compile(
    r"members?_\w+|\{[a-z_]+\}|invented provinces|(?i:not a team that goes from house to house)"
)
# Letters that Vietnamese alone has among the languages of these pages.
VIETNAMESE = re.compile(r"[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđơư]")
OTHER = re.compile(
    r"(?i)simulat|mô phỏng|\bcommunes?\b|\bmembers?\b|\bteams?\b|\bhamlets?\b|\bprovinces?\b"
    r"|h[aậ]u giang|viet ?nam|việt nam"
)
# A city without districts that reports by quarter has none of these words.
OF_OTHER_LEVELS = re.compile(
    OTHER.pattern + r"|\bdistricts?\b|\byears?\b|\bhuyện\b|\bxã\b|(?<!trong )\bnăm\b(?! \d{4})"
)
BY_MONTH = re.compile(
    SHIPPED_ONLY.pattern + r"|\byears?\b|(?<!trong )\bnăm\b(?! \d{4})", re.IGNORECASE
)
FOREIGN = {"lakeland": BY_MONTH, "harbour": OF_OTHER_LEVELS}
OWN = {
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
N_SLIDES = {"lakeland": 10, "harbour": 5, "kenya_2019": 5, "santa_clara": 6, "india_2023": 9}


def test_all_that_is_built_is_its_own_in_its_language(made):
    parts = dict(made.media.readable())
    assert len(parts) > 10
    assert len(made.media.slides) == N_SLIDES[made.name]
    named = {}
    for name, text in parts.items():
        if name.startswith("sheet"):  # has the names of columns
            continue
        read = NO_WORDS.sub("", text)
        foreign = FOREIGN.get(made.name, OTHER)
        if not name.startswith("atlas"):
            assert not VIETNAMESE.search(text), name
        elif made.name not in FOREIGN:
            continue
        if found := foreign.search(read):
            named[name] = read[max(0, found.start() - 60) : found.end() + 40]
    assert named == {}
    everything = " ".join(parts.values()).lower()
    assert [noun for noun in OWN[made.name] if noun not in everything] == []
    hole = re.compile(r", ?,|\(\)|, ?\.(\s|$)")
    assert [name for name, text in parts.items() if name[:5] == "slide" and hole.search(text)] == []
    # of one period nobody can say what changed: that is no card
    of_one_period = made.name == "kenya_2019"
    assert ("how did the level change?" in made.media.pages["index"]) == (not of_one_period)


def test_numbers_by_quarter_are_plain_sums(tmp_path):
    given = invented.write_harbour(tmp_path / "in")
    plain = pd.read_csv(given["reports"]).pivot(index="code", columns="period")
    share = plain["count"] / plain["out_of"]
    sums = plain["count"].sum() / plain["out_of"].sum()
    with study.Study.open(publish.lay_out(tmp_path / "data", **given).folder).use(language="en"):
        table = hg.uptake("filed_online", "Quý II/2026").table.set_index("code")["share"]
        answer = hg.compare("filed_online", "2025-Q3", "Q2 2026")
        change, sentence = answer.table.set_index("code")["change_pp"], str(answer)
    pd.testing.assert_series_equal(table[share.index], share["2026-Q2"], check_names=False)
    moved = 100 * (share["2026-Q2"] - share["2025-Q3"])
    pd.testing.assert_series_equal(change[share.index], moved, check_names=False)
    assert answer.whole["change_pp"] == pytest.approx(100 * (sums["2026-Q2"] - sums["2025-Q3"]))
    assert "different seasons" in sentence
    assert "up in each of the last 3 quarters" in sentence


def test_of_a_ratio_the_atlas_says_for_how_many(made):
    if made.name == "india_2023":  # payments are counted for residents, and no part of them
        for measure in made.media.atlas["atlas"]["measures"]:
            [counted] = measure["views"][0]["texts"]["en"]["rows"]["whole"]["counted"]
            assert re.fullmatch(r"[\d,]+ for [\d,]+", counted)


@cache
def raw(name, file):
    """Read a table as it is shipped, before small counts are hidden."""
    return pd.read_csv(STUDIES / name / file, dtype={"code": "str", "district_code": "str"})


def test_no_small_count_is_told_and_the_licence_goes_along(made):
    if made.name in FOREIGN:
        return
    licence = (STUDIES / made.name / "LICENSE.txt").read_bytes()
    assert (made.out / "LICENSE.txt").read_bytes() == licence
    reports, small = raw(made.name, "reports/reports.csv"), suppress.FEWER_THAN
    share = ~reports["indicator"].isin(["transactions", "registered_users"])
    few = reports["count"].lt(small) | (share & (reports["out_of"] - reports["count"]).lt(small))
    assert few.sum() == {"kenya_2019": 12, "india_2023": 0, "santa_clara": 0}[made.name]
    with hg.Study.open(made.name).use():
        told = frames.reports()
        gone = told[suppress.is_hidden(told)]
        assert set(reports.loc[few, "code"]) <= set(gone["code"])
    keys = gone[["code", "period", "indicator"]]
    cells = made.media.cells.merge(keys, on=[*keys])
    assert len(cells) == len(gone)
    assert cells[["count", "out_of"]].isna().all(axis=None)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_form_asks_in_the_words_of_the_study_and_is_read_back(laid, language, tmp_path):
    with hg.Study.open(laid).use(), words.use(language):
        book = openpyxl.load_workbook(workbook.template(tmp_path / "form.xlsx"))
        report = book.worksheets[0]
        cells = [
            str(cell.value)
            for sheet in book
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None and not (sheet is report and cell.row == 2)
        ]
        cells += [rule.prompt or "" for rule in report.data_validations.dataValidation]
        assert [one for one in [*cells, *book.sheetnames] if SHIPPED_ONLY.search(one)] == []
        report.delete_rows(2)  # as a hand would: only the words of the form are left
        report["E2"] = 7
        book.save(tmp_path / "sent.xlsx")
        read = workbook.read(tmp_path / "sent.xlsx")
        assert read.teams["members"].dropna().tolist() == [7]
        assert check(tmp_path / "sent.xlsx", out=tmp_path / "back.xlsx")


# --- the real ones ---


def test_what_is_held_equal_and_for_how_many_residents_is_the_study_s():
    with hg.Study.open("india_2023").use():
        found = study.current()
        assert found.density == "members_per_10000"
        assert [*found.controls] == ["literate_percent", "urban_percent"]
        name, periods = next(iter(hg.reported().items()))
        about = indicators.get(name, period=periods[-1])
        units = hg.design_frame(frames.reports(), frames.teams(), indicator=about)
        by_hand = 10_000 * units["members"] / units["population"]
        pd.testing.assert_series_equal(units[found.density], by_hand, check_names=False)
        assert set(found.controls) < set(units)
        design = hg.Design.of_reports(about.name, about.period, doubt=0)
        [found] = design.headline().table.query("term == 'members_per_10000'").to_dict("records")
    ends = [found[name] for name in ("rate_ratio", "low", "high")]
    assert ends == pytest.approx([0.80, 0.62, 1.03], abs=0.005)  # as README has it


# --- what is of one country alone ---

ELBONIA = {
    "code": "EB",
    "kinds": {"name": {"Mud": "Swamp"}, "district": {"Hill": "Hill"}, "province": {}},
    "types": {"Mud": "m", "Hill": "h"},
    "short": {"Mud": "M.", "Hill": "H."},
    "widths": {"code": 4, "district_code": 2, "province_code": 0},
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

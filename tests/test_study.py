"""The study in use: it is described in one file, and nothing that is told names another's parts."""

import ast
import os
import re
import subprocess
import sys
from contextvars import copy_context

import elsewhere
import openpyxl
import pandas as pd
import pytest
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
    sources,
    study,
    words,
    workbook,
)
from hganalysis.cli import app
from hganalysis.publish import notebook
from hganalysis.publish.checking import check
from hganalysis.publish.own import definitions, write
from hganalysis.words import texts as rooms
from hganalysis.workbook import grid

SHIPPED = study.Study.open().written
RAW = rooms._written()
# Of Viet Nam alone: what became of its places then.
OF_2025 = re.compile("2025")
# What a study says of its own outlines.
OF_OUTLINES = {"figure.outlines"}


def test_each_change_restores_its_own_part_and_no_other():
    before = study.current()
    language = words.use("en")
    threshold = hg.suppress.use(fewer_than=9)
    language.close()  # out of order: the threshold stays
    assert (words.language(), hg.suppress.threshold()) == (before.language, 9)
    threshold.close()
    assert study.current() == before
    with words.use("en"), hg.suppress.use(fewer_than=0), places.within("93"):
        assert study.current() != before
    assert study.current() == before


def test_what_changes_in_one_context_changes_in_no_other():
    other = copy_context()
    other.run(words.use, "en")
    assert other.run(words.language) == "en"
    assert words.language() == "vi"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write what the owner of the invented study brings."""
    return elsewhere.write(tmp_path_factory.mktemp("elsewhere") / "in")


@pytest.fixture(scope="module")
def laid(files):
    """Lay it out as a folder of data."""
    return publish.own(files["study"].parents[1] / "data", **files).folder


# --- a file that describes it ---


def test_a_folder_is_opened_and_put_in_use_in_its_language(laid):
    found = hg.Study.open(laid)
    assert (found.name, found.levels, found.country.code) == (
        "Lakeland",
        ("district", "commune"),
        "",
    )
    with found.use():
        assert study.current() == found
        assert words.term("uptake.map").startswith("Map by county")
        assert places.province()["name_vi"] == "Xứ Hồ"
        assert set(places.communes()["origin_of_residents"]) == {"published"}
    assert words.term("uptake.map").startswith("Bản đồ theo huyện")


def test_a_process_that_is_started_inherits_the_study(laid):
    code = (
        "from hganalysis import sources, suppress, words\n"
        "print(sources.own(), words.language(), suppress.threshold(), "
        "words.term('uptake.parts'), sep='|')"
    )
    with hg.Study.open(laid).use(), hg.suppress.use(fewer_than=7):
        around = {**os.environ, **study.environment()}
    said = subprocess.run(
        [sys.executable, "-c", code], env=around, capture_output=True, text=True, check=True
    )
    assert said.stdout.startswith(f"{laid}|en|7|Map by sub-county")


WRONG = """\
name = "x"
language = "fr"
country = "KE"
years = ["2022"]
projection = "mercator"
title = "y"
[levels.province]
one = { vi = "tỉnh" }
many = "<b>"
[levels.county]
one = "county"
[residents]
origin = "guessed"
[exposure]
team = { one = "team", many = "teams" }
per = 500
[controls]
A-b = "c"
[indicators.deaths]
label = ""
kind = "part"
breaks = [0.7, 0.5]
change_breaks = [nan, 0, inf]
target.2024 = 0.55
role = "headline"
when.24 = "x"
[indicators."a b"]
label = "x"
role = "headline"
breaks = []
"""
FAULTS = [
    (2, "language is 'fr', not one of vi, en"),
    (3, "country is 'KE', not one of VN"),
    (4, "years.0 is '2022', not a year"),
    (5, "projection is 'mercator', not a projection such as EPSG:5897"),
    (6, "title is no key"),
    (8, "levels.province.one is {'vi': 'tỉnh'}, not a text"),
    (9, "levels.province.many is '<b>', not a text"),
    (10, "levels.county is no key"),
    (12, "residents.by is missing"),
    (13, "residents.origin is 'guessed', not one of census, published, reported"),
    (14, "exposure.many is missing"),
    (14, "exposure.one is missing"),
    (16, "exposure.per is 500, not one of 1000, 10000"),
    (18, "controls.A-b is 'A-b', not a name of a column"),
    (19, "indicators give the role 'headline' to 2 measures"),
    (19, "indicators.deaths target.2024 = 0.55 is none of its breaks"),
    (20, "indicators.deaths.label is '', not a text"),
    (21, "indicators.deaths.kind is 'part', not one of share, ratio"),
    (22, "indicators.deaths.breaks is [0.7, 0.5], not a list of rising numbers"),
    (23, "indicators.deaths.change_breaks is [nan, 0, inf], not a list of rising numbers"),
    (26, "indicators.deaths.when.24 is no key"),
    (27, "indicators.a b is 'a b', not a name of letters"),
    (30, "indicators.a b.breaks is [], not a list of rising numbers"),
]


def test_every_fault_of_a_description_is_listed_with_its_line():
    found = study.faults(WRONG)
    assert [line for line, _ in found] == [line for line, _ in FAULTS]
    for (_, said), (line, expected) in zip(found, FAULTS, strict=True):
        assert said.startswith(expected), line
    with pytest.raises(study.StudyError, match=r"line 2: language(?s:.*)and 18 more"):
        study.require(WRONG)


def test_what_a_key_is_for_is_said_by_the_schema_that_checks_it():
    said = study.keys()
    assert "indicators.NAME.out_of: What it is a part of" in said
    every = {line.partition(": ")[0] for line in said.splitlines()}
    parsed = study.schema()["properties"]
    assert every >= {*parsed, *(f"levels.{one}" for one in parsed["levels"]["properties"])}


@pytest.mark.parametrize("text", ["= = =", "[" * 2000, "", "name = 3"])
def test_what_is_no_description_is_refused(text):
    with pytest.raises(study.StudyError, match=r"Correct it|Start from a copy"):
        study.require(text)


def test_a_folder_with_faults_lists_them_all(laid, tmp_path):
    for file in laid.rglob("*.*"):
        copy = tmp_path / file.relative_to(laid)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(file.read_bytes())
    (tmp_path / "places/communes.csv").unlink()
    (tmp_path / "study.toml").write_text("name = 3\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no file") as told:
        hg.Study.open(tmp_path)
    said = str(told.value)
    assert "study.toml was changed" in said
    assert "name is 3, not a text" in said
    with pytest.raises(FileNotFoundError, match=r"no sources\.csv"):
        hg.Study.open(tmp_path / "places")


def test_a_list_without_a_description_is_refused(laid, tmp_path):
    listed = (laid / "places/communes.csv").read_bytes()
    folder = write(tmp_path, {"places/communes.csv": listed})
    with pytest.raises(ValueError, match=r"a list of places and no study\.toml"):
        hg.Study.open(folder)


def test_what_is_written_is_read_back():
    for written in (SHIPPED, elsewhere.DESCRIBED):
        tables = study.read_description(written)
        assert study.read_description(study.write(tables).decode()) == tables


def test_a_list_of_other_levels_than_the_study_is_refused(files, tmp_path):
    one = re.sub(r"\[levels.commune\].*?\n\n", "", elsewhere.DESCRIBED, flags=re.DOTALL)
    (tmp_path / "study.toml").write_text(one, encoding="utf-8")
    files = {**files, "list_of_places": tmp_path / "list.csv"}
    elsewhere.places().to_csv(files["list_of_places"], index=False)
    with words.use("en"), pytest.raises(publish.BuildError, match="has 2 levels below the whole"):
        publish.own(tmp_path / "data", **{**files, "study": tmp_path})


def test_measures_without_a_year_are_of_the_years_of_the_study(laid):
    with hg.Study.open(laid).use():
        assert indicators.years("vneid_users") == [2024, 2025]
        found = indicators.get("files", year=2025)
        assert (found.when, found.denominator) == ("2025", "applications")
        reports = frames.reports()
        assert set(reports["year"]) == {2024, 2025}
        assert reports.loc[reports["indicator"] == "files", "out_of"].between(300, 900).all()


def test_a_study_of_its_own_takes_the_nouns_and_leaves_the_shipped_places(tmp_path):
    (tmp_path / "study.toml").write_text(SHIPPED.replace('"team"', '"crew"'), encoding="utf-8")
    changed = re.sub(r'long = \{ vi = "tổ công[^\n]*\n', "", (tmp_path / "study.toml").read_text())
    (tmp_path / "study.toml").write_text(changed, encoding="utf-8")
    data = publish.own(tmp_path / "data", study=tmp_path / "study.toml").folder
    with sources.use(data), words.use("en"):
        assert "crew" in words.term("sense.members_without_teams", members=3)
        assert len(places.communes()) == 75
        assert places.crosswalk().shape[0] == 75


# --- what is asked for of Viet Nam ---


def test_names_elsewhere_have_no_types_and_match_without_capitals_and_marks(tmp_path):
    listed = elsewhere.places()
    listed.loc[0, "name"] = "Xa Élan"  # begins like a type of Viet Nam
    listed.loc[1, "name"] = "Ward V"
    file = tmp_path / "list.csv"
    listed.rename(columns=elsewhere.HEADINGS).to_csv(file, index=False)
    described = tmp_path / "study.toml"
    described.write_text(elsewhere.DESCRIBED, encoding="utf-8")
    data = tmp_path / "data"
    with sources.use(write(data, definitions(file, None, described))):
        known = places.communes()
        assert set(known["type_vi"]) == {""}
        assert known["short_vi"].iloc[0] == "Xa Élan"
        found = places.find_codes(pd.Series(["XA ELAN", "xa  élan", "Elan", "Ward 5", "ward v"]))
        code = known.index[0]
        assert found["code"].tolist() == [code, code, None, None, known.index[1]]


def test_what_papers_printed_is_missed_in_viet_nam_alone(laid):
    with hg.Study.open(laid).use():
        assert notebook.unmet()["needs-published"] == ""


# --- every text ---


def texts(written):
    with study.use(written=written):
        return {
            (key, one): text for key, said in words.strings().items() for one, text in said.items()
        }


ALONE = re.sub(r"\[levels.district\].*?\n\n", "", elsewhere.DESCRIBED, flags=re.DOTALL)
UNEXPOSED = elsewhere.DESCRIBED[: elsewhere.DESCRIBED.index("[exposure]")]
WHOLE = re.sub(r"\[levels.commune\].*?\n\n", "", ALONE, flags=re.DOTALL)
OTHERS = {"elsewhere": elsewhere.DESCRIBED, "one level": ALONE, "the whole alone": WHOLE}
OTHERS |= {"no exposure": UNEXPOSED}
# What is said of the shipped study, or of nothing else.
SHIPPED_ONLY = re.compile(
    r"(?i)\b(communes?|districts?|members?|teams?|census|hamlets?|provinces?|generalised)\b"
    r"|h[aậ]u giang|general statistics|\bxã\b(?! hội)|huyện|\btỉnh\b|thành viên|\btổ\b(?! chức)"
    r"|điều tra|khái quát|phường|thị trấn|\bấp\b|(1/7/|1 july )2025"
    r"|\b(wards?|townships?|hamlets?)\b|\bquận\b|thị xã|\bđặc khu\b|(?<!nông )\bthôn\b|tổ dân phố"
)


@pytest.mark.parametrize("written", [SHIPPED, *OTHERS.values()], ids=["shipped", *OTHERS])
def test_every_blank_of_every_text_is_filled(written):
    empty = {
        key
        for (key, _), text in texts(written).items()
        if re.search(r"\[\w", text) or not text.strip() or "()" in text
    }
    nothing = {key for key, said in RAW_OF.items() if not said.strip()}
    # a count without a year, which its table leaves out
    without = {"heads.population"}
    assert empty - nothing - without == set()


def test_what_a_study_has_not_is_not_named_where_a_text_can_do_without():
    without = re.sub(r"\[exposure\].*", "", elsewhere.DESCRIBED, flags=re.DOTALL)
    for written, member, team in (
        (SHIPPED, "member", "team"),
        (elsewhere.DESCRIBED, "post office", "post office"),  # in no groups
        (without, "", ""),
    ):
        found = study.blanks(written, "en")
        assert (found["member?"], found["team?"]) == (member, team)


def test_the_blanks_that_texts_have_are_those_that_are_listed():
    top = (rooms.ROOMS / "words" / "texts.toml").read_text(encoding="utf-8")
    listed = top.partition("\n[words]")[0]
    known = study.blanks(SHIPPED, "en")
    for section, entries in RAW.items():
        for key, said in entries.items():
            for found in re.findall(r"\[([\w ,?]+)\]", " ".join(said.values())):
                names = [one.rstrip("?") for one in re.findall(r"\w+\??", found)]
                blank = [one for one in names if one in known]
                assert blank, f"{section}.{key}: [{found}]"
                for one in blank:
                    stem = re.sub(r"(_long|_types)$", "", one.lower())
                    listed = listed.lower()
                    assert stem in listed or stem.removesuffix("s") in listed, one


@pytest.mark.parametrize("name", OTHERS)
def test_no_text_names_a_part_of_the_shipped_study(name):
    said = {
        (key, one): re.sub(r"\{[^{}]*\}", "", text)
        for (key, one), text in texts(OTHERS[name]).items()
        if key not in OF_OUTLINES and not OF_2025.search(RAW_OF.get(key, ""))
    }
    assert {at: text for at, text in said.items() if SHIPPED_ONLY.search(text)} == {}


RAW_OF = {
    f"{section}.{key}": " ".join(said.values())
    for section, entries in RAW.items()
    for key, said in entries.items()
}


def test_no_text_names_a_level_or_an_exposure_outside_a_blank():
    named = {
        key: text
        for key, text in RAW_OF.items()
        if SHIPPED_ONLY.search(re.sub(r"\{[^{}]*\}|\[[^\]]*\]", "", text))
    }
    assert {key for key in named if not OF_2025.search(named[key])} == OF_OUTLINES


def test_an_article_fits_its_noun_and_what_is_called_the_same_is_named_once():
    nouns = {"commune": "area", "district": "area", "member": "union", "teams?": ""}
    assert study.fill("a [commune], A [member]", nouns) == "an area, A union"
    assert study.fill("in a [district or commune]", nouns) == "in an area"
    assert study.fill("[people, teams?, files or times]", nouns) == "people, files or times"
    assert study.fill("an [item] (see [1])", nouns) == "an [item] (see [1])"


# --- all that comes of it ---


@pytest.fixture(scope="module")
def made(laid, tmp_path_factory):
    """Build all of it, in English; the atlas has both languages."""
    found = bring.built(laid, tmp_path_factory.mktemp("made") / "out", "en")
    assert found.crashes == {}
    assert found.refused == {}
    return found


# The frame of a regression is shown with the names of its columns; a script fills in {names}.
NO_WORDS = re.compile(r"members?_\w+|\{[a-z_]+\}")


def test_nothing_that_is_built_names_a_part_of_the_shipped_study(made):
    named, parts = {}, dict(Media(made.out).readable())
    assert len(parts) >= 20
    assert sum(map(len, parts.values())) > 50_000
    for name, text in parts.items():
        if name.startswith("sheet"):  # has the names of columns
            continue
        read = NO_WORDS.sub("", text)
        if found := SHIPPED_ONLY.search(read):
            named[name] = read[max(0, found.start() - 60) : found.end() + 40]
    assert named == {}


def test_what_is_built_names_the_parts_of_its_own(made):
    everything = " ".join(text for _, text in Media(made.out).readable())
    for noun in ("sub-counties", "counties", "post offices", "tiểu hạt", "hạt"):
        assert noun in everything.lower(), noun


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_form_asks_in_the_words_of_the_study_and_is_read_back(laid, language, tmp_path):
    with hg.Study.open(laid).use(), words.use(language):
        form = workbook.template(tmp_path / "form.xlsx")
        book = openpyxl.load_workbook(form)
        report = book.worksheets[0]
        cells = [
            str(cell.value)
            for sheet in book
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None and not (sheet is report and cell.row == 2)
        ]
        cells += [rule.prompt or "" for rule in report.data_validations.dataValidation]
        cells += book.sheetnames
        assert [one for one in cells if SHIPPED_ONLY.search(one)] == []
        machine = [cell.value for cell in report[2]]
        assert machine[:6] == ["code", "district", "commune", "year", "members", "population"]
        report.delete_rows(2)  # as a hand would: only the words of the form are left
        report["E2"] = 7
        book.save(tmp_path / "sent.xlsx")
        read = workbook.read(tmp_path / "sent.xlsx")
        assert read.teams["members"].dropna().tolist() == [7]
        assert check(tmp_path / "sent.xlsx", out=tmp_path / "back.xlsx")


def test_a_message_names_the_parts_of_the_study(laid, tmp_path):
    file = tmp_path / "sent.csv"
    pd.DataFrame(
        {"Sub-county": ["Ash Nor", "Nowhere", "Elm Nor"], "County": ["Northmoor"] * 3, "Year": 2025,
         "Post offices": [3, 4, 5], "Members": [1, 2, 3]}
    ).to_csv(file, index=False)  # fmt: skip
    with hg.Study.open(laid).use():
        read = workbook.read(file)
        assert read.teams["members"].dropna().tolist() == [3, 5]  # and not those of "Members"
        said = " ".join(read.faults[["message", "expected", "suggestion"]].to_numpy().ravel())
        account = " ".join(workbook.account(read))
    assert "“Nowhere” is not on the list of sub-counties" in said
    assert not SHIPPED_ONLY.search(f"{said} {account}".replace("Members", ""))


def test_a_command_takes_the_study_and_speaks_its_language(files, tmp_path):
    form = tmp_path / "form.xlsx"
    command = ["template", str(form), "--study", str(files["study"])]
    command += ["--places", str(files["list_of_places"]), "--indicators", str(files["catalogue"])]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    heads = [cell.value for cell in openpyxl.load_workbook(form).worksheets[0][1]]
    assert heads[:5] == ["Sub-county code", "County", "Sub-county", "Year", "Post offices"]
    (tmp_path / "wrong.toml").write_text("name = 3", encoding="utf-8")
    wrong = CliRunner().invoke(app, ["template", "x.xlsx", "--study", str(tmp_path / "wrong.toml")])
    assert wrong.exit_code
    assert "name is 3, not a text" in str(wrong.exception)


def test_a_long_form_has_its_plural_at_its_end_alone():
    written = 'name = "Here"\n[levels.province]\none = "state"\nmany = "states"\n'
    written += '[levels.district]\none = "ward"\nmany = "wards"\nlong = "northward ward"\n'
    found = study.blanks(written, "en")
    assert [found[f"{one}_long"] for one in ("district", "districts")] == [
        *("northward ward", "northward wards")
    ]


# --- what is of one country alone ---

TYPES = re.compile(
    r"phường|thị trấn|thị xã|huyện|quận|\bxã\b|tỉnh|thành phố|đặc khu|\b(?:phuong|huyen|xa)\b|"
    r"thi tran|thi xa|thanh pho|\bVN\b|VN-2000|TCVN|VNI|1258",
    re.IGNORECASE,
)


def said_by_code(file):
    """Give the texts in the code of a module, without what documents it, and widths of codes."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documented = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            if id(one) not in documented:
                yield one.value.replace("vi-VN", "")  # the language
        elif isinstance(one, ast.Call) and getattr(one.func, "attr", "") == "zfill":
            yield from ("1258" for at in one.args if isinstance(at, ast.Constant))


def test_what_is_of_viet_nam_alone_stands_in_its_own_file():
    files = [*study.PACKAGE.rglob("*.py")]
    assert len(files) > 100
    found = {
        str(file.relative_to(study.PACKAGE)): texts
        for file in files
        if (texts := [one for one in said_by_code(file) if TYPES.search(one)])
    }
    assert found == {}


ELBONIA = {
    "code": "EB",
    "kinds": {"name": {"Mud": "Swamp"}, "district": {"Hill": "Hill"}, "province": {}},
    "types": {"Mud": "m", "Hill": "h"},
    "short": {"Mud": "M.", "Hill": "H."},
    "widths": {"code": 4, "district_code": 2, "province_code": 0},
}


def test_another_country_is_a_file_of_data(tmp_path, monkeypatch):
    monkeypatch.setitem(countries.KNOWN, "EB", countries.Country(ELBONIA))
    file = tmp_path / "places.csv"
    lines = ["code,name,district_code,district,population"]
    lines += [f"{n},Mud {'North' * n},1,Hill Top,100" for n in (1, 2)]
    file.write_text("\n".join(lines))
    listed = places.read_list(file)
    assert listed.country.code == "EB"
    assert listed.communes["code"].tolist() == ["0001", "0002"]
    assert listed.communes["type_en"].tolist() == ["Swamp", "Swamp"]
    written = places.described_by(listed).decode()
    assert 'country = "EB"' in written
    assert "huyện" not in written


@pytest.mark.parametrize(("country", "text"), [("VN", "Săo"), (None, "São")])
def test_a_code_page_is_tried_where_the_country_has_one(tmp_path, country, text):
    """In the code page of Viet Nam the byte of ã is ă: nobody else writes in it."""
    file = tmp_path / "a.csv"
    file.write_bytes("name;number\nSão Tomé;1\nPríncipe;2\n".encode("cp1252"))
    written = "" if country is None else f'country = "{country}"\n'
    written += 'name = "x"\n[levels.province]\none = "x"\nmany = "x"\n'
    with study.use(written=written):
        [sheet] = grid.read(file).sheets
        assert sheet.cells[2, 1].value == f"{text} Tomé"

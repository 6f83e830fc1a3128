"""Pages to look things up in: what is made from the code has all of it, in both languages."""

import csv
import re
import sys
import textwrap
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis.cli import app
from hganalysis.places import own
from hganalysis.places.faults import required_columns
from hganalysis.study.described import DESCRIPTIONS, SCHEMA
from hganalysis.workbook import corrections
from hganalysis.workbook.template import form_columns

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))
import manual

DOCS = Path(manual.__file__).parent
LANGUAGES = sorted(manual.TEXTS)
EACH = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def folder_of_tables(tmp_path_factory):
    """Write all tables."""
    folder = tmp_path_factory.mktemp("made") / "made"
    manual.write(folder)
    return folder


def help_of(*words):
    """Give what a command prints about itself, on lines long enough for each option."""
    with hg.words.use("en"):
        return CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "300"}).output


def sections(text):
    """Give the text of each section by its title."""
    parts = re.split(r"^(.+)\n-{3,}\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def commands():
    """Name the commands that the help lists."""
    _, _, listed = help_of().partition("Commands")
    return re.findall(r"^│ ([a-z-]+)  ", listed, re.MULTILINE)


@EACH
def test_the_page_of_commands_has_each_option_that_the_help_prints_and_no_other(
    language, folder_of_tables
):
    text = (folder_of_tables / f"commands.{language}.txt").read_text("utf-8")
    by_command = sections(text)
    assert list(by_command) == [f"hganalysis {name}" for name in commands()]
    assert len(by_command) >= 11
    for title, section in by_command.items():
        printed = help_of(title.split()[1])
        options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+(?=[ ,]{1,})", printed)) - {"--help"}
        assert set(re.findall(r"``(--[a-z-]+)``", section)) == options, title


def test_an_option_stands_beside_its_help_and_what_must_be_there_says_so(folder_of_tables):
    section = sections((folder_of_tables / "commands.en.txt").read_text("utf-8"))["hganalysis plan"]
    rows = {line.split(",")[0].strip(): line for line in section.splitlines() if "``" in line}
    assert rows["``--start``"].endswith("required; may be repeated")
    assert "How many places start when" in rows["``--start``"]
    assert rows["``--ratio``"].endswith("default: ``1.15``")
    assert rows["``MEASURE``"].endswith("required")
    assert rows["``--force``"].endswith("Write over a file that is there.,")


def test_the_page_in_vietnamese_says_what_each_command_is_for():
    text = (DOCS / "vi/reference/commands.rst").read_text("utf-8")
    assert re.findall(r"\* - ``hganalysis ([a-z-]+)``", text) == commands()


@EACH
def test_the_pages_of_keys_have_each_key_that_the_study_module_explains(language, folder_of_tables):
    pages = [folder_of_tables / f"{name}.{language}.txt" for name in ("study", "indicators")]
    keys = [re.findall(r"^   ``([\w.]+)``,", page.read_text("utf-8"), re.M) for page in pages]
    assert not set(keys[0]) & set(keys[1])
    explained = [line.partition(":")[0] for line in hg.study.keys().splitlines()]
    paths = {key for key in explained if re.fullmatch(r"[\w.]+", key)}
    tables = {name.strip("[]") for page in pages for name in sections(page.read_text("utf-8"))}
    assert len(paths) > 80
    assert paths - tables == {key for key in keys[0] + keys[1] if key in explained}
    assert "indicators.NAME.label" in keys[1]


def is_vietnamese(text):
    return bool(re.search("[à-ỹđ]", text.lower()))


def walk(rule):
    """Give each rule within a schema, and itself."""
    if isinstance(rule, dict):
        yield rule
        for inner in rule.values():
            yield from walk(inner)


def test_each_key_is_explained_in_both_languages(folder_of_tables):
    """A key whose explanation is one language's alone would be English on a Vietnamese page."""
    described = [rule for rule in walk(SCHEMA) if set(DESCRIPTIONS.values()) & set(rule)]
    explained = [tuple(rule.get(name, "") for name in DESCRIPTIONS.values()) for rule in described]
    assert len(explained) > 100
    for vietnamese, english in explained:
        assert is_vietnamese(vietnamese), english
        assert english
        assert not is_vietnamese(english)
        assert unicodedata.is_normalized("NFC", vietnamese)
        assert vietnamese.endswith(".") == english.endswith(".") is True
    # one explanation has one translation
    assert len(set(explained)) == len({pair[0] for pair in explained})
    assert len(set(explained)) == len({pair[1] for pair in explained})
    for language in LANGUAGES:
        pages = [folder_of_tables / f"{name}.{language}.txt" for name in ("study", "indicators")]
        lines = "".join(page.read_text("utf-8") for page in pages).splitlines()
        rows = [*csv.reader(line.strip() for line in lines if line.startswith("   ``"))]
        assert len(rows) > 80
        for _, kind, explanation in rows:
            for text in (kind, explanation):
                assert is_vietnamese(text) == (language == "vi") or not text, text


def test_a_key_that_must_be_there_is_called_required_in_its_table_alone(folder_of_tables):
    text = (folder_of_tables / "study.en.txt").read_text("utf-8")
    rows = dict(re.findall(r"^   ``([\w.]+)``,(.*)$", text, re.M))
    assert "required" in rows["name"]
    assert "required" in rows["residents.by"]
    assert "required" not in rows["language"]
    assert "required" not in rows["residents.year"]


def twins():
    """Name the pages that a reader uses, whichever language it is."""
    names = ("index", "commands", "study", "files", "environment")
    return [DOCS / "reference" / f"{name}.rst" for name in names]


@pytest.mark.parametrize("page", twins(), ids=lambda page: page.stem)
def test_each_page_to_look_things_up_in_is_there_in_vietnamese(page):
    vietnamese = DOCS / "vi" / page.relative_to(DOCS)
    included = [
        set(re.findall(r"made/(\w+)", file.read_text("utf-8"))) for file in (page, vietnamese)
    ]
    assert included[0] == included[1]


def rows_of_tables(page):
    """Give each table of a page: the first cell of each row, and the row."""
    parts = re.split(r"^\.\. list-table::\n", page.read_text("utf-8"), flags=re.MULTILINE)
    return [
        dict(re.findall(r"^   \* - ``(\w+)``\n((?:     .*\n)+)", part, re.M)) for part in parts[1:]
    ]


IN_TWO_LANGUAGES = pytest.mark.parametrize("folder", ["", "vi"])


@IN_TWO_LANGUAGES
def test_the_page_of_files_has_each_column_that_the_code_reads(folder, tmp_path):
    tables = rows_of_tables(DOCS / folder / "reference/files.rst")
    listed, decided, levels, targets, crosswalk, starts = map(list, tables)
    assert listed == own.COLUMNS
    assert decided == list(corrections.COLUMNS)
    assert targets == ["code", "period", "indicator", "target"]
    assert set(starts) == {"code", "start", "stratum", "group"}

    # what is refused says what was expected
    lines = [",".join(decided), "x,,no such level,1,,Lan"]
    (tmp_path / "corrections.csv").write_text("\n".join(lines), "utf-8")
    with hg.words.use("en"), pytest.raises(ValueError, match="no such level") as refused:
        corrections.read(tmp_path / "corrections.csv")
    assert sorted(levels) == sorted(
        re.findall(r"commune|district|number|title|heading", str(refused.value))
    )
    reports = pd.DataFrame(columns=["code", "period", "count", "out_of", "origin"])
    missing = {name for name in crosswalk if refuses_without(name, crosswalk, reports)}
    assert missing == set(crosswalk)


def refuses_without(column, columns, reports):
    """Say whether reports cannot be carried where a column of the changes is missing."""
    with pytest.raises((ValueError, LookupError)) as refused:
        hg.places.carry(reports, pd.DataFrame(columns=[name for name in columns if name != column]))
    return column in str(refused.value)


@IN_TWO_LANGUAGES
def test_a_column_that_a_list_of_places_needs_is_called_required(folder):
    listed, *_ = rows_of_tables(DOCS / folder / "reference/files.rst")
    word = {"": "required", "vi": "bắt buộc"}[folder]
    required = {name for name, row in listed.items() if word in row}
    assert required - {"province_code"} == set(required_columns(None, residents=True))


@EACH
def test_the_table_of_a_report_has_the_columns_of_the_form(language, folder_of_tables):
    with hg.words.use(language):
        columns = form_columns(manual.REPORTED)
    text = (folder_of_tables / f"report.{language}.txt").read_text("utf-8")
    assert re.findall(r"^   ``([\w.]+)``,", text, re.M) == [column.field for column in columns]
    assert all(column.meaning.split(".")[0].split(",")[0] in text for column in columns)


@IN_TWO_LANGUAGES
def test_the_page_of_the_environment_has_each_variable_that_the_code_names(folder):
    package = Path(hg.__file__).parent
    code = [file.read_text("utf-8") for file in package.rglob("*.py")]
    variables = set(re.findall(r"\bHGANALYSIS_[A-Z_]+\b", "\n".join(code)))
    assert len(variables) >= 5
    tables = rows_of_tables(DOCS / folder / "reference/environment.rst")
    assert {name for table in tables for name in table} == variables


BEGINS_WITH_A_VERB = {
    "": (
        "Add", "Change", "Check", "Choose", "Compare", "Convert", "Count", "Hide", "Map",
        "Migrate", "Plan", "Prepare", "Print", "Put", "Set", "Solve", "Use", "Verify", "Work",
    ),
    "vi": (
        "Chọn", "Chuyển", "Dùng", "Đặt", "Đếm", "Đổi", "Đưa", "In", "Kiểm tra", "Làm", "Lập",
        "Ẩn", "So sánh", "Thêm", "Vẽ", "Xử lý",
    ),
}  # fmt: skip


@pytest.mark.parametrize("folder", BEGINS_WITH_A_VERB)
def test_the_title_of_each_how_to_begins_with_a_verb(folder):
    pages = [page for page in (DOCS / folder).glob("howto/*.rst") if page.stem != "index"]
    titles = [page.read_text("utf-8").partition("\n")[0] for page in pages]
    verbs = tuple(f"{verb} " for verb in BEGINS_WITH_A_VERB[folder])
    assert len(titles) >= 19
    assert [title for title in titles if not title.startswith(verbs)] == []


TASK = re.compile(r"^#\. :doc:`([\w/]+)`$", re.MULTILINE)


@pytest.mark.parametrize("folder", BEGINS_WITH_A_VERB)
def test_the_first_page_leads_to_ten_tasks_and_to_four_kinds_of_pages(folder):
    text = (DOCS / folder / "index.rst").read_text("utf-8")
    head, _, _ = text.partition("code-block::")
    tasks = TASK.findall(head)
    assert len(set(tasks)) == 10
    assert [task for task in tasks if not (DOCS / folder / f"{task}.rst").is_file()] == []
    assert tasks == TASK.findall((DOCS / "index.rst").read_text("utf-8"))
    kinds = re.findall(r"^   \* - \*\*(.+)\*\*\n     - .*(?::doc:|:ref:)", head, re.MULTILINE)
    assert len(kinds) == 4


def test_the_page_on_a_further_language_says_how_many_texts_are_left(capsys):
    text = (DOCS / "maintain/language.rst").read_text("utf-8")
    (code,) = re.findall(r"code-block:: python\n\n((?:   .*\n|\n)+)", text)
    with hg.words.use("vi"):  # what the page chooses ends with it
        exec(textwrap.dedent(code), {})
    n_texts = len(hg.words.strings())
    assert capsys.readouterr().out.startswith(f"{n_texts} of {n_texts} texts")


@pytest.mark.parametrize(("folder", "million"), [("", "million"), ("vi", "triệu")])
def test_the_page_about_logs_gives_the_time_and_memory_that_were_measured(folder, million):
    runs = pd.read_csv(hg.study.current().path("benchmarks/scale.csv")).query("route == 'caselog'")
    longest = runs.loc[runs["rows"].idxmax()]
    with hg.words.use(folder or "en"):
        seconds = hg.words.number(longest["seconds"])
        gigabytes = hg.words.number(longest["peak_mb"] / 1000, decimals=1)
    text = " ".join((DOCS / folder / "howto/log.rst").read_text("utf-8").split())
    assert re.search(rf"{longest['rows'] // 10**6} {million}.{{1,12}} {seconds} ", text)
    assert f"{gigabytes} GB" in text

"""
The notebooks: each was run from top to bottom, and is an argument, not a program.

nbval holds every cell to its stored output, and lets a stripped notebook pass without a word.
"""

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest
from drawn_answers import HEADLINES, opened

from hganalysis import figure, study
from hganalysis.draw.answer import Answer, Picture
from hganalysis.publish import notebook, pages

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
TWINS = {name: sorted((NOTEBOOKS / name).glob("*.ipynb")) for name in study.LANGUAGES}
ALL_FILES = [file for files in TWINS.values() for file in files]
EACH = pytest.mark.parametrize(
    "file", ALL_FILES, ids=lambda file: f"{file.parent.name}-{file.stem}"
)

QUESTION = {"vi": "**Câu hỏi**", "en": "**Question**"}
LAST = {"vi": "## Những gì sổ tay này không cho thấy", "en": "## What this does not show"}
BLOCKS = (ast.FunctionDef, ast.ClassDef, ast.Lambda)
PROGRAM = (*BLOCKS, ast.For, ast.While, ast.comprehension)
PATH = re.compile(r"[/\\]|\.[a-z]{2,6}$")
# A place in memory, an id by lot: another one in every run. Or what Python writes, and no reader.
FLEETING = re.compile(r"\bat 0x[0-9a-f]{6,}|(?<![0-9a-f])(?!0{24})[0-9a-f]{32}(?![0-9a-f])")
RAW = re.compile(r"<t[dh][^>]*>(None|NaN|nan|NaT|True|False|[a-z]+(_[a-z0-9]+)+)</t[dh]>")


def read(file):
    return json.loads(file.read_text(encoding="utf-8"))


def text(of):
    return of if isinstance(of, str) else "".join(of)


def faults(book):
    """Name what is wrong in a notebook: not run in order, loud, a program, raw, or unframed."""
    cells = book["cells"]
    codes = [cell for cell in cells if cell["cell_type"] == "code"]
    for turn, cell in enumerate(codes, start=1):
        yield from (f"{cell['id']}: {fault}" for fault in wrong(cell, turn))
    if not any(cell["outputs"] for cell in codes):
        yield "nothing is shown"
    first = text(cells[0]["source"])
    last = text(cells[-1]["source"])
    languages = [language for language, mark in QUESTION.items() if mark in first]
    if len(languages) != 1:
        yield "no question at its start"
    elif not last.startswith(LAST[languages[0]]):
        yield "no limits at its end"
    if len({cell["id"] for cell in cells}) < len(cells):
        yield "two cells have one id"


def wrong(cell, turn):
    """Name what is wrong in a cell of code that was the so-manieth to run."""
    body = ast.parse(text(cell["source"])).body
    nodes = list(ast.walk(ast.Module(body, [])))
    parts = [node for node in nodes if isinstance(node, ast.Subscript)]
    children = [child for node in parts for child in ast.walk(node)]
    counted = [id(child) for child in children]
    constants = [node for node in nodes if isinstance(node, ast.Constant)]
    if cell["execution_count"] != turn:
        yield "not run in its turn"
    if body and isinstance(body[-1], ast.Expr) and not cell["outputs"]:
        yield "ends with a value, and shows nothing"
    if any(isinstance(node, PROGRAM) for node in nodes):
        yield "a function or a loop"
    for constant in constants:
        if isinstance(constant.value, str) and PATH.search(constant.value):
            yield f"a path: {constant.value}"
        if isinstance(constant.value, int | float) and id(constant) not in counted:
            yield f"a number: {constant.value}"
    for output in cell["outputs"]:
        contents = output.get("data", {}).values()
        shown = [output.get("text", ""), *contents]
        if output["output_type"] == "error" or output.get("name") == "stderr":
            yield "an error, or stderr"
        if "image/png" in output.get("data", {}):
            shown.remove(output["data"]["image/png"])
            if not output["metadata"].get("image/png", {}).get("alt"):
                yield "a picture without words"
        for shown_text in map(text, shown):
            if hit := FLEETING.search(shown_text) or RAW.search(shown_text):
                yield f"shows {hit[0]}"


@EACH
def test_a_notebook_was_run_and_is_an_argument(file):
    assert list(faults(read(file))) == []


@pytest.mark.parametrize("name", HEADLINES)
@pytest.mark.parametrize("file", [file for file in TWINS["en"] if file.stem[:2] in {"01", "02"}])
def test_a_report_shows_the_same_numbers_in_one_picture(drawn_studies, name, file):
    with opened(drawn_studies, name):
        book = notebook.without(notebook.read(file), notebook.unmet())
        shown = list(figures_of(book))
    assert shown
    assert sorted({*shown}) == sorted(shown)


def figures_of(book):
    """Run a notebook, and say of each picture that it shows what kind it is, and of what."""
    names = {}
    for cell in book.cells:
        if cell.cell_type != "code":
            continue
        *before, last = ast.parse(cell.source).body
        if not isinstance(last, ast.Expr):
            exec(cell.source, names)
            continue
        exec(compile(ast.Module(before, []), "cell", "exec"), names)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
        if isinstance(value, Answer):
            value = value.picture()
        if isinstance(value, Picture):
            panel, *_ = value.figure.panels
            kind = type(panel).__name__
            if isinstance(panel, figure.Map):
                kind = f"Map of {len(panel.places)}"
            elif isinstance(panel, figure.Slopes | figure.Courses):
                kind = "lines"
            label, *_ = value.figure.subtitle.split(", ")
            yield kind, label


PAIRS = list(zip(*TWINS.values(), strict=True))


@pytest.mark.parametrize(("vi", "en"), PAIRS, ids=str)
def test_twins_have_the_same_cells_in_two_languages(vi, en):
    assert vi.name == en.name
    pairs = zip(read(vi)["cells"], read(en)["cells"], strict=True)
    for mine, theirs in pairs:
        assert mine["id"] == theirs["id"]
        assert mine["metadata"].get("tags") == theirs["metadata"].get("tags")
        same = text(mine["source"]) == text(theirs["source"])
        assert same == (mine["cell_type"] == "code"), mine["id"]


@EACH
def test_a_text_with_blanks_is_seen_with_the_nouns_of_the_shipped_study(file):
    shipped = study.Study.open().written
    for cell in read(file)["cells"]:
        if text_with_blanks := cell["metadata"].get(notebook.NOUNS):
            seen = notebook.fill(text_with_blanks, shipped, language=file.parent.name)
            assert text(cell["source"]) == seen != text_with_blanks


def test_texts_are_told_in_the_nouns_of_another_study_unless_they_were_written_anew():
    """An address in a study is text in a report."""
    new = nbformat.v4.new_markdown_cell
    noun = "*https://example.org/a_b*"
    cell = new("Of all districts", metadata={"nouns": "Of all [districts]"})
    anew = new("Of both districts", metadata={"nouns": "Of [districts]"})
    written = study.Study.open().written.replace('"districts"', f'"{noun}"')
    with study.use(written=written):
        book = nbformat.v4.new_notebook(cells=[cell, anew])
        with_nouns = notebook.with_nouns(book)
        page = pages.report(with_nouns, title="x")
    assert f"<p>Of all {noun}</p>" in page
    assert "<p>Of both districts</p>" in page
    assert cell.source == "Of all districts"


def test_a_link_to_a_notebook_leads_to_its_page_where_there_is_a_plan_or_starts():
    for file in TWINS["en"][1:4]:
        pages_of = []
        for reasons in ({}, {"needs-plan-or-starts": ""}):
            lean = notebook.without(notebook.read(file), reasons)
            pages_of.append(pages.report(lean, title="x"))
        link = '<a href="06_what_teams_drive.html">report 06</a>'
        assert [page.count(link) for page in pages_of] == [1, 0]
        assert '.ipynb"' not in pages_of[0]


# --- the guard itself, on a notebook with one fault planted ---


def make_good_notebook():
    new = nbformat.v4
    shown = new.new_output("execute_result", {"text/plain": "2"}, execution_count=2)
    question = "# Where?\n\n**Question** Where is uptake high?"
    limits = "## What this does not show\n\nAnything."
    cells = [
        new.new_markdown_cell(question, id="a"),
        new.new_code_cell("import hganalysis as hg", execution_count=1, id="b"),
        new.new_code_cell("hg.reported()", execution_count=2, outputs=[shown], id="c"),
        new.new_markdown_cell(limits, id="d"),
    ]
    return json.loads(nbformat.writes(new.new_notebook(cells=cells)))


def shows(**output):
    return {"outputs": [{"output_type": "display_data", "metadata": {}, **output}]}


PLANTED = [
    (2, {"execution_count": None}),
    (2, {"outputs": []}),
    (2, {"source": "def shown():\n    return hg"}),
    (2, {"source": 'hg.keep("data/reports.csv")'}),
    (2, {"source": 'hg.uptake("app_users", 2023)'}),
    (2, shows(name="stderr", text="late", output_type="stream")),
    (2, shows(data={"image/png": "iVBO", "text/plain": "a map"})),
    (2, shows(data={"text/plain": "<hg.Map at 0x7f0d14e5c610>"})),
    (2, shows(data={"text/html": "<td>NaN</td>"})),
    (0, {"source": "# Where?"}),
    (3, {"source": "## The end"}),
    (1, {"id": "c"}),
]


@pytest.mark.parametrize(
    ("cell", "fault"),
    PLANTED,
)
def test_guard_sees_a_planted_fault(cell, fault):
    assert list(faults(make_good_notebook())) == []
    bad = make_good_notebook()
    bad["cells"][cell] |= fault
    assert list(faults(bad))

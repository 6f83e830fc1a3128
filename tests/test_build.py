"""Build tiny notebooks: the same bytes every time, kept things as they should be, refusals."""

import base64
import io
import json
import re

import nbformat
import pandas as pd
import pytest
from shell import ALONE, run, start, tree, write

import hganalysis as hg
from hganalysis.draw.picture import OUT, csv
from hganalysis.publish import notebook, report

GOOD = [
    ("markdown", "# Ấp & tổ\n\n**Question** Does it build?"),
    ("code", "import pandas as pd\n\nimport hganalysis as hg"),
    ("code", "import os\n\nprint('Hậu Giang')\nprint(os.environ['HGANALYSIS_LANG'])"),
    ("code", "where = hg.uptake('app_users', 2023)\nwhere.map().keep('a-map')"),
    ("code", "hg.keep(pd.DataFrame({'teams': [525]}), 'a-table')"),
    ("code", "hash('a'), len({'a', 'b', 'c'}), list({'a', 'b', 'c'})"),
    ("markdown", "## What this does not show\n\nAnything."),
]


def build(folder, *arguments):
    return run(folder, "build", *ALONE, *arguments)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build two notebooks, then again elsewhere in the world: both trees, and what was said."""
    folder = tmp_path_factory.mktemp("build")
    write(folder, "00_first.ipynb", GOOD)
    write(folder, "01_second.ipynb", [("markdown", "# Second"), ("code", "1 + 1")])
    done = start(folder, "build", *ALONE)
    assert done.returncode == 0, done.stderr
    first = tree(folder)
    again = start(
        folder,
        "build",
        *ALONE,
        TZ="Asia/Ho_Chi_Minh",
        LC_ALL="C",
        LANG="vi_VN.UTF-8",
        PYTHONHASHSEED="7",
        PYTHONWARNINGS="ignore",
        OMP_NUM_THREADS="2",
    )
    assert again.returncode == 0, again.stderr
    return folder, first, tree(folder), done.stdout


# --- the same bytes ---


def test_a_rebuild_gives_the_same_bytes_elsewhere_in_the_world(built):
    _, first, again, _ = built
    assert list(first) == list(again)
    assert [name for name in first if first[name] != again[name]] == []


def test_outputs_are_what_was_kept_and_a_report_of_each(built):
    _, first, _, _ = built
    sizes = [
        f"a-map-{width}.{kind}" for width in ("slide", "page", "column") for kind in ("png", "svg")
    ]
    figures = ["a-map.json", *sizes, *(f"thumb-{at}.svg" for at in (1, 2, 3))]
    pages = ["00_first.html", "01_second.html", "index.html", "figures.zip", "tables.xlsx"]
    wanted = [".hganalysis", *pages, *(f"figures/{one}" for one in figures)]
    found = {name.removeprefix("outputs/") for name in first if name.startswith("outputs/")}
    assert found == set(wanted)


def test_notebooks_are_written_as_jupyterlab_would(built):
    _, first, _, _ = built
    text = first["notebooks/00_first.ipynb"].decode("utf-8")
    saved = json.loads(text)
    assert text == json.dumps(saved, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    assert "Hậu Giang" in text
    assert saved["metadata"]["kernelspec"] == notebook.KERNEL
    assert saved["metadata"]["language_info"]["name"] == "python"
    assert "version" not in saved["metadata"]["language_info"]
    assert {json.dumps(cell["metadata"]) for cell in saved["cells"]} == {"{}"}
    counts = [cell["execution_count"] for cell in saved["cells"] if cell["cell_type"] == "code"]
    assert counts == list(range(1, 6))


def test_reports_say_on_top_what_is_invented_and_each_picture_to_whoever_hears_it(built):
    page = built[1]["outputs/00_first.html"].decode("utf-8")
    alt = hg.uptake("app_users", 2023).map().figure.alt
    assert re.search(r'<header class="banner"><b>SỐ LIỆU MÔ PHỎNG</b></header>', page)
    assert f'alt="{alt}"' in page
    source = r'<source media="\(max-width: 700px\)" srcset="data:image/svg\+xml;base64,([^"]+)">'
    narrow = base64.b64decode(re.search(source, page)[1])
    assert narrow == built[1]["outputs/figures/a-map-column.svg"]


# --- another folder or language: the originals are left alone ---


def test_what_stands_in_an_alt_text_is_no_markup():
    data = {"image/png": "iVBORw0KGgo=", "text/plain": "x"}
    told = {"image/png": {"alt": '5 "<b>"'}}
    outputs = [nbformat.v4.new_output("display_data", data, metadata=told)]
    cells = [nbformat.v4.new_code_cell("x", outputs=outputs)]
    page = report.report(nbformat.v4.new_notebook(cells=cells), title="x")
    assert "alt='5 \"&lt;b&gt;\"'" in page or 'alt="5 &quot;&lt;b&gt;&quot;"' in page


@pytest.mark.parametrize("arguments", [("--out", "elsewhere"), ("--lang", "en"), ()])
def test_another_folder_or_language_leaves_the_notebooks_alone(tmp_path, arguments, monkeypatch):
    if not arguments:  # the language that the environment names
        monkeypatch.setenv("HGANALYSIS_LANG", "en")
    write(tmp_path, "00_first.ipynb", GOOD[:3])
    before = tree(tmp_path / "notebooks")
    done = build(tmp_path, *arguments)
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "notebooks") == before
    out = tmp_path / ("elsewhere" if "--out" in arguments else "outputs")
    copy = (out / "notebooks" / "00_first.ipynb").read_text(encoding="utf-8")
    assert f'"{"vi" if "--out" in arguments else "en"}\\n"' in copy


def test_a_folder_with_other_files_is_not_emptied(tmp_path):
    write(tmp_path, "00_first.ipynb", GOOD[:2])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.html").write_text("years of work", encoding="utf-8")
    for language, said in (("vi", "không do hganalysis build ghi"), ("en", "that no build wrote")):
        done = build(tmp_path, "--out", "mine", "--lang", language)
        assert (done.returncode, said in done.stderr) == (1, True)
    assert tree(tmp_path / "mine") == {"thesis.html": b"years of work"}


def test_what_an_earlier_build_wrote_is_replaced(tmp_path):
    file = write(tmp_path, "00_first.ipynb", [GOOD[1], GOOD[4]])
    assert build(tmp_path).returncode == 0
    assert "tables.xlsx" in tree(tmp_path / "outputs")
    file.unlink()
    write(tmp_path, "01_other.ipynb", GOOD[:2])
    assert build(tmp_path).returncode == 0
    left = {name for name in tree(tmp_path / "outputs") if not name.startswith("figures")}
    assert left == {".hganalysis", "01_other.html", "index.html"}


def test_a_build_of_everything_has_deck_and_atlas_and_the_licence(tmp_path):
    write(tmp_path, "00_first.ipynb", GOOD[:2])
    study = ["--study", "kenya_2019", "--out", str(tmp_path / "out")]
    done = run(tmp_path, "build", *ALONE[1:], *study)
    assert done.returncode == 0, done.stderr
    names = set(tree(tmp_path / "out"))
    assert names >= {"atlas.html", "slides.pptx", "LICENSE.txt", "index.html"}
    index = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert all(f'href="{one}"' in index for one in ("atlas.html", "slides.pptx", "LICENSE.txt"))


# --- refusals: one message, no traceback, a status ---


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import warnings\nwarnings.warn('odd')", "It wrote to stderr"),
        ("import sys\nprint('odd', file=sys.stderr)", "It wrote to stderr"),
        ("import os\nos._exit(1)", "The kernel died"),
        ("_ = hg.keep(frame, 'x')\nhg.keep(frame, 'x')", "'x' was kept before"),
    ],
)
def test_a_bad_cell_stops_the_build_and_is_named(tmp_path, cell, said):
    start = "import pandas as pd\n\nimport hganalysis as hg\n\nframe = pd.DataFrame({'a': [1]})"
    file = write(tmp_path, "03_bad.ipynb", [("markdown", "# Bad"), ("code", start), ("code", cell)])
    before = file.read_bytes()
    done = build(tmp_path)
    assert done.returncode == 1
    assert "03_bad.ipynb stops at cell 3 of 3:" in done.stderr
    assert f"  | {cell.splitlines()[0]}" in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_bytes() == before
    assert not (tmp_path / "outputs" / "index.html").exists()


def test_a_folder_without_notebooks_is_said(tmp_path):
    done = start(tmp_path, "build", *ALONE)
    assert done.returncode == 1
    assert "There is no notebook in" in done.stderr
    assert "--notebooks FOLDER" in done.stderr


@pytest.mark.parametrize("content", ["", "[]", '{"cells": []}', "not json"])
def test_a_file_that_is_no_notebook_is_said(tmp_path, content):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00_first.ipynb").write_text(content, encoding="utf-8")
    done = build(tmp_path)
    assert done.returncode == 1
    assert "00_first.ipynb is no Jupyter notebook" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_language_that_is_not_spoken_is_said(tmp_path):
    write(tmp_path, "00_first.ipynb", GOOD[:1])
    done = build(tmp_path, "--lang", "fr")
    assert done.returncode == 1
    assert "expected one of vi, en" in done.stderr


SAID = {
    "template": (["form.xlsx"], "The template is here"),
    "check": (["nowhere.xlsx"], "There is no file"),
    "verify": (["note.txt"], "carries no digest"),
    "slides": (["note.txt"], "Not written over"),
    "atlas": (["note.html"], "Not written over"),
    "counts": (["log.csv", "--table", "note.csv"], "Not written over"),
}


@pytest.mark.parametrize("command", SAID)
def test_every_command_speaks_the_language_of_the_environment(command, tmp_path, monkeypatch):
    typed, said = SAID[command]
    for kind in ("txt", "html", "csv"):
        (tmp_path / f"note.{kind}").write_text("mine", encoding="utf-8")
    monkeypatch.setenv("HGANALYSIS_LANG", "en")
    done = run(tmp_path, command, *typed)
    assert said in done.stdout + done.stderr
    (tmp_path / "form.xlsx").unlink(missing_ok=True)
    done = run(tmp_path, command, *typed, "--lang", "vi")  # what is typed comes first
    assert said not in done.stdout + done.stderr


def test_cells_without_an_id_get_one_that_stays(tmp_path):
    file = write(tmp_path, "00_first.ipynb", GOOD[:2])
    bare = json.loads(file.read_text(encoding="utf-8"))
    for cell in bare["cells"]:
        del cell["id"]
    file.write_text(json.dumps({**bare, "nbformat_minor": 4}), encoding="utf-8")
    assert [cell.id for cell in notebook.read(file).cells] == ["cell-00", "cell-01"]


# --- keep ---


@pytest.fixture
def out(tmp_path, monkeypatch):
    """Pretend that a build is running."""
    monkeypatch.setenv(OUT, str(tmp_path))
    return tmp_path


def test_outside_of_a_build_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv(OUT, raising=False)
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"a": [1]})
    assert hg.keep(frame, "a") is frame
    assert hg.keep(frame, "a") is frame
    assert tree(tmp_path) == {}


def test_the_last_digit_of_a_number_is_not_kept():
    frame = pd.DataFrame({"share": [0.1 + 0.2], "count": [733017]})
    assert csv(frame).decode("utf-8-sig") == "share,count\n0.3,733017\n"
    exact = pd.DataFrame({"share": [0.123456789012]})
    assert csv(exact).decode("utf-8-sig") == "share\n0.123456789012\n"


def test_behind_the_code_of_a_place_stands_its_name(out):
    hg.keep(pd.DataFrame({"code": ["930"], "share": [0.5]}), "a")
    text = (out / "tables" / "a.csv").read_text("utf-8-sig")
    assert text == "code,name,share\n930,Thành phố Vị Thanh,0.5\n"
    assert csv(pd.DataFrame({"a": [1, 2]})).decode("utf-8-sig") == "a\n1\n2\n"


def test_what_a_spreadsheet_would_run_is_made_harmless():
    bad = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]
    frame = pd.DataFrame({"=head": bad, "number": [-1.5, 1, 2, 3, 4, 5, 6]})
    frame.index = pd.Index(["-a", *"bcdefg"], name="@code")
    plain = csv(frame).decode("utf-8-sig")
    back = pd.read_csv(io.StringIO(plain, newline=""), lineterminator="\n")
    assert list(back.columns) == ["'@code", "'=head", "number"]
    assert back["'=head"].str.startswith("'").all()
    assert back["'@code"].tolist() == ["'-a", *"bcdefg"]
    assert back["number"].tolist() == [-1.5, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("name", ["", "A", "a b", "../a", "a/b", "a.b", "ấp", "a_b", "a\n"])
def test_a_name_that_is_no_file_everywhere_is_refused(out, name):
    with pytest.raises(ValueError, match="small letters a to z, digits and hyphens"):
        hg.keep(pd.DataFrame({"a": [1]}), name)
    assert tree(out) == {}


def test_a_name_is_taken_once(out):
    frame = pd.DataFrame({"a": [1]})
    hg.keep(frame, "a")
    with pytest.raises(ValueError, match=r"'a' was kept before in this build \(a.csv\)"):
        hg.keep(frame, "a")
    assert len(tree(out)) == 1


@pytest.mark.parametrize("thing", [[1], "a", 1, None])
def test_other_things_cannot_be_kept(out, thing):
    with pytest.raises(TypeError, match=f"cannot keep a {type(thing).__name__}"):
        hg.keep(thing, "a")
    assert tree(out) == {}

"""Build tiny notebooks: the same bytes every time, kept things as they should be, refusals."""

import base64
import io
import json
import os
import re
import struct
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest

from hganalysis import build, maps, words
from hganalysis.build import command, notebook, report, tables
from hganalysis.build import index as lead
from hganalysis.render import results

GOOD = [
    ("markdown", "# Ấp & tổ\n\n**Question** Does it build?"),
    ("code", "import pandas as pd\n\nimport hganalysis as hg"),
    ("code", "import os\n\nprint('Hậu Giang')\nprint(os.environ['HGANALYSIS_LANG'])"),
    ("code", "figure, axes = hg.maps.sheet(title='Ấp')\n_ = axes[0].plot([0, 1], [0, 1])"),
    ("code", "hg.build.keep(hg.maps.finish(figure, source='GSO', as_of='2019'), 'a-map')"),
    ("code", "hg.build.keep(hg.maps.WebMap('', '<title>Ấp &lt; xã</title>', 0), 'a-page')"),
    ("code", "hg.build.keep(pd.DataFrame({'teams': [525]}), 'a-table')"),
    ("code", "hash('a'), len({'a', 'b', 'c'}), list({'a', 'b', 'c'})"),
    ("markdown", "## What this does not show\n\nAnything."),
]


def write(folder, name, cells):
    """Write a notebook of (kind, source), as it was typed: unrun."""
    file = folder / "notebooks" / name
    file.parent.mkdir(exist_ok=True)
    new = {
        "code": nbformat.v4.new_code_cell,
        "markdown": nbformat.v4.new_markdown_cell,
    }
    left = {"collapsed": False}  # what editors leave behind
    made = [new[kind](source, id=f"c{n}", metadata=left) for n, (kind, source) in enumerate(cells)]
    nbformat.write(nbformat.v4.new_notebook(cells=made), file)
    return file


# Deck and atlas have tests of their own: a build of two cells need not write them each time.
ALONE = ["--notebooks-only", "--notebooks", "notebooks"]
MAIN = f"import sys; from hganalysis.build import main; sys.argv += {ALONE}; main()"


def start(folder, *arguments, **variables):
    """Run a build in a process of its own, as a shell does."""
    return subprocess.run(
        [sys.executable, "-c", MAIN, "build", *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def run(folder, *arguments):
    """Run the command line in a folder, in this process: its status, and what it says."""
    said, wrong, status = io.StringIO(), io.StringIO(), 0
    more = ALONE if arguments[0] == "build" else []
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(wrong):
        patch.chdir(folder)
        patch.setenv("COLUMNS", "200")
        patch.setattr(sys, "argv", ["hganalysis", *arguments, *more])
        try:
            command.run_command()
        except SystemExit as ended:
            status = ended.code
    return SimpleNamespace(returncode=status, stdout=said.getvalue(), stderr=wrong.getvalue())


def tree(folder):
    """Read every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build two notebooks, then again elsewhere in the world: both trees, and what was said."""
    folder = tmp_path_factory.mktemp("build")
    write(folder, "00_first.ipynb", GOOD)
    write(folder, "01_second.ipynb", [("markdown", "# Second"), ("code", "1 + 1")])
    done = start(folder)
    assert done.returncode == 0, done.stderr
    first = tree(folder)
    again = start(
        folder,
        TZ="Asia/Ho_Chi_Minh",
        LC_ALL="C",
        LANG="vi_VN.UTF-8",
        PYTHONHASHSEED="7",
        PYTHONWARNINGS="ignore",
        HGANALYSIS_LANG="en",
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
    assert sorted(name for name in first if name.startswith("outputs/")) == [
        "outputs/.hganalysis",
        "outputs/00_first.html",
        "outputs/01_second.html",
        "outputs/figures/a-map.png",
        "outputs/figures/a-map.svg",
        "outputs/index.html",
        "outputs/tables/a-table.csv",
        "outputs/web/a-page.html",
    ]


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
    assert counts == list(range(1, 8))


def test_output_is_of_the_language_asked_for_not_of_the_users_own(built):
    _, _, again, _ = built
    assert "Hậu Giang\\nvi\\n".encode() in again["notebooks/00_first.ipynb"].replace(
        b'",\n      "', b""
    )


def test_a_build_shows_its_progress_and_where_the_results_are(built):
    folder, _, _, said = built
    assert "00_first" in said
    assert "9/9" in said
    assert said.rstrip().endswith(str(folder / "outputs" / "index.html"))


def test_pictures_are_the_size_of_a_projector(built):
    _, first, _, _ = built
    assert size(first["outputs/figures/a-map.png"]) == (1920, 1080)
    assert b"<dc:date>" not in first["outputs/figures/a-map.svg"]
    [shown] = [
        output["data"]["image/png"]
        for cell in json.loads(first["notebooks/00_first.ipynb"])["cells"]
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert size(base64.b64decode(shown)) == (1152, 648)


def size(png):
    """Read width and height of a PNG."""
    return struct.unpack(">II", png[16:24])


def test_index_leads_to_everything(built):
    folder, first, _, _ = built
    index = first["outputs/index.html"].decode("utf-8")
    for name in first:
        if name.startswith("outputs/") and not name.endswith((".hganalysis", "index.html")):
            assert f'"{name.removeprefix("outputs/")}"' in index
    assert "Ấp &amp; tổ" in index
    assert ">Ấp &lt; xã</a>" in index
    card = re.search(r"<li>(?:(?!</li>).)*figures/a-map.png(?:(?!</li>).)*</li>", index, re.DOTALL)[
        0
    ]
    assert "<p>Ấp</p>" in card  # its title, not its file name
    assert '<a href="figures/a-map.svg">SVG</a>' in card
    assert 'alt="Ấp"' in index
    assert '<html lang="vi">' in index
    assert (folder / "outputs" / "index.html").is_file()


# --- another folder or language: the originals are left alone ---


def test_tables_have_names_in_the_language_of_the_page(tmp_path):
    for name in ("tables/ladder.csv", "tables/map.csv", "tables/own.csv", "figures/map.svg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("<svg><title>Ấp &amp; tổ</title></svg>", encoding="utf-8")
    for language, said in (("vi", "Các cách ước lượng"), ("en", "Ways to estimate")):
        with words.use(language):
            kept = {"x.html": [*(tmp_path / "tables").glob("*")]}
            index = lead.index(tmp_path, reports={"x.html": "x"}, kept=kept)
            assert f'<a href="tables/ladder.csv">{said}' in index
            assert '<a href="tables/map.csv">Ấp &amp; tổ</a>' in index  # of its picture
            assert '<a href="tables/own.csv">own</a>' in index


def test_numbers_of_a_table_stand_at_the_right_and_names_never_do():
    row = "<tr><th>{}</th><td>{}</td><td>{}</td></tr>"
    rows = [row.format("2022", "1,2 (0,9–1,6)", "a text"), row.format("2023", "–", "b")]
    page = f'<table border="1" class="dataframe"><tbody>{"".join(rows)}</tbody></table>'
    shown = tables.readable(page)
    assert shown.count('<td class="number">') == 2
    assert '<td class="number">1,2' in shown
    assert "<th><span>2022</span></th>" in shown


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_picture_on_a_phone_keeps_its_banner_in_sight(language):
    """It is wider than the screen: its own banner may be off it."""
    with words.use(language):
        data = {"image/png": "iVBORw0KGgo=", "text/plain": "x"}
        told = [f"{words.term('words.simulated')}. X", "Y"]
        outputs = [
            nbformat.v4.new_output("display_data", data, metadata={"image/png": {"alt": one}})
            for one in told
        ]
        cells = [nbformat.v4.new_code_cell("x", outputs=outputs)]
        page = report.report(nbformat.v4.new_notebook(cells=cells), title="x")
        first, second = re.findall(r'<div class="jp-RenderedImage.*?</div>', page, re.DOTALL)
        assert f'<strong class="banner" aria-hidden="true">{words.term("words.simulated")}' in first
        assert "banner" not in second


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_report_does_not_say_what_to_do_in_a_notebook(language):
    with words.use(language):
        shown = maps.WebMap("x", "<title>x</title>", 0)._repr_html_()
        output = nbformat.v4.new_output("display_data", {"text/html": shown})
        cell = nbformat.v4.new_code_cell("x", outputs=[output])
        page = report.report(nbformat.v4.new_notebook(cells=[cell]), title="x")
        assert "jupyter trust" in shown
        assert "jupyter trust" not in page
        assert "<iframe" in page


def test_a_report_says_each_picture_to_whoever_hears_it():
    data = {"image/png": "iVBORw0KGgo=", "text/plain": "x"}
    told = {"image/png": {"alt": '5 "<b>"', "title": "5 < 6", "subtitle": "out of 7"}}
    outputs = [nbformat.v4.new_output("display_data", data, metadata=one) for one in (told, {})]
    cells = [nbformat.v4.new_code_cell("x", outputs=outputs)]
    page = report.report(nbformat.v4.new_notebook(cells=cells), title="x")
    first, second = re.findall(r"<img[^>]*>", page)
    assert first.startswith("<img alt='5 \"&lt;b&gt;\"'")
    # on a phone it is wider than the screen: what it finds is read above it
    finding = '<p aria-hidden="true" class="finding"><b>5 &lt; 6</b> out of 7</p>'
    assert page.count('class="finding"') == page.count(f"{finding}<img ") == 1
    assert "No description" in second


@pytest.mark.parametrize("arguments", [("--out", "elsewhere"), ("--lang", "en")])
def test_another_folder_or_language_leaves_the_notebooks_alone(tmp_path, arguments):
    write(tmp_path, "00_first.ipynb", GOOD[:3])
    before = tree(tmp_path / "notebooks")
    done = run(tmp_path, "build", *arguments)
    assert done.returncode == 0, done.stderr
    assert tree(tmp_path / "notebooks") == before
    out = tmp_path / ("elsewhere" if "--out" in arguments else "outputs")
    copy = (out / "notebooks" / "00_first.ipynb").read_text(encoding="utf-8")
    assert f'"{"en" if "en" in arguments else "vi"}\\n"' in copy


def test_what_is_written_besides_is_linked_and_replaced(tmp_path):
    write(tmp_path, "00_first.ipynb", [("markdown", "# First")])

    def leaf(out):
        (out / "deck.pptx").write_bytes(b"deck")
        return out / "deck.pptx"

    index = build.build(tmp_path / "notebooks", leaves=[leaf])
    assert '<a href="deck.pptx">deck.pptx</a> <small>Bài' in index.read_text(encoding="utf-8")
    build.build(tmp_path / "notebooks")
    assert not (tmp_path / "outputs" / "deck.pptx").exists()


def test_a_deck_that_cannot_be_filled_is_left_out_and_said(tmp_path, monkeypatch, capsys):
    def write(*_):
        msg = "there is nothing to show"
        raise ValueError(msg)

    monkeypatch.setattr(command.slides, "write", write)
    assert command.write_deck(tmp_path) is None
    assert "slides.pptx: there is nothing to show" in capsys.readouterr().err
    leaves = command.write_answers, command.write_atlas, command.write_deck, command.write_licence
    assert leaves == command.LEAVES


def test_a_folder_with_other_files_is_not_emptied(tmp_path):
    write(tmp_path, "00_first.ipynb", GOOD[:2])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.html").write_text("years of work", encoding="utf-8")
    done = run(tmp_path, "build", "--out", "mine")
    assert done.returncode == 1
    assert "holds files that no build wrote" in done.stderr
    assert tree(tmp_path / "mine") == {"thesis.html": b"years of work"}


def test_what_an_earlier_build_wrote_is_replaced(tmp_path):
    file = write(tmp_path, "00_first.ipynb", [GOOD[1], GOOD[6]])
    assert run(tmp_path, "build").returncode == 0
    assert "tables/a-table.csv" in tree(tmp_path / "outputs")
    file.unlink()
    write(tmp_path, "01_other.ipynb", GOOD[:2])
    assert run(tmp_path, "build").returncode == 0
    assert sorted(tree(tmp_path / "outputs")) == [".hganalysis", "01_other.html", "index.html"]


# --- refusals: one message, no traceback, a status ---


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import warnings\nwarnings.warn('odd')", "It wrote to stderr"),
        ("import sys\nprint('odd', file=sys.stderr)", "It wrote to stderr"),
        ("import os\nos._exit(1)", "The kernel died"),
        ("_ = hg.build.keep(frame, 'x')\nhg.build.keep(frame, 'x')", "'x' was kept before"),
    ],
)
def test_a_bad_cell_stops_the_build_and_is_named(tmp_path, cell, said):
    start = "import pandas as pd\n\nimport hganalysis as hg\n\nframe = pd.DataFrame({'a': [1]})"
    file = write(tmp_path, "03_bad.ipynb", [("markdown", "# Bad"), ("code", start), ("code", cell)])
    before = file.read_bytes()
    done = run(tmp_path, "build")
    assert done.returncode == 1
    assert "03_bad.ipynb stops at cell 3 of 3:" in done.stderr
    assert f"  | {cell.splitlines()[0]}" in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_bytes() == before
    assert not (tmp_path / "outputs" / "index.html").exists()


def test_a_report_that_needs_the_network_stops_the_build(tmp_path):
    picture = "![a map](https://example.org/map.png)"
    write(tmp_path, "00_first.ipynb", [("markdown", f"# First\n\n{picture}")])
    done = run(tmp_path, "build")
    assert done.returncode == 1
    assert "would ask the network for 1 things" in done.stderr
    assert "https://example.org/map.png" in done.stderr


def test_a_folder_without_notebooks_is_said(tmp_path):
    done = start(tmp_path)
    assert done.returncode == 1
    assert "There is no notebook in" in done.stderr
    assert "--notebooks FOLDER" in done.stderr


@pytest.mark.parametrize("content", ["", "[]", '{"cells": []}', "not json"])
def test_a_file_that_is_no_notebook_is_said(tmp_path, content):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "00_first.ipynb").write_text(content, encoding="utf-8")
    done = run(tmp_path, "build")
    assert done.returncode == 1
    assert "00_first.ipynb is no Jupyter notebook" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_language_that_is_not_spoken_is_said(tmp_path):
    write(tmp_path, "00_first.ipynb", GOOD[:1])
    done = run(tmp_path, "build", "--lang", "fr")
    assert done.returncode == 1
    assert "expected one of vi, en" in done.stderr


def test_command_line_tells_its_version_and_its_commands(tmp_path):
    assert run(tmp_path, "--version").stdout.startswith("hganalysis 0.")
    assert "build" in run(tmp_path, "--help").stdout


def test_cells_without_an_id_get_one_that_stays(tmp_path):
    file = write(tmp_path, "00_first.ipynb", GOOD[:2])
    bare = json.loads(file.read_text(encoding="utf-8"))
    for cell in bare["cells"]:
        del cell["id"]
    file.write_text(json.dumps({**bare, "nbformat_minor": 4}), encoding="utf-8")
    assert [cell.id for cell in notebook.read(file).cells] == ["cell-00", "cell-01"]


# --- keep ---


def page():
    return maps.WebMap("Ấp", "<p>Ấp</p>", 0)


@pytest.fixture
def out(tmp_path, monkeypatch):
    """Pretend that a build is running."""
    monkeypatch.setenv(results.OUT, str(tmp_path))
    return tmp_path


def test_outside_of_a_build_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv(results.OUT, raising=False)
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"a": [1]})
    assert build.keep(frame, "a") is frame
    assert build.keep(frame, "a") is frame
    assert tree(tmp_path) == {}


def test_a_web_map_is_kept_as_it_is(out):
    kept = page()
    assert build.keep(kept, "ap-1") is kept
    assert tree(out) == {"web/ap-1.html": "<p>Ấp</p>".encode()}


def test_a_table_is_kept_for_a_spreadsheet(out):
    frame = pd.DataFrame({"name_vi": ["Vị Thanh"], "share": [0.505]}, index=["930"])
    build.keep(frame.rename_axis("code"), "a")
    text = (out / "tables" / "a.csv").read_bytes()
    assert text == "\ufeffcode,name_vi,share\n930,Vị Thanh,0.505\n".encode()


def test_the_last_digit_of_a_number_is_not_kept():
    frame = pd.DataFrame({"share": [0.1 + 0.2], "count": [733017]})
    assert results.csv(frame).decode("utf-8-sig") == "share,count\n0.3,733017\n"
    exact = pd.DataFrame({"share": [0.123456789012]})
    assert results.csv(exact).decode("utf-8-sig") == "share\n0.123456789012\n"


def test_behind_the_code_of_a_place_stands_its_name(out):
    frame = pd.DataFrame({"code": ["930"], "left_out": ["932"], "share": [0.5]})
    build.keep(frame, "a")
    text = (out / "tables" / "a.csv").read_text("utf-8-sig")
    names = "code,name,left_out,left_out_name,share"
    assert text == f"{names}\n930,Thành phố Vị Thanh,932,Huyện Châu Thành A,0.5\n"
    assert results.csv(pd.DataFrame({"code": ["x1"]})).decode("utf-8-sig") == "code\nx1\n"
    named = pd.DataFrame({"code": ["930"], "name_vi": ["a"]})
    assert results.csv(named).decode("utf-8-sig") == "code,name_vi\n930,a\n"


def test_an_index_without_a_name_is_not_written(out):
    build.keep(pd.DataFrame({"a": [1, 2]}), "a")
    assert (out / "tables" / "a.csv").read_text(encoding="utf-8-sig") == "a\n1\n2\n"


def test_what_a_spreadsheet_would_run_is_made_harmless():
    bad = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]
    frame = pd.DataFrame({"=head": bad, "number": [-1.5, 1, 2, 3, 4, 5, 6]})
    frame.index = pd.Index(["-a", *"bcdefg"], name="@code")
    plain = results.csv(frame).decode("utf-8-sig")
    back = pd.read_csv(io.StringIO(plain, newline=""), lineterminator="\n")
    assert list(back.columns) == ["'@code", "'=head", "number"]
    assert back["'=head"].str.startswith("'").all()
    assert back["'@code"].tolist() == ["'-a", *"bcdefg"]
    assert back["number"].tolist() == [-1.5, 1, 2, 3, 4, 5, 6]


def test_harmless_text_and_outlines_in_a_table():
    import geopandas as gpd

    frame = gpd.GeoDataFrame({"name": ["1-2", "a=b"]}, geometry=gpd.points_from_xy([1, 2], [1, 2]))
    assert results.csv(frame).decode("utf-8-sig") == "name\n1-2\na=b\n"


def test_the_table_is_left_alone(out):
    frame = pd.DataFrame({"a": ["=1"]}, index=pd.Index(["x"], name="code"))
    before = frame.copy()
    build.keep(frame, "a")
    pd.testing.assert_frame_equal(frame, before)
    assert out.exists()


@pytest.mark.parametrize("name", ["", "A", "a b", "../a", "a/b", "a.b", "ấp", "a_b", "a\n"])
def test_a_name_that_is_no_file_everywhere_is_refused(out, name):
    with pytest.raises(ValueError, match="small letters a to z, digits and hyphens"):
        build.keep(page(), name)
    assert tree(out) == {}


def test_a_name_is_taken_once(out):
    build.keep(page(), "a")
    build.keep(pd.DataFrame({"a": [1]}), "a")  # another kind lies elsewhere
    with pytest.raises(ValueError, match=r"'a' was kept before in this build \(a.html\)"):
        build.keep(page(), "a")
    assert len(tree(out)) == 2


@pytest.mark.parametrize("thing", [[1], "a", 1, None])
def test_other_things_cannot_be_kept(out, thing):
    with pytest.raises(TypeError, match=f"cannot keep a {type(thing).__name__}"):
        build.keep(thing, "a")
    assert tree(out) == {}


# --- what a page asks the network for ---


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://example.org/a.js"></script>',
        '<link href="//example.org/a.css">',
        '<img srcset="http://example.org/a.png 2x">',
        "<style>@import 'https://example.org/a.css';</style>",
        "<style>a { background: url(//example.org/a.png) }</style>",
        '<p style="background: url(&quot;http://example.org/a.png&quot;)">',
        '<script type="module">import x from "https://example.org/a.js"</script>',
        "<script>fetch('https://example.org/a.json')</script>",
        "<iframe srcdoc='&lt;img src=&quot;https://example.org/a.png&quot;>'></iframe>",
        "<iframe srcdoc='<script src=\"https://example.org/a.js\"></script>'></iframe>",
        '<svg><image xlink:href="https://example.org/a.png"/></svg>',
    ],
)
def test_a_request_is_found(page):
    assert len(report.requests(f"<html><body>{page}</body></html>")) == 1


@pytest.mark.parametrize(
    "page",
    [
        '<a href="https://example.org">read</a>',
        '<img src="data:image/png;base64,AAAA">',
        '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
        "<p>see https://example.org</p>",
        "<script>const namespace = 'http://www.w3.org/2000/svg'</script>",
        '<img src="figures/a.png">',
    ],
)
def test_what_asks_for_nothing_is_not_found(page):
    assert report.requests(page) == []


def test_every_text_of_the_build_is_in_both_languages():
    keys = [key for key in words.strings() if key.startswith("build.")]
    assert keys
    assert all(set(words.strings()[key]) == {"vi", "en"} for key in keys)

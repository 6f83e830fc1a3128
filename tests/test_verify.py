"""Do these data give this picture? Yes, no, or unknown: and nothing hidden is told by asking."""

import shutil
import zipfile

import nbformat
import pandas as pd
import pptx
import pytest
from PIL import Image
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import frames, sources, suppress, words
from hganalysis.cli import app
from hganalysis.publish import folders, verify
from hganalysis.publish.own import write


def made(folder, year=2023):
    """Write one picture in every kind of file."""
    folder.mkdir(parents=True, exist_ok=True)
    picture, deck = hg.uptake("app_users", year).map(), pptx.Presentation()
    files = [picture.save(folder / f"map.{kind}") for kind in ("png", "svg", "pdf")]
    picture.web().save(folder / "map.html")
    picture.slide(deck)
    deck.save(folder / "map.pptx")
    return [*files, folder / "map.html", folder / "map.pptx"]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    made(folder / "figures")
    verify.record(folder)
    return folder


def run(file, out, *more):
    """Give the status of the command, and what it says."""
    done = CliRunner().invoke(app, ["verify", str(file), "--out", str(out), "--lang", "en", *more])
    return done.exit_code, " ".join(done.output.split())


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "html", "pptx"])
def test_what_these_data_give_is_the_same_wherever_it_was_since(out, tmp_path, kind):
    sent = shutil.copy(out / "figures" / f"map.{kind}", tmp_path / f"sent.{kind}")
    status, said = run(sent, out)
    assert (status, said.split(":")[0]) == (0, "SAME"), said
    assert f"figures/map.{kind}" in said


def test_what_they_do_not_give_is_changed(out, tmp_path):
    for file in made(tmp_path, 2022):
        status, said = run(file, out)
        assert (status, said.split(":")[0]) == (1, "CHANGED"), said


def test_what_carries_no_digest_is_unknown(out, tmp_path):
    with Image.open(out / "figures" / "map.png") as drawn:  # as a messenger saves it
        drawn.convert("RGB").save(tmp_path / "bare.png")
    (tmp_path / "no.pptx").write_bytes(b"PK no deck")
    with zipfile.ZipFile(tmp_path / "other.pptx", "w") as empty:
        empty.writestr("a", "hganalysis:0123456789ab")
    (tmp_path / "note.txt").write_text("hganalysis:0123456789ab")
    for file in tmp_path.iterdir():
        status, said = run(file, out)
        assert (status, "carries no digest" in said) == (2, True), said


def test_without_a_build_or_with_other_data_it_is_unknown(out, tmp_path):
    file = out / "figures" / "map.svg"
    status, said = run(file, tmp_path)
    assert (status, "no build" in said) == (2, True)
    with suppress.use(fewer_than=0):
        status, said = run(file, out)
    assert (status, "other data" in said) == (2, True)
    (tmp_path / "bad.csv").write_text("x")
    assert run(file, out, "--reports", str(tmp_path / "bad.csv"))[0] == 2
    with pytest.raises(FileNotFoundError):
        verify.verify(tmp_path / "gone.png", out=out)


@pytest.mark.parametrize("row", ["", "a,b,c,d", "x", '"'])
def test_a_record_that_somebody_wrote_into_is_no_yes(out, tmp_path, row):
    (tmp_path / folders.TABLE).write_text(f"file,digests,sha256,inputs\n{row}\n")
    assert run(out / "figures" / "map.svg", tmp_path)[0] == 2


def test_ones_own_data_are_named_again(tmp_path):
    """A build of a report in a folder: with it the picture is the same, without it unknown."""
    table = frames.reports().assign(origin="reported")
    columns = ["code", "year", "indicator", "count", "out_of", "origin"]
    report = tmp_path / "mine.csv"
    table[columns].to_csv(report, index=False)
    source = "import hganalysis as hg\nhg.uptake('app_users', 2023).keep('where')"
    cell = nbformat.v4.new_code_cell(source, id="one")
    (tmp_path / "books").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "books" / "01.ipynb")
    options = ["--notebooks", str(tmp_path / "books"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, ["build", "--reports", str(report), *options])
    assert done.exit_code == 0, done.output
    out = tmp_path / "out"
    for name in ("figures/where-page.png", "atlas.html", "slides.pptx", "01.html"):
        assert run(out / name, out, "--reports", str(report))[0] == 0, name
        status, said = run(out / name, out)
        assert (status, "--reports FILE" in said) == (2, True)
    table.loc[table["count"].idxmax(), "count"] -= 1000
    table[columns].to_csv(report, index=False)
    assert run(out / "atlas.html", out, "--reports", str(report))[0] == 2
    assert str(tmp_path) not in (out / folders.TABLE).read_text("utf-8")


def test_no_digit_hangs_on_what_is_hidden(tmp_path):
    """Whoever has the record and tries every hidden count finds that all of them fit."""
    raw = frames.reports().query("indicator == 'app_users' and year == 2022")
    raw = raw.assign(origin="reported", out_of=50_000).set_index("code")
    codes = ["31342", "31348"]  # of one district, those with fewest residents: hidden together
    total = raw.loc[codes, "count"].sum()
    records = set()
    for guess in range(5):
        raw.loc[codes, "count"] = guess, total - guess
        files = {
            sources.REPORTS: raw.reset_index().drop(columns="pool", errors="ignore"),
            frames.TEAMS: pd.DataFrame(columns=["code", "year", "teams", "members", "origin"]),
        }
        content = {name: table.to_csv(index=False).encode() for name, table in files.items()}
        with sources.use(write(tmp_path / f"data{guess}", content)):
            hidden = frames.reports()[suppress.is_hidden(frames.reports())]
            assert set(hidden["code"]) == set(codes)
            out = tmp_path / f"out{guess}"
            out.mkdir()
            hg.uptake("app_users", 2022).map().save(out / "map.svg")
            verify.record(out)
        records.add((out / folders.TABLE).read_text("utf-8"))
    assert len(records) == 1


def test_the_answer_is_told_in_the_language_asked_for(out):
    for language in words.LANGUAGES:
        done = CliRunner().invoke(
            app, ["verify", str(out / "figures/map.svg"), "--out", str(out), "--lang", language]
        )
        assert done.output.startswith(words.strings()["verify.same"][language])
    assert run(out / "figures/map.svg", out, "--lang", "fr")[0] == 2

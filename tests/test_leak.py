"""Open every artefact and look: nothing that is hidden stands in any of them."""

import io
import json
import os
import re
import sys
import zipfile
from itertools import chain

import case_log
import corpus
import nbformat
import pandas as pd
import pytest
import shell
from openpyxl import load_workbook
from trials.bring import one_medium
from trials.media import DATA, read_atlas
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import cli, frames, indicators, places, study, suppress, workbook
from hganalysis.draw.picture import OUT, csv
from hganalysis.frames import loading
from hganalysis.publish import atlas, deck, verify, word
from hganalysis.publish import tables as of_results
from hganalysis.publish.answers import answers as all_answers
from hganalysis.publish.own import lay_out, write

MEASURES = ("app_users", "files_online")
DISTRICT = places.units()["compared_code"]

# Of 98,767 people all but 2; of 86,420 only 3; and what is hidden for the sake of these two.
PLANTED = {"31399": (98_765, 98_767), "31318": (3, 86_420)}
COVER = {"31339": (45_678, 87_651), "31433": (45_681, 87_657)}


@pytest.fixture(scope="module")
def raw():
    """Plant numbers that nobody mistakes into reports that vary as real ones do."""
    reports = frames.reports().assign(origin="reported")
    reports = reports[reports["indicator"].isin(["app_users", "files_online"])]
    reports = reports.reset_index(drop=True)
    first = (reports["indicator"] == "app_users") & (reports["period"] == 2022)
    for code, pair in (PLANTED | COVER).items():
        is_planted = first & (reports["code"] == code)
        reports.loc[is_planted, ["count", "out_of"]] = pair
    second = (reports["indicator"] == "app_users") & (reports["period"] == 2023)
    reports.loc[second & (reports["code"] == "31450"), "count"] = 4
    # a whole district with next to nothing
    files = (reports["indicator"] == "files_online") & (reports["period"] == 2022)
    ours = files & (reports["code"].map(DISTRICT) == "931")
    reports.loc[ours, "count"] = [0, 1, 0, 2, 0, 1]
    return reports


@pytest.fixture(scope="module")
def safe_reports(raw):
    return suppress.hide_counts(raw)


@pytest.fixture(scope="module")
def secrets(raw, safe_reports):
    """List the rows that are hidden, with what they were."""
    return raw[suppress.is_hidden(safe_reports)]


def in_use(raw, folder):
    """Use these reports, and the teams that are shipped, as a folder of one's own."""
    files = {study.REPORTS: raw, frames.TEAMS: frames.teams()}
    content = {name: table.to_csv(index=False).encode() for name, table in files.items()}
    return study.Study.open(write(folder, content)).use()


def release(raw, folder):
    """
    Write what a build writes, from the same calls: pictures, pages, tables, atlas, deck.

    Pictures are drawn for a slide, which has the most room for texts.
    """
    out = folder / "out"
    out.mkdir()
    with in_use(raw, folder / "data"), pytest.MonkeyPatch.context() as patch, one_medium("slide"):
        patch.setenv(OUT, str(out))
        answers = []
        tables_told = {}
        for name in MEASURES:
            for period in (2022, 2023):
                answer = hg.uptake(name, period)
                stem = f"{name}-{period}".replace("_", "-")
                hg.keep(answer.parts, f"{stem}-parts")
                tables_told |= {f"{stem}.csv": answer.table, f"{stem}-parts.csv": answer.parts}
                answers.append(answer)
            answers.append(hg.compare(name, 2022, 2023))
            answers[-1].keep(f"{name}-change".replace("_", "-"))
        first, _, _, files, _, _ = answers
        first.keep("where").order().keep("order")
        communes = first.communes().keep("communes")
        communes.web().save(out / "communes.html")
        files.map().keep("files").web().save(out / "files.html")
        answers += [answers[2].map(), hg.map("app_users", [2022, 2023])]
        design = hg.Design.of_reports("app_users", 2022)
        related = design.related().keep("related")
        answers += [design.headline(), design.ladder(), related]
        indicator = indicators.get("app_users", period=2022)
        units = hg.design_frame(frames.reports(), frames.teams(), indicator=indicator)
        hg.keep(units, "units")
        pages = [str(answer) for answer in answers]
        pages += [answer.table.to_html() for answer in answers if hasattr(answer, "table")]
        (out / "read.html").write_text("\n".join(pages), encoding="utf-8")
        atlas.write(out / "atlas.html")
        deck.write(out / "deck.pptx")
        word.write(out / "brief.docx", all_answers())
        of_results.write_workbook(out)
        of_results.archive(out)
        for name, table in tables_told.items():  # which the workbook has taken up
            (out / name).write_bytes(csv(table))
    return sorted(path for path in out.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def artefacts(raw, tmp_path_factory):
    return release(raw, tmp_path_factory.mktemp("released"))


@pytest.fixture(scope="module")
def internal(raw, tmp_path_factory):
    """Write what the search is tried on, where nothing is hidden."""
    out = tmp_path_factory.mktemp("internal")
    reports = in_use(raw, out / "data")
    with suppress.use(fewer_than=0), reports, pytest.MonkeyPatch.context() as patch:
        patch.setenv(OUT, str(out))
        hg.keep(hg.uptake("app_users", 2022).parts, "parts")
        of_results.write_workbook(out)
        atlas.write(out / "atlas.html")
    return [out / "atlas.html", out / "tables.xlsx"]


def read_parts(content, name):
    """Take an artefact apart: the texts in it, those of files inside files too."""
    if name.endswith((".pptx", ".xlsx", ".zip")):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            for part in parts.namelist():
                yield from read_parts(parts.read(part), part)
    elif name.endswith(".png"):
        position = 8
        while position < len(content):
            size = int.from_bytes(content[position : position + 4], "big")
            kind = content[position + 4 : position + 8]
            if kind in {b"tEXt", b"iTXt", b"zTXt", b"eXIf"}:
                yield content[position + 8 : position + 8 + size].decode("latin-1")
            position += size + 12
    else:
        text = content.decode("utf-8", errors="replace")
        yield text.replace(",", " , ") if name.endswith(".csv") else text
        if DATA.search(text):  # what a browser works out of an atlas
            yield json.dumps(read_atlas(text), ensure_ascii=False)


def pick_file(files, name):
    return next(file for file in files if file.name == name)


def texts(file):
    return "\n".join(read_parts(file.read_bytes(), file.name))


def needles(secrets):
    """Write each hidden number every way that it might be written, if it cannot be mistaken."""
    for row in secrets.itertuples():
        for number in (row.count, row.out_of):
            if number >= 10_000:  # a shorter one may be a coordinate
                yield from needles_of(number)
        share = row.count / row.out_of
        for digits in (5, 6, 8, 12):
            if 0 < share < 1 and row.count > 99:
                yield f"{share:.{digits}f}"
                percent = f"{100 * share:.{digits - 2}f}"
                yield from (percent, percent.replace(".", ","))


def find_needles(files, words):
    """Say in which files which needle stands, as a number of its own."""
    either = "|".join(map(re.escape, sorted(words)))
    pattern = re.compile(rf"(?<!\d)(?<!\d[.,])(?:{either})(?![\d])")
    hits = {}
    for file in files:
        hits[file.name] = sorted(set(pattern.findall(texts(file))))
    return hits


def test_what_was_planted_is_hidden(secrets):
    is_of_users = secrets["indicator"] == "app_users"
    users = secrets[is_of_users].groupby("period")["code"].agg(set)
    assert users[2022] > set(PLANTED | COVER)
    # Users only grow in number: what one year hides, the other would bound.
    assert users[2022] == users[2023]
    assert len(users[2022]) <= len(PLANTED | COVER) + 2
    codes_of_files = secrets.loc[secrets["indicator"] == "files_online", "code"]
    assert {"931"} < set(codes_of_files.map(DISTRICT))


def list_public(secrets, safe_reports):
    """Leave out what is no secret: residents, and numbers that a place shows elsewhere."""
    shown = safe_reports[~suppress.is_hidden(safe_reports)]
    residents = secrets.loc[secrets["indicator"] == "app_users", "out_of"]
    all_residents = places.units()["population"]
    numbers = chain(residents, shown["count"], shown["out_of"], all_residents)
    return {text for number in numbers for text in needles_of(number)}


def needles_of(number):
    return (f"{number:.0f}", f"{number:,.0f}", f"{number:,.0f}".replace(",", "."))


def test_no_artefact_holds_a_hidden_number(artefacts, secrets, safe_reports):
    searched = set(needles(secrets)) - list_public(secrets, safe_reports)
    assert "98765" in searched
    assert "45.678" in searched
    assert {name: hits for name, hits in find_needles(artefacts, searched).items() if hits} == {}


def test_the_search_finds_what_is_not_hidden(internal, secrets, safe_reports):
    """Without hiding, the same search finds them: in tables and in the atlas."""
    searched = set(needles(secrets)) - list_public(secrets, safe_reports)
    all_hits = find_needles(internal, searched)
    hits = {
        name for name, hits_of_file in all_hits.items() if {"98765", "98.765"} & set(hits_of_file)
    }
    assert hits == {"atlas.html", "tables.xlsx"}


def test_an_interval_does_not_tell_what_subtraction_does_not(raw):
    """
    Try every pair of hidden counts with their sum: does one alone give the released interval?

    It does where the interval is computed from the counts themselves, and that is why they are
    replaced before anything is computed.
    """
    chosen = raw[raw["indicator"] == "app_users"].reset_index(drop=True)
    safe = suppress.hide_counts(chosen)
    is_of_930 = (safe["pool"] == "930") & (safe["period"] == 2022)
    rows = chosen.index[is_of_930.to_numpy()]
    assert len(rows) == 2
    small, cover = sorted(rows, key=lambda row: chosen.loc[row, "count"])
    total = chosen.loc[rows, "count"].sum()

    def interval(table):
        table = hg.uptake(table, 2023, source="x").table
        district = table.set_index("code").loc["930"]
        return [f"{district[end]:.12g}" for end in ("low", "high")]

    cases = {}
    for guess in range(5):
        guessed = chosen["count"].mask(chosen.index == small, guess)
        guessed = guessed.mask(chosen.index == cover, total - guess)
        cases[guess] = chosen.assign(count=guessed)
    with suppress.use(fewer_than=0):
        naive = interval(chosen)
        fitting = {guess for guess, case in cases.items() if interval(case) == naive}
        assert 3 in fitting < {*cases}
    safe_interval = interval(safe)
    for case in cases.values():
        assert interval(suppress.hide_counts(case)) == safe_interval


def test_no_checksum_hangs_on_what_is_hidden(raw, monkeypatch):
    """Digits of a file with hidden counts would tell them to whoever tries: five guesses do."""
    monkeypatch.setattr(loading, "_reports", loading._reports.__wrapped__)  # read anew each time
    digits = set()
    for guess in range(5):
        table = raw.assign(count=raw["count"].astype(float))
        first = (table["indicator"] == "app_users") & (table["period"] == 2022)
        table.loc[first & (table["code"] == "31318"), "count"] = guess
        is_cover = first & (table["code"] == "31339")
        table.loc[is_cover, "count"] = 45_681 - guess
        monkeypatch.setattr(loading, "_read_table", lambda *_, table_now=table: table_now)
        digits.add(verify.inputs())
    assert len(digits) == 1
    other_reports = raw.assign(count=raw["count"] + 1000)
    monkeypatch.setattr(loading, "_read_table", lambda *_: other_reports)
    monkeypatch.setattr(loading, "require_reports", lambda table: table)
    assert verify.inputs() not in digits


def test_no_suppress_holds_for_one_command_and_leaves_the_stored_notebooks_alone(tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    source = "import hganalysis as hg\nhg.suppress.threshold()"
    cells = [nbformat.v4.new_code_cell(source, id="one")]
    file = folder / "01_threshold.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
    before = file.read_bytes()
    command = ["build", "--notebooks", str(folder), "--no-suppress", "--notebooks-only"]
    done = CliRunner().invoke(cli.app, command)
    assert done.exit_code == 0, done.output
    out = tmp_path / "outputs"
    executed = nbformat.read(out / "notebooks" / file.name, as_version=4)
    assert executed.cells[0].outputs[0]["data"]["text/plain"] == "0"
    assert file.read_bytes() == before
    assert "Bản nội bộ" in (out / "index.html").read_text("utf-8")
    assert suppress.threshold() == 5


# What a command says: to a terminal that others read, to a log that is kept.

SPEAKS = """import hganalysis as hg
import logging
logging.getLogger().setLevel(logging.DEBUG)
reports = hg.frames.reports()
print(hg.uptake("app_users", 2022))
hg.uptake("app_users", 2022).parts"""
FAILS = "raise ValueError(reports.sort_values('count').to_dict('list'))"


@pytest.fixture
def reported(tmp_path):
    """Write a report of 2022 with the planted numbers, and one with an error beside each."""
    report = corpus.report((2022,), more=("population",))
    for row in report.data():
        code = row.cells["code"]
        usual = (row.cells["app_users.count"], None)
        count, residents = (PLANTED | COVER).get(code, usual)
        population = residents or row.cells["population"]
        row.cells |= {"app_users.count": count, "population": population}
    good = corpus.write(report, corpus.Layout(), tmp_path / "good.xlsx").file
    for code in PLANTED | COVER:
        row = report.of(code)
        row.cells |= {"members": f"khoảng {row.cells['members']}", "teams": -1}
        row.cells["app_users.count"] = f"{row.cells['app_users.count']},5"
    broken = corpus.write(report, corpus.Layout(), tmp_path / "broken.xlsx").file
    return good, broken


@pytest.fixture
def run_loudly(tmp_path):
    """Run commands with all that Python can be made to say: statuses and lines."""

    def run(*commands):
        path = os.pathsep.join(filter(None, sys.path))
        variables = {"PYTHONWARNINGS": "always", "PYTHONPATH": path}
        variables["PYTHONMALLOC"] = "default"  # `-X dev` watches memory, too: takes long
        options = ["-v", "-X", "dev"]
        statuses, lines = shell.start_all(tmp_path, *commands, options=options, **variables)
        # what Python says of the modules that it loads is none of ours, and full of numbers
        of_modules = re.compile(r"import |# |#\s|.*\.pyc?'?$")
        return statuses, [line for line in lines if not of_modules.match(line)]

    return run


def test_no_command_says_a_hidden_number(reported, run_loudly, tmp_path):
    good, broken = reported
    reports = workbook.read(good).reports
    hid = reports[suppress.is_hidden(suppress.hide_counts(reports))]
    residents = set(hid.loc[hid["indicator"] == "app_users", "out_of"])
    numbers = set(hid["count"]) - residents - set(reports["out_of"])
    secret = set()
    for number in numbers:
        if number >= 10_000:
            secret |= set(needles_of(number))
    assert "98765" in secret
    assert "45.678" in secret
    sources = (("short", [SPEAKS]), ("fails", [SPEAKS, FAILS]))
    for name, codes in sources:
        (tmp_path / name).mkdir()
        cells = [
            nbformat.v4.new_code_cell(code_of_cell, id=f"c{number}")
            for number, code_of_cell in enumerate(codes)
        ]
        file = tmp_path / name / "01_short.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
    by_notebook = ["build", "--notebooks-only", "--out", tmp_path / "out", "--notebooks"]
    build_short = [*by_notebook, tmp_path / "short", "--reports"]
    build_fails = [*by_notebook, tmp_path / "fails", "--reports"]
    page = tmp_path / "atlas.html"
    runs = [
        (["check", good], 0),
        (["check", broken], 1),
        ([*build_short, good], 0),
        ([*build_short, broken], 1),
        ([*build_fails, good], 1),
        (["atlas", page, "--reports", good], 0),
        (["verify", page, "--reports", good], 2),  # no build made it
    ]
    statuses, lines = run_loudly(*(command for command, _ in runs))
    assert statuses == [status for _, status in runs], lines
    either = "|".join(map(re.escape, secret))
    pattern = re.compile(rf"(?<!\d)(?:{either})(?!\d)")
    assert [line for line in lines if pattern.search(line)] == []


def test_no_command_says_where_a_small_count_is(reported, tmp_path):
    """Neither among the first of a column that nobody reads, nor by its being a tenth of usual."""
    book = load_workbook(reported[0])
    book.active[place := "G9"] = 4
    strange = book.active.max_column + 1
    cells = ("Máy", *[0, 3] * 20)
    for row, value in enumerate(cells, start=1):
        book.active.cell(row, strange).value = value
    book.save(file := tmp_path / "few.xlsx")
    for limit in (0, 5):
        with suppress.use(fewer_than=limit):
            done = CliRunner().invoke(cli.app, ["check", str(file), "--lang", "en"])
            output = done.output
            output += "\n".join(lay_out(tmp_path / f"own-{limit}", reports=file).notes)
        assert (place in output) == (limit == 0)
        assert ("0; 3; 0" in output) == (limit == 0)
        assert "40 cells, from" in output


def test_counting_a_log_says_no_hidden_number(run_loudly, tmp_path):
    codes = places.units().query("compared_code == '930'").index
    names = [f"c{code}" for code in codes]
    files_by_commune = [(11_238, 11_241), *range(40, 90)]
    online = dict(zip(names, files_by_commune, strict=False))
    file = case_log.small_log(tmp_path / "log.parquet", **online)
    log = pd.read_parquet(file)
    rows = log.assign(channel="nowhere").head(20_000)
    rows.to_parquet(tmp_path / "broken.parquet")
    statuses, lines = run_loudly(
        ["counts", "log.parquet", "--out", "reports.csv"],
        ["counts", "broken.parquet", "--out", "again.csv"],
    )
    assert statuses == [0, 1], lines
    reports = pd.read_csv(tmp_path / "reports.csv", dtype={"code": "str"})
    assert "11238" not in (tmp_path / "reports.csv").read_text("utf-8")
    assert len(reports) == len(codes)
    assert not re.findall(r"(?<!\d)11[.,]?2(?:38|41)(?!\d)", "\n".join(lines)), lines

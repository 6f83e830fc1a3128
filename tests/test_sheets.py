"""Sheets about one place and the poster: numbers by hand, nothing hidden, pages and their texts."""

import re
import zlib

import attacker
import invented
import numpy as np
import pandas as pd
import pytest
from lxml import etree
from refusal_texts import says
from test_media import plain
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import cli, frames, places, suppress, words
from hganalysis.draw import page
from hganalysis.draw.page import draw_book
from hganalysis.figure import Map
from hganalysis.publish import lay_out, verify
from hganalysis.sheets import layout, numbers, poster, write_briefs

NUMBERS = ["count", "out_of", "share", "before", "not_reached", "change_pp"]


def rows_of(code, period):
    """Take the reports of the headline in one place."""
    reports = frames.reports().query("indicator == 'app_users'")
    reports = reports[reports["period"] == period]
    return reports[reports["code"].map(attacker.DISTRICT) == code].set_index("code")


def texts_of(figure):
    """Draw a page, and give what is written on it."""
    drawn = etree.fromstring(page.draw_page(figure, width=210, kind="svg"))
    return plain("".join("".join(text.itertext()) for text in drawn.iter("{*}text")))


def lists_of(figure):
    """Take the lists of dots of a sheet or a poster."""
    panel = figure.panels[0]
    if hasattr(panel, "bands"):
        [panel] = [cell.panel for cell in panel.bands[-1].cells or panel.bands[-2].cells]
    return panel.lists


def has_map(sheet):
    """Say whether a sheet shows where its place lies."""
    [stack] = sheet.panels
    return any(isinstance(cell.panel, Map) for band in stack.bands for cell in band.cells)


def test_a_sheet_of_the_demo_has_the_numbers_that_reports_give():
    sheet = hg.brief("H. Phụng Hiệp")
    first = rows_of("934", 2022)
    last = rows_of("934", 2023)
    place = sheet.table.loc[0]
    parts = sheet.table[1:].set_index("code").sort_index()
    people = last["out_of"].sum()
    users = last["count"].sum()
    assert (place["count"], place["not_reached"]) == (users, people - users)
    assert place["before"] == pytest.approx(first["count"].sum() / first["out_of"].sum())
    not_reached = (last["out_of"] - last["count"]).sort_index()
    assert parts["not_reached"].tolist() == not_reached.tolist()
    share = last["count"] / last["out_of"] - first["count"] / first["out_of"]
    assert parts["change_pp"].to_numpy() == pytest.approx(100 * share.sort_index().to_numpy())

    # over half of the rest in the fewest communes, and no fewer would do
    largest = np.sort(not_reached.to_numpy())[::-1].cumsum()
    n_needed = int((largest <= not_reached.sum() / 2).sum()) + 1
    texts = texts_of(sheet.picture().figure)
    n_rose = int((share > 0).sum())
    for text in (
        words.term("words.simulated"),
        "Người dùng ứng dụng nền tảng số, % dân số",
        "2023: 19,4 %, thấp hơn toàn tỉnh",
        words.number(people - users),
        f"hơn nửa sống ở {n_needed}/15 xã",
        f"tăng ở {n_rose}/15 xã",
        "Hạng 7–8 nếu",
        *map(words.number, not_reached),
    ):
        assert plain(text) in texts


def test_a_sheet_of_real_numbers_of_one_period_has_no_banner_and_no_change():
    with hg.Study.open("kenya_2019").use(language="en"):
        sheet = hg.brief("Kajiado")
        texts = texts_of(sheet.picture().figure)
    assert plain("Users of the internet, % of people aged 3 and over") in texts
    assert plain("Kajiado, 2019: 33.1%") in texts
    assert not re.search("SIMULATED|hollow|Against|shuffled", texts)


def test_a_place_without_parts_is_shown_in_each_period(tmp_path):
    files = invented.write_harbour(tmp_path / "in")
    sent = pd.read_csv(files["reports"])
    study = hg.Study.open(lay_out(tmp_path / "study", **files).folder)
    # as in a notebook
    with pd.option_context("mode.string_storage", "pyarrow"), study.use(language="en"):
        sheet = hg.brief("Pier 03")
        figure = sheet.picture().figure
        unplaced = hg.brief("Pier 06").picture().figure
        [rows] = lists_of(figure)
        listed = pd.concat(lists_of(poster.compose_poster(sheet.numbers)))
        assert sheet.table["not_reached"].isna().all(), "files are no people"
    shares = sent.assign(share=sent["count"] / sent["out_of"]).pivot_table(
        "share", "code", "period"
    )
    assert has_map(figure)
    assert not has_map(unplaced), "nobody knows where it lies"
    assert rows["value"].tolist() == pytest.approx(shares.loc["W03"].tolist())
    sums = sent.groupby("period")[["count", "out_of"]].sum()
    assert rows["before"].tolist() == pytest.approx((sums["count"] / sums["out_of"]).tolist())
    assert "Not yet reached" not in figure.source
    assert sorted(listed["name"]) == [f"Pier {number:02}" for number in range(1, 17)]


@pytest.mark.parametrize("seed", range(2))
def test_a_sheet_shows_what_is_shown_elsewhere_and_nothing_that_is_hidden(monkeypatch, seed):
    rng = np.random.default_rng(seed)
    shown = suppress.hide_counts(invented.small_reports(rng)).query("indicator == 'app_users'")
    monkeypatch.setattr(frames, "reports", shown.copy)
    hidden = shown[suppress.is_hidden(shown) & (shown["period"] == 2023)]["code"]
    assert len(hidden)
    known_sums = {}
    for count, out_of, period, _, codes in attacker.sums(shown):
        key = codes[0] if len(codes) == 1 else attacker.DISTRICT[codes[0]]
        known_sums.setdefault((key, period), set()).add((count, out_of))
    results = numbers.gather()
    for code in attacker.DISTRICT.unique():
        sheet = hg.Brief(code, results)
        table = sheet.table.set_index("code")
        assert table.loc[table.index.isin(hidden), NUMBERS].isna().all(axis=None)
        for key, row in table.dropna(subset="not_reached").iterrows():
            assert (row["count"], row["out_of"]) in known_sums[key, 2023]
            assert row["not_reached"] == row["out_of"] - row["count"] >= suppress.FEWER_THAN
        [rows] = lists_of(sheet.figures["sheet"]())
        missing = rows[rows["value"].isna()]
        assert {*missing["text"]} <= {words.term("sheet.hidden")}
        assert {*missing["rest"], *missing["change"]} <= {"–"}
        if pd.isna(table.loc[code, "share"]):
            assert not re.search("[0-9] ?%", sheet.sentence)


def test_a_title_says_ahead_only_of_what_surely_stays_first_of_all():
    results = numbers.gather()
    place = results.table.index[0]
    assert results.table.loc[place, "rank_high"] > 1
    ahead = words.term("sheet.ahead")
    assert ahead not in hg.Brief(place, results).sentence
    results.table.loc[place, "rank_high"] = 1
    assert ahead in hg.Brief(place, results).sentence
    # nobody knows where a place without a rank would stand
    results.table.loc["934", "rank"] = np.nan
    assert ahead not in hg.Brief(place, results).sentence


def test_a_sheet_is_a_file_of_its_own_and_two_runs_write_the_same_bytes(tmp_path, monkeypatch):
    results = numbers.gather()
    results.__dict__["table"] = results.table.loc[["937"]]
    monkeypatch.setattr("hganalysis.sheets.answer.gather", lambda: results)
    write_briefs(tmp_path / "briefs.pdf", tmp_path / "briefs")
    [file] = (tmp_path / "briefs").iterdir()
    assert file.name == "937-tx-long-my.pdf"
    digest = layout.compose_sheet(results, "937").digest
    assert verify.digests(file) == verify.digests(tmp_path / "briefs.pdf") == [digest]

    # the command writes over no file
    book = tmp_path / "one.pdf"
    for status in (0, 1):
        assert CliRunner().invoke(cli.app, ["briefs", str(book)]).exit_code == status
        assert book.read_bytes() == (tmp_path / "briefs.pdf").read_bytes()


def read_objects(pdf):
    """Read each object of a PDF where its table says that it begins."""
    start = int(re.search(rb"startxref\n(\d+)", pdf)[1])
    assert pdf[start:].startswith(b"xref")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n", pdf[start:]), 1):
        content = pdf[int(place) :]
        assert content.startswith(b"%d 0 obj" % number)
        yield content.partition(b"endobj")[0]


def drawn_in(pdf):
    """Read what the pages of a PDF draw, each as the commands of its stream."""
    objects = dict(enumerate(read_objects(pdf), 1))
    for content in objects.values():
        if re.search(rb"/Type /Page\b", content):
            number = int(re.search(rb"/Contents (\d+) 0 R", content)[1])
            yield zlib.decompressobj().decompress(objects[number].split(b"stream\n", 1)[1])


def test_a_file_of_a_place_draws_what_its_page_of_the_book_draws_and_nothing_of_other_pages():
    results = numbers.gather()
    book = draw_book(layout.compose_sheet(results, code) for code in results.table.index[:3])
    assert [*drawn_in(book.whole)] == [next(drawn_in(pdf)) for pdf in book.pages]
    for pdf in book.pages:
        [commands] = drawn_in(pdf)
        objects = [*read_objects(pdf)]
        forms = {b"/" + name for name in re.findall(rb"/(\w+) Do", commands)}
        [listed] = [each for each in objects if re.search(rb"obj\n<< /[MP]\d+ ", each)]
        assert set(re.findall(rb"/[MP]\d+", listed)) == forms
        # every object that one names is there
        numbers_named = {
            int(name) for each in objects for name in re.findall(rb"\b(\d+) 0 R", each)
        }
        assert max(numbers_named) <= len(objects)


def test_a_book_and_its_pages_have_letters_that_can_be_searched_for():
    results = numbers.gather()
    book = draw_book(layout.compose_sheet(results, code) for code in results.table.index[:2])
    for pdf in (book.whole, *book.pages):
        assert b"/CIDFontType2" in pdf
        assert b"/Type3" not in pdf  # of the other kind, Vietnamese letters were drawn wrong


def test_a_build_has_the_sheets_of_all_districts_and_the_poster(built):
    pages = len(re.findall(rb"/Type /Page\b", (built / "briefs.pdf").read_bytes()))
    assert pages == len(list((built / "briefs").iterdir())) == len(places.compared())
    assert len(verify.digests(built / "poster.pdf")) == 1


def test_the_poster_has_every_commune_once_below_its_district_and_a_country_none():
    figure = poster.compose_poster(numbers.gather())
    rows = pd.concat(lists_of(figure))
    names = [places.short(code) for code in [*places.compared().index, *places.units().index]]
    assert sorted(rows.loc[rows["name"] != "", "name"]) == sorted(names)
    assert {"Long Mỹ", "TX.\N{NO-BREAK SPACE}Long Mỹ"} <= {*names}
    assert rows["bold"].sum() == 8
    texts = texts_of(figure)
    assert plain("X. Trường Long A, 66,8 %; thấp nhất: X. Long Trị, 8,6 %") in texts
    assert plain("Người dùng ứng dụng nền tảng số") in texts
    with hg.Study.open("kenya_2019").use(), pytest.raises(ValueError, match="345"):
        poster.compose_poster(numbers.gather())


@pytest.mark.parametrize(
    ("place", "measure", "message"),
    [
        ("nowhere", None, "nowhere"),
        ("934", "app_user", says("words.did_you_mean", name="app_users")),
    ],
)
def test_what_is_no_place_or_no_measure_is_refused(place, measure, message):
    with pytest.raises(LookupError, match=message):
        hg.brief(place, measure)

"""Area profiles: an A3 page for each district, whose every number is that of the tables."""

import itertools
import re

import invented
import numpy as np
import pandas as pd
import pytest
import test_levels
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import (
    change,
    frames,
    indicators,
    places,
    profiles,
    ranks,
    rates,
    suppress,
    words,
)
from hganalysis.build.command import app
from hganalysis.build.folders import BuildError
from hganalysis.build.own import lent
from hganalysis.figures import passport
from hganalysis.figures.classify import Map
from hganalysis.figures.states import state_name
from hganalysis.profiles import facts
from hganalysis.profiles.measures import table
from hganalysis.profiles.page import page, title
from hganalysis.profiles.pages import _drawn
from hganalysis.render.static import paper

LEAST = 6.5
OPTIONS = {"places": "list_of_places", "indicators": "catalogue"}


@pytest.fixture(scope="module")
def found():
    return facts.of(frames.reports(), frames.teams())


@pytest.fixture(scope="module")
def drawn(found):
    """Draw the page of one district of the shipped study, in both languages."""
    with words.use("en"):
        english = next(_drawn(facts.of(frames.reports(), frames.teams())))
    return {"vi": next(_drawn(found)), "en": english}


def of_users():
    """Take the reports of the measure that maps show."""
    return frames.reports().query("indicator == 'app_users'").reset_index(drop=True)


def texts(picture):
    """Give all texts of a page, with the axes that each stands on."""
    figure = picture.figure
    every = [(None, one) for one in figure.texts]
    for ax in figure.axes:
        every += [(ax, one) for one in [*ax.texts, ax.xaxis.label, ax.title, ax._left_title]]
        every += [(ax, tick.label1) for tick in ax.xaxis.get_major_ticks()]
    return [(ax, one) for ax, one in every if one.get_visible() and one.get_text().strip()]


def plain(text):
    return " ".join(text.split())


def said(picture):
    return " ".join(plain(one.get_text()) for _, one in texts(picture))


def require_in_order(picture):
    """Stop where a text is too small, reaches beyond the page, or lies on one of another panel."""
    figure = picture.figure
    figure.draw_without_rendering()
    small = paper.scale(picture.width, picture.page)
    every = [(ax, one, one.get_window_extent()) for ax, one in texts(picture)]
    for _, one, box in every:
        assert small * one.get_fontsize() > LEAST - 0.01, one.get_text()
        assert box.x0 > figure.bbox.x0 - 1, one.get_text()
        assert box.x1 < figure.bbox.x1 + 1, one.get_text()
        assert box.y0 > figure.bbox.y0 - 1, one.get_text()
        assert box.y1 < figure.bbox.y1 + 1, one.get_text()
    for (ax, one, box), (other_ax, other, beside) in itertools.combinations(every, 2):
        apart = ax is not other_ax
        assert not (apart and box.padded(-2).overlaps(beside.padded(-2))), (
            one.get_text(),
            other.get_text(),
        )


def rows_of(measures):
    """Read the table of a page: a row for each measure, by label and year."""
    rows, label = {}, ""
    for row in measures.rows:
        cells = dict(zip(measures.heads, (cell.text for cell in row), strict=True))
        label = row[0].text or label
        rows[label, row[1].text] = cells
    return rows


def lent_study(files):
    return lent(**{OPTIONS.get(name, name): file for name, file in files.items()})


# --- the numbers ---


def test_every_number_of_the_tables_is_that_of_the_rates(found):
    reports, teams = frames.reports(), frames.teams()
    districts = rates.to_districts(reports).set_index(["code", "indicator", "year"])
    head = {one: words.term(f"columns.{one}") for one in ("count", "out_of")}
    head |= {one: words.term(f"profiles.head_{one}") for one in ("share", "communes")}
    listed = places.communes()["district_code"].value_counts()
    for code in places.districts().index:
        rows = rows_of(table(found, code))
        assert len(rows) == len(reports.groupby(["indicator", "year"])) + teams["year"].nunique()
        for name, year in reports[["indicator", "year"]].drop_duplicates().to_numpy():
            one = indicators.get(name, year=year)
            cells, row = rows[one.label, str(year)], districts.loc[(code, name, year)]
            unit = indicators.classes(name)
            assert cells[head["count"]] == words.number(row["count"])
            assert cells[head["out_of"]] == words.number(row["out_of"])
            share = words.value(row["share"], unit)
            span = words.span(row["share_low"], row["share_high"], unit)
            assert cells[head["share"]] == f"{share} ({span})"
            assert cells[head["communes"]] == f"{listed[code]}/{listed[code]}"


def test_a_measure_has_its_name_once_and_its_last_year_first(found):
    for code in (None, places.districts().index[0]):
        made = table(found, code)
        heads = [row[0].text for row in made.rows if row[0].text]
        assert len(set(heads)) == len(heads)
        by_name = {}
        for name, year in rows_of(made):
            by_name.setdefault(name, []).append(int(year))
        assert list(by_name) == heads
        assert max(map(len, by_name.values())) > 1
        assert all(years == sorted(years, reverse=True) for years in by_name.values())


def test_ranks_changes_targets_and_density_are_those_of_their_rooms(found):
    reports = frames.reports()
    users = [indicators.get("app_users", year=year) for year in (2022, 2023)]
    moved = change.difference(reports, before=users[0], after=users[1]).set_index("code")
    order = ranks.rank_sets(reports, indicator=users[1])
    files = indicators.get("files_online", year=2022)
    gap = change.target_gap(reports, indicator=files).set_index("code")["missing"]
    last = frames.teams()["year"].max()
    dense = rates.density(frames.teams().query("year == @last"), level="district")
    dense = dense.set_index("code")["members_per_1000"]
    unit, scale = indicators.classes("members_per_1000"), indicators.change_scale("app_users")
    heads = {one: words.term(f"profiles.head_{one}") for one in ("rank", "change")}
    heads["target"] = words.term("columns.target")
    for code in places.districts().index:
        rows = rows_of(table(found, code))
        row, cells = moved.loc[code], rows[users[1].label, "2023"]
        span = words.span(row["change_low_pp"], row["change_high_pp"], scale)
        assert cells[heads["change"]] == f"{words.value(row['change_pp'], scale)} ({span})"
        assert rows[users[1].label, "2022"][heads["change"]] == ""
        low, high = order.loc[code, ["rank_low", "rank_high"]]
        assert cells[heads["rank"]] == f"{order['rank'][code]} ({low}–{high})"
        lacks = rows[files.label, "2022"][heads["target"]]
        assert (words.number(gap[code]) in lacks) if gap[code] else "đã đạt" in lacks
        label = indicators.measure_label("members_per_1000")
        cells = rows[label, str(last)]
        assert words.value(dense[code], unit) in cells.values()
        assert cells[heads["rank"]] == str(int(dense.rank(ascending=False, method="min")[code]))


def test_the_title_says_the_share_the_possible_ranks_and_what_is_certain(found):
    users = indicators.get("app_users", year=2023)
    shares = rates.to_districts(rates.pick(frames.reports(), users)).set_index("code")
    order = ranks.rank_sets(frames.reports(), indicator=users)
    outside = ranks.funnel(frames.reports(), indicator=users)["outside"]
    for code in places.districts().index:
        said = title(found, code)
        assert said.startswith(f"{places.name(code)}: ")
        assert words.value(shares["share"][code], indicators.classes("app_users")) in said
        low, high = order.loc[code, ["rank_low", "rank_high"]]
        assert f"khoảng hạng {low}–{high} trong 8" in said
        assert said.endswith(words.term(f"profiles.{outside[code] or 'alike'}"))


def test_what_is_certainly_above_is_said_to_be():
    reports = of_users()
    high = places.parents(reports["code"], "district") == "930"
    reports["count"] = (reports["count"] / 4).round().where(~high, 0.9 * reports["out_of"]).round()
    told = facts.of(reports, None)
    assert told.outside["930"] == "above"
    assert "chắc chắn cao hơn mức chung" in title(told, "930")


def test_the_maps_show_the_communes_of_the_district_and_which_it_is(found):
    for code in ("930", "936"):
        inside, around = (one for one in page(found, code)[0].panels if isinstance(one, Map))
        mine = places.communes().query("district_code == @code").index
        assert set(inside.table.index) == set(mine)
        assert inside.labelled
        assert set(page(found, code)[0].rows[1]["code"]) == set(mine)
        shares = rates.uptake(rates.pick(frames.reports(), found.measure)).set_index("code")
        assert inside.table["value"].tolist() == shares.loc[inside.table.index, "share"].tolist()
        assert set(around.table.index) == set(places.districts().index)
        [own] = around.overlays
        length = places.areas().geometry[code].boundary.length
        assert own.name == places.label(code)
        assert own.shape.length == pytest.approx(length)
        assert own.name not in page(found, code)[0].source
        ranking = page(found, code)[0].panels[2]
        assert [places.label(code) in row.label for row in ranking.rows] == [
            row.bold for row in ranking.rows
        ]


# --- the page ---


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_page_says_all_that_a_picture_has_to_and_nothing_overlaps(drawn, language):
    picture = drawn[language]
    require_in_order(picture)
    composed, told = picture.composed, said(picture)
    marks = [one for ax in picture.figure.axes for one in (*ax.patches, *ax.texts)]
    assert sum(one.get_gid() == "banner" for one in marks) == len(composed.panels) == 4
    with words.use(language):
        assert told.count(words.term("words.simulated")) == 4
        each = [composed.title, composed.subtitle, composed.source_line, composed.outlines]
        each += [words.term("maps.outlines_credit"), picture.passport.text]
    for text in each:
        assert plain(text) in told
    for cell in itertools.chain.from_iterable(composed.panels[-1].rows):
        assert plain(cell.text) in told
    for one in composed.panels[0].table.itertuples():
        assert plain(f"{one.label} {one.text}") in told


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_what_stands_above_panels_side_by_side_is_on_one_level(drawn, language):
    figure = drawn[language].figure
    figure.draw_without_rendering()
    heads = [(ax.get_position(), ax._left_title) for ax in figure.axes]
    heads = [(box, one.get_window_extent()) for box, one in heads if one.get_text()]
    beside = [
        (first[1].y1, second[1].y1)
        for first, second in itertools.combinations(heads, 2)
        if abs(first[0].y1 - second[0].y1) < 0.02
    ]
    assert beside
    assert all(abs(one - other) < 1 for one, other in beside), beside


def test_a_page_is_in_one_language(drawn):
    letters = set(re.sub(r"[\x20-\x7e]", "", said(drawn["en"])))
    assert letters <= set("–‰·−…●■○\N{FIGURE SPACE}")
    told = said(drawn["vi"])
    with words.use("en"):
        keys = [one for one in words.strings() if one.startswith(("profiles.", "columns."))]
        english = [words.strings()[one]["en"].strip("; {}") for one in keys]
    assert "Measures by year" in english
    assert not [one for one in english if len(one) > 5 and one in told]


def test_where_not_all_ranks_have_room_those_next_to_the_place_stay():
    table = pd.DataFrame(
        {
            "code": places.communes().index[:40],
            **dict.fromkeys(("share",), np.linspace(0.9, 0.1, 40)),
            **dict.fromkeys(("rank", "rank_low", "rank_high"), range(1, 41)),
            "state": "known",
            "origin": "reported",
            **dict.fromkeys(("could_be_first_three", "surely_first_three"), False),
        }
    )
    one = indicators.get("app_users", year=2023)
    panel = hg.figures.ranking(table, indicator=one, marked=table["code"][20])
    rows, told = panel.fitting(lambda rows, _: len(rows) <= 5)
    assert [int(row.at) for row in rows] == [19, 20, 21, 22, 23]
    assert told == words.term("charts.some_near", shown="5", all="40")


# --- what must not be seen ---


def test_a_hidden_count_stays_hidden_and_is_not_what_is_left_over():
    reports = of_users()
    reports.loc[reports["code"] == "31318", "count"] = 3
    told = facts.of(reports, frames.teams())
    hidden = told.communes[suppress.is_hidden(told.communes)]
    assert "31318" in set(hidden["code"])
    figure, _ = page(told, "930")
    inside = figure.panels[0]
    assert inside.table.loc["31318", "state"] == suppress.SUPPRESSED
    assert np.isnan(inside.table.loc["31318", "value"])
    for rows in figure.rows:
        if "share" in rows:
            gone = rows["code"].isin(hidden["code"])
            assert rows.loc[gone, ["count", "share"]].isna().all(axis=None)
    among = (places.parents(hidden["code"], "district") == "930").sum()
    cells = rows_of(figure.panels[-1])[told.measure.label, "2023"]
    open_ = cells[words.term("columns.count")] != ""
    assert not (open_ and among == 1)


def test_a_district_that_may_not_be_shown_says_so_and_nothing_else():
    reports = of_users()
    mine = places.parents(reports["code"], "district") == "931"
    reports.loc[mine, "count"] = 0
    reports.loc[mine[mine].index[0], "count"] = 1
    told = facts.of(reports, None)
    figure, _ = page(told, "931")
    if told.shown.table.loc["931", "state"] == suppress.SUPPRESSED:
        assert state_name(suppress.SUPPRESSED) in figure.title
        cells = rows_of(figure.panels[-1])[told.measure.label, "2023"]
        shown = [one for head, one in cells.items() if head != words.term("profiles.head_communes")]
        assert [one for one in shown[2:] if one] == [state_name(suppress.SUPPRESSED)]
        ranked = told.ranks["rank"].dropna()
        assert len(ranked) < 8
        assert f" trong {len(ranked)} " in title(told, ranked.index[0])
    else:
        pytest.fail("a district of small counts is shown")


def test_of_a_district_that_sent_nothing_in_a_year_nobody_is_counted():
    reports = of_users()
    mine = places.parents(reports["code"], "district") == "931"
    rows = rows_of(table(facts.of(reports[~mine | (reports["year"] == 2023)], None), "931"))
    told = [cells[words.term("profiles.head_communes")] for cells in rows.values()]
    all_of_them = len(places.communes().query("district_code == '931'"))
    assert told == [f"{all_of_them}/{all_of_them}", f"0/{all_of_them}"]  # the last year first


def test_ranks_are_of_those_that_have_a_number():
    reports = of_users().query("year == 2023")
    told = facts.of(reports[places.parents(reports["code"], "district") != "931"], None)
    every = len(places.districts())
    for code in places.districts().index.drop("931"):
        row = told.shown.table.loc[code]
        low, high = (words.number(row[f"rank_{end}"]) for end in ("low", "high"))
        span = low if low == high else words.term("words.span", low=low, high=high)
        said = words.term("profiles.ranked", ranks=span, known=words.number(every - 1))
        assert said in title(told, code)


# --- other studies ---

HOSTILE = ["$x^2$ \\frac", "<b>A & B</b>", "=LINK(1)", "{place} %s", "[district]", "Ẫ" * 30]


def hostile(folder):
    files = invented.write(folder, districts=2)
    listed = pd.read_csv(files["places"], dtype=str)
    names = [f"Xã {name} {at}" for at, name in enumerate(HOSTILE)]
    listed.loc[:5, "name"] = names
    above = "Huyện " + " ".join(["Nghĩa"] * 9)  # sixty letters
    listed.loc[:5, "district"] = above
    listed.to_csv(files["places"], index=False)
    sent = pd.read_csv(files["reports"], dtype=str)
    named = listed.set_index("code")
    sent["commune"], sent["district"] = (
        sent["code"].map(named[one]) for one in ("name", "district")
    )
    sent.to_csv(files["reports"], index=False)
    return files


def test_names_have_room_on_squares_and_who_sent_nothing_is_counted(tmp_path):
    files = hostile(tmp_path)
    pd.read_csv(files["reports"], dtype=str).drop(index=[1]).to_csv(files["reports"], index=False)
    del files["areas"]
    with words.use("vi"), lent_study(files):
        told = facts.of(frames.reports(), frames.teams())
        one = next(_drawn(told))
        require_in_order(one)
        assert not one.composed.banner
        for name in places.communes()["label_vi"][:5]:
            assert plain(name) in said(one)
        assert words.term("maps.outlines_tiles") in said(one)
        row = rows_of(one.composed.panels[-1])[told.measure.label, "2024"]
        assert row[words.term("profiles.head_communes")] == "5/6"
        assert row[words.term("profiles.head_share")] == state_name("no data")


def test_a_document_has_a_page_for_each_district_of_one_year_without_teams(tmp_path):
    files, done, file = invented.write(tmp_path / "in", districts=2), [], tmp_path / "p.pdf"
    sent = pd.read_csv(files["reports"]).query("year == 2025").drop(columns=["teams", "members"])
    sent.to_csv(files["reports"], index=False)
    with words.use("vi"), lent_study(files):
        profiles.write(file, each=True, done=lambda at, every: done.append((at, every)))
        told = facts.of(frames.reports(), frames.teams())
        assert told.codes == ["801", "802"]
        measures = table(told, "801")
    assert len(rows_of(measures)) == len(measures.rows) == 4
    heads = {words.term("profiles.head_change"), words.term("columns.target")}
    assert not heads & set(measures.heads)
    assert done == [(1, 2), (2, 2)]
    assert len(re.findall(rb"/Type /Page\b", file.read_bytes())) == 2
    assert sorted(one.name for one in tmp_path.glob("p-*.pdf")) == ["p-801.pdf", "p-802.pdf"]
    own = [passport.read(one).passport.hash for one in tmp_path.glob("p*.pdf")]
    assert len(set(own)) == 3


def test_a_district_that_sent_nothing_has_no_page_and_is_named(tmp_path):
    files = invented.write(tmp_path / "in", districts=3)
    sent = pd.read_csv(files["reports"]).query("year == 2025")
    sent[sent["code"] // 100 != 401].to_csv(files["reports"], index=False)
    with words.use("vi"), lent_study(files):
        told = facts.of(frames.reports(), frames.teams())
        assert (told.codes, told.without) == (["801", "803"], [places.label("802")])
    names = {"list_of_places": "places", "catalogue": "indicators"}
    given = options({names.get(name, name): file for name, file in files.items()})
    done = run(tmp_path / "out", *given, "--lang=vi")
    assert done.exit_code == 0, done.output
    assert words.term("profiles.absent", places="TX. Bến Trăng") in " ".join(done.output.split())
    assert len(re.findall(rb"/Type /Page\b", (tmp_path / "out/profiles.pdf").read_bytes())) == 2


@pytest.fixture(scope="module")
def one_level(tmp_path_factory):
    return test_levels.files_of(tmp_path_factory.mktemp("one"), "district")


def test_where_places_have_one_level_the_page_is_of_the_whole(one_level):
    with lent_study(one_level):
        told = facts.of(frames.reports(), frames.teams())
        figure, bands = page(told, None)
        assert told.codes == [None]
        assert bands == ((1.0,), (1.0,), (1.0,))
        assert set(figure.panels[0].table.index) == set(places.districts().index)
        whole = rates.to_province(rates.pick(frames.reports(), told.measure))["count"].iloc[0]
        row = rows_of(figure.panels[-1])[told.measure.label, str(told.measure.year)]
        assert row[words.term("columns.count")] == words.number(whole)
        assert words.term("profiles.head_rank") not in figure.panels[-1].heads


def test_of_one_place_alone_there_is_no_page(monkeypatch):
    monkeypatch.setattr("hganalysis.places.lists.levels", tuple)
    with pytest.raises(places.NotGivenError, match=words.term("places.whole_alone")[:20]):
        profiles.pages()


# --- the command ---


def run(*arguments):
    return CliRunner().invoke(app, ["profiles", *map(str, arguments)])


def options(files):
    return [f"--{'study' if name == 'study' else name}={file}" for name, file in files.items()]


def test_the_command_writes_sheets_of_paper_and_keeps_what_somebody_changed(one_level, tmp_path):
    names = {"list_of_places": "places", "catalogue": "indicators"}
    given = options({names.get(name, name): file for name, file in one_level.items()})
    done = run(tmp_path / "new", *given, "--lang=en")
    assert done.exit_code == 0, done.output
    file = tmp_path / "new" / "profiles.pdf"
    assert str(file) in done.output.replace("\n", "")
    content = file.read_bytes()
    [box] = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", content)
    assert [float(side) / 72 * 25.4 for side in box] == pytest.approx([297, 420], abs=0.1)
    assert b"/Lang (en)" in content
    assert b"/Title (Area profiles: " in content
    assert b"/Subtype /Image" not in content
    assert content.count(b"/FontFile2") == content.count(b"/Type /FontDescriptor") > 0
    assert content.count(b"/ToUnicode") > 0
    assert passport.read(file).passport.language == "en"
    with words.use("en"), lent_study(one_level):
        assert profiles.write(tmp_path / "again.pdf").read_bytes() == content
    file.write_bytes(b"mine")
    again = run(tmp_path / "new")
    assert isinstance(again.exception, BuildError)
    assert "--force" in str(again.exception)
    assert file.read_bytes() == b"mine"


def test_the_command_refuses_what_has_no_pages_in_one_message(tmp_path):
    (tmp_path / "file").touch()
    for folder, more, message in (
        (tmp_path / "file", [], "file"),
        (tmp_path / "new", ["--lang=xx"], "xx"),
        (tmp_path / "new", ["--reports=nothing.xlsx"], "nothing.xlsx"),
    ):
        refused = run(folder, *more)
        assert refused.exit_code == 1
        assert message in str(refused.exception)
    assert not (tmp_path / "new" / "profiles.pdf").exists()
    with pytest.raises(ValueError, match=r"let it end in \.pdf"):
        profiles.write(tmp_path / "pages.png")

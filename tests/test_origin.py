"""Nothing is drawn that does not say where it comes from: origin is never taken from elsewhere."""

import numpy as np
import pandas as pd
import pytest

from hganalysis import (
    atlas,
    change,
    effect,
    figures,
    findings,
    frames,
    indicators,
    maps,
    places,
    rates,
    slides,
    suppress,
)
from hganalysis.figures.classify import prepare
from hganalysis.render.static.areas import SHOWN

HEADLINE = indicators.get("app_users", year=2022)
FILES = indicators.get("files_online", year=2022)
CLASSES = indicators.classes("app_users")
BARE = ["code", "share"]


@pytest.fixture(scope="module")
def shares():
    """Give simulated shares of the districts."""
    return rates.pick(rates.to_districts(frames.reports()), HEADLINE)


@pytest.fixture(scope="module")
def of_communes():
    return rates.pick(rates.uptake(frames.reports()), HEADLINE)


def joined(table):
    """Lay the list of districts beside a table, as one who wants names and residents does."""
    return table.merge(places.districts(), left_on="code", right_index=True)


# Careless ways to lose the origin of a frame of simulated shares.
WAYS = {
    "two columns are kept": lambda d: d[BARE],
    "joined to the list": lambda d: joined(d[BARE]),
    "joined on the index": lambda d: d[BARE].set_index("code").join(places.districts()),
    "joined to outlines": lambda d: places.areas().join(d[BARE].set_index("code")),
    "a column of outlines": lambda d: places.areas().assign(share=d["share"].to_numpy()),
    "two origins": lambda d: d.merge(d[["code", "origin"]], on="code"),
    "added up by hand": lambda d: d.groupby("code", as_index=False)["share"].mean(),
    "a year laid on another": lambda d: maps.locate(
        d[BARE], maps.locate(d.assign(origin="reported"), places.areas())
    ),
    "nothing said": lambda d: d.assign(origin=None),
    "a number for a word": lambda d: d.assign(origin=np.nan),
    "an unknown word": lambda d: d.assign(origin="real"),
    "another case": lambda d: d.assign(origin="Simulated"),
    "one row of eight": lambda d: d.assign(origin=["reported"] * 7 + [None]),
    "lost by an outer join": lambda d: d[BARE].merge(
        d.loc[d["code"] > "931", ["code", "origin"]], how="left", on="code"
    ),
}
MESSAGE = r"(?s)column 'origin'.*assign\(origin=|origin that is none of|do not say where they come"


def drawn(frame):
    """List every way to make a picture or a page of a frame of districts."""
    ax = maps.sheet(title="x")[1][0]
    located = frame if hasattr(frame, "geometry") else maps.locate(frame, places.areas())
    one = maps.Quantity("share", CLASSES, "x")
    told = {"title": "x", "source": "x", "as_of": "x"}
    points = located.set_geometry(located.representative_point())
    return {
        "choropleth": lambda: maps.choropleth(located, "share", classes=CLASSES, ax=ax),
        "circles": lambda: maps.circles(places.areas(), points, "share", classes=CLASSES, ax=ax),
        "bivariate": lambda: maps.bivariate(located, across=one, up=one, ax=ax),
        "web": lambda: maps.web_map(located, "share", classes=CLASSES, **told),
        "digest": lambda: maps.digest(located, "share", classes=CLASSES),
        "slide": lambda: prepare(located, "share", CLASSES),
        "source": lambda: findings.source(pd.DataFrame(frame)),
    }


@pytest.mark.parametrize("way", WAYS)
def test_what_does_not_say_its_origin_is_refused_at_every_entrance(shares, way):
    for draw in drawn(WAYS[way](shares)).values():
        with pytest.raises(ValueError, match=MESSAGE):
            draw()


def test_a_list_of_places_gives_no_origin_to_what_is_laid_beside_it():
    tables = [places.districts(), places.communes(), places.areas(), places.points()]
    tables += [places.communes_2025(), places.points_2025(), places.provinces()]
    tables += [frames.residents(frames.teams())]
    for table in tables:
        assert not {"origin", "state"} & set(table.columns)


def test_outlines_give_names_residents_and_shapes_and_nothing_else(shares):
    before = maps.locate(shares.assign(origin="census", state="known"), places.areas())
    laid = maps.locate(shares[BARE], before)
    assert not {"origin", "state", "share_low", "count", "year"} & set(laid.columns)
    of_a_list = (set(places.areas()) | set(places.points())) - {"origin_of_residents"}
    everything = maps.locate(
        pd.DataFrame({"code": ["930"]}), places.areas().join(places.communes()[["lon"]])
    )
    assert set(everything) == set(places.areas()) - {"origin_of_residents"} | {"lon"}
    assert set(laid) <= of_a_list | {"share"}


def test_the_message_names_origins_that_two_frames_left(shares):
    frame = shares.merge(shares[["code", "origin"]], on="code")
    with pytest.raises(ValueError, match="origin_x, origin_y"):
        maps.digest(maps.locate(frame, places.areas()), "share", classes=CLASSES)


def test_the_origin_of_the_table_holds_whatever_the_outlines_say(shares):
    outlines = places.areas().assign(origin="census")
    ax = maps.choropleth(maps.locate(shares, outlines), "share", classes=CLASSES)
    assert SHOWN[ax].panel.simulated
    assert [one for one in ax.patches if one.get_gid() == "banner"]


def test_communes_are_refused_too(of_communes):
    with pytest.raises(ValueError, match=MESSAGE):
        maps.commune_map(of_communes[[*BARE, "year"]], "share", classes=CLASSES)


@pytest.mark.parametrize(
    "lose",
    [
        lambda reports: reports.drop(columns="origin"),
        lambda reports: reports.assign(origin=None),
        lambda reports: reports.assign(origin="real"),
        lambda reports: reports.assign(
            origin=reports["origin"].where(reports["code"] != "31318", None)
        ),
    ],
)
def test_an_atlas_a_deck_and_all_sums_ask_reports_for_their_origin(lose, tmp_path):
    reports = lose(frames.reports())
    after = indicators.get("app_users", year=2023)
    for make in (
        lambda: atlas.write(tmp_path / "a.html", reports),
        lambda: slides.write(tmp_path / "a.pptx", reports),
        lambda: rates.to_districts(reports),
        lambda: rates.to_province(reports),
        lambda: rates.uptake_2025(reports),
        lambda: change.difference(reports, before=HEADLINE, after=after),
        lambda: change.difference(reports, before=HEADLINE, after=after, by="commune"),
        lambda: change.rank_shift(reports, before=HEADLINE, after=after),
    ):
        with pytest.raises(ValueError, match=MESSAGE):
            make()
    assert list(tmp_path.iterdir()) == []


def test_an_estimate_without_origin_writes_no_sentence():
    communes = effect.units(frames.reports(), frames.teams(), indicator=HEADLINE)
    columns = {
        "count": "count",
        "exposure": "members_per_1000",
        "offset": "population",
        "cluster": "district_code",
    }
    found = effect.estimate(effect.columns(communes.drop(columns="origin"), **columns))
    assert found.origin is None
    for say in (findings.estimate, findings.dispersion):
        with pytest.raises(ValueError, match="does not know where its data come from"):
            say(found)


def test_a_figure_of_numbers_without_origin_has_no_source():
    known = pd.DataFrame({"share": [0.1], "origin": "reported"})
    figure = figures.Figure("x", (), "2022", rows=(known, pd.DataFrame({"share": [1]})))
    for ask in (lambda: figure.simulated, lambda: figure.source, lambda: figure.about):
        with pytest.raises(ValueError, match=MESSAGE):
            ask()


def test_a_place_that_sent_nothing_needs_no_origin_and_one_that_did_does(shares):
    located = maps.locate(shares[shares["code"] != "930"], places.areas())
    assert located["origin"].isna().sum() == 1
    told = findings.source(located)
    assert told == findings.source(shares)
    lost = located.assign(origin=located["origin"].where(located.index != "931"))
    with pytest.raises(ValueError, match=r"do not say(?s:.)*'931'"):
        findings.source(lost)


# Small counts take the same roads.


@pytest.mark.parametrize(
    "frame",
    [
        {"count": [2, 300], "out_of": [1000, 1000]},
        {"count": [2, 300]},
        {"count": ["3", "300"]},
        {"count": [998, 300], "out_of": [1000, 1000]},
        {"share": [0.002, 0.3], "out_of": [1000, 1000]},
        {"share": [0.998, 0.3], "out_of": [1000, 1000]},
    ],
)
@pytest.mark.parametrize("origin", [None, "reported", "simulated"])
def test_small_counts_do_not_pass_in_fewer_columns(frame, origin):
    table = pd.DataFrame({"code": ["930", "931"], **frame})
    table = table if origin is None else table.assign(origin=origin)
    with pytest.raises(ValueError, match=r"1 of 2 rows have a count below 5(?s:.*)930"):
        suppress.refuse_small(table)
    with suppress.use(fewer_than=0):
        assert suppress.refuse_small(table) is table


def test_a_small_count_is_not_drawn_by_another_name_or_beside_a_share():
    table = pd.DataFrame({"code": ["930", "931"], "users": [3, 70_000], "share": [0.1, 0.2]})
    located = maps.locate(table.assign(origin="reported"), places.areas())
    maps.digest(located, "share", classes=CLASSES)
    with pytest.raises(ValueError, match="count below 5"):
        maps.digest(located, "users", classes=indicators.classes("population"))
    beside = maps.locate(
        table.rename(columns={"users": "count"}).assign(origin="reported"), places.areas()
    )
    with pytest.raises(ValueError, match="count below 5"):
        maps.digest(beside, "share", classes=CLASSES)


def test_a_chart_asks_the_same(shares):
    for way in ("joined to the list", "two columns are kept", "two origins"):
        frame = WAYS[way](shares.drop(columns="communes"))
        frame = frame.assign(indicator="app_users", year=2022, state="known")
        with pytest.raises(ValueError, match=MESSAGE):
            figures.intervals(frame.assign(share_low=0.1, share_high=0.9), indicator=HEADLINE)

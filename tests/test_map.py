"""A map in one line: of a measure, of any frame, and what is refused before anything is drawn."""

import re
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

import hganalysis as hg
from hganalysis import findings, frames, indicators, maps, places, rates, words
from hganalysis.maps.draw import rounded_breaks

ROOT = Path(__file__).parents[1]
SAID = {"origin": "reported", "source": "our survey"}


@pytest.fixture
def frame():
    districts = places.districts()
    share = np.linspace(0.1, 0.9, len(districts))
    return pd.DataFrame({"place": districts["name_vi"], "share": share}).reset_index(drop=True)


def shown(picture):
    [panel] = picture.composed.panels
    return panel.table


def test_a_measure_in_two_years_is_drawn_side_by_side():
    table, two = rates.to_districts(frames.reports()), [2022, 2023]
    measures = [indicators.get("app_users", year=year) for year in two]
    classes = indicators.classes("app_users")
    rows = [maps.locate(rates.pick(table, one), places.areas()) for one in measures]
    each = [
        f"{one.when}\n{maps.digest(of, 'share', classes=classes)}"
        for one, of in zip(measures, rows, strict=True)
    ]
    assert hg.map("app_users", two).digest == "\n".join(each)
    assert len(hg.map("app_users", 2022).composed.panels) == 1
    with pytest.raises(LookupError, match="was not taken in 1999"):
        hg.map("app_users", 1999)


def test_a_measure_has_its_finding_as_title_and_what_it_is_out_of_below():
    with words.use("en"):
        told = hg.map("app_users", [2022, 2023]).composed
        table = rates.to_districts(frames.reports())
        for at, year in enumerate((2022, 2023)):
            measure = indicators.get("app_users", year=year)
            found = findings.titles.where(rates.pick(table, measure), indicator=measure)
            assert told.part(at).title == told.findings[at] == found
        assert told.title == told.findings[-1]
        assert told.subtitle.startswith("Out of residents")
        assert "In brackets" in told.subtitle
        own = hg.map("app_users", 2023, title="Mine").composed
        assert (own.title, own.part(0).title) == ("Mine", "Mine")
        assert "In brackets" not in own.subtitle
        assert own.subtitle.startswith("Users of a platform app, out of residents")
        assert hg.map("app_users", 2023, title="", subtitle="").composed.title == ""
        some = hg.map("app_users", 2023, only=["930", "931", "932"]).composed
        assert "Phung Hiep" not in some.title


def test_the_highest_and_the_lowest_share_are_marked_and_no_other(frame):
    [panel] = hg.map(frame, "share", **SAID).composed.panels
    table = panel.table.sort_values("value")
    assert panel.marks == {table.index[-1]: "▲{}", table.index[0]: "▼{}"}
    written = panel.written(panel.table)["text"]
    assert written[table.index[-1]] == f"▲{table['text'].iloc[-1]}"
    assert list(written.drop(list(panel.marks))) == list(
        panel.table["text"].drop(list(panel.marks))
    )
    assert panel.table["text"].str.fullmatch(r"[\d,]+\s%").all()  # the table beside it is as it was
    assert words.term("maps.marked") in hg.map(frame, "share", **SAID).composed.left_out()
    two = frame.assign(share=[0.9, 0.9, *[0.2] * (len(frame) - 2)])
    for same in (two, frame.iloc[:2], frame.rename(columns={"share": "density"})):
        column = "density" if "density" in same else "share"
        assert not hg.map(same, column, **SAID).composed.panels[0].marks
    unseen = hg.map(frame, "share", labels="names", **SAID).composed
    assert words.term("maps.marked") not in unseen.left_out()


def test_names_and_codes_draw_one_map(frame):
    by_name = hg.map(frame, "share", **SAID)
    coded = frame.assign(code=places.districts().index).drop(columns="place")
    for same in (coded, coded.set_index("code"), coded.sample(frac=1, random_state=1)):
        assert hg.map(same, "share", **SAID).digest == by_name.digest
    expected = frame.set_index("place")["share"]
    found = shown(by_name).set_index("name_vi")["value"]
    pd.testing.assert_series_equal(found.sort_index(), expected.sort_index(), check_names=False)


def test_a_place_that_the_frame_lacks_has_no_data(frame):
    table = shown(hg.map(frame.iloc[:5].assign(state="known"), "share", **SAID))
    assert (table["state"] == "no data").sum() == 3


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32737", "EPSG:3857"])
def test_outlines_of_ones_own_lie_anywhere_in_any_projection(crs):
    squares = [box(37 + at, -1, 37.9 + at, 0) for at in range(3)]
    own = gpd.GeoDataFrame(
        {"county": ["Kitui", "Garissa", "Lamu"], "users": [1200.0, 55.5, 310]},
        geometry=squares,
        crs="EPSG:4326",
    ).to_crs(crs)
    picture = hg.map(own, "users", classes=[100, 500], **SAID)
    table = shown(picture).set_index("name")
    assert table["number"].to_dict() == {"Kitui": 2, "Garissa": 0, "Lamu": 1}
    assert table.crs.is_projected
    assert "our survey" in "".join(text.get_text() for text in picture.figure.texts)
    notes = [text.get_text() for text in picture.figure.texts]
    assert not any("khái quát" in note for note in notes)  # of these outlines nobody knows that
    told = any("Phép chiếu: WGS 84 / UTM zone 37S." in note for note in notes)
    assert told == (not own.crs.is_projected)  # one that was chosen is said
    with pytest.raises(ValueError, match="do not say their projection"):
        hg.map(own.set_crs(None, allow_override=True), "users", **SAID)


def test_a_projection_without_a_name_is_said_as_it_is_written():
    squares = [box(10 * at, -5, 10 * at + 9, 5) for at in range(3)]
    own = gpd.GeoDataFrame({"land": list("ABC"), "users": [9, 8, 7.5]}, geometry=squares, crs=4326)
    said = hg.map(own, "users", classes=[8, 9], **SAID).composed.left_out()
    assert "Phép chiếu: +proj=laea +lat_0=0 +lon_0=14.5 +datum=WGS84 +units=m." in said


def test_simulated_rows_put_the_banner_on_it(frame):
    for origin, wanted in (("simulated", True), ("reported", False)):
        picture = hg.map(frame, "share", origin=origin, source="x")
        banners = [
            patch
            for ax in picture.figure.axes
            for patch in ax.patches
            if patch.get_gid() == "banner"
        ]
        assert bool(banners) == wanted


def test_what_is_not_said_is_refused(frame):
    with pytest.raises(ValueError, match="nobody knows where 'share' comes from"):
        hg.map(frame, "share", source="x")
    with pytest.raises(ValueError, match="has to say who says so"):
        hg.map(frame, "share", origin="reported")
    with pytest.raises(LookupError, match="no column 'uptake'"):
        hg.map(frame, "uptake", **SAID)
    doubtful = frame.assign(place=["Long Mỹ", *frame["place"][1:]])
    with pytest.raises(ValueError, match="row 0: Long Mỹ: ") as refused:
        hg.map(doubtful, "share", **SAID)
    assert "1 names in 'place'" in str(refused.value)
    with pytest.raises(LookupError, match="which place a row is of"):
        hg.map(frame[["share"]], "share", **SAID)
    with pytest.raises(ValueError, match="3"):  # a small count, by whatever name
        hg.map(frame.assign(users=[3, *range(100, 107)]), "users", **SAID)


def test_borders_are_round_apart_and_hold_about_as_many_places_each():
    rng = np.random.default_rng(1)
    for scale in (0.001, 1, 3e6):
        values = pd.Series(rng.gamma(2, size=200) * scale)
        breaks = rounded_breaks(values, 5)
        assert list(breaks) == sorted(set(breaks))
        held = indicators.Classes("x", breaks, "decimal").index(values).value_counts(normalize=True)
        assert held.between(0.1, 0.3).all()
        assert all(len(f"{one:.12g}".strip("0.").replace(".", "")) <= 3 for one in breaks)
    assert rounded_breaks(pd.Series([2.0, 2.0]), 5) == (2.0,)
    assert len(rounded_breaks(pd.Series([1.0, 2.0, 3.0]), 5)) == 2
    assert maps.draw is hg.map


# --- choices by keyword: the same for a measure and for a frame ---


def asked(frame):
    """Give what draws a measure, and what draws a frame, with any choices."""
    return (
        lambda **chosen: hg.map("app_users", 2023, **chosen),
        lambda **chosen: hg.map(frame, "share", **{**SAID, **chosen}),
    )


def test_a_measure_and_a_frame_of_its_rates_are_one_map():
    table = rates.to_districts(frames.reports())
    rows = rates.pick(table, indicators.get("app_users", year=2023))
    one, other = hg.map("app_users", 2023), hg.map(rows, "share", source=hg.findings.source(rows))
    assert one.digest == other.digest
    assert one.composed.as_of == other.composed.as_of


def test_colours_are_ones_own_if_their_order_is_seen_in_grey(frame):
    for draw in asked(frame):
        usual = shown(draw())["number"].to_list()
        for colours in ("viridis", ["#ffffff", "#000000"], ["white", "#123456"]):
            table = shown(draw(colours=colours))
            assert table["number"].to_list() == usual
            assert set(table["colour"]) <= set(panel_of(draw(colours=colours)).classes.colours)
        with pytest.raises(ValueError, match="ordered in lightness"):
            draw(colours="hsv")
        for wrong in ("no such map", ["#12", "red"], [1, 2]):
            with pytest.raises(ValueError, match="expected the name of a colormap"):
                draw(colours=wrong)


def panel_of(picture):
    [panel] = picture.composed.maps
    return panel


def test_only_draws_a_part_and_says_what_it_left_out(frame):
    every = places.districts()
    some = [every.index[0], every["name_vi"].iloc[1]]
    for draw in asked(frame):
        picture = draw(only=some)
        assert shown(picture).index.tolist() == every.index[:2].tolist()
        said = [text.get_text() for text in picture.figure.texts]
        assert any("Chỉ vẽ 2 trong 8 đơn vị" in one for one in said)
        assert "Chỉ vẽ 2 trong 8 đơn vị" in picture.web().html()
        most = draw(only=every.index[:6].tolist())
        rest = every["label_vi"].iloc[6:]
        assert all(one in most.composed.left_out() for one in rest)
        with pytest.raises(LookupError, match=r"only= names 'Atlantis'.*expected codes or names"):
            draw(only=["Atlantis"])
        with pytest.raises(LookupError, match="only= names nothing"):
            draw(only=[])


def test_only_refuses_a_name_that_two_places_have():
    own = gpd.GeoDataFrame(
        {
            "code": ["a", "b", "c"],
            "county": ["Lamu", "Lamu", "Kitui"],
            "users": [1200.5, 55.5, 310],
        },
        geometry=[box(37 + at, -1, 37.9 + at, 0) for at in range(3)],
        crs="EPSG:4326",
    )
    with pytest.raises(LookupError, match=r"more than one place by 'Lamu' \(a, b\)"):
        hg.map(own, "users", only="Lamu", **SAID)
    assert shown(hg.map(own, "users", only=["b", "kitui"], **SAID)).index.tolist() == ["b", "c"]


@pytest.mark.parametrize(
    ("labels", "name", "value"),
    [(True, True, True), (False, False, False), ("names", True, False), ("values", False, True)],
)
def test_labels_are_names_values_both_or_none(frame, labels, name, value):
    for draw in asked(frame):
        picture = draw(labels=labels)
        row = shown(picture).iloc[0]
        written = " ".join(
            text.get_text().replace("\n", " ")
            for ax in picture.figure.axes[:1]
            for text in ax.texts
        )
        page = picture.web().html().split("var names = ")[1].split(", bounds")[0]
        assert (row["text"] in written) == value == (row["text"] in page)
        assert (row["label"].split()[-1] in written) == name
    with pytest.raises(ValueError, match="expected True, False, 'names' or 'values'"):
        hg.map("app_users", 2023, labels="big")


def test_a_note_stands_below_the_picture_and_on_its_page_as_text(frame):
    hostile = "Khảo sát <script>alert(1)</script> $x^2$"
    for draw in asked(frame):
        picture = draw(note=hostile)
        assert any(hostile in text.get_text() for text in picture.figure.texts)
        assert "<script>alert" not in picture.web().html()
        long = "một hai ba " * 40
        said = " ".join(one.get_text() for one in draw(note=long).figure.texts)
        assert long.strip() in said
        with pytest.raises(ValueError, match=r"no room at this width for '[^']*a{50}"):
            draw(note="a" * 400)


def test_axes_of_ones_own_get_the_map_its_banner_and_a_legend(frame):
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
    assert hg.map("app_users", 2023, ax=ax) is ax
    figure.draw_without_rendering()
    assert any(patch.get_gid() == "banner" for patch in ax.patches)
    told = [text.get_text() for text in ax.get_legend().get_texts()]
    classes = indicators.classes("app_users")
    assert told[: len(classes.labels)] == list(reversed(classes.labels))
    plt.close(figure)
    figure, ax = plt.subplots(figsize=(6, 4))
    with pytest.raises(ValueError, match=r"inches for the legend.*it needs"):
        hg.map("app_users", 2023, ax=ax)
    with pytest.raises(ValueError, match=r"no room for title=, note= on axes"):
        hg.map("app_users", 2023, ax=ax, title="A", note="b")
    with pytest.raises(ValueError, match="axes hold one map, not 2"):
        hg.map("app_users", [2022, 2023], ax=ax)
    assert not ax.collections
    plt.close(figure)
    small, ax = plt.subplots(figsize=(2, 1.4), layout="constrained")
    with pytest.raises(ValueError, match="nobody could"):
        hg.map(frame, "share", origin="reported", ax=ax)
    plt.close(small)


def test_points_beyond_the_earth_and_infinite_numbers_are_listed():
    points = pd.DataFrame({"n": list("abc"), "lon": [1.0, 2.0, None], "lat": [4.0, 95.0, 6.0]})
    with pytest.raises(ValueError, match=r"2 places lie nowhere on Earth(.|\n)*row 1: lon 2.0"):
        hg.map(points.assign(share=0.2), "share", **SAID)
    points = points.assign(lon=[1.0, 2.0, 3.0], lat=[4.0, 5.0, 6.0], x=[np.inf, 1.5, 2.5])
    with pytest.raises(ValueError, match="a: has a x that is no finite number"):
        hg.map(points, "x", **SAID)


def test_an_album_is_saved_a_picture_a_file(tmp_path, frame):
    frame = frame.assign(**{f"share{at}": frame["share"] for at in range(4)})
    album = hg.map(frame, [f"share{at}" for at in range(4)], **SAID)
    files = album.save(tmp_path / "map.svg")
    assert [file.name for file in files] == ["map-1.svg", "map-2.svg"]
    assert all(file.stat().st_size for file in files)


def test_types_of_a_first_script_are_clean(tmp_path):
    script = tmp_path / "first.py"
    script.write_text(
        "import geopandas as gpd\n"
        "import matplotlib.pyplot as plt\n"
        "import pandas as pd\n"
        "import hganalysis as hg\n\n"
        'hg.map("app_users", [2022, 2023]).save("map.svg")\n'
        'picture = hg.map(pd.DataFrame(), "share", origin="reported", source="us", only=["a"])\n'
        "picture.web().save('map.html')\n"
        'layer = hg.maps.Layer(gpd.GeoDataFrame(), name="Roads", source="us")\n'
        'paper = hg.map("app_users", 2023, layers=[layer], width=85, dpi=300)\n'
        'paper.slide(hg.slides.Deck()).save("talk.pptx", force=True)\n'
        'paper.save("map.pdf", width=170)\n'
        'hg.map("app_users", 2023, ax=plt.gca()).set_title("2023")\n'
        'table: pd.DataFrame = hg.compare("app_users", 2022, 2023).table\n'
        'design = hg.Design(table, count="a", exposure="b", offset="c", cluster="d")\n'
        "print(design.headline(), design.ladder().table.shape)\n"
    )
    # as the house is checked, so that what is known of it is used again
    found = subprocess.run(
        [sys.executable, "-m", "mypy", str(script)], cwd=ROOT, capture_output=True, text=True
    )
    assert "Success" in found.stdout, found.stdout


def test_a_map_that_stands_alone_says_the_date_of_its_own_numbers_only():
    measures = hg.frames.taken(hg.frames.reports(), "headline")
    whole = hg.map(measures)
    assert len(measures) > 1
    for page, measure in zip(whole.pages(), measures, strict=True):
        [said] = re.findall(r'<aside id="note">.*?</aside>', page.html(), re.DOTALL)
        said_dates = [one.when for one in measures if one.when in said]
        assert said_dates == [measure.when]
    assert all(one.when in whole.composed.source_line for one in measures)

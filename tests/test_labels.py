"""
Hold the labels of places to what is seen: real letters, on pixels, on paper, on a page, on a slide.

No letter stands on what it cannot be read on, no label on another; each is on its place, or a line
leads there.
"""

import dataclasses
import io

import country
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.patheffects import Normal
from PIL import Image
from scipy import ndimage

from hganalysis import Study, frames, indicators, limits, maps, places, rates, slides, study, words
from hganalysis.figures.classify import prepare
from hganalysis.figures.colours import contrast
from hganalysis.figures.figure import Figure
from hganalysis.maps.several import of_communes
from hganalysis.render import labels, static, typeset
from hganalysis.render.slide import areas, package, page, pages, text
from hganalysis.render.static import layout

LEAST = 3.0
"""Contrast of a letter with what is around it (WCAG 2, large letters)."""
DOTS = 100
MANY = [8, 70, 705]
NAMES = ("name_vi", "name_en", "label_vi", "label_en")
WRITING = labels._write


def districts(number):
    """Give the districts of the demonstration, or cells of an invented country."""
    if number == 8:
        return places.areas()
    listed = country.communes(705 / country.COMMUNES).head(number)
    cells = gpd.GeoDataFrame(
        dict.fromkeys(NAMES, listed["name"]), geometry=listed["cell"].to_numpy(), crs="EPSG:4326"
    )
    return cells.set_index(pd.Index(listed["code"], name="code")).to_crs("EPSG:5897")


@pytest.fixture(scope="module")
def land():
    return {number: districts(number) for number in MANY}


def figure(land, panels=1):
    """Compose maps of places whose classes are mixed: neighbours are light and dark."""
    mixed = np.random.default_rng(1).permutation(len(land))
    table = land.assign(share=np.linspace(0.12, 0.4, len(land))[mixed])
    table = table.assign(state="known", origin="simulated")
    panel = prepare(table, "share", indicators.classes("app_users"))
    names = ("a", "b", "c")[:panels] if panels > 1 else ()
    return Figure("T", (panel,) * panels, "2023", names=names, named_source="S")


def written(monkeypatch, composed):
    """Draw a page; give it with what was written of each place: its shape, its way, its texts."""
    found = []

    def write(writing, spot, row, shape):
        before = len(writing.ax.texts)
        WRITING(writing, spot, row, shape)
        found.append((writing.ax, spot, shape, writing.ax.texts[before:]))

    monkeypatch.setattr(labels, "_write", write)
    drawn = static.place(composed).figure
    drawn.set_dpi(DOTS)
    return drawn, found


def pixels(drawn):
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", dpi=DOTS)
    return np.asarray(Image.open(buffer).convert("RGB"))


def inked(texts, renderer):
    """
    Draw texts alone, as outlines as with a halo; give the part of the page that they are on, and
    where on it there is ink of theirs.
    """
    renderer.clear()
    for one in texts:
        effects = one.get_path_effects()
        one.set_path_effects([Normal()])
        one.draw(renderer)
        one.set_path_effects(effects)
    corners = np.array([one.get_window_extent(renderer).extents for one in texts])
    (left, low), (right, high) = corners[:, :2].min(axis=0) - 4, corners[:, 2:].max(axis=0) + 4
    tall = int(renderer.height)
    part = slice(max(0, int(tall - high)), int(tall - low)), slice(max(0, int(left)), int(right))
    return part, np.asarray(renderer.buffer_rgba())[(*part, 3)] > 128


def hexes(colours):
    return ["#" + bytes(one).hex() for one in colours.astype(np.uint8)]


def lost(image, letters, colour):
    """Say what part of what is around letters they cannot be told from."""
    around = ndimage.binary_dilation(letters, iterations=2)
    around &= ~ndimage.binary_dilation(letters, iterations=1)  # their soft edges
    beside = image[around]
    poor = [contrast(one, colour) < LEAST for one in hexes(np.unique(beside, axis=0))]
    wrong = np.unique(beside, axis=0)[np.array(poor)]
    return (beside[:, None] == wrong).all(axis=2).any(axis=1).mean() if len(wrong) else 0.0


def hold_page(monkeypatch, composed):
    """Hold the labels of a page; give how many there are."""
    drawn, found = written(monkeypatch, composed)
    image = pixels(drawn)
    renderer = RendererAgg(image.shape[1], image.shape[0], DOTS)
    taken = np.zeros(image.shape[:2], dtype=bool)
    for ax, spot, shape, texts in found:
        every = [one for one in texts if one.get_text()]
        part, letters = inked(every, renderer)
        assert letters.any()
        said = " ".join(one.get_text() for one in every)
        assert not (letters & taken[part]).any(), f"{said} stands on another label"
        taken[part] |= letters
        colour = every[0].get_color()
        assert lost(image[part], letters, colour) <= FEW_LOST, said
        # its anchor is inside of its place: its middle, or the dot that a line leads from
        down, across = np.argwhere(letters).mean(axis=0)
        where = part[1].start + across, len(image) - part[0].start - down
        at = ax.transData.inverted().transform(where)
        if spot.inside == 0:
            ends = [line.get_xydata()[0] for line in ax.lines if line.get_gid() == "leader"]
            assert any(shapely.Point(end).within(shape) for end in ends), said
            assert not shape.contains(shapely.Point(at)), said
        else:
            assert shape.contains(shapely.Point(at)), said
    return len(found)


FEW_LOST = 0.01
"""Of the points around letters: a soft edge of theirs may be among them."""


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize(("number", "panels"), [(8, 1), (8, 3), (70, 1), (705, 1)])
def test_labels_on_paper_are_read_lie_apart_and_on_their_place(
    monkeypatch, land, number, panels, language
):
    with words.use(language):
        count = hold_page(monkeypatch, figure(land[number], panels))
    assert count == 8 * panels if number == 8 else count < number
    assert count > 50 or number != 70


def writes(**change):
    write = typeset.write
    return typeset, "write", lambda *given, **named: write(*given, **named | change)


def moves(change):
    """Let a label stand where another does, or on its place."""
    choose = labels.choose

    def chosen(*given, **named):
        spots = choose(*given, **named)
        first, second = (spots[at] for at in (0, 1))
        return spots | change(first, second)

    return labels, "choose", chosen


def at(spot, other):
    return dataclasses.replace(spot, x=other.x, y=other.y)


@pytest.mark.parametrize(
    "planted",
    [
        writes(halo="#606060"),
        writes(colour="#ffffff"),
        moves(lambda one, other: {0: at(one, other), 1: at(other, one)}),
        moves(lambda one, other: {0: at(one, other)}),
    ],
    ids=["halo", "ink", "elsewhere", "on another"],
)
def test_a_label_that_is_not_read_or_not_on_its_place_is_seen(monkeypatch, land, planted):
    monkeypatch.setattr(*planted)
    with pytest.raises(AssertionError):
        hold_page(monkeypatch, figure(land[8]))


# --- on a slide, whose letters have no halo ---


def on_slide(monkeypatch, panel, *, names=True):
    """Draw a map on a slide; give the places with the way that each label is written."""
    found, choose = [], labels.choose

    def chosen(writing, table, *, blocked):
        spots = choose(writing, table, blocked=blocked)
        found.append((writing, table, spots))
        return spots

    monkeypatch.setattr(labels, "choose", chosen)
    opened = package.open_deck()
    made = opened.slides.add_slide(opened.slide_layouts[0])
    areas.draw(made.shapes, page.Room(330, 110, 580, 380), panel, name="m", alt="m", names=names)
    return found[0]


def lines(writing, spot, said):
    """Give each line of letters of a label as a box in metres: capitals and what hangs below."""
    rows = [*filter(None, spot.name.split("\n")), *filter(None, [said])]
    step, size = writing.metres * typeset.LINE * writing.size, writing.metres * writing.size
    top = spot.y + step * (len(rows) - 1) / 2
    for at, row in enumerate(rows):
        half = writing.metres * text.width(row, writing.size, bold=row == said) / 2
        y = top - at * step
        yield shapely.box(spot.x - half, y - 0.4 * size, spot.x + half, y + 0.35 * size)


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("number", MANY)
def test_letters_on_a_slide_are_on_their_place_or_beside_all_of_them(
    monkeypatch, land, number, language
):
    with words.use(language):
        panel = figure(land[number]).panels[0]
        writing, table, spots = on_slide(monkeypatch, panel)
    whole = table.union_all()
    assert len(spots) == 8 if number == 8 else len(spots) < number
    named = [table["text"].iloc[at] for at, spot in spots.items() if spot.name]
    assert len(named) >= 6 or number != 8
    letters = {at: [*lines(writing, spot, table["text"].iloc[at])] for at, spot in spots.items()}
    for at, spot in spots.items():
        shape, its = table.geometry.iloc[at], shapely.union_all(letters[at])
        if spot.inside == 0:
            assert its.intersection(whole).area < 0.01 * its.area, table["label"].iloc[at]
        else:
            assert its.difference(shape).area < 0.02 * its.area, table["label"].iloc[at]
        for other, boxes in letters.items():
            assert other == at or not its.intersects(shapely.union_all(boxes))


def test_a_label_that_leaves_its_place_on_a_slide_is_seen(monkeypatch, land):
    monkeypatch.setattr(labels, "FITS", 0.6)
    with pytest.raises(AssertionError):
        test_letters_on_a_slide_are_on_their_place_or_beside_all_of_them(monkeypatch, land, 8, "vi")


def test_no_line_to_a_label_crosses_another_label_of_the_opening_slide(monkeypatch):
    """On the small map of the year before, too: labels exchange their places where both gain."""
    maps = {}  # of each map what was chosen last, with most air beside it

    def chosen(writing, table, *, blocked, choose=labels.choose):
        marked = bool(table["text"].str.contains("▲").any())
        maps[marked] = table, choose(writing, table, blocked=blocked)
        return maps[marked][1]

    monkeypatch.setattr(labels, "choose", chosen)
    opening = slides.answers().where.figure
    pages.place(opening, package.open_deck(), 2)
    assert [*maps] == [True, False]
    for table, spots in maps.values():
        assert len(spots) == len(table)
        for at, spot in spots.items():
            line = shapely.LineString([labels.heart(table.geometry.iloc[at]), (spot.x, spot.y)])
            for other, one in spots.items():
                if spot.inside == 0 and other != at:
                    assert not line.intersects(shapely.box(*one.box)), table["name"].iloc[at]


def test_a_line_to_a_label_leads_over_no_more_of_other_places_than_it_must(monkeypatch, land):
    """With what is on the far side free, a label does not go there."""
    _, table, spots = on_slide(monkeypatch, figure(land[8]).panels[0])
    whole = table.union_all()
    for at, spot in spots.items():
        if spot.inside == 0:
            shape = table.geometry.iloc[at]
            line = shapely.LineString([labels.heart(shape), (spot.x, spot.y)])
            over = line.intersection(whole.difference(shape)).length
            assert over < 0.5 * np.sqrt(shape.area), table["label"].iloc[at]


@pytest.mark.parametrize("name", ["Châu Thành A", "Ward 12", "Long Thạnh Đ"])
def test_no_line_begins_with_the_letter_or_number_that_a_name_ends_in(name):
    last = name.split(" ")[-1]
    for room in range(40, 400, 7):
        for folded in (
            *typeset.foldings(name, 14),
            typeset.fill(f"Highest in {name}", 14, room),
            "\n".join(text.wrap(f"Highest in {name}", 14, room)),
        ):
            assert last not in folded.split("\n"), folded
    said = "\n".join(text.wrap("lowest in Châu Thành A, 19,4 %", 14, 140))
    assert "Thành A," in said


def test_no_hatch_runs_behind_the_letters_of_a_label(land):
    """A plain plate lies between both; it ends at the place: around letters its border is seen."""
    hatched = figure(land[8])
    panel = hatched.panels[0]
    table = panel.table.assign(state=["unreliable"] * 4 + ["known"] * 4)
    ax = static.place(
        dataclasses.replace(hatched, panels=(dataclasses.replace(panel, table=table),))
    )
    [ax] = [one for one in ax.figure.axes if one.get_label() == "map"]
    plates = [one for one in ax.patches if one.get_gid() == "plate"]
    hatch = [one.get_zorder() for one in ax.collections if one.get_hatch()]
    assert plates
    assert all(max(hatch) < one.get_zorder() for one in plates)
    west, east = ax.get_xlim()
    reach = 3 * labels.TIGHT * (east - west) / (ax.bbox.width / ax.figure.dpi * 72)
    inner = []
    for one in plates:
        shape = shapely.Polygon(one.get_xy())
        if shape.area < 1:  # of a border that only touches letters, in square metres
            continue
        near = table.geometry.buffer(reach).contains(shape)
        assert near.any()
        # what is more than the ends of a border has hatch below it
        if table.geometry.buffer(-reach).intersects(shape).any():
            inner.append(table["state"][near].eq("unreliable").any())
    assert sum(inner) >= 4
    assert all(inner)


def test_no_border_runs_between_the_letters_of_a_label():
    """A figure and its sign have air between them, in which a piece of a border is a point."""
    drawn, across = maps.draw("files_online", [2022, 2023]), 0
    axes = [one for one in drawn.figure.axes if one.get_label() == "map"]
    for ax, panel in zip(axes, drawn.composed.maps, strict=True):
        plates = shapely.union_all(
            [shapely.Polygon(one.get_xy()) for one in ax.patches if one.get_gid() == "plate"]
        )
        texts = {text.get_text(): text for text in ax.texts}
        for row in panel.table.itertuples():
            [text] = [one for said, one in texts.items() if said.endswith(row.text)]
            box = text.get_window_extent().transformed(ax.transData.inverted())
            # without the air above and below the figures
            inner = shapely.box(*box.extents).buffer(-0.2 * box.height)
            stub = row.geometry.boundary.intersection(inner)
            across += not stub.is_empty
            assert stub.difference(plates.buffer(1)).length < 0.1 * box.height, row.label
    assert across


def test_a_name_is_parted_behind_a_slash_or_a_hyphen_and_a_title_is_not():
    assert typeset.foldings("Taita/Taveta", 14) == ["Taita/Taveta", "Taita/\nTaveta"]
    assert typeset.foldings("Tharaka-Nithi", 14)[-1] == "Tharaka-\nNithi"
    assert typeset.foldings("Trans Nzoia", 14) == ["Trans Nzoia", "Trans\nNzoia"]
    title = "Users of an e-wallet and of an e-service, of 1/2 and 3/4 of all places"
    for room in range(60, 600, 20):
        folded = typeset.fill(title, 14, room)
        assert folded.replace("\n", " ") == title
        assert len(typeset.fill(title, 14, room, within=True)) >= len(folded)


def test_the_name_of_land_that_has_no_room_for_it_points_to_it():
    """Circles lie on it, so the line ends just over its border, and has no dot."""
    _, ax = plt.subplots()
    shape, spot = shapely.box(0, 0, 100, 100), labels.Spot("Xa", 150, 50, 40, 20, 0.0, 1.0)
    row = pd.Series({"label": "Xa", "text": "", "colour": "#ffffff"})
    writing = labels.Writing(ax, metres=1.0, leaders=False)
    labels._write(writing, spot, row, shape)
    [line] = ax.lines
    (start, end), (height, level) = line.get_data()
    assert {float(start), float(end)} == {130.0, 100.0 - labels.INTO}
    assert height == level
    labels._write(writing, dataclasses.replace(spot, inside=1.0, x=50), row, shape)
    assert len(ax.lines) == 1


def test_squares_too_small_for_names_are_named_by_what_they_are_parts_of():
    with Study.open("india_2023").use(), study.use(language="en"):
        measure = frames.latest(frames.reports(), "headline")
        shares = rates.uptake(rates.pick(frames.reports(), measure))
        panel = of_communes(shares, "share", classes=indicators.classes(measure.name))
        drawn = static.place(Figure("T", (panel,), "2023", rows=(shares,), named_source="S"))
        [ax] = [one for one in drawn.figure.axes if one.get_label() == "map"]
        homes = panel.homes()
        named = {code: places.label(code) for code in places.districts().index}
    assert homes["label"].to_dict() == named
    assert len(named) == 8
    texts = [one.get_text().replace("\n", " ") for one in ax.texts]
    pointers = {one.get_gid(): one for one in ax.lines}
    for code, row in homes.iterrows():
        assert texts.count(row["label"].replace("\N{NO-BREAK SPACE}", " ")) == 1, code
    assert "pointer" in pointers
    # each square has its value and no name: a few short ones among many values would say nothing
    written = [*panel.written(panel.outlines)["text"]]
    names = homes["label"].str.replace("\N{NO-BREAK SPACE}", " ")
    assert sorted(filter(None, texts)) == sorted([*written, *names])
    assert len(written) == 165
    assert min(map(len, written)) >= 3
    squares = panel.table.groupby("district_code").size()
    for code, shape in homes.geometry.items():
        # their squares and nothing else: as large as they are, with the gaps between them
        own = panel.table[panel.table["district_code"] == code]
        assert own.within(shape.buffer(1)).all()
        assert shape.area == pytest.approx(squares[code] * own.area.iloc[0], rel=0.12)


def test_a_place_that_its_label_holds_needs_no_line():
    """It may be so small that all of it lies in the air around letters that do not touch it."""
    place, spot = shapely.box(99, 99, 101, 101), labels.Spot("Nhỏ", 100, 100, 40, 20, 0.0, 1.0)
    _, ax = plt.subplots()
    labels._leader(labels.Writing(ax, metres=1.0), spot, place)
    assert len(ax.lines) == 0
    frame = areas.Frame(west=0, north=200, left=0, top=0, metres=1)
    areas._leader(None, frame, spot, place, "Nhỏ")  # no shapes to draw on
    far = dataclasses.replace(spot, y=160)
    labels._leader(labels.Writing(ax, metres=1.0), far, place)
    assert next(line.get_gid() for line in ax.lines) == "leader"
    with pytest.raises(AttributeError):
        areas._leader(None, frame, far, place, "Nhỏ")


def test_a_title_that_is_too_long_or_too_wide_is_refused():
    size, room = 14, 200.0
    with pytest.raises(ValueError, match="shorten it"):
        layout._require("x", "\n".join("x" * (limits.MOST_LINES + 1)), size, room)
    with pytest.raises(ValueError, match="shorten it"):
        layout._require("x", "x" * 200, size, room)
    assert layout._require("x", "x\nx", size, room) == "x\nx"

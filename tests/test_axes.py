"""Maps on figures that readers compose themselves: drawn right, or refused in words."""

import io
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from hganalysis import figures, frames, indicators, maps, places, rates, words
from hganalysis.figures import classify
from hganalysis.render import labels, static
from hganalysis.render.static import axes
from hganalysis.render.static.areas import SHOWN

MEASURE = indicators.get("app_users", year=2022)
CLASSES = indicators.classes("app_users")


@pytest.fixture(scope="module")
def outlines():
    return places.areas()


@pytest.fixture(scope="module")
def located(outlines):
    return maps.locate(rates.pick(rates.to_districts(frames.reports()), MEASURE), outlines)


@pytest.fixture(autouse=True)
def no_figure_is_left():
    yield
    plt.close("all")


def figure(*size, **choices):
    return Figure(figsize=size or (10, 7), **choices)


def several(*grid, size=(6.4, 4.8), **choices):
    made = figure(*size, **choices)
    return made, list(made.subplots(*grid).ravel())


def alone(**choices):
    made = figure(**choices)
    return made, made.subplots()


# Each draws the map on some axes, and gives the figure and these axes.


def of_defaults(draw):
    made, ax = plt.subplots()
    return made, [draw(ax)]


def of_pyplot(draw):
    made, axes = plt.subplots(2, 2)
    return made, [draw(ax) for ax in axes.flat]


def of_a_grid(draw):
    made = figure(12, 8)
    grid = made.add_gridspec(2, 3)
    return made, [draw(made.add_subplot(grid[:, :2])), draw(made.add_subplot(grid[0, 2]))]


def of_a_mosaic(draw):
    made = figure(10, 8)
    axes = made.subplot_mosaic("AB;CC")
    axes["B"].plot([1, 2])
    return made, [draw(axes["A"]), draw(axes["C"])]


def constrained_with_titles_after(draw):
    made, axes = several(1, 2, size=(12, 6), layout="constrained")
    for ax in axes:
        draw(ax).set_title("two\nlines")
    made.suptitle("a title\nof two lines", fontsize=24)
    return made, axes


def tight(draw):
    made, axes = several(1, 2, size=(12, 6), layout="tight")
    return made, [draw(ax) for ax in axes]


def tight_afterwards(draw):
    made, axes = several(2, 2, size=(12, 9))
    for ax in axes:
        draw(ax).set_title("x")
    made.tight_layout(pad=4)
    return made, axes


def made_smaller_afterwards(draw):
    made, ax = alone()
    draw(ax)
    made.set_size_inches(5, 4)
    return made, [ax]


def made_larger_afterwards(draw):
    made, ax = alone()
    draw(ax)
    made.set_size_inches(20, 12)
    return made, [ax]


def moved_afterwards(draw):
    made, axes = several(1, 2, size=(12, 6))
    for ax in axes:
        draw(ax)
    made.subplots_adjust(left=0.3, wspace=0.6)
    return made, axes


def placed_by_hand(draw):
    made, ax = alone()
    draw(ax)
    ax.set_position([0.5, 0.5, 0.4, 0.4])
    return made, [ax]


def logarithmic(draw):
    made, ax = alone()
    ax.set(xscale="log", yscale="log")
    return made, [draw(ax)]


def with_many_dots(draw):
    made, ax = alone(dpi=200)
    return made, [draw(ax)]


def of_subfigures(draw):
    made = figure(12, 6)
    return made, [draw(part.subplots()) for part in made.subfigures(1, 2)]


def inset(draw):
    made, ax = alone()
    return made, [draw(ax), draw(ax.inset_axes((0.6, 0.6, 0.4, 0.4)))]


def on_top_of_what_geopandas_drew(draw):
    made, ax = alone()
    places.areas().plot("population", ax=ax, legend=True)
    return made, [draw(ax)]


def below_what_geopandas_draws(draw):
    made, ax = alone()
    draw(ax)
    places.areas().boundary.plot(ax=ax, color="red")
    return made, [ax]


def beside_a_chart(draw):
    made, axes = several(1, 2, size=(20, 7))
    static.draw(figures.intervals(rates.to_districts(frames.reports()), indicator=MEASURE), axes[0])
    return made, [draw(axes[1])]


def cleared_and_drawn_anew(draw):
    made, ax = alone()
    draw(ax)
    ax.clear()
    return made, [draw(ax)]


WAYS = [
    of_defaults,
    of_pyplot,
    of_a_grid,
    of_a_mosaic,
    constrained_with_titles_after,
    tight,
    tight_afterwards,
    made_smaller_afterwards,
    made_larger_afterwards,
    moved_afterwards,
    placed_by_hand,
    logarithmic,
    with_many_dots,
    of_subfigures,
    inset,
    on_top_of_what_geopandas_drew,
    below_what_geopandas_draws,
    beside_a_chart,
    cleared_and_drawn_anew,
]


def rendered(made):
    """Draw a figure as saving it does, and give what measures its letters."""
    canvas = made.canvas if isinstance(made.canvas, FigureCanvasAgg) else FigureCanvasAgg(made)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        canvas.draw()
    return canvas.get_renderer()


def in_metres(ax, artist, renderer):
    box = artist.get_window_extent(renderer)
    corners = ax.transData.inverted().transform([(box.x0, box.y0), (box.x1, box.y1)])
    return shapely.box(*corners.ravel())


def core(box):
    """Leave the air around letters out."""
    return box.buffer(-0.2 * min(box.bounds[2] - box.bounds[0], box.bounds[3] - box.bounds[1]))


def check(ax, table, renderer, *, names=True):
    """Hold a map to what every map is held to, by what stands on it once it is drawn."""
    land = table.union_all()
    frame = shapely.box(*np.transpose([ax.get_xlim(), ax.get_ylim()]).ravel())
    assert land.within(frame)
    assert np.ptp(ax.get_xlim()) / np.ptp(ax.get_ylim()) == pytest.approx(
        ax.get_window_extent().width / ax.get_window_extent().height, rel=1e-3
    )
    # The banner: one, in full, and the land is seen.
    [banner] = [patch for patch in ax.patches if patch.get_gid() == "banner"]
    box = shapely.Polygon(banner.get_xy())
    said = words.term("words.simulated").replace(" ", "")
    [text] = [one for one in ax.texts if "".join(one.get_text().split()) == said]
    assert in_metres(ax, text, renderer).within(box)
    assert box.within(frame.buffer(1))
    assert box.intersection(land).area < 0.2 * land.area
    # Each value stands on its own place, or a line leads to it; none lies on another.
    hearts = [line.get_xydata()[0] for line in ax.lines if line.get_marker() == "o"]
    values = [one for one in ax.texts if "%" in one.get_text()]
    if names:
        assert sorted(one.get_text() for one in values) == sorted(SHOWN[ax].panel.table["text"])
    written = [one for one in ax.texts if one is not text and one.get_text()]
    boxes = [core(in_metres(ax, one, renderer)) for one in written]
    for at, one in enumerate(boxes):
        assert one.within(frame.buffer(1)), written[at]
        assert not one.intersects(box), written[at]
        assert not any(one.intersects(other) for other in boxes[:at]), written[at]
    for one in values:
        own = SHOWN[ax].panel.table.query("text == @one.get_text()").geometry.iloc[0]
        lies = in_metres(ax, one, renderer)
        on_it = lies.intersection(own).area / lies.area
        led = any(shapely.Point(heart).within(own) for heart in hearts)
        assert on_it > 0.3 or led, one.get_text()


@pytest.mark.parametrize("way", WAYS)
def test_a_map_is_right_however_its_figure_was_composed(located, way):
    made, axes = way(lambda ax: maps.choropleth(located, "share", classes=CLASSES, ax=ax))
    renderer = rendered(made)
    for ax in axes:
        check(ax, located, renderer)
    # and again: nothing is written twice, and nothing moves
    before = [[(one.get_text(), one.get_position()) for one in ax.texts] for ax in axes]
    rendered(made)
    assert before == [[(one.get_text(), one.get_position()) for one in ax.texts] for ax in axes]


@pytest.mark.parametrize("rows", [[5, 2, 7], [0], [7, 6, 5, 4, 3, 2, 1, 0]])
@pytest.mark.parametrize("size", [(4, 3), (8, 6)])
def test_some_rows_in_any_order_are_a_map_of_these(located, rows, size):
    made = figure(*size)
    ax = made.subplots()
    part = located.iloc[rows]
    maps.choropleth(part, "share", classes=CLASSES, ax=ax)
    check(ax, part, rendered(made))
    assert set(SHOWN[ax].panel.table.index) == set(part.index)


def test_circles_too_have_their_words_where_they_belong(outlines):
    table = rates.pick(rates.uptake(frames.reports()), MEASURE)
    points = maps.locate(table, places.points())
    made, axes = several(1, 2, size=(12, 6), layout="constrained")
    for ax in axes:
        maps.circles(outlines, points, "share", classes=CLASSES, ax=ax)
        ax.set_title("later")
    renderer = rendered(made)
    for ax in axes:
        check(ax, outlines, renderer, names=False)


def test_saving_draws_what_is_right_now(located):
    made, ax = alone()
    maps.choropleth(located, "share", classes=CLASSES, ax=ax)
    made.set_size_inches(5, 4)
    for kind in ("png", "svg", "pdf"):
        made.savefig(io.BytesIO(), format=kind, bbox_inches="tight")
    check(ax, located, rendered(made))


def test_limits_set_again_are_the_maps_own_and_that_is_said(located):
    made, ax = alone()
    maps.choropleth(located, "share", classes=CLASSES, ax=ax)
    for change in (ax.invert_yaxis, lambda: ax.set_xlim(550_000, 560_000)):
        change()
        with pytest.warns(UserWarning, match="draw the rows of that part"):
            FigureCanvasAgg(made).draw()
        check(ax, located, rendered(made))


def test_a_figure_that_became_too_small_is_not_drawn(located):
    made, ax = alone()
    maps.choropleth(located, "share", classes=CLASSES, ax=ax)
    made.set_size_inches(2, 1.5)
    with pytest.raises(ValueError, match="larger"):
        made.savefig(io.BytesIO())


# What is refused


def twice(draw):
    _, ax = alone()
    draw(ax)
    return ax


def sharing(_):
    return figure().subplots(1, 2, sharex=True, sharey=True)[0]


REFUSED = {
    "hold a map already": twice,
    "share limits": sharing,
    "share limits with others": lambda _: alone()[1].twinx(),
    "they are polar": lambda _: figure().add_subplot(projection="polar"),
    "they are 3d": lambda _: figure().add_subplot(projection="3d"),
    "1.5 by 1.2 inches": lambda _: figure(2, 1.5).subplots(),
    "1.[0-9] by 0.[0-9] inches": lambda _: figure(6.4, 4.8).subplots(4, 4)[0, 0],
    "ax is a ndarray": lambda _: figure().subplots(2, 2),
    "ax is a Figure": lambda _: figure(),
    "ax is a list": lambda _: [alone()[1]],
}


@pytest.mark.parametrize("message", REFUSED)
@pytest.mark.parametrize("kind", ["choropleth", "circles"])
def test_axes_on_which_no_map_can_be_right_are_refused_before_anything_is_drawn(
    located, outlines, message, kind
):
    points = located.set_geometry(located.representative_point())

    def draw(ax):
        if kind == "circles":
            return maps.circles(outlines, points, "share", classes=CLASSES, ax=ax)
        return maps.choropleth(located, "share", classes=CLASSES, ax=ax)

    ax = REFUSED[message](draw)
    drawn = len(ax.get_children()) if isinstance(ax, mpl.axes.Axes) else 0
    with pytest.raises((ValueError, TypeError), match=message):
        draw(ax)
    if drawn:  # half a map would have no banner
        assert len(ax.get_children()) == drawn


def test_two_measures_need_a_sheet_of_their_own(located):
    one = maps.Quantity("share", CLASSES, "x")
    for ax in (alone()[1], maps.sheet(title="x", panels=2)[1][0]):
        with pytest.raises(ValueError, match="one panel of a sheet"):
            maps.bivariate(located, across=one, up=one, ax=ax)


def test_what_is_no_sheet_is_not_finished(located):
    made, ax = alone()
    maps.choropleth(located, "share", classes=CLASSES, ax=ax)
    for one in (made, plt.figure(), figure()):
        one.suptitle("a title")
        with pytest.raises(ValueError, match=r"no sheet(?s:.)*maps\.sheet\(title"):
            maps.finish(one, source="x", as_of="x")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda sheet: sheet.set_size_inches(8, 4.5), "8 by 4.5 inches"),
        (lambda sheet: sheet.set_layout_engine("constrained"), "layout engine"),
        (lambda sheet: maps.finish(sheet, source="x", as_of="x"), "finished already"),
        (lambda sheet: sheet.axes[1].clear(), "panel 2"),
    ],
)
def test_a_sheet_that_is_no_longer_one_is_not_finished(located, spoil, message):
    sheet, axes = maps.sheet(title="x", panels=2)
    for ax in axes:
        maps.choropleth(located, "share", classes=CLASSES, ax=ax)
    spoil(sheet)
    for ax in sheet.axes:
        ax.set_label("map" if ax in axes else ax.get_label())
    with pytest.raises(ValueError, match=message):
        maps.finish(sheet, source="x", as_of="x")


@pytest.mark.parametrize("size", [12.0, 16.0, 20.0])
def test_no_label_stands_half_on_its_place_and_half_on_another(located, size):
    """Letters that are too large for the map: a label is on its place, or a line leads to it."""
    ax = maps.sheet(title="x", panels=3)[1][0]
    ax = axes.take(ax, located)
    table = classify.prepare(located, "share", CLASSES).table.assign(text="1.234,5 trên 1.000")
    metres = np.ptp(ax.get_xlim()) / (72 * ax.get_position().width * 16)
    chosen = labels.choose(labels.Writing(ax, metres, size=size), table, blocked=[])
    assert chosen
    for spot in chosen.values():
        assert spot.inside == 0 or spot.inside >= labels.WITHIN

"""Place labels: inside their place where they fit, or apart beside the ends of lines."""

import textwrap
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from numpy.typing import NDArray

from ..figure import Map, iterate_rows

# As shares of the size of letters: the usual width of a letter, the height of a line in a label.
LETTER_WIDTH, LINE_HEIGHT = 0.62, 1.1

# Where a name has no room, it is tried in letters of this share of their size.
SMALLER = 0.9

# Beside the ends of lines, the distance of texts as a share of the size of letters.
TEXT_STEP = 1.4

# Between a label beside the map and the map, as a share of the size of letters.
GAP = 0.3

WHITE = "#ffffff"

# A label is tried at so many points from west to east, and from south to north.
TRIALS_PER_SIDE = 41


Bounds = Sequence[float] | NDArray[Any]
"""West, south, east and north."""


class Label(NamedTuple):
    """A text on a map."""

    colour: str
    """Of the place below it."""
    x: float
    """Of the middle of the label, in metres; so is `y`."""
    y: float
    text: str
    size: float
    """Of its letters, in points."""
    is_over: bool = False
    """Whether it reaches over the edge of its place, and needs an edge of its own to be read."""
    leads_to: tuple[float, float] | None = None
    """A point of its place, in metres, where the label stands beside the map."""


def fit_labels(
    panel: Map, sizes: Sequence[float], scale: float, canvas: Bounds | None = None
) -> Iterator[Label]:
    """
    Label each place that has room: with name and number, or with the number.

    A place without room for its number has no label. The list beside the map has it. Only places
    that are always named have one then, and others make room for it.

    Parameters
    ----------
    sizes
        Sizes of letters that are tried, in points, the usual one first.
    scale
        Points for each metre.
    canvas
        West, south, east and north of the room for labels, in metres; by default that of the land.
    """
    places = panel.places.dropna(subset="text")
    bounds = places.bounds
    has_room = bounds["maxy"] - bounds["miny"] > LINE_HEIGHT * min(sizes) / scale
    taken = []
    canvas = panel.land.total_bounds if canvas is None else canvas
    for label in _always_named(panel, min(sizes), scale, canvas):
        yield label
        taken.append(_box(label, scale))
    has_label = places.index.isin(panel.always_named)
    for place in iterate_rows(places[has_room & ~has_label]):
        if panel.labels_only_named:
            texts = _folded_names(place.name)
        else:
            texts = _candidate_texts(place.name, place.text, is_tiled=panel.is_tiled)
        attempts = [(text, letters) for letters in sizes for text in texts]
        if not panel.labels_only_named:
            # the number alone
            attempts.append((place.text, sizes[0]))
        for text, letters in attempts:
            middle = _find_room(place.geometry, text, letters / scale)
            if middle:
                label = Label(place.colour, *middle, text, letters)
                is_over_label = shapely.intersects(_box(label, scale), taken).any()
                if not is_over_label:
                    yield label
                break


def _always_named(panel: Map, letters: float, scale: float, canvas: Bounds) -> list[Label]:
    """Name places in any case: inside where there is room, else beside the map, else over it."""
    labels: list[Label] = []
    is_always_named = panel.places.index.isin(panel.always_named)
    for place in iterate_rows(panel.places[is_always_named]):
        texts = _folded_names(place.name)
        if not panel.labels_only_named and pd.notna(place.text):
            with_number = _candidate_texts(place.name, place.text, is_tiled=False)
            texts = [*with_number, *texts]
        label = _label_inside(place, texts, letters, scale)
        boxes = [_box(other, scale) for other in labels]
        if label is None:
            taken = [*boxes, panel.land.union_all()]
            label = _label_beside(place, letters, scale, canvas, taken)
        if label is None:
            label = _label_over(place, letters, scale, panel.land.total_bounds)
            box = _box(label, scale)
            if shapely.intersects(box, boxes).any():
                # below its place
                _, low, _, high = box.bounds
                _, bottom, _, _ = place.geometry.bounds
                label = label._replace(y=bottom - (high - low) / 2)
        labels.append(label)
    return labels


def _label_inside(place: Any, texts: list[str], letters: float, scale: float) -> Label | None:  # noqa: ANN401
    """Write the first text that has room inside a place."""
    for text in texts:
        middle = _find_room(place.geometry, text, letters / scale)
        if middle:
            return Label(place.colour, *middle, text, letters)
    return None


def _label_beside(
    place: Any,  # noqa: ANN401
    letters: float,
    scale: float,
    canvas: Bounds,
    taken: list[shapely.Geometry],
) -> Label | None:
    """Write a name where the canvas is empty, as near to its place as possible."""
    point = place.geometry.representative_point()
    leads_to = shapely.get_coordinates(point)[0]
    full = shapely.union_all(taken).buffer(GAP * letters / scale)
    shapely.prepare(full)
    nearest = None
    shortest = np.inf
    for text in (place.name, _fold_once(place.name)):
        # boxes around each point of a grid of the canvas, within its edges
        label = Label(WHITE, 0, 0, text, letters, leads_to=(leads_to[0], leads_to[1]))
        left, low, right, high = extent = _box(label, scale).bounds
        west, south, east, north = np.subtract(canvas, extent)
        if west > east or south > north:
            continue
        across = np.linspace(west, east, TRIALS_PER_SIDE)
        up = np.linspace(south, north, TRIALS_PER_SIDE)
        x, y = map(np.ravel, np.meshgrid(across, up))
        boxes = shapely.box(x + left, y + low, x + right, y + high)
        # the nearest that covers nothing
        distances = shapely.distance(boxes, point)
        distances[shapely.intersects(full, boxes)] = np.inf
        number = distances.argmin()
        if distances[number] < shortest:
            shortest = distances[number]
            nearest = label._replace(x=x[number], y=y[number])
    return nearest


def lead(label: Label, scale: float) -> NDArray[Any]:
    """Give the ends of the line from a label beside the map to its place."""
    point = shapely.Point(label.leads_to)
    line = shapely.shortest_line(_box(label, scale), point)
    return np.asarray(shapely.get_coordinates(line))


def _label_over(place: Any, letters: float, scale: float, bounds: NDArray[Any]) -> Label:  # noqa: ANN401
    """Write a name over a place, or above it where nothing of its colour could be seen then."""
    west, south, east, north = bounds
    text = _fold_once(place.name)
    [[x, y]] = shapely.get_coordinates(place.geometry.representative_point())
    label = Label(WHITE, x, y, text, letters, is_over=True)
    left, low, right, high = _box(label, scale).bounds
    width = right - left
    height = high - low
    _, bottom, _, top = place.geometry.bounds
    if top - bottom < height:
        y = top + height / 2
    # within the edges of the map
    if east - west > width:
        x = min(max(x, west + width / 2), east - width / 2)
    y = min(max(y, south + height / 2), north - height / 2)
    return label._replace(x=x, y=y)


def _box(label: Label, scale: float) -> shapely.Geometry:
    """Draw a box around a label."""
    size = label.size / scale
    lines = label.text.split("\n")
    half_width = (max(map(_text_width, lines)) + 0.2) * size / 2
    half_height = LINE_HEIGHT * size * len(lines) / 2
    left, right = label.x - half_width, label.x + half_width
    low, high = label.y - half_height, label.y + half_height
    return shapely.box(left, low, right, high)


def _candidate_texts(name: str, number: str, *, is_tiled: bool) -> list[str]:
    """List the labels with its name that a place may have, the fullest first."""
    longest_word = max(map(len, name.split()), default=1)
    texts = [f"{name}\n{number}"]
    for width in (len(name) // 2 + 2, longest_word):
        folded = textwrap.fill(name, width, break_long_words=False)
        texts.append(f"{folded}\n{number}")
    if is_tiled:  # nobody knows a square by its shape: its name says more than its number
        texts += [folded, *_folded_names(name)]
    return texts


def _fold_once(name: str) -> str:
    """Fold a name in about two lines."""
    return textwrap.fill(name, len(name) // 2 + 2, break_long_words=False)


def _folded_names(name: str) -> list[str]:
    """Fold a name between its words; then within a long word, with a hyphen."""
    name = name.replace("\N{NO-BREAK SPACE}", " ")
    longest_word = max(map(len, name.split()), default=1)
    texts = [name, textwrap.fill(name, longest_word, break_long_words=False)]
    for n_letters in (7, 6, 5, 4):
        words = []
        for word in name.split():
            pieces = [word]
            if len(word) > n_letters:
                middle = -(-len(word) // 2)
                pieces = [f"{word[:middle]}-", word[middle:]]
            words += pieces
        texts.append("\n".join(words))
    return list(dict.fromkeys(texts))


def _find_room(shape: shapely.Geometry, text: str, size: float) -> tuple[float, float] | None:
    """Find where a label fits inside a place, as near to its middle as possible."""
    lines = text.split("\n")
    height = LINE_HEIGHT * size
    west, south, east, north = shape.bounds
    if height * len(lines) >= north - south:  # a width takes a thousand times as long
        return None
    widths = [(_text_width(line) + 0.2) * size for line in lines]
    if max(widths) >= east - west:
        return None

    # a box for each line of the label, around each point of a grid
    across = np.linspace(west, east, TRIALS_PER_SIDE)
    up = np.linspace(south, north, TRIALS_PER_SIDE)
    x, y = map(np.ravel, np.meshgrid(across, up))
    fits = np.full(len(x), fill_value=True)
    shapely.prepare(shape)
    top = y + height * len(lines) / 2
    for number, width in enumerate(widths):
        line_top = top - height * number
        boxes = shapely.box(x - width / 2, line_top - height, x + width / 2, line_top)
        fits &= shapely.contains_properly(shape, boxes)
    if not fits.any():
        return None

    middle = shapely.get_point(shapely.maximum_inscribed_circle(shape), 0)
    distances = shapely.distance(shapely.points(x, y), middle)
    nearest = np.where(fits, distances, np.inf).argmin()
    return x[nearest], y[nearest]


@lru_cache(maxsize=4096)  # the same labels are tried at many places
def _text_width(text: str) -> float:
    """Measure a text in the letters of a page, of size 1; those of slides are narrower."""
    path = TextPath((0, 0), text, size=1)
    x = path.vertices[:, 0]
    # each bend of a letter has a point between its ends; `get_extents` takes eight times as long
    middle = np.flatnonzero(path.codes == Path.CURVE3)[::2]
    pull = x[middle]
    towards = pull - x[middle - 1]
    away = x[middle + 1] - pull
    bend = towards - away
    is_bent = bend != 0
    turn = np.zeros_like(bend)
    np.divide(towards, bend, out=turn, where=is_bent)
    turn = turn.clip(0, 1)
    before = pull - (1 - turn) * towards
    after = pull + turn * away
    farthest = before + turn * (after - before)
    # what closes a letter is nowhere
    is_point = path.codes != Path.CLOSEPOLY
    is_point[middle] = False
    points = x[is_point]
    reached = np.concatenate([points, farthest])
    return float(np.ptp(reached))


def spread(
    ends: pd.DataFrame, size: float, axis_height: float
) -> tuple[pd.DataFrame, tuple[float, float]]:
    """
    Choose the height of the text at each end of each line, and the limits of the axis.

    Parameters
    ----------
    ends
        One column for each side, one row for each line.
    size
        Size of letters, in points.
    axis_height
        In points.
    """
    low, high = float(ends.to_numpy().min()), float(ends.to_numpy().max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    for _ in range(5):  # texts that are moved beyond the axis lengthen it, and so their own step
        step = TEXT_STEP * size * (high - low) / axis_height
        heights = ends.apply(move_apart, step=step)
        covered = pd.concat([ends, heights]).to_numpy()
        low, high = float(covered.min()) - step / 2, float(covered.max()) + step / 2
    return heights, (low, high)


def move_apart(values: pd.Series, step: float) -> pd.Series:
    """Keep neighbours a step apart, and move each as little as that allows."""
    from scipy.optimize import isotonic_regression  # a third of a second, for slopes only

    ordered = values.sort_values(kind="stable")
    offsets = step * np.arange(len(ordered))
    moved = isotonic_regression(ordered - offsets).x + offsets
    return pd.Series(moved, ordered.index).reindex(values.index)

"""Read a page: the marks of matplotlib at the moment that the page is written."""

from functools import singledispatch
from itertools import pairwise
from unittest import mock

import matplotlib.text
import numpy as np
import shapely
from matplotlib.collections import (
    LineCollection,
    PatchCollection,
    PathCollection,
    PolyCollection,
    QuadMesh,
)
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as Sheet
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.table import Cell
from matplotlib.transforms import IdentityTransform

from hganalysis.draw import page

from .drawing import TOUCHING, WHITE, Area, Dot, Marks, Strip, Text, clean

BROKEN = (":", "--")
"""Styles of matplotlib whose lines are broken."""


def read_page(figure, *, width=170, height=0):
    """Draw a figure on a page of so many millimetres, or on its paper, and read it."""
    pages = []

    def read(sheet, *_, **__):
        pages.append(_read_sheet(sheet))

    # no page that another test laid out
    page._make_drawing.cache_clear()
    with mock.patch.object(Sheet, "savefig", read):
        page.draw_page(figure, width=width, height=height, kind="svg")
    [drawing] = pages
    return drawing


def _read_sheet(sheet):
    """Read all that can be seen."""
    sheet.draw_without_rendering()
    marks = Marks()
    points = 72 / sheet.dpi
    height = sheet.bbox.height * points

    def place(coordinates, transform):
        """Bring coordinates of matplotlib to points from the upper left corner."""
        pairs = np.asarray(coordinates, dtype=float).reshape(-1, 2)
        pixels = transform.transform(pairs)
        return pixels * points * (1, -1) + (0, height)

    unseen = set()
    for ax in sheet.axes:
        if not ax.axison:
            unseen.update(ax.xaxis.findobj(), ax.yaxis.findobj())
    for artist in sheet.findobj():
        if artist.get_visible() and artist not in unseen:
            read_artist(artist, place, marks)
    return marks.drawing()


@singledispatch
def read_artist(artist, place, marks):
    """Add what an artist of matplotlib draws; most kinds draw nothing of their own."""


@read_artist.register
def _read_text(artist: matplotlib.text.Text, place, marks):
    text = clean(artist.get_text())
    if not text:
        return
    # of the letters alone, without an arrow
    box = matplotlib.text.Text.get_window_extent(artist)
    (start, low), (end, high) = place(box.get_points(), IdentityTransform())
    middle = (start + end) / 2, (low + high) / 2
    marks.texts.append(Text(text, *middle, start, end, low - high))
    arrow = getattr(artist, "arrow_patch", None)
    if arrow is not None:
        corners = place(arrow.get_path().vertices, arrow.get_transform())
        marks.add_line(corners[[0, -1]], arrow.get_edgecolor(), arrow.get_linewidth())


@read_artist.register
def _read_cell(artist: Cell, place, marks):
    """Read the text of a cell of a table, which is no child of it."""
    _read_text(artist.get_text(), place, marks)


@read_artist.register
def _read_segments(artist: LineCollection, place, marks):
    segments = artist.get_segments()
    colours = np.broadcast_to(artist.get_colors(), (len(segments), 4))
    _, dashes = artist.get_linestyle()[0]
    width = artist.get_linewidths()[0]
    for segment, colour in zip(segments, colours, strict=True):
        ends = place(segment, artist.get_transform())
        # a row may have no interval
        if len(ends) > 1 and np.isfinite(ends).all():
            marks.add_line(ends[[0, -1]], colour, width, dashed=bool(dashes))


@read_artist.register
def _read_dots(artist: PathCollection, place, marks):
    middles = place(artist.get_offsets(), artist.get_offset_transform())
    fills = artist.get_facecolor()
    edges = artist.get_edgecolor()
    sizes = artist.get_sizes()
    for number, middle in enumerate(middles):
        if np.isfinite(middle).all():
            fill = to_hex(fills[number % len(fills)])
            edge = to_hex(edges[number % len(edges)])
            size = sizes[number % len(sizes)] ** 0.5
            marks.dots.append(Dot(*middle, fill, edge, size))


@read_artist.register
def _read_areas(artist: PatchCollection, place, marks):
    fills = artist.get_facecolor()
    for number, path in enumerate(artist.get_paths()):
        fill = to_hex(fills[number % len(fills)])
        corners = place(path.vertices, artist.get_transform())
        # a place may have several parts
        starts = np.flatnonzero(path.codes == path.MOVETO)
        for ring in np.split(corners, starts[1:]):
            marks.areas.append(Area(shapely.Polygon(ring), fill))


@read_artist.register
def _read_band(artist: PolyCollection, place, marks):
    """Read what is between two lines, such as the ends of an interval."""
    [band] = artist.get_paths()
    corners = place(band.vertices, artist.get_transform())
    fill = to_hex(artist.get_facecolor()[0])
    marks.areas.append(Area(shapely.Polygon(corners), fill))


@read_artist.register
def _read_legend(artist: QuadMesh, place, marks):
    borders = place(artist.get_coordinates()[:, 0], artist.get_transform())
    colours = artist.to_rgba(artist.get_array())
    colours = colours.reshape(-1, 4)
    for (start, end), colour in zip(pairwise(borders), colours, strict=True):
        x, y = start
        marks.strips.append(Strip(x, end[0], y, to_hex(colour)))


@read_artist.register
def _read_strip(artist: Rectangle, place, marks):
    """Read the red strip, or the sample of a colour in a key; the ground of a page is white."""
    box = artist.get_window_extent()
    (start, low), (end, high) = place(box.get_points(), IdentityTransform())
    fill = to_hex(artist.get_facecolor())
    is_filled = artist.get_facecolor()[3] > 0 and fill != WHITE
    if is_filled and low - high > TOUCHING:
        marks.strips.append(Strip(start, end, (low + high) / 2, fill))


@read_artist.register
def _read_curve(artist: Line2D, place, marks):
    corners = place(artist.get_xydata(), artist.get_transform())
    corners = corners[np.isfinite(corners).all(axis=1)]
    style = artist.get_linestyle()
    if style != "None":
        for ends in pairwise(corners):
            width = artist.get_linewidth()
            marks.add_line(ends, artist.get_color(), width, dashed=style in BROKEN)
    shown = artist.get_markevery()
    if shown is not None:
        corners = corners[shown]
    size = artist.get_markersize()
    fill = artist.get_markerfacecolor()
    edge = artist.get_markeredgecolor()
    for x, y in corners:
        if artist.get_marker() == "o":
            marks.dots.append(Dot(x, y, to_hex(fill), to_hex(edge), size))
        elif artist.get_marker() == "|":
            stroke = (x, y - size / 2), (x, y + size / 2)
            marks.add_line(stroke, edge, artist.get_markeredgewidth())

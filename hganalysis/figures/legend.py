"""Say what stands beside a map: its classes, its states, its target, what its outlines are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .. import places, study, words
from .classify import intervals
from .colours import INK
from .states import LOOKS, UNRELIABLE, hatch_ink, state_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from ..indicators import Classes
    from .classify import Map


@dataclass(frozen=True)
class Entry:
    """
    One line of a legend: a colour or a hatch, what it means, how many places on each map; or the
    mark of a layer over the places, of which there is no number.
    """

    colour: str
    hatch: str
    ink: str
    text: str
    places: tuple[int, ...]
    dashed: bool = False
    mark: Literal["", "line", "point"] = ""


def entries(drawings: Sequence[Map]) -> tuple[list[Entry], list[Entry]]:
    """List the classes; and the states, and layers, that are present on any of the maps."""
    classes = drawings[0].classes
    kinds = [
        Entry(colour, "", INK, label, tuple(drawn.places_in(number) for drawn in drawings))
        for number, (colour, label) in enumerate(
            zip(classes.colours, intervals(classes), strict=True)
        )
    ]
    # "Unreliable" has no colour of its own: its sample takes a middle one.
    middle = classes.colours[len(classes.colours) // 2]
    states = [
        Entry(
            look.colour or middle,
            look.hatch,
            hatch_ink(state, look.colour or middle),
            state_name(state),
            tuple(drawn.places_with(state) for drawn in drawings),
            dashed=state == UNRELIABLE and drawings[0].radius is not None,
        )
        for state, look in LOOKS.items()
        if any(state in drawn.states for drawn in drawings)
    ]
    return kinds, [*states, *_overlays(drawings)]


def _overlays(drawings: Sequence[Map]) -> list[Entry]:
    """List the layers over the maps, each once: points are told for each map that they are on."""
    texts: dict[str, list[str]] = {}
    colours = {one.name: one for drawn in drawings for one in drawn.overlays}
    for drawn in drawings:
        for one in drawn.overlays:
            texts.setdefault(one.name, []).append(one.text)
    return [
        Entry(
            colours[name].colour,
            "",
            INK,
            ", ".join(dict.fromkeys(each)),
            (),
            mark="point" if colours[name].points else "line",
        )
        for name, each in texts.items()
    ]


def round_down(amount: float) -> float:
    """Round down to 1, 2 or 5 times a power of ten: an amount that can be held in the head."""
    power = 10.0 ** math.floor(math.log10(amount))
    return max(step * power for step in (1, 2, 5) if step * power <= amount)


def sizes(panel: Map) -> tuple[tuple[float, float], ...]:
    """Choose up to three round sizes of circles, each with its radius in metres."""
    if panel.radius is None:
        return ()
    return keyed(panel.table["population"], panel.radius)


def keyed(people: pd.Series, radius: pd.Series) -> tuple[tuple[float, float], ...]:
    """Choose up to three round sizes, as large as some circles are, each with its radius."""
    most = people.max()
    least = max(people.min(), most / 8)  # smaller ones are hardly seen
    power = 10.0 ** math.floor(math.log10(least))
    steps = (step * power * ten for ten in (1, 10) for step in (1, 1.5, 2, 3, 4, 5, 6, 8))
    within = [one for one in steps if least <= one <= most] or [round_down(most)]
    middle = min(within, key=lambda one: abs(math.log(one**2 / (within[0] * within[-1]))))
    per_size = (radius**2).sum() / people.sum()
    chosen = sorted({within[0], middle, within[-1]})
    return tuple((one, math.sqrt(one * per_size)) for one in chosen)


def target_at(classes: Classes) -> int | None:
    """Give the number of the class that starts at the target."""
    return None if classes.target is None else classes.breaks.index(classes.target) + 1


def outlines_note(shapes: gpd.GeoDataFrame) -> str:
    """Say what outlines are worth, where that is known: see `whose`."""
    kind = whose(shapes)
    return words.term(f"maps.{kind}") if kind else ""


def whose(
    shapes: gpd.GeoDataFrame,
) -> Literal["outlines", "outlines_own", "outlines_tiles", ""]:
    """
    Say what outlines some are: generalised ones, as the study says, or as given, or squares
    where there are none.

    Of shapes that a caller brings in a frame nobody knows what they are worth: nothing is said.
    """
    if "tile" in shapes:
        return "outlines_tiles"
    codes = shapes.index.astype(str)
    for level in ("district", "commune"):
        if not places.has_areas(level):
            continue
        known = places.areas(level)
        found = codes.isin(known.index)
        if found.any():
            same = known.geometry.loc[codes[found]].geom_equals_exact(
                shapes.geometry[found], 1.0, align=False
            )
            general = study.current().says("outlines", "generalised")
            return ("outlines" if general else "outlines_own") if same.all() else ""
    return ""

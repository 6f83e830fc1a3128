"""Write what the script of an atlas reads: views, classes, places, and every text it sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from .. import places, words
from ..figures.classify import intervals, unit_text
from ..figures.colours import INK, WHITE
from ..figures.states import UNRELIABLE, is_dark, state_name
from . import outlines
from .picture import LETTERS
from .views import LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from ..figures.figure import Figure
    from ..indicators import Classes
    from .picture import Ground
    from .views import View

Spoken = TypeVar("Spoken")

# Texts that the script fills in or sets where no element can hold them.
SPOKEN = (
    *("atlas.map", "atlas.map_keys", "atlas.scroll", "atlas.search", "atlas.search_hint"),
    *("atlas.search_none", "atlas.search_found", "atlas.fact_difference", "atlas.legend"),
    *("atlas.controls", "atlas.language", "atlas.file", "atlas.simulated_file", "atlas.when"),
    *("atlas.level", "atlas.year", "atlas.measure", "atlas.first", "atlas.second"),
    *("findings.gate", "findings.prefix", "words.simulated", "atlas.title"),
    *("maps.fact_place", "maps.places", "atlas.histogram", "atlas.its_page", "words.percent"),
    *("maps.population", "atlas.card_close", "atlas.card_peers"),
    *("atlas.shake_one", "atlas.shake_end", "atlas.shake_note"),
    *("atlas.target_missed", "atlas.target_lacks", "atlas.target_place", "atlas.target_sure"),
    *("atlas.target_unsure", "slides.name_opening", "atlas.answer_back", "atlas.answer_next"),
    *("atlas.answer_table", "atlas.notes", "atlas.notes_title", "atlas.notes_clock"),
    *("atlas.notes_rests", "atlas.notes_next", "atlas.notes_blocked"),
)


def data(
    views: Sequence[View],
    ground: Ground,
    figures: dict[str, dict[str, Figure]],
    numbers: str,
) -> dict[str, object]:
    """Gather it all; the numbers stand in it once, as the file that can be saved."""
    return {
        "csv": numbers,
        "levels": {level: _level(level, ground) for level in ground.areas},
        "scales": {view.key.rpartition(".")[0]: _scale(view.classes) for view in views},
        "views": {
            view.key: _view(
                view,
                {one: its[view.key] for one, its in figures.items()},
                ground.areas[view.level].index,
            )
            for view in views
        },
        "texts": {
            one: {key: words.strings()[key][one] for key in SPOKEN} for one in words.LANGUAGES
        },
        "whole": str(places.province()["code"]),
        "province": {one: spoken(one, places.province_name) for one in words.LANGUAGES},
    }


def _level(level: str, ground: Ground) -> dict[str, object]:
    area = ground.areas[level]
    middles = outlines.middles(area, ground.paper)
    labels = {one: area[f"label_{one}"] for one in words.LANGUAGES}
    # Circles are named by nobody; the districts are, where no circle covers them.
    between = outlines.between(ground.areas, ground.paper)
    return {
        "name": {one: spoken(one, lambda: words.term(f"atlas.level_{level}")) for one in labels},
        "codes": [str(code) for code in area.index],
        **_texts("sizes", lambda: outlines.sizes(area, ground.paper)),
        "at": list(middles.values()),
        "between": between if level == LEVELS[0] else [],
        "labels": {
            one: [outlines.folded(str(label)) for label in texts] if level == LEVELS[0] else []
            for one, texts in labels.items()
        },
    }


def _scale(classes: Classes) -> dict[str, object]:
    """Describe the classes of a measure: colours, borders as numbers and as text."""

    def edges() -> list[str]:
        return words.series(classes.breaks, classes, bare=bool(unit_text(classes)))

    return {
        "colours": classes.colours,
        "inks": [WHITE if is_dark(colour) else INK for colour in classes.colours],
        "breaks": classes.breaks,
        "share": classes.unit == "share",
        "target": None if classes.target is None else classes.breaks.index(classes.target),
        **_texts("edges", edges),
        **_texts("labels", lambda: intervals(classes)),
        **_texts("unit", lambda: unit_text(classes)),
        **_texts("target_text", lambda: classes.target_text),
    }


def _view(view: View, figures: dict[str, Figure], codes: pd.Index) -> dict[str, object]:
    figure = figures[words.language()]
    drawn = figure.maps[0]
    table = drawn.table.loc[codes]  # in the order in which the level names its places
    looks = [
        LETTERS.get(state) or f"{'u' if state == UNRELIABLE else ''}{number}"
        for state, number in zip(table["state"], table["number"], strict=True)
    ]
    return {
        "measure": view.measure,
        "year": view.year,
        "before": view.before,
        "change": view.of_change,
        "level": view.level,
        "when": view.when,
        "simulated": figure.simulated,
        "looks": " ".join(looks),
        **_texts("label", view.label),
        "title": {one: its.title for one, its in figures.items()},
        "period": {one: its.as_of for one, its in figures.items()},
        "counts": {one: its.subtitle for one, its in figures.items()},
        **_texts(
            "when_text",
            lambda: (
                words.term("atlas.change_name", before=view.before, after=view.year)
                if view.of_change
                else str(view.year)
            ),
        ),
        **_texts("counted", view.unit_label),
        **_texts("gate", lambda: [f"{view.label()} ({view.year})", *view.counts()]),
        **_texts(
            "places",
            lambda: [
                words.number(drawn.places_in(one)) for one in range(len(view.classes.colours))
            ],
        ),
        **_texts(
            "states",
            lambda: [
                [LETTERS.get(state, "u"), state_name(state), words.number(drawn.places_with(state))]
                for state in drawn.states
            ],
        ),
    }


def _texts(name: str, write: Callable[[], object]) -> dict[str, object]:
    return {name: {one: spoken(one, write) for one in words.LANGUAGES}}


def spoken(language: str, write: Callable[[], Spoken]) -> Spoken:
    """Write something in another language than the one in use."""
    with words.use(language):
        return write()

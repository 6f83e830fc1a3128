"""Write what stands beside a web map: hatches as SVG, legend as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ... import indicators, words
from ...figures.classify import Map, unit_text
from ...figures.colours import INK
from ...figures.legend import entries, sizes, target_at
from ...figures.states import LOOKS, UNRELIABLE, hatch_ink

if TYPE_CHECKING:
    import pandas as pd

    from ...figures.legend import Entry

# The hatches of the static map, as SVG on a square of 8 pixels.
HATCHES = {
    "//": ("rotate(45)", '<path d="M4 0V8" stroke="{ink}" stroke-width="1.2"/>'),
    "\\\\": ("rotate(-45)", '<path d="M4 0V8" stroke="{ink}" stroke-width="1.2"/>'),
    "..": ("", '<circle cx="4" cy="4" r="1.2" fill="{ink}"/>'),
    "xx": ("rotate(45)", '<path d="M4 0V8M0 4H8" stroke="{ink}" stroke-width="1.2"/>'),
}


def fill(row: pd.Series) -> str:
    """Say what fills a place: the colour of its class, or a hatch."""
    if row["state"] == UNRELIABLE:
        return f"url(#unreliable-{row['number']})"
    return f"url(#{_slug(row['state'])})" if row["state"] in LOOKS else str(row["colour"])


def _slug(state: str) -> str:
    return state.replace(" ", "-")


def patterns(drawn: Map) -> list[str]:
    """Draw the hatches as in the static map: one a state, and one a class for "unreliable"."""
    found = []
    for state, look in LOOKS.items():
        if look.colour:
            found.append(pattern(_slug(state), look.hatch, look.colour, look.ink))
            continue
        found += [
            pattern(f"{_slug(state)}-{number}", look.hatch, colour, hatch_ink(state, colour))
            for number, colour in enumerate(drawn.classes.colours)
        ]
    return found


def pattern(name: str, hatch: str, colour: str, ink: str, *, scale: str = "") -> str:
    """Draw a hatch as SVG, perhaps larger."""
    turn, mark = HATCHES[hatch]
    return (
        f'<pattern id="{name}" width="8" height="8" patternUnits="userSpaceOnUse" '
        f'patternTransform="{turn}{scale}"><rect width="8" height="8" fill="{colour}"/>'
        f"{mark.format(ink=ink)}</pattern>"
    )


def legend(panel: Map) -> str:
    """
    Write the legend as text, the highest class on top, as beside the static map; above it of what
    the numbers are; below it how many people a circle stands for.
    """
    kinds, states = entries([panel])
    classes, border = panel.classes, target_at(panel.classes)
    rows = []
    for number in reversed(range(len(kinds))):
        rows.append(_item(kinds[number], kinds[number].colour))
        if number == border:
            rows.append(f'<li class="target"><b>{escape(classes.target_text)}</b></li>')
    middle = len(classes.colours) // 2
    others = [
        _item(entry, f"url(#{_slug(state)}{'' if LOOKS[state].colour else f'-{middle}'})")
        for entry, state in zip(states, panel.states, strict=False)
    ]
    others += [_item(entry, entry.colour) for entry in states[len(panel.states) :]]
    heads = (_measured(panel), words.term("maps.places"))
    head = f"<p>{''.join(f'<span>{escape(one)}</span>' for one in heads)}</p>"
    below = f'<ul class="states">{"".join(others)}</ul>' if others else ""
    return f"{head}<ul>{''.join(rows)}</ul>{below}{_sizes(panel)}"


def _sizes(panel: Map) -> str:
    """Show circles of round sizes; the page draws them as large as those on the map are then."""
    each = "".join(
        f'<li><svg aria-hidden="true"><circle data-metres="{metres:.0f}"/></svg>'
        f"{words.number(persons)}</li>"
        for persons, metres in sizes(panel)
    )
    head = f"<p>{escape(words.term('maps.population'))}</p>"
    return f'<div class="sizes">{head}<ul>{each}</ul></div>' if each else ""


def _measured(panel: Map) -> str:
    """Name what is counted and out of what, with its unit; the unit of a change; a quantity."""
    unit, name = unit_text(panel.classes), panel.classes.name
    for one in indicators.of(panel.table):
        if one.name == name:
            said = words.term("atlas.out_of", counts=one.counts, over=one.over)
            return f"{said} ({unit})" if unit else said
    if panel.column == "change_pp":
        return words.term("maps.change_in", unit=words.with_unit(panel.classes))
    if unit:
        return unit
    return indicators.measure_label(name) if name in indicators.quantities() else ""


def _item(entry: Entry, filling: str) -> str:
    shape = f'<rect width="100%" height="100%" fill="{filling}"/>'
    if entry.dashed:
        shape = (
            f'<circle cx="50%" cy="50%" r="30%" fill="{entry.colour}" '
            f'stroke="{INK}" stroke-width="1.5" stroke-dasharray="3 3"/>'
        )
    if entry.mark == "line":
        shape = f'<line x2="100%" y1="50%" y2="50%" stroke="{entry.colour}" stroke-width="2"/>'
    if entry.mark == "point":
        shape = f'<circle cx="50%" cy="50%" r="4" fill="{entry.colour}"/>'
    number = f"<span>{words.number(entry.places[0])}</span>" if entry.places else ""
    sample = f'<svg aria-hidden="true">{shape}</svg>'
    return f"<li>{sample}{escape(entry.text)}{number}</li>"

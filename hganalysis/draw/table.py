"""Write a table as people read it: names for codes, units for numbers, heads in the language."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import frames, places, suppress, words
from ..figure import banner
from .picture import Picture, Shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..indicators import Classes


# A longer table is folded.
FEW = 20

CHANGES = ("change_pp", "within_pp", "between_pp")

NUMBER, LEFT, SCOPE = r"[\d+−–]", ' style="text-align:left"', ' scope="col"'

# The unit of each column; levels and changes of a measure are in its classes.
UNITS = {
    **dict.fromkeys(["count", "out_of"], "count"),
    **dict.fromkeys(["share", "before", "after"], "share"),
    **dict.fromkeys(CHANGES, "points"),
    **dict.fromkeys(["teams", "members", "population", "households", "rank"], "count"),
    **dict.fromkeys(["members_per_1000", "members_per_10000", "members_per_team"], "decimal"),
    **{"similar": "share", "spread": "share", "ranks": "count", "rose": "of"},
}

# Shares of one place in two years: what differs looks different.
COMPARED = ("share", "before", "after")

# Two columns that are read as one.
SPANS = {
    "similar": ["low", "high"],
    "spread": ["lowest", "highest"],
    "ranks": ["rank_low", "rank_high"],
    "rose": ["parts_up", "parts"],
}


@dataclass(frozen=True, eq=False)
class Table:
    """Texts under heads, which a notebook shows whole, a long table folded."""

    texts: pd.DataFrame
    caption: str = ""
    folded: bool = False

    def __repr__(self) -> str:
        return "\n".join(filter(None, (self.caption, self.texts.to_string(index=False))))

    def _repr_html_(self) -> str:
        texts = self.texts.astype(str)
        rows = texts.to_numpy().tolist()
        # JupyterLab sets all to the right, as numbers are
        to = ["" if one.str.match(NUMBER).all() else LEFT for _, one in texts.items()]

        def line(cells: Iterable[object], tag: str, about: str = "") -> str:
            said = zip(to, map(escape, map(str, cells)), strict=True)
            return "".join(f"<{tag}{about}{at}>{one}</{tag}>" for at, one in said)

        body = "\n".join(f"<tr>{line(row, 'td')}</tr>" for row in rows)
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        head = f"<thead><tr>{line(self.texts, 'th', SCOPE)}</tr></thead>"
        body = f"<tbody>\n{body}\n</tbody>"
        shown = f'<table class="dataframe">{caption}{head}{body}</table>'
        if len(rows) <= FEW and not self.folded:
            return shown
        many = words.term("heads.rows", rows=words.number(len(rows)))
        return f"<details><summary>{escape(many)}</summary>{shown}</details>"


def table(
    thing: pd.DataFrame | Shown | Picture,
    columns: Sequence[str] | None = None,
    *,
    origin: str | None = None,
) -> Table:
    """
    Lay an answer's table, or any frame of this package, out for reading.

    Parameters
    ----------
    thing
        An answer, whose `table` it is; or a frame: one of texts under heads stays as it is; or a
        picture, whose numbers are folded below it.
    columns
        Which to show, in this order; if none are named, all that have a head. Two that are read as
        one have a name of their own: `similar` (`low` and `high`), `spread`, `ranks`, `rose`.
    origin
        Of a frame without a column that says so.

    Raises
    ------
    LookupError
        If a column is not there.
    ValueError
        If it holds small counts that nobody hid.

    Examples
    --------
    >>> frame = pd.DataFrame({"code": ["930"], "population": [73322], "origin": "census"})
    >>> table(frame).texts.iloc[0, 1]
    '73.322'
    """
    if isinstance(thing, Picture):
        said = filter(None, (thing.figure.banner, thing.figure.title))
        return Table(thing.figure.table, ". ".join(said), folded=True)
    frame, answer = (thing, None) if isinstance(thing, pd.DataFrame) else (thing.table, thing)
    about, origin = getattr(answer, "measure", None), origin or getattr(answer, "origin", None)
    frame = frame.reset_index() if frame.index.name else frame
    frame = suppress.without_pools(suppress.refuse_small(frame))
    if origin is None and "origin" in frame and len(frame):
        origin = frames.worst_origin(frame["origin"])
    known = [name for name in UNITS if {*SPANS.get(name, [name])} <= set(frame)]
    if missing := [name for name in columns or () if name not in known]:
        msg = f"there is no column {', '.join(missing)} to show; there are {', '.join(known)}."
        raise LookupError(msg)
    texts = frame[[]].copy() if known else frame
    if known and {"code", "name"} & set(frame):
        names = frame["code"].map(places.label) if "code" in frame else frame["name"]
        texts[words.term("figure.place")] = names
    units: dict[str, Any] = {"share": about.classes, "points": about.change_scale} if about else {}
    for name in known and (columns or known):
        unit = units.get(UNITS[name], UNITS[name])
        once = words.with_unit(unit) if name in CHANGES else ""
        written = _written(frame, name, unit)
        if any(one != "–" for one in written):  # what nothing is known of is no column
            head = words.term(f"heads.{name}").removesuffix(" ()")  # a count without a year
            texts[head + once] = written
    above = (origin and banner(origin), about and about.subtitle())
    return Table(texts, ". ".join(filter(None, above)))


def _written(frame: pd.DataFrame, name: str, scale: Classes | str) -> list[str]:
    """Write a column, or two as one."""
    if name in COMPARED:
        compared = [column for column in COMPARED if column in frame]
        position = compared.index(name)
        return [
            words.values(row, scale)[position] for row in frame[compared].to_numpy(float).tolist()
        ]
    if name not in SPANS:
        return [words.value(one, scale, bare=name in CHANGES) for one in frame[name]]
    ends = frame[SPANS[name]].itertuples(index=False)
    if scale == "of":
        return [f"{words.number(n)}/{words.number(total)}" if total else "–" for n, total in ends]
    return [words.span(one, other, scale) for one, other in ends]

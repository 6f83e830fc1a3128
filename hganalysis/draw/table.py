"""Write a table as people read it: names for codes, units for numbers, heads in the language."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import pandas as pd

from .. import frames, places, suppress, words
from ..figure import banner, write_rows, write_spans
from ..indicators import Classes
from .answer import Answer, AnsweredMeasure
from .picture import Picture

# A table of more rows is folded.
MAX_OPEN_ROWS = 20

CHANGES = (
    "change_pp",
    "gap_pp",
    "gap_before_pp",
    "gap_similar",
    "within_pp",
    "between_pp",
    "from_whole_pp",
)

# The first letter of a cell with a number, or without one.
NUMBER = r"[\d+−–]"

TO_THE_LEFT, SCOPE = ' style="text-align:left"', ' scope="col"'

MISSING = "–"

# The unit of each column. For an answer, shares and changes are in the classes of its measure.
UNITS = {
    **dict.fromkeys(["count", "out_of"], "count"),
    **dict.fromkeys(["share", "before", "after", "lower", "upper", "target"], "share"),
    "short": "count",
    **dict.fromkeys(CHANGES, "points"),
    **dict.fromkeys(["teams", "members", "population", "households", "rank"], "count"),
    **dict.fromkeys(["members_per_1000", "members_per_10000", "members_per_team"], "decimal"),
    **{"similar": "share", "spread": "share", "ranks": "count", "rose": "of"},
    **{"to_whole": "ratio", "lasting": "word", "sure": "word"},
    **{"event": "count", "rate_ratio": "ratio", "interval": "ratio", "power": "share"},
}

# Shares of one place in two periods, or of two groups: what differs looks different.
COMPARED = ("share", "before", "after", "lower", "upper")

# Values of frames that are words for readers, and the keys of these.
WORDS = {"above": "above", "below": "below", "": "neither", "True": "yes", "False": "no"}
WORDS |= {reason: reason for reason in ("missing", "hidden", "few")}

# Two columns that are read as one.
SPANS = {
    "similar": ["low", "high"],
    "gap_similar": ["low_pp", "high_pp"],
    "interval": ["low", "high"],
    "spread": ["lowest", "highest"],
    "ranks": ["rank_low", "rank_high"],
    "rose": ["parts_up", "parts"],
}


@dataclass(frozen=True, eq=False)
class ReadableTable:
    """Texts under column heads. A notebook shows all of them, and folds a long table."""

    texts: pd.DataFrame
    caption: str = ""
    is_folded: bool = False

    def __repr__(self) -> str:
        return "\n".join(filter(None, (self.caption, self.texts.to_string(index=False))))

    def _repr_html_(self) -> str:
        texts = self.texts.astype(str)
        rows = texts.to_numpy().tolist()
        styles = []
        for _, column in texts.items():
            # JupyterLab sets all to the right, as numbers are
            is_numeric = column.str.match(NUMBER).all()
            styles.append("" if is_numeric else TO_THE_LEFT)
        head = _html_row("th", texts, [SCOPE + style for style in styles])
        body = "\n".join(_html_row("td", row, styles) for row in rows)
        caption = f"<caption>{escape(self.caption)}</caption>" if self.caption else ""
        html = (
            f'<table class="dataframe">{caption}<thead>{head}</thead>'
            f"<tbody>\n{body}\n</tbody></table>"
        )
        if len(rows) <= MAX_OPEN_ROWS and not self.is_folded:
            return html
        summary = words.term("heads.rows", rows=words.number(len(rows)))
        return f"<details><summary>{escape(summary)}</summary>{html}</details>"


def _html_row(tag: str, cells: Iterable[object], attributes: Iterable[str]) -> str:
    """Write cells as a row of HTML, each with its attributes."""
    row = ""
    for cell, attribute in zip(cells, attributes, strict=True):
        row += f"<{tag}{attribute}>{escape(str(cell))}</{tag}>"
    return f"<tr>{row}</tr>"


def table(
    shown: pd.DataFrame | Answer | Picture,
    columns: Sequence[str] | None = None,
    *,
    origin: str | None = None,
) -> ReadableTable:
    """
    Lay an answer's table, or any frame of this package, out for reading.

    Parameters
    ----------
    shown
        An answer, whose `table` is shown. A frame; texts under heads stay as they are, and so do
        names of places under `name`. A picture, whose numbers are folded.
    columns
        Columns to show, in this order; by default all that have a head. Two columns that are read
        as one have one name: `similar` (`low` and `high`), `spread`, `ranks`, `rose`.
    origin
        The origin of a frame that has no column `origin`.

    Raises
    ------
    LookupError
        If a column is missing.
    ValueError
        If it holds small counts that are not hidden.

    Examples
    --------
    >>> frame = pd.DataFrame({"code": ["930"], "population": [73322], "origin": "census"})
    >>> table(frame).texts.iloc[0, 1]
    '73.322'
    """
    if isinstance(shown, Picture):
        figure = shown.figure
        caption = _join(figure.banner, figure.title)
        return ReadableTable(figure.table, caption, is_folded=True)
    with shown.in_its_study() if isinstance(shown, Answer) else nullcontext():
        return _lay_out(shown, columns, origin)


def _lay_out(
    shown: pd.DataFrame | Answer, columns: Sequence[str] | None, origin: str | None
) -> ReadableTable:
    """Lay the table of an answer, or a frame, out for reading."""
    measure = None
    subtitle = ""
    if isinstance(shown, Answer):
        frame = shown.table
        measure = shown.measure
        subtitle = shown.caption()
        origin = origin or shown.origin
    else:
        frame = shown
    if frame.index.name:
        frame = frame.reset_index()
    frame = suppress.without_pools(suppress.refuse_small(frame))
    if origin is None and "origin" in frame and len(frame):
        origin = frames.worst_origin(frame["origin"])

    present = [name for name in UNITS if {*SPANS.get(name, [name])} <= set(frame)]
    # an interval is that of a ratio, if there is one
    other_interval = "similar" if "rate_ratio" in frame else "interval"
    present = [name for name in present if name != other_interval]
    missing = [name for name in columns or () if name not in present]
    if missing:
        raise LookupError(
            words.term(
                "draw_errors.no_column", missing=", ".join(missing), columns=", ".join(present)
            )
        )
    texts = frame
    if present:
        texts = _write_columns(frame, columns or present, measure)
    return ReadableTable(texts, _join(banner(origin) if origin else "", subtitle))


def _join(*sentences: str) -> str:
    """Join the sentences of a caption that are not empty."""
    return ". ".join(filter(None, sentences))


def _write_columns(
    frame: pd.DataFrame, columns: Sequence[str], measure: AnsweredMeasure | None
) -> pd.DataFrame:
    """Write names of places and the columns of a frame as texts, under their heads."""
    texts = frame[[]].copy()
    # codes are used again, for other places: a frame may be of another study than the one in use
    if "name" in frame:
        texts[words.term("figure.place")] = frame["name"]
    elif "code" in frame:
        texts[words.term("figure.place")] = frame["code"].map(places.label)
    scales: dict[str, Classes | str] = {}
    if measure:
        scales = {"share": measure.classes, "points": measure.change_scale}
    for column in columns:
        scale = scales.get(UNITS[column], UNITS[column])
        cells = _write_column(frame, column, scale)
        if all(cell == MISSING for cell in cells):
            continue
        head = words.term(f"heads.{column}").removesuffix(" ()")  # a count without a period
        unit = words.with_unit(scale) if column in CHANGES else ""
        texts[head + unit] = cells
    return texts


def write_word(cell: str) -> str:
    """Write a value that is a word in the language in use; another text stays as it is."""
    return words.term(f"cells.{WORDS[cell]}") if cell in WORDS else cell


def _write_cell(cell: Any, scale: Classes | str, *, bare: bool) -> str:  # noqa: ANN401
    """Write a number in its unit, or a value that is a word."""
    if scale == "word":
        return MISSING if pd.isna(cell) else write_word(str(cell))
    if isinstance(cell, str):
        return cell
    return words.value(cell, scale, bare=bare)


def _write_column(frame: pd.DataFrame, column: str, scale: Classes | str) -> list[str]:
    """Write a column, or two that are read as one."""
    if column in COMPARED:
        compared = [name for name in COMPARED if name in frame]
        return write_rows(frame[compared], scale)[column].tolist()
    if column == "event" and "per" in frame:
        # a row without a period is the answer itself
        of_answer = frame["per"].map(lambda per: words.term(f"heads.per_{per}"))
        texts = frame["event"].map(partial(words.value, scale=scale))
        return texts.mask(frame["event"].isna(), of_answer).tolist()
    if column not in SPANS:
        is_change = column in CHANGES
        return [_write_cell(cell, scale, bare=is_change) for cell in frame[column]]
    if column != "rose":
        return write_spans(frame[SPANS[column]], scale).tolist()
    cells = []
    for n_up, n_parts in frame[SPANS[column]].itertuples(index=False):
        text = f"{words.number(n_up)}/{words.number(n_parts)}"
        cells.append(text if n_parts else MISSING)
    return cells

"""What sentences share: the prefix of simulated data, lists, ratios."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from .. import escaping, frames, places, study, suppress, words

if TYPE_CHECKING:
    from ..effect import Estimate
    from ..effect.estimate import Ratios


@dataclass(frozen=True)
class Said:
    """Sentences, set as paragraphs in a notebook and as lines elsewhere."""

    sentences: tuple[str, ...]
    instead: bool = False
    """Do they stand in place of something that cannot be shown?"""

    def __repr__(self) -> str:
        """Give one sentence a line: what a strict comparison of notebooks sees."""
        return "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        # Names of places come from users' files.
        if self.instead:
            return f"<p><em>{escape(str(self))}</em></p>"
        return "\n".join(
            f'<p style="font-size:1.1em;line-height:1.5;max-width:46em">{escaping.html(one)}</p>'
            for one in self.sentences
        )


def say(*sentences: str) -> Said:
    """
    Set sentences for reading: as the last line of a cell, or in `display(...)`. Each once: where
    there is one year only, the first and the last one are the same.

    Examples
    --------
    >>> say("Một.", "Hai.")
    Một.
    Hai.
    """
    return Said(tuple(dict.fromkeys(line for one in sentences for line in one.splitlines())))


def instead(reason: str) -> Said:
    """Set the reason why something is not shown, in its place."""
    return Said((reason,), instead=True)


def qualified(number: str, qualifier: str) -> str:
    """Write a number as it was printed: after its qualifier, such as "nearly", if it has one."""
    if qualifier == "exact":
        return number
    return f"{words.term(f'qualifiers.{qualifier}')} {number}"


def origin_of(estimate: Estimate) -> str:
    """Tell where the data of an estimate come from; stop where it does not know."""
    if estimate.origin is None:
        msg = (
            f"the estimate of rung {estimate.rung} does not know where its data come from, so "
            "nobody could tell simulated numbers from real ones.\nGive the frame it was made from "
            f"a column 'origin' (one of {', '.join(frames.ORIGINS)}) and estimate again."
        )
        raise ValueError(msg)
    return estimate.origin


def prefixed(sentence: str, origins: pd.Series) -> str:
    """Say first that numbers are simulated, where one of them is."""
    if frames.worst_origin(origins) == "simulated":
        return words.term("findings.prefix", sentence=sentence)
    return sentence


def without_hidden(sentence: str, table: pd.DataFrame, *, short: bool = False) -> str:
    """Say last how many places were not compared: their numbers are hidden, or did not all come."""
    hidden = int(suppress.is_hidden(table).sum())
    missing = int((table["state"] == "no data").sum()) if "state" in table else 0
    for kind, number in (("hidden", hidden), ("missing", missing)):
        if number:
            sentence = words.term(
                f"findings.{kind}_short" if short else f"findings.{kind}",
                sentence=sentence,
                places=words.number(len(table)),
                **{kind: words.number(number)},
            )
    return sentence


def listed(texts: list[str]) -> str:
    """Join texts as a sentence does: a, b and c."""
    if len(texts) < 2:
        return "".join(texts)
    return ", ".join(texts[:-1]) + words.term("findings.list_end") + texts[-1]


def called(code: object, *, short: bool = False) -> str:
    """
    Name a place or a cluster of a frame; what is on no list is called as its frame calls it.

    Parameters
    ----------
    code
        Of the list in use; of a frame of one's own, a name as it stands.
    short
        As on a map.
    """
    frame = study.current().frame
    try:
        if frame is None or frame.listed:
            return places.label(str(code)) if short else places.name(str(code))
    except LookupError:  # a frame may name its units as it likes
        pass
    return escaping.plain(code)


def in_sentence(code: object) -> str:
    """Name a place within a sentence, where Vietnamese writes its type small."""
    name = called(code)
    return study.current().country.in_sentence(name) if words.language() == "vi" else name


def highest(values: pd.Series) -> str:
    """Name the code of the highest value; the first one of equals."""
    return str(values.idxmax())


def lowest(values: pd.Series) -> str:
    """Name the code of the lowest value; the first one of equals."""
    return str(values.idxmin())


def probability(p: float) -> str:
    """
    Write a p-value with its sign: three decimals, and never as zero.

    Examples
    --------
    >>> probability(0.0042).split(), probability(0.0001).split()
    (['=', '0,004'], ['<', '0,001'])
    """
    if p < 0.001:
        return f"<\N{NO-BREAK SPACE}{words.number(0.001, decimals=3)}"
    return f"=\N{NO-BREAK SPACE}{words.number(p, decimals=3)}"


def ratio(value: float) -> str:
    """Write a ratio of rates that stands without its interval."""
    return words.value(value, "ratio")


def ratios(value: float, low: float, high: float, *, suffix: str = "") -> dict[str, str]:
    """Write a ratio of rates with its interval, for the blanks `rr`, `low` and `high`."""
    texts = words.ratios(value, low, high)
    return {f"{name}{suffix}": one for name, one in zip(("rr", "low", "high"), texts, strict=True)}


def ratios_of(found: Ratios) -> dict[str, str]:
    """Write the ratio of an estimate, or of a second opinion, and its ends."""
    return ratios(found.rate_ratio, found.rate_ratio_low, found.rate_ratio_high)


def without_each(refits: pd.DataFrame, found: Estimate) -> dict[str, str]:
    """Write the ratio with all districts and the ends without each, as their rows are written."""
    ends = refits["rate_ratio"].min(), refits["rate_ratio"].max()
    interval = found.rate_ratio_low, found.rate_ratio_high
    full, *_, low, high = words.ratios(found.rate_ratio, *interval, *ends)
    if low == high:  # the interval is so wide that its digits do not tell the refits apart
        full, low, high = words.ratios(found.rate_ratio, *ends)
    return {"full": full, "low": low, "high": high}

"""Say what each number counts, how it is drawn, and which numbers may be compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from . import sources, study, words

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CATALOGUE", "FALLS", "RISES", "SEQUENTIAL", "Classes", "Indicator",
    "change_scale", "classes", "counts_users", "get",
    "has_classes", "kind", "measure_label", "names", "quantities", "quantity_unit",
    "require_comparable", "role", "round_breaks", "user_measures", "with_breaks", "years"
]  # fmt: skip

CATALOGUE = study.CATALOGUE

# From light to dark in even steps of lightness, so that the order survives a greyscale print,
# colour blindness and a washed-out projector.
SEQUENTIAL = ("#f4efc4", "#aed3a6", "#5fb0a6", "#2f7f9c", "#264f82", "#17224d")
# Falls are orange and rises are blue, which nearly everybody can tell apart; pale means little.
# No fall is as light as a rise: in greyscale the legend still says which of the two a place is.
FALLS = ("#9a4209", "#c57623", "#ecc080")
RISES = ("#d8e9f6", "#6fb6dc", "#0f3d6b")


@dataclass(frozen=True)
class Classes:
    """
    The classes of one map legend.

    `breaks` are the borders between classes, rising; a value on a border belongs to the class
    above. `unit` is one of those of `words.value`.
    `diverging` classes have 0 in the middle of their breaks: falls below it, rises above.
    """

    name: str
    breaks: tuple[float, ...]
    unit: str
    diverging: bool = False

    def __post_init__(self) -> None:
        """Refuse breaks that would draw a wrong map."""
        # that those of a change have 0 in their middle, the schema of a study says
        if not self.breaks or any(low >= high for low, high in pairwise(self.breaks)):
            msg = f"classes of {self.name!r} with breaks {self.breaks}: breaks must rise."
            raise ValueError(msg)

    @property
    def colours(self) -> tuple[str, ...]:
        """One colour a class, as #rrggbb, from the lowest class to the highest."""
        if self.diverging:
            half = (len(self.breaks) + 1) // 2
            return (*_ramp(FALLS, half), *_ramp(RISES, half))
        return _ramp(SEQUENTIAL, len(self.breaks) + 1)

    @property
    def widths(self) -> tuple[float, ...]:
        """Measure each class; one without an end is as wide as the class next to it."""
        inner = [high - low for low, high in pairwise(self.breaks)]
        if not inner:
            return (1.0, 1.0)
        return (inner[0], *inner, inner[-1])

    @property
    def labels(self) -> tuple[str, ...]:
        """One interval in words a class, in the language in use."""
        ends = [None, *words.series(self.breaks, self.unit), None]
        kinds = ["below", *["between"] * (len(self.breaks) - 1), "from"]
        return tuple(
            words.term(f"indicators.{kind}", low=low, high=high)
            for kind, (low, high) in zip(kinds, pairwise(ends), strict=True)
        )

    def index(self, values: pd.Series) -> pd.Series:
        """
        Give each value the number of its class, from 0 upwards; none where there is no value.

        Examples
        --------
        >>> Classes("x", (0.5, 0.8), "share").index(pd.Series([0.2, 0.5, 0.9])).tolist()
        [0, 1, 2]
        """
        numbers = [pd.NA if pd.isna(one) else words.class_number(one, self) for one in values]
        return pd.Series(numbers, index=values.index, dtype="Int64")


@dataclass(frozen=True)
class Indicator:
    """
    One measure in one year, as the catalogue `data/indicators.toml` describes it.

    `kind` is `"share"` where the count is a part of what it is out of, else `"ratio"`.
    `users` says whether people who use a platform are counted. `target` is the share that was
    to be reached in that year, or none.
    """

    name: str
    year: int
    label: str
    counts: str
    out_of: str
    when: str
    unit: str
    denominator: str
    kind: Literal["share", "ratio"]
    users: bool
    target: float | None

    def __str__(self) -> str:
        """Name it as people do: what and when."""
        return f"{self.label} ({self.when})"

    @property
    def over(self) -> str:
        """Say what it is out of; a ratio, which is no part of that, is relative to it."""
        return words.term(f"units.{self.kind}_over", out_of=self.out_of)


def _catalogue() -> dict[str, dict[str, Any]]:
    """Read the measures in use: those that the study lists, else those of its catalogue."""
    written = study.current().written
    if not sources.is_own(CATALOGUE) and study.read_measures(written).get("indicators"):
        return _read(written)
    if not sources.has(CATALOGUE):
        name = study.current().name
        msg = f"the study of {name} lists no measure: add [indicators.NAME] to its study.toml."
        raise LookupError(msg)
    return _read(sources.text(CATALOGUE))


@lru_cache(maxsize=16)
def _read(written: str) -> dict[str, dict[str, Any]]:
    """Fill in what a measure need not say."""
    found, plain = study.read_measures(written), study.read_measures(study.default_description())
    measures, given = found["indicators"], found.get("quantities", {})
    if not any(one.get("role") == "headline" for one in measures.values()):
        first = next(iter(measures))
        measures = {**measures, first: {**measures[first], "role": "headline"}}
    return {
        "indicators": {name: _filled(one) for name, one in measures.items()},
        "quantities": {
            name: {"label": name, "unit": "decimal"}
            | plain["quantities"].get(name, {})
            | given.get(name, {})
            for name in {**plain["quantities"], **given}
        },
    }


def _filled(entry: dict[str, Any]) -> dict[str, Any]:
    counts, out_of = entry.get("counts", entry["label"]), entry.get("out_of")
    own = out_of and study.in_language(out_of, "en")
    return {
        "counts": counts,
        "out_of": "[persons]",
        "unit": study.in_language(counts, "en"),
        "denominator": own or "residents",
        "kind": "ratio" if "per" in entry else "share",
        "users": False,
        **entry,
    }


def names() -> list[str]:
    """List the measures of the catalogue, in its order."""
    return list(_catalogue()["indicators"])


def role(name: str) -> str | None:
    """
    Name the measure that has a role in the catalogue, or none where no measure has it.

    Parameters
    ----------
    name
        `"headline"`, `"ratio"`, `"files"` or `"people"`.

    Examples
    --------
    >>> role("headline")
    'app_users'
    """
    return next((measure for measure in names() if _entry(measure).get("role") == name), None)


def user_measures() -> list[str]:
    """List the measures of users that are set side by side, the headline first."""
    roles = {name: _entry(name).get("role") for name in names()}
    first = [name for name, role in roles.items() if role == "headline"]
    return first + [name for name, role in roles.items() if role in {"platform", "people"}]


def years(name: str) -> list[int]:
    """List the years in which a measure was taken, first to last."""
    return sorted(map(int, _when(_entry(name))))


def _when(entry: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Say what each year of a measure covers: as it says, else in every year of the study."""
    of_study = study.current().says("", "years") or ()
    found: dict[str, dict[str, str]] = entry.get("when") or {
        str(year): dict.fromkeys(study.LANGUAGES, "") for year in of_study
    }
    if not found:
        msg = "a measure was taken in no year: name years in study.toml, or its own as when.YEAR"
        raise study.StudyError(msg)
    return found


def quantities() -> set[str]:
    """Name what is mapped and is no count: density of teams, residents and so on."""
    return set(_catalogue()["quantities"])


def kind(name: str) -> str:
    """Say whether a measure is a `"share"` of what it is out of, or a `"ratio"` to it."""
    return str(_entry(name)["kind"])


def counts_users(name: str) -> bool:
    """Say whether a measure counts people who use a platform."""
    return bool(_entry(name)["users"])


def get(name: str, *, year: int) -> Indicator:
    """
    Find one measure in one year, described in the language in use.

    Raises
    ------
    LookupError
        If the catalogue has no such measure, or not in that year.
    """
    entry = _entry(name)
    if year not in years(name):
        msg = (
            f"{name} was not taken in {year}; the catalogue has it for "
            f"{', '.join(map(str, years(name)))}. Add the year to data/indicators.toml if it was."
        )
        raise LookupError(msg)
    return Indicator(
        name=name,
        year=year,
        label=words.of_study(entry["label"]),
        counts=words.of_study(entry["counts"]),
        out_of=_out_of(entry),
        when=words.of_study(_when(entry)[str(year)])
        or words.term("indicators.year_end", year=year),
        target=entry.get("target", {}).get(str(year)),
        **{key: entry[key] for key in ("unit", "denominator", "kind", "users")},
    )


def measure_label(name: str) -> str:
    """Give the title of a measure or another mapped quantity in the language in use."""
    groups = _catalogue()
    entry = groups["quantities"].get(name) or _entry(name)
    return words.of_study(entry["label"])


def classes(name: str, *, of_change: bool = False) -> Classes:
    """
    Give the classes of a measure or quantity, or those of its change.

    Breaks of a change are percentage points; of a ratio, too, hundredths, shown for 1,000.

    Raises
    ------
    LookupError
        If the catalogue has none.
    """
    known, key = _catalogue()["quantities"], "change_breaks" if of_change else "breaks"
    quantity = name in known and not of_change
    entry = known[name] if quantity else _entry(name)
    if key not in entry:
        msg = f"{name} has no {key}: its study says none, and hganalysis build chose none."
        raise LookupError(msg)
    unit = quantity_unit(name) if quantity else _units(entry)[of_change]
    return Classes(name, tuple(entry[key]), unit, diverging=of_change)


def quantity_unit(name: str) -> str:
    """Name the unit in which a mapped quantity is written, see `words.value`."""
    return str(_catalogue()["quantities"][name]["unit"])


def _units(entry: dict[str, Any]) -> tuple[str, str]:
    """
    Name the units of a measure and of its change, see `words.value`: points for a share, per 1,000
    for a ratio, per 1 for one that is more: 10,000 for 1,000 is read wrong, 10 for 1 is not.
    """
    per = entry.get("per") or (1 if max(entry.get("breaks", [0])) >= 1 else 1000)
    ratio = (f"per_{per}", f"per_{per}_change")
    return ("share", "points") if entry["kind"] == "share" else ratio


def has_classes(name: str) -> bool:
    """Say whether the breaks of a measure or quantity are known, or have yet to be chosen."""
    entry = _catalogue()["quantities"].get(name) or _entry(name)
    return "breaks" in entry


def with_breaks(reports: pd.DataFrame) -> bytes | None:
    """
    Choose round breaks for each measure without any, by what was reported of it.

    Parameters
    ----------
    reports
        Rows of `code`, `year`, `indicator`, `count`, `out_of`.

    Returns
    -------
    catalogue
        All measures, as `indicators.toml` has them; none where each has its breaks.
    """
    found = _catalogue()
    chosen = {name: one | _chosen(reports, name, one) for name, one in found["indicators"].items()}
    if chosen == found["indicators"]:
        return None
    tables = {f"indicators.{name}": one for name, one in chosen.items()}
    return study.write(tables | {f"quantities.{at}": q for at, q in found["quantities"].items()})


def _chosen(reports: pd.DataFrame, name: str, entry: dict[str, Any]) -> dict[str, list[float]]:
    rows = reports[reports["indicator"] == name].astype({"count": float, "out_of": float})
    rows = rows[rows["out_of"] > 0].set_index(["code", "year"])
    level = (rows["count"] / rows["out_of"]).dropna()
    moved = (100 * level.unstack().diff(axis=1)).abs().melt()["value"].dropna()
    found: dict[str, list[float]] = {}
    if "breaks" not in entry and len(level):
        low, middle, high = map(float, level.quantile([0.05, 0.5, 0.95]))
        found["breaks"] = round_breaks(low, high) or [middle]
    if "change_breaks" not in entry and len(moved):
        most = float(moved.quantile(0.95))
        found["change_breaks"] = round_breaks(-most, most) or [0]
    return found


def round_breaks(low: float, high: float) -> list[float]:
    """List a few round numbers between two."""
    from matplotlib.ticker import MaxNLocator

    ticks = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high)
    return [float(f"{one:.6g}") for one in ticks if low < one < high]


def change_scale(name: str) -> Classes | str:
    """Give what a change is read against: its classes, or its unit alone where it has none."""
    entry = _entry(name)
    known = "change_breaks" in entry
    return classes(name, of_change=True) if known else _units(entry)[True]


def require_comparable(before: Indicator, after: Indicator) -> None:
    """
    Refuse to compare two measures over time unless they are one and the same measure.

    Raises
    ------
    ValueError
        If they differ, with what each counts and what can be looked at instead.
    """
    if before.name != after.name:
        parts = [
            words.term("indicators.measure", one=one, counts=one.counts, over=one.over)
            for one in (before, after)
        ]
        orders = [f"  hg.uptake({one.name!r}, {one.year}).order()" for one in (before, after)]
        heads = [words.term(f"indicators.{key}") for key in ("unlike", "alone")]
        raise ValueError("\n".join([heads[0], *parts, heads[1], *orders]))
    if before.year >= after.year:
        msg = f"before is {before.year} and after is {after.year}: a change goes to a later year."
        raise ValueError(msg)


def _out_of(entry: dict[str, Any]) -> str:
    """
    Say what a measure is out of. The shipped catalogue names who counted the residents of the
    list, which is not true of residents that were reported.
    """
    of_list = entry["denominator"] == "residents" and not sources.is_own(CATALOGUE)
    if of_list and sources.has(sources.RESIDENTS):
        return words.term("indicators.residents_reported")
    return words.of_study(entry["out_of"])


def _entry(name: str) -> dict[str, Any]:
    found = _catalogue()["indicators"].get(name)
    if found is None:
        near = words.did_you_mean(name, names())
        msg = f"{name!r} is not in the catalogue.{near} It has: {', '.join(names())}."
        raise LookupError(msg)
    entry: dict[str, Any] = found
    return entry


def _ramp(anchors: Sequence[str], steps: int) -> tuple[str, ...]:
    """Take evenly spaced colours from a row of anchors."""
    rgb = np.array([list(bytes.fromhex(colour[1:])) for colour in anchors])
    places = np.linspace(0, len(rgb) - 1, steps)
    mixed = np.transpose([np.interp(places, np.arange(len(rgb)), part) for part in rgb.T])
    return tuple(f"#{bytes(row).hex()}" for row in mixed.round().astype("uint8"))

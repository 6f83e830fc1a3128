"""Say what each number counts, how it is drawn, and which numbers may be compared."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from . import study, words
from .periods import order_periods, read_period, require_later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .periods import PeriodKey
    from .study import Study

__all__ = [
    "CATALOGUE",
    "FALLS",
    "RISES",
    "SEQUENTIAL",
    "Classes",
    "Indicator",
    "Split",
    "catalogue",
    "change_scale",
    "classes",
    "describe_density",
    "find_split",
    "get",
    "has_classes",
    "kind",
    "measure_label",
    "names",
    "over_time",
    "periods",
    "quantities",
    "quantity_unit",
    "require_comparable",
    "role",
    "round_breaks",
    "splits",
    "user_measures",
    "with_breaks"
]  # fmt: skip

CATALOGUE = study.CATALOGUE

OverTime = Literal["stock", "new", "since_january"]
"""How a measure is counted over time: see its key in the schema of `study.toml`."""

Counted = Literal["complete", "estimated", "sampled"]
"""Whether all were counted; else the numbers are estimates, or come from a sample."""

Relation = Literal["parts_of", "stock_of"]
# Keys of a measure that are not said of its groups.
_OF_THE_WHOLE = {"role", "by", "target", "parts_of", "stock_of"}

# From light to dark in even steps of lightness, so that the order survives a greyscale print,
# colour blindness and a washed-out projector.
SEQUENTIAL = ("#f4efc4", "#aed3a6", "#5fb0a6", "#2f7f9c", "#264f82", "#17224d")
# Falls are orange and rises are blue, which nearly everybody can tell apart; pale means little.
# Equally far from 0 is equally light (L* 35, 71, 91): a small fall must not look larger than a
# rise. Which of the two it is, the sign of the number says, in greyscale too.
FALLS = ("#8a3a06", "#e0a060", "#f7e2c9")
RISES = ("#d8e9f6", "#6fb6dc", "#1f5590")


@dataclass(frozen=True)
class Classes:
    """
    The classes of one map legend.

    `breaks` are the borders between classes, rising; a value on a border belongs to the class
    above. `unit` is one of those of `words.value`.
    `is_diverging`: 0 is in the middle of the breaks, with falls below it and rises above.
    """

    name: str
    breaks: tuple[float, ...]
    unit: str
    is_diverging: bool = False

    def __post_init__(self) -> None:
        """Refuse breaks that would draw a wrong map."""
        # the schema of a study says that breaks of a change have 0 in their middle
        has_fall = any(low >= high for low, high in pairwise(self.breaks))
        if not self.breaks or has_fall:
            msg = words.term("indicators_errors.breaks", name=self.name, breaks=self.breaks)
            raise ValueError(msg)

    @property
    def colours(self) -> tuple[str, ...]:
        """One colour for each class, as #rrggbb, from the lowest class to the highest."""
        n_classes = len(self.breaks) + 1
        if not self.is_diverging:
            return _ramp(SEQUENTIAL, n_classes)
        half = n_classes // 2
        return (*_ramp(FALLS, half), *_ramp(RISES, half))

    @property
    def widths(self) -> tuple[float, ...]:
        """The width of each class; a class without an end is as wide as the next to it."""
        inner = [high - low for low, high in pairwise(self.breaks)]
        if not inner:
            return (1.0, 1.0)
        return (inner[0], *inner, inner[-1])

    @property
    def labels(self) -> tuple[str, ...]:
        """One interval in words for each class, in the language in use."""
        breaks = words.series(self.breaks, self.unit)
        lowest = words.term("indicators.below", high=breaks[0])
        highest = words.term("indicators.from", low=breaks[-1])
        between = [
            words.term("indicators.between", low=low, high=high) for low, high in pairwise(breaks)
        ]
        return (lowest, *between, highest)

    def index(self, values: pd.Series) -> pd.Series:
        """
        Give each value the number of its class, from 0 upwards; missing without a value.

        Examples
        --------
        >>> Classes("x", (0.5, 0.8), "share").index(pd.Series([0.2, 0.5, 0.9])).tolist()
        [0, 1, 2]
        """
        numbers = [pd.NA if pd.isna(value) else words.class_number(value, self) for value in values]
        return pd.Series(numbers, index=values.index, dtype="Int64")


@dataclass(frozen=True)
class Indicator:
    """
    One measure in one period, as the catalogue `data/indicators.toml` describes it.

    `kind` is `"share"` where the count is a part of what it is out of, else `"ratio"`.
    `users` says whether people who use a platform are counted. `over_time` is `"stock"` for so many
    by the end of a period, `"new"` for so many in it, `"since_january"` where reports come as
    running totals of these. `target` is the share that was to be reached in that period, or none.
    `captured` is the day on which counts were read from their publisher, if the study says it.
    """

    name: str
    period: PeriodKey
    label: str
    counts: str
    out_of: str
    when: str
    unit: str
    denominator: str
    kind: Literal["share", "ratio"]
    users: bool
    over_time: OverTime
    target: float | None
    captured: str | None

    def __str__(self) -> str:
        """Name it as people do: what and when."""
        return f"{self.label} ({self.when})"

    @property
    def over(self) -> str:
        """Say what it is out of; a ratio is no part of that, but relative to it."""
        return words.term(f"units.{self.kind}_over", out_of=self.out_of)


def catalogue() -> dict[str, dict[str, Any]]:
    """
    Read the measures, quantities and groups of the study in use, as `indicators.toml` has them.

    Examples
    --------
    >>> catalogue()["indicators"]["app_users"]["kind"]
    'share'
    """
    return _read_catalogue(study.current())


@study.once_each  # every label and period of a measure asks for them
def _read_catalogue(in_use: Study) -> dict[str, dict[str, Any]]:
    """Read the measures that a study lists, else those of its catalogue."""
    if CATALOGUE not in in_use.own and in_use.measures.get("indicators"):
        return _parse_catalogue(in_use.written)
    if CATALOGUE not in in_use.cards:
        raise LookupError(words.term("indicators_errors.none", study=in_use.name))
    return _parse_catalogue(in_use.text(CATALOGUE))


def _parse_catalogue(text: str) -> dict[str, dict[str, Any]]:
    """Read measures and quantities, with a default for each key that is missing."""
    content = study.read_measures(text)
    measures = {name: _with_defaults(entry) for name, entry in content["indicators"].items()}
    if not any(entry.get("role") == "headline" for entry in measures.values()):
        first = next(iter(measures))
        measures[first]["role"] = "headline"

    defaults = study.read_measures(study.default_description())["quantities"]
    changes = content.get("quantities", {})
    quantities = {}
    for name in {**defaults, **changes}:
        entry = {"label": name, "unit": "decimal"}
        quantities[name] = entry | defaults.get(name, {}) | changes.get(name, {})
    groups = content.get("groups", {})
    of_groups = {
        f"{name}_{group}": _of_group(entry, group, people)
        for name, entry in measures.items()
        for by in entry.get("by", ())
        for group, people in groups[by].items()
    }
    return {"indicators": measures | of_groups, "quantities": quantities, "groups": groups}


def _of_group(entry: dict[str, Any], group: str, people: Any) -> dict[str, Any]:  # noqa: ANN401
    """Describe the measure of a group as that of the whole, but out of the people of the group."""
    whole = {key: value for key, value in entry.items() if key not in _OF_THE_WHOLE}
    texts: dict[str, dict[str, str]] = {}
    for key in ("label", "counts"):
        texts[key] = {}
        for language in study.LANGUAGES:
            text = study.in_language(entry[key], language)
            people_text = study.in_language(people, language)
            texts[key][language] = f"{text}, {people_text}"
    return {
        **whole,
        **texts,
        "out_of": people,
        "denominator": group,
        "users": False,
    }


def _with_defaults(entry: dict[str, Any]) -> dict[str, Any]:
    counts = entry.get("counts", entry["label"])
    out_of = study.in_language(entry.get("out_of", ""), "en")
    return {
        "counts": counts,
        "out_of": "[persons]",
        "unit": study.in_language(counts, "en"),
        "denominator": out_of or "residents",
        "kind": "ratio" if "per" in entry else "share",
        "users": False,
        "counted": "complete",
        "over_time": "stock" if entry.get("users") else "new",
        **entry,
    }


def names(**keys: str) -> list[str]:
    """
    List the measures of the catalogue, in its order.

    Parameters
    ----------
    **keys
        What the catalogue says of them, such as `kind="share"`. By default all are listed.

    Examples
    --------
    >>> names()[:2], names(role="headline")
    (['app_users', 'ewallet_users'], ['app_users'])
    """
    measures = catalogue()["indicators"]
    return [name for name, entry in measures.items() if keys.items() <= entry.items()]


def declared_relations(relation: Relation) -> dict[str, list[str]]:
    """
    List the measures that others say they are parts of, or the stock of.

    Parameters
    ----------
    relation
        `"parts_of"` or `"stock_of"`, a key of the catalogue.

    Returns
    -------
    declared
        By each measure that is named, the measures that name it.

    Examples
    --------
    >>> declared_relations("parts_of")
    {}
    """
    measures: dict[str, list[str]] = {}
    for name, entry in catalogue()["indicators"].items():
        for whole in entry.get(relation, ()):
            measures.setdefault(whole, []).append(name)
    return measures


class Split(NamedTuple):
    """A measure that is reported by groups, which add up to it."""

    whole: str
    by: str
    groups: dict[str, str]
    """By the measure of each group, what its people are called in the language in use."""


def splits() -> list[Split]:
    """
    List every measure that is reported by groups, once for each way to split it.

    Examples
    --------
    >>> with study.Study.open("hau_giang_groups").use():
    ...     [split.by for split in splits()]
    ['sex', 'age']
    """
    all_splits = []
    for name in names():
        ways = _entry(name).get("by", ())
        all_splits += [find_split(name, by) for by in ways]
    return all_splits


def may_be_of_nothing(name: str) -> bool:
    """
    Say whether a place may report 0 out of 0 of a measure, which is no share.

    A group of people may be nobody in a place. And what a source has published is taken as it is:
    files may be due in no office. Of one's own reports, a total of 0 is asked about.

    Examples
    --------
    >>> may_be_of_nothing("files_online")
    False
    >>> with study.Study.open("phu_tho_2026").use():
    ...     may_be_of_nothing("paid_online")
    True
    """
    if any(name in split.groups for split in splits()):
        return True
    first_period = periods(name)[0]
    indicator = get(name, period=first_period)
    return indicator.captured is not None and indicator.denominator != "residents"


def find_split(name: str, by: str) -> Split:
    """
    Find a way to split a measure, and its groups.

    Raises
    ------
    LookupError
        If it is not reported by these.

    Examples
    --------
    >>> with study.Study.open("hau_giang_groups").use():
    ...     find_split("app_users", "sex").groups
    {'app_users_women': 'nữ', 'app_users_men': 'nam'}
    """
    possible = _entry(name).get("by", [])
    if by not in possible:
        blanks = {"measure": name, "by": by, "groups": ", ".join(possible) or "–"}
        raise LookupError(words.term("indicators_errors.by", **blanks))
    of_groups = catalogue()["groups"][by]
    labels = {}
    for group, people in of_groups.items():
        labels[f"{name}_{group}"] = words.of_study(people)
    return Split(name, by, labels)


def role(name: str) -> str | None:
    """
    Name the measure that has a role in the catalogue; none if no measure has it.

    Parameters
    ----------
    name
        `"headline"`, `"ratio"`, `"files"` or `"people"`.

    Examples
    --------
    >>> role("headline")
    'app_users'
    """
    return next(iter(names(role=name)), None)


def user_measures() -> list[str]:
    """
    List the measures of users that are set side by side, the headline first.

    Examples
    --------
    >>> user_measures()[0]
    'app_users'
    """
    of_users = {*names(role="platform"), *names(role="people")}
    return names(role="headline") + [name for name in names() if name in of_users]


def periods(name: str) -> list[PeriodKey]:
    """
    List the periods in which a measure was taken, first to last.

    Examples
    --------
    >>> periods("app_users")
    [2022, 2023]
    """
    return order_periods(_when(study.current(), _entry(name)))


def _when(of: Study, entry: dict[str, Any]) -> dict[PeriodKey, dict[str, str]]:
    """Say what each period of a measure covers: as it says, else the periods of the study."""
    periods = _by_period(entry, "when")
    if not periods:
        no_text = dict.fromkeys(study.LANGUAGES, "")
        periods = dict.fromkeys(of.periods, no_text)
    if not periods:
        raise study.StudyError(words.term("indicators_errors.no_period"))
    return periods


def _by_period(entry: dict[str, Any], key: str) -> dict[PeriodKey, Any]:
    """Take what a measure says of its periods: keys of a file are texts, and years are numbers."""
    return {read_period(text).key: value for text, value in entry.get(key, {}).items()}


def quantities() -> set[str]:
    """
    List the quantities that are mapped and are no counts, such as the density of teams.

    Examples
    --------
    >>> "members_per_1000" in quantities()
    True
    """
    return set(catalogue()["quantities"])


def kind(name: str) -> str:
    """
    Say whether a measure is a `"share"` of what it is out of, or a `"ratio"` to it.

    Examples
    --------
    >>> kind("app_users"), kind("files_online")
    ('share', 'share')
    """
    return str(_entry(name)["kind"])


def over_time(name: str) -> OverTime:
    """
    Say whether a measure counts a stock, what is new, or what is new since January.

    Examples
    --------
    >>> over_time("app_users"), over_time("files_online")
    ('stock', 'new')
    """
    entry: OverTime = _entry(name)["over_time"]
    return entry


def counted(name: str) -> Counted:
    """
    Say whether all were counted, or whether the numbers are estimates or come from a sample.

    Examples
    --------
    >>> counted("app_users")
    'complete'
    """
    kind: Counted = _entry(name)["counted"]
    return kind


def credit(name: str) -> str:
    """
    Name who counted a measure, in the language in use; "" where its catalogue names nobody.

    Examples
    --------
    >>> credit("app_users")
    ''
    """
    return words.of_study(_entry(name).get("credit", ""))


def get(name: str, *, period: PeriodKey) -> Indicator:
    """
    Find one measure in one period, described in the language in use.

    Raises
    ------
    LookupError
        If the catalogue has no such measure, or not in that period.

    Examples
    --------
    >>> get("app_users", period=2023).kind
    'share'
    """
    in_use, entry = study.current(), _entry(name)
    when = _when(in_use, entry)
    with_measure = order_periods(when)
    if period not in with_measure:
        listed = ", ".join(map(str, with_measure))
        blanks = {"measure": name, "period": period, "periods": listed}
        raise LookupError(words.term("indicators_errors.not_taken", **blanks))
    return _describe(in_use, name, period, entry, words.of_study(when[period], in_use))


def describe_density(period: PeriodKey) -> Indicator:
    """
    Describe the density of the exposure in one period, as a ratio to residents.

    Examples
    --------
    >>> describe_density(2022).over
    'trên người dân (Tổng điều tra 2019)'
    """
    in_use = study.current()
    name, per = in_use.density, in_use.per
    entry = {"label": measure_label(name), "per": per, "out_of": "[persons] ([count])"}
    entry = _with_defaults(entry | {"denominator": "residents"})
    return _describe(in_use, name, period, entry, "")


def _describe(
    of: Study, name: str, period: PeriodKey, entry: dict[str, Any], when: str
) -> Indicator:
    return Indicator(
        name=name,
        period=period,
        label=words.of_study(entry["label"], of),
        counts=words.of_study(entry["counts"], of),
        out_of=_out_of(of, entry),
        when=when or words.period(period),
        target=_by_period(entry, "target").get(period),
        captured=of.says("", "captured"),
        **{key: entry[key] for key in ("unit", "denominator", "kind", "users", "over_time")},
    )


def measure_label(name: str) -> str:
    """
    Give the title of a measure or another mapped quantity in the language in use.

    Examples
    --------
    >>> with words.use("en"):
    ...     measure_label("app_users")
    'Users of a platform app'
    """
    groups = catalogue()
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

    Examples
    --------
    >>> list(classes("app_users").breaks)
    [0.15, 0.2, 0.25, 0.3, 0.35]
    """
    key = "change_breaks" if of_change else "breaks"
    quantity_entries = catalogue()["quantities"]
    if name in quantity_entries and not of_change:
        entry = quantity_entries[name]
        unit = quantity_unit(name)
    else:
        entry = _entry(name)
        unit = _unit_of_change(entry) if of_change else _unit(entry)
    if key not in entry:
        raise LookupError(words.term("indicators_errors.no_classes", measure=name, breaks=key))
    return Classes(name, tuple(entry[key]), unit, is_diverging=of_change)


def quantity_unit(name: str) -> str:
    """
    Name the unit in which a mapped quantity is written, see `words.value`.

    Examples
    --------
    >>> quantity_unit("members_per_1000")
    'decimal'
    """
    return str(catalogue()["quantities"][name]["unit"])


def _unit(entry: dict[str, Any]) -> str:
    """
    Name the unit of a measure, see `words.value`.

    It is a share; per 1,000 for a ratio; or per 1 for a ratio that is more: 10,000 for 1,000 is
    read wrong, 10 for 1 is not.
    """
    if entry["kind"] == "share":
        return "share"
    default = 1 if max(entry.get("breaks", [0])) >= 1 else 1000
    return f"per_{entry.get('per') or default}"


def _unit_of_change(entry: dict[str, Any]) -> str:
    """Name the unit of a change: points for a share."""
    unit = _unit(entry)
    return "points" if unit == "share" else f"{unit}_change"


def has_classes(name: str) -> bool:
    """
    Say whether the breaks of a measure or quantity are known, and need not be chosen.

    Examples
    --------
    >>> has_classes("app_users")
    True
    """
    entry = catalogue()["quantities"].get(name) or _entry(name)
    return "breaks" in entry


def with_breaks(reports: pd.DataFrame) -> bytes | None:
    """
    Choose round breaks for each measure that has none, by its reports.

    Parameters
    ----------
    reports
        Rows of `code`, `period`, `indicator`, `count`, `out_of`.

    Returns
    -------
    catalogue
        All measures, as `indicators.toml` has them; none if each has its breaks.

    Examples
    --------
    >>> import hganalysis as hg
    >>> with_breaks(hg.frames.reports()) is None  # each shipped measure has classes
    True
    """
    content = dict(catalogue())
    # measures of groups are not written: they follow from their whole
    of_groups = {name for split in splits() for name in split.groups}
    measures = {}
    completed = {}
    for name, entry in content["indicators"].items():
        if name not in of_groups:
            measures[name] = entry
            completed[name] = entry | _choose_breaks(reports, name, entry)
    if completed == measures:
        return None
    content["indicators"] = completed
    tables = {}
    for kind, entries in content.items():
        for name, entry in entries.items():
            tables[f"{kind}.{name}"] = entry
    return study.write(tables)


def _choose_breaks(
    reports: pd.DataFrame, name: str, entry: dict[str, Any]
) -> dict[str, list[float]]:
    """Choose the breaks that a measure lacks, between quantiles of its levels and changes."""
    rows = reports[reports["indicator"] == name].astype({"count": float, "out_of": float})
    rows = rows[rows["out_of"] > 0].set_index(["code", "period"])
    level = (rows["count"] / rows["out_of"]).dropna()
    change = 100 * level.unstack().diff(axis=1)
    size = change.abs().melt()["value"].dropna()
    breaks: dict[str, list[float]] = {}
    if "breaks" not in entry and len(level):
        low, middle, high = map(float, level.quantile([0.05, 0.5, 0.95]))
        breaks["breaks"] = round_breaks(low, high) or [middle]
    if "change_breaks" not in entry and len(size):
        largest = float(size.quantile(0.95))
        breaks["change_breaks"] = round_breaks(-largest, largest) or [0]
    return breaks


def round_breaks(low: float, high: float) -> list[float]:
    """
    List a few round numbers between two numbers.

    Examples
    --------
    >>> round_breaks(0.094, 0.668)
    [0.2, 0.4, 0.6]
    """
    from matplotlib.ticker import MaxNLocator

    ticks = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high)
    return [float(f"{tick:.6g}") for tick in ticks if low < tick < high]


def change_scale(name: str) -> Classes | str:
    """
    Give the classes of a change, or its unit alone if it has no classes.

    Examples
    --------
    >>> change_scale("app_users").unit
    'points'
    """
    entry = _entry(name)
    if "change_breaks" in entry:
        return classes(name, of_change=True)
    return _unit_of_change(entry)


def require_comparable(before: Indicator, after: Indicator) -> None:
    """
    Refuse to compare two periods unless they are of the same measure.

    Raises
    ------
    ValueError
        If the measures differ, with what each counts and how to see each of them.

    Examples
    --------
    >>> require_comparable(get("app_users", period=2022), get("app_users", period=2023))
    >>> try:
    ...     require_comparable(get("app_users", period=2022), get("informed", period=2022))
    ... except ValueError:
    ...     print("not the same measure")
    not the same measure
    """
    if before.name != after.name:
        meanings, calls = [], []
        for measure in (before, after):
            blanks = {"counts": measure.counts, "over": measure.over}
            meanings.append(words.term("indicators.measure", one=measure, **blanks))
            calls.append(f"  hg.uptake({measure.name!r}, {measure.period}).order()")
        lines = [words.term("indicators.unlike"), *meanings]
        lines += [words.term("indicators.alone"), *calls]
        raise ValueError("\n".join(lines))
    require_later(before.period, after.period)


def _out_of(of: Study, entry: dict[str, Any]) -> str:
    """
    Say what a measure is out of.

    The shipped catalogue names who counted the residents of the list. If residents were reported,
    they are others.
    """
    is_of_residents = entry["denominator"] == "residents"
    is_of_list = is_of_residents and CATALOGUE not in of.own
    if is_of_list and study.RESIDENTS in of.cards:
        return words.term("indicators.residents_reported")
    return words.of_study(entry["out_of"], of)


def _entry(name: str) -> dict[str, Any]:
    measures = catalogue()["indicators"]
    if name not in measures:
        blanks = {
            "measure": name,
            "question": words.did_you_mean(name, names()),
            "names": ", ".join(names()),
        }
        raise LookupError(words.term("indicators_errors.unknown", **blanks))
    entry: dict[str, Any] = measures[name]
    return entry


def _ramp(anchors: Sequence[str], steps: int) -> tuple[str, ...]:
    """Mix evenly spaced colours from a list of anchors."""
    rgb = np.array([list(bytes.fromhex(colour[1:])) for colour in anchors])
    anchor_positions = np.arange(len(rgb))
    positions = np.linspace(0, len(rgb) - 1, steps)
    channels = [np.interp(positions, anchor_positions, channel) for channel in rgb.T]
    mixed = np.transpose(channels).round().astype("uint8")
    return tuple(f"#{bytes(colour).hex()}" for colour in mixed)

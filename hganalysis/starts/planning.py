"""Before a roll-out: `plan` says what a lot of its starts could find, and seals it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from .. import frames, places, suppress, words
from .. import periods as all_periods
from ..draw import Answer, Composers, Picture, in_one_study
from ..effect.frame import say
from ..periods import PeriodKey
from . import pictures, sentences
from .estimate import Comparison, Floats, invert
from .lots import Lot, spread_slots
from .panel import PanelData, StartsRefused, read_panel
from .sealing import Sealed
from .starting import FEWEST_DRAWS

# In so many invented worlds the promised test is tried, with so many draws.
N_WORLDS, N_DRAWS = 1_000, 500

# The ratios of the table.
RATIOS = (1.02, 1.05, 1.1, 1.15, 1.2, 1.3, 1.5, 2.0)

# Digits of what was known that are kept: with more, another processor could draw another lot.
DIGITS = 9

EVENT_OF = {"all": None, "start": 0}
"""The event of a comparison for what is promised: all periods from the start on, or its own."""

PARTS = ("question", "lot", "estimate", "test", "nothing", "power", "missing", "limits", "signed")
"""Parts of the page to sign."""


@dataclass(frozen=True, eq=False, repr=False)
class Plan(Answer):
    """A roll-out before its lot is drawn: what starts when, and what could be found."""

    lot: Lot = field(repr=False)
    periods: list[PeriodKey]
    sizes: dict[int, int]
    """How many units start, by the number of the period."""
    units: dict[str, str] = field(repr=False)
    """The unit of each place."""
    movements: Floats = field(repr=False)
    """How far each place was from the common movement in each past period."""
    panel: PanelData = field(repr=False)
    """The reports of past periods."""
    wanted_ratio: float
    wanted_power: float
    event: int | None
    source: str = ""
    number_from: str = ""
    on: str = ""

    measure = None

    @property
    def origin(self) -> str:  # type: ignore[override]
        """The least reliable origin of past counts."""
        return self.panel.origin

    @cached_property
    def needed(self) -> Floats:
        """
        For each kind of movement and invented world, the log ratio from which the test finds it.

        Worlds have starts that the lot allows, and movements drawn from those of past periods.
        Whether a movement is gone in the next period or stays is not known of two periods: these
        are the two kinds, and the worse is promised.
        """
        random = np.random.default_rng(7)
        unit = self.lot.find(self.units.values())
        draws = self.lot.draw_many(N_DRAWS, seed=90)[:, unit]
        n_periods = len(self.periods)
        importance = np.ones((len(unit), n_periods))
        movement, is_centred = self.lot.movement[unit], self.lot.is_uneven
        comparison = Comparison(importance, movement, event=self.event, is_centred=is_centred)
        carried = comparison.apply(draws, comparison.has_started(draws).astype(float))

        # units move as one, and places within them
        of_units = pd.DataFrame(self.movements).groupby(unit).mean().to_numpy()
        within = self.movements - of_units[unit]
        sizes = (N_WORLDS, len(of_units), n_periods), (N_WORLDS, len(within), n_periods)
        passing = random.choice(of_units.ravel(), sizes[0])[:, unit]
        passing += random.choice(within.ravel(), sizes[1])
        # a change from one period to the next is as large as in the other world
        staying = np.sqrt(2) * passing.cumsum(axis=2)
        ends = []
        for noise in (passing, staying):
            statistic = comparison.apply(draws, noise)
            for world in range(N_WORLDS):
                real = world % len(draws)
                # a log ratio is found where the test of its opposite rejects without it
                of_world = np.roll([statistic[:, world], carried[:, real]], -real, axis=1)
                ends.append(-invert(*of_world).low)
        return np.reshape(np.array(ends), (2, N_WORLDS))

    def power_of(self, ratio: float) -> float:
        """
        Say how often a ratio would be found.

        Examples
        --------
        >>> import hganalysis as hg
        >>> plan = hg.plan("app_users", [2023, 2024, 2025], {2024: 40}, within="compared_code")
        >>> plan.power_of(1.3) > plan.power_of(1.1)
        True
        """
        is_found = self.needed < abs(np.log(ratio))
        return float(is_found.mean(axis=1).min())

    @property
    def is_enough(self) -> bool:
        """Whether the ratio that is wanted is found as often as is wanted."""
        return self.power_of(self.wanted_ratio) >= self.wanted_power

    @property
    def smallest(self) -> float:
        """The smallest ratio that is found as often as is wanted; it may be infinite."""
        needed = np.quantile(self.needed, self.wanted_power, axis=1, method="higher")
        return float(np.exp(needed.max()))

    def with_one_wave(self, n_units: int) -> Plan:
        """
        Give the plan in which so many units start at once, in the second period.

        Examples
        --------
        >>> import hganalysis as hg
        >>> plan = hg.plan("app_users", [2023, 2024, 2025], {2024: 40}, within="compared_code")
        >>> plan.with_one_wave(30).sizes
        {1: 30}
        """
        sizes = {1: n_units}
        slots = spread_slots(sizes, len(self.lot.units))
        lot = replace(self.lot, slots=slots, limit=np.inf)  # few small waves are alike
        return replace(self, lot=lot, sizes=sizes)

    @property
    def table(self) -> pd.DataFrame:
        """One row for each `rate_ratio`, with its `power`: how often it would be found."""
        largest = self.panel.largest_ratio
        ratios = [ratio for ratio in RATIOS if ratio <= largest]
        table = pd.DataFrame({"rate_ratio": ratios})
        power = table["rate_ratio"].map(self.power_of)
        return table.assign(power=power, origin=self.origin)

    def describe(self) -> str:
        """
        Say what the lot allows, and what could be found.

        Examples
        --------
        >>> import hganalysis as hg
        >>> plan = hg.plan("app_users", [2023, 2024, 2025], {2024: 40}, within="compared_code")
        >>> with hg.words.use("en"):
        ...     plan.describe().split("; ")[0]
        '40 of 75 places or groups start in waves (2024: 40) by lot'
        """
        return sentences.describe_plan(self)

    @property
    def figures(self) -> Composers:
        """The smallest ratio that would be found, by how many start."""
        return {"smallest": self.later(pictures.compose_smallest, self)}

    @cached_property
    def sealed(self) -> Sealed:
        """What is sealed."""
        power = round(self.power_of(self.wanted_ratio), 3)
        return Sealed(
            self.periods,
            self.lot,
            self.units,
            self.event,
            self.wanted_ratio,
            power,
            self.panel.measure or self.source,
            self.panel.periods,
            self.number_from,
            self.on,
        )

    def seal(self, file: str | Path) -> str:
        """
        Write the plan, and give its seal, which is published before the lot is drawn.

        Examples
        --------
        >>> import tempfile
        >>> import hganalysis as hg
        >>> lot = {"number_from": "special prize of the northern lottery", "on": "2024-01-15"}
        >>> plan = hg.plan("app_users", [2023, 2024, 2025], {2024: 40}, **lot)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     len(plan.seal(f"{folder}/plan.json"))
        64
        """
        self.sealed.require_day()
        self.sealed.write(file)
        return self.sealed.seal

    def draw(self, number: str) -> Sealed:
        """
        Draw the lot by a public number, without a file: to try what would follow.

        Examples
        --------
        >>> import hganalysis as hg
        >>> plan = hg.plan("app_users", [2023, 2024, 2025], {2024: 40}, within="compared_code")
        >>> list(plan.draw("734120").starts.values()).count(2024)
        40
        """
        return self.sealed.with_starts(number)

    def simulate(self, number: str) -> pd.DataFrame:
        """
        Invent what would be reported if the starts did what the plan was made to find.

        Parameters
        ----------
        number
            What draws the lot.

        Returns
        -------
        reports
            For `hg.rollout`: the last counts, moved as places moved before, and multiplied by the
            ratio of the plan from the start of each place on.

        Examples
        --------
        >>> import hganalysis as hg
        >>> plan = hg.plan("app_users", [2023, 2024, 2025], {2024: 40}, within="compared_code")
        >>> plan.simulate('734120').columns.tolist()
        ['code', 'count', 'out_of', 'period', 'origin']
        """
        random = np.random.default_rng(11)
        first = self.sealed.draw(number)[self.lot.find(self.units.values())]
        out_of = self.panel.out_of.iloc[:, -1]
        last = self.panel.log_rates.iloc[:, -1].to_numpy()
        # a part stays within its whole, and no count is so small that it is hidden
        smallest = suppress.threshold()
        largest = out_of - smallest if self.panel.is_share else np.inf
        tables = []
        for period, key in enumerate(self.periods):
            log_rate = last + random.choice(self.movements.ravel(), len(last))
            log_rate += np.log(self.wanted_ratio) * (first <= period)
            count = (np.exp(log_rate) * out_of).round().clip(smallest, largest)
            table = pd.DataFrame({"count": count, "out_of": out_of})
            tables.append(table.assign(period=key, origin="simulated"))
        return pd.concat(tables).reset_index()

    def map(self, number: str) -> Picture:
        """
        Show who starts when, as a public number draws it.

        Examples
        --------
        >>> import hganalysis as hg
        >>> plan = hg.plan("app_users", [2023, 2024, 2025], {2024: 40}, within="compared_code")
        >>> picture = plan.map('734120')
        """
        starts = self.draw(number).starts or {}
        return Picture(pictures.compose_waves(self, starts))

    def document(self) -> str:
        """
        Write the page to sign, as Markdown, in the language in use.

        Examples
        --------
        >>> import hganalysis as hg
        >>> plan = hg.plan("app_users", [2023, 2024, 2025], {2024: 40}, within="compared_code")
        >>> with hg.words.use("en"):
        ...     plan.document().splitlines()[0]
        '# Analysis plan, signed before any results are known'
        """
        blanks = sentences.plan_blanks(self) | {"seal": self.sealed.seal}
        parts = [f"# {say('starts_page.title')}"]
        for part in PARTS:
            parts += [f"## {say(f'starts_page.{part}')}", say(f"starts_page.{part}_text", **blanks)]
        return "\n\n".join(parts) + "\n"


@in_one_study
def plan(
    what: str | pd.DataFrame,
    periods: Sequence[PeriodKey] | None = None,
    starts: Mapping[PeriodKey, int] | None = None,
    *,
    within: str | None = None,
    by: str = "code",
    alike: Sequence[str] = ("rate", "people", "urban"),
    limit: float = 0.25,
    ratio: float = 1.15,
    power: float = 0.8,
    about: Literal["all", "start"] = "all",
    number_from: str = "",
    on: str = "",
    source: str = "",
    kind: str | None = None,
) -> Plan:
    """
    Plan who starts when, so that it can be known what the starts did.

    Parameters
    ----------
    what
        A measure of the catalogue, or a frame as for `hg.rollout`, with two past periods or more:
        how places moved between them says what chance does.
    periods
        Those that will be reported, in order; nothing starts in the first. By default the last
        one of the past, and three more.
    starts
        How many places start in which of them. By default a third in the second, and a third in
        the third.
    within
        A column of the list of places, such as `"compared_code"`: lots are drawn within it.
    by
        A column of the list of places; places that share it start together.
    alike, limit
        In what waves may not differ from the others by more than `limit` standard deviations:
        `"rate"` and `"people"` (as logs, in the last period), or columns of the list of places.
    ratio, power
        The ratio above 1 that should be found, and how often.
    about
        Whether the promise is about `"all"` periods from the start on, or that of the `"start"`.
    number_from, on
        Which public number will draw the lot, such as `"special prize of the northern lottery"`,
        and the day on which it is drawn: `"2024-01-15"`. A plan is not sealed without them.
    source, kind
        For a frame: see `hg.compare`.

    Raises
    ------
    Refused
        If something would start in a period that was reported, fewer than 40 draws are allowed,
        nothing is left to compare with, a ratio has no room, or past periods are too few: with the
        least change that would do.

    Examples
    --------
    >>> import hganalysis as hg
    >>> plan = hg.plan("app_users", [2023, 2024, 2025], {2024: 40}, within="compared_code")
    >>> plan.power_of(1.3) > 0.8
    True
    """
    if not (ratio > 1 and 0 < power < 1 and about in EVENT_OF):
        raise ValueError(words.term("starts_errors.plan", ratio=ratio, power=power, about=about))
    # what was reported before, and whether the ratio has room above it
    panel = read_panel(what, source, kind)
    if len(panel.periods) < 2:
        raise StartsRefused(reason="no past")
    if ratio > panel.largest_ratio:
        largest = words.number(panel.largest_ratio, decimals=2)
        raise StartsRefused(reason="no room", ratio=words.value(ratio, "ratio"), largest=largest)
    # the planned periods, as far apart as those that were reported
    grain = all_periods.read_period(panel.periods[0]).grain
    if not periods:
        periods = _continue_periods(panel.periods)
    keys = [all_periods.read_period(period, grain).key for period in periods]
    steps = set(all_periods.count_steps(keys))
    if len(steps) > 1 or min(steps, default=1) < 1:
        raise StartsRefused(reason="uneven periods", counted=", ".join(map(str, keys)))

    # the places, each with the unit that is drawn and its stratum
    listed = places.units().reindex(panel.codes)
    listed = listed.assign(
        code=panel.codes,
        rate=panel.log_rates.iloc[:, -1],
        people=np.log(panel.out_of.iloc[:, -1]),
        stratum="",
    )
    frames.require_columns(listed, [by, within or by, *alike])
    listed["unit"] = listed[by].astype(str)
    if within:
        listed["stratum"] = listed[within].astype(str)
    units = listed.drop_duplicates("unit").sort_values(["stratum", "unit"])
    n_units = len(units)
    # how many units start in which period, by its number in the plan
    if starts is None:
        starts = dict.fromkeys(keys[1:3], n_units // 3)
    numbers = {key: number for number, key in enumerate(keys)}
    sizes = {numbers.get(all_periods.read_period(key).key, 0): n for key, n in starts.items()}
    if 0 in sizes or min(sizes.values(), default=0) < 1 or sum(sizes.values()) > n_units:
        raise StartsRefused(reason="starts", units=n_units, first=words.short_period(keys[0]))
    if n_units in sizes.values():
        raise StartsRefused(reason="all planned at once", units=n_units)
    # nothing starts in a period that was reported
    first, last = keys[min(sizes)], panel.periods[-1]
    if not all_periods.earlier_than([last], first):
        blanks = {"first": words.short_period(first), "last": words.short_period(last)}
        raise StartsRefused(reason="reported", **blanks)
    # what every draw has to keep alike among the periods of start
    covariates = listed[list(alike)].astype(float).groupby(listed["unit"]).mean()
    covariates = covariates.fillna(covariates.mean()).fillna(0).round(DIGITS)
    lot = Lot(
        list(units["unit"]),
        list(units["stratum"]),
        spread_slots(sizes, n_units),
        covariates.loc[units["unit"]].to_numpy().tolist(),
        limit,
    )
    _require_draws(lot)
    return Plan(
        lot,
        keys,
        sizes,
        dict(listed["unit"]),
        _past_movements(panel.log_rates, listed["stratum"]),
        panel,
        ratio,
        power,
        EVENT_OF[about],
        source,
        number_from,
        on,
    )


def _continue_periods(past: list[PeriodKey]) -> list[PeriodKey]:
    """List the last period, and three more that are as far apart."""
    *_, step = all_periods.count_steps(past)
    last = all_periods.read_period(past[-1])
    return [last.later(step * number).key for number in range(4)]


def _require_draws(lot: Lot) -> None:
    """Refuse a lot that allows too few draws, with the least change that would do."""
    if lot.allowed.at_least >= FEWEST_DRAWS:
        return
    wider = lot.wider_limit(FEWEST_DRAWS)
    blanks = {"allowed": lot.allowed.at_least, "ways": lot.n_ways, "fewest": FEWEST_DRAWS}
    if wider is None:
        raise StartsRefused(reason="few ways", **blanks)
    limit, needed = words.number(lot.limit, decimals=2), sentences.round_up(wider)
    raise StartsRefused(reason="narrow limit", **blanks, limit=limit, needed=needed)


def _past_movements(log_rates: pd.DataFrame, stratum: pd.Series) -> Floats:
    """Take levels and the movements of strata out of past rates; what is left is as large."""
    n_places, n_periods = log_rates.shape
    residual = log_rates.sub(log_rates.mean(axis=1), axis=0)
    residual -= residual.groupby(stratum).transform("mean")
    n_free = (n_places - stratum.nunique()) * (n_periods - 1)
    movements: Floats = residual.to_numpy() * np.sqrt(n_places * n_periods / max(n_free, 1))
    return movements

"""After a roll-out: `rollout` says how much changed with the starts, and what that rests on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from .. import words
from ..draw import Answer, Composers
from . import pictures, sentences
from .estimate import LEVEL, Comparison, Floats, Integers, StartsEstimate, estimate, p_value
from .panel import PanelData

Per = Literal["place", "person"]
"""Whether every place counts alike, or every person (file, case) that a count is out of."""
PERS: tuple[Per, ...] = ("place", "person")

# If a larger share of what was drawn to start, or of the others, is missing, none is given.
MOST_MISSING = 0.1


@dataclass(frozen=True, eq=False, repr=False)
class Rollout(Answer):
    """What came with the starts; "raised" is said only of starts that a lot drew."""

    panel: PanelData = field(repr=False)
    draws: Integers = field(repr=False)
    """
    For each draw and place the number of the period of its start, the real draw first: what the lot
    could have given, or what the same decisions could have been.
    """
    movement: Integers = field(repr=False)
    """For each place, the number of a group of places that share their movements."""
    protocol: str | None = None
    """Who drew the lot: "" for a sealed plan, None where nobody drew."""
    per: Per = "place"
    skip: int = 0
    event: int | None = None
    """What a plan promised: 0 for the period of the start; None for all later ones, too."""
    source: str = ""
    is_centred: bool = False
    """Whether strata of the lot share their movements."""
    lost: Integers = field(default_factory=lambda: np.zeros(0, dtype=int), repr=False)
    """The number of the period of the start of each place that was drawn, and lacks a report."""

    measure = None

    @property
    def origin(self) -> str:  # type: ignore[override]
        """The least reliable origin of its counts."""
        return self.panel.origin

    @property
    def is_drawn(self) -> bool:
        """Whether a lot drew the starts."""
        return self.protocol is not None

    @property
    def starts(self) -> Integers:
        """For each place the number of the period of its start."""
        starts: Integers = self.draws[0]
        return starts

    @property
    def flow(self) -> pd.DataFrame:
        """How many places were `drawn` for each number of a period, and how many `analysed`."""
        drawn = pd.Series([*self.starts, *self.lost]).value_counts().sort_index()
        analysed = pd.Series(self.starts).value_counts()
        analysed = analysed.reindex(drawn.index, fill_value=0)
        return pd.DataFrame({"drawn": drawn, "analysed": analysed})

    @property
    def began(self) -> np.ndarray:
        """Whether each place started within the periods."""
        return self.starts < len(self.panel.periods)

    def comparison(self, per: Per) -> Comparison:
        """
        Say what is compared, and how much each place counts.

        Examples
        --------
        >>> import hganalysis as hg
        >>> with hg.Study.open("santa_clara").use(language="en"):
        ...     answer = hg.rollout("fields_filled")
        ...     answer.comparison('place').importance.shape
        (28, 8)
        """
        importance = np.ones(self.panel.out_of.shape)
        if per == "person":
            importance = self.panel.out_of.to_numpy()
        return Comparison(importance, self.movement, self.skip, self.event, self.is_centred)

    def _estimate(self, per: Per, event: int | None) -> StartsEstimate:
        """Estimate all that had started, or what came so many periods after the start."""
        comparison = replace(self.comparison(per), event=event)
        log_rates = self.panel.log_rates.to_numpy()
        affected = comparison.has_started(self.starts)
        if event is not None and event < 0:
            # other draws compare with cells that had started: without what these had
            log_rates = self.unaffected
            affected = np.arange(comparison.n_periods) - self.starts[:, None] == event
        return estimate(comparison, self.draws, log_rates, affected)

    @cached_property
    def effects(self) -> dict[Per, StartsEstimate]:
        """The promised estimate, with every place alike and with every person alike."""
        return {per: self._estimate(per, self.event) for per in PERS}

    @property
    def effect(self) -> StartsEstimate:
        """The promised estimate, as was asked."""
        return self.effects[self.per]

    @cached_property
    def unaffected(self) -> Floats:
        """Log rates without what was estimated."""
        has_started = self.comparison(self.per).has_started(self.starts)
        log_rates: Floats = self.panel.log_rates.to_numpy() - self.effect.log_ratio * has_started
        return log_rates

    @cached_property
    def events(self) -> dict[int, StartsEstimate]:
        """What came in each period before (-1, -2) and after the start (0, 1), if known."""
        n_periods = len(self.panel.periods)
        events = {}
        for event in range(1 - n_periods, n_periods):
            comparison = replace(self.comparison(self.per), event=event)
            has_weights = comparison.weights(self.starts[None]).any()
            if has_weights and not -self.skip <= event < 0:
                events[event] = self._estimate(self.per, event)
        return events

    @property
    def before(self) -> dict[int, StartsEstimate]:
        """Those of the periods before the start."""
        return {event: before for event, before in self.events.items() if event < 0}

    @cached_property
    def moved_before(self) -> float:
        """The p-value of all periods before the start together (Holm); 1 if there is none."""
        p_values = [before.p_value for before in self.before.values()]
        return min(1.0, min(p_values, default=1.0) * len(p_values))

    @cached_property
    def chosen_by_report(self) -> float:
        """The p-value of starts that follow the last report before them: a low one, or a high."""
        levels = pd.DataFrame(self.unaffected)
        levels -= levels.groupby(self.movement).transform("mean")
        last = np.clip(self.draws - self.skip - 1, 0, levels.shape[1] - 1)
        reports = levels.to_numpy()[np.arange(len(levels)), last]
        has_start = self.draws < levels.shape[1]
        return p_value(np.where(has_start, reports, 0.0).sum(axis=1))

    @cached_property
    def withheld(self) -> str:
        """Why no estimate is given; "" if one is. A lot makes all other places alike."""
        if self.is_drawn:
            flow = self.flow
            has_start = flow.index < len(self.panel.periods)
            arms = flow.groupby(has_start).sum()
            n_lost = arms["drawn"] - arms["analysed"]
            is_missing = n_lost > MOST_MISSING * arms["drawn"]
            return "missing" if is_missing.any() else ""
        if self.moved_before <= LEVEL:
            nearest = min(self.before.values(), key=lambda before: before.p_value)
            is_nearest = nearest is self.before.get(-1 - self.skip)
            return "anticipated" if is_nearest else "moved"
        if self.chosen_by_report <= LEVEL and self.skip == 0:
            return "chosen"
        return ""

    @property
    def n_carrying(self) -> int:
        """Count the places that the estimate is of: those that had something to compare with."""
        comparison = self.comparison(self.per)
        weights = comparison.weights(self.starts[None])[0]
        is_compared = comparison.has_started(self.starts) & (weights > 0)
        return int(is_compared.any(axis=1).sum())

    @property
    def table(self) -> pd.DataFrame:
        """
        One row for all that had started, one for each period before and after; nothing rounded.

        - `event`: periods since the start, missing for all together; -1 is the one before it, and
          before the start nothing should be found;
        - `per`: whether every place or every person counts alike;
        - `rate_ratio`, `low`, `high`, `p_value`: missing if no estimate is given;
        - `places`: how many started within the periods; `origin`.
        """
        rows: list[tuple[object, ...]] = []
        rows += [(pd.NA, per, *effect) for per, effect in self.effects.items()]
        rows += [(event, self.per, *effect) for event, effect in self.events.items()]
        columns = ["event", "per", "rate_ratio", "low", "high", "p_value"]
        table = pd.DataFrame(rows, columns=columns).astype({"event": "Int64"})
        table[columns[2:5]] = np.exp(table[columns[2:5]])
        if self.withheld:
            is_after = table["event"].fillna(0) >= 0
            table.loc[is_after, columns[2:]] = np.nan
        return table.assign(places=int(self.began.sum()), origin=self.origin)

    @property
    def table_in_words(self) -> pd.DataFrame:
        """Its table, with words for what counts alike."""
        table = self.table
        return table.assign(per=[words.term(f"cells.{per}") for per in table["per"]])

    def describe(self) -> str:
        """
        Say what came with the starts, how sure that is, and what it rests on.

        Examples
        --------
        >>> import hganalysis as hg
        >>> with hg.Study.open("santa_clara").use(language="en"):
        ...     answer = hg.rollout("fields_filled")
        ...     print(answer.describe().split(' times')[0])
        Where it started, the roll-out lowered the fields filled to 0.90
        """
        return sentences.describe_rollout(self)

    @property
    def figures(self) -> Composers:
        """The periods before and after the start."""
        return {"events": self.later(pictures.compose_events, self)}

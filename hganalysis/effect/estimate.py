"""Hold an estimate, and a refusal."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .. import words
from .interval import Interval

# Below this share of the variance of the exposure, clusters compared with themselves say
# nothing; up to the second share they say it with little voice. Fixed here, before any data.
WITHIN_REFUSED = 0.05
WITHIN_FLAGGED = 0.20


class Refused(ValueError):  # noqa: N818  (it names what happened, as StopIteration does)
    """
    An estimate that the data cannot carry; the message says why and what to do instead.

    `reason` is the same in few words, for a table. Where one unit is why, `unit` names it, and
    `share` is its share of the variation of the exposure that is left to compare.
    """

    def __init__(
        self, message: str, *, reason: str, unit: str | None = None, share: float | None = None
    ) -> None:
        super().__init__(message)
        self.reason, self.unit, self.share = reason, unit, share

    def _render_traceback_(self) -> list[str]:
        """Say in a notebook that there is no estimate, and why: where it happened is no matter."""
        key = f"reasons.{self.reason}"
        reason = words.term(key) if key in words.strings() else self.reason
        return [words.term("findings.estimate_refused", reason=reason), str(self), self._line()]

    def _line(self) -> str:
        """Say in which line of a cell it happened: what the lines before it made is there."""
        step = self.__traceback__
        while step is not None and step.tb_frame.f_code.co_name != "<module>":
            step = step.tb_next
        return str(step.tb_lineno if step else 1)


@dataclass(frozen=True)
class Refusal:
    """A rung that was not climbed, and why."""

    rung: int
    reason: str
    """A few words."""
    message: str
    """The whole explanation."""
    unit: str | None = None
    """The unit that is why, where one is."""
    share: float | None = None
    """Its share of the variation of the exposure that is left to compare, 0 to 1."""


@dataclass(frozen=True)
class Estimate:
    """
    How a count, relative to its denominator, goes with an exposure.

    Rate ratios are per unit of the exposure, or per standard deviation where the name says so:
    always the standard deviation between the units of the whole frame, so that rungs compare.
    """

    rung: int
    method: str
    exposure: str
    log_rate_ratio: float
    """Per unit of the exposure."""
    standard_error: float
    """Of `log_rate_ratio`."""
    df: float
    """Degrees of freedom of the t distribution behind interval and p-value."""
    level: float
    """Coverage of the interval, between 0 and 1."""
    sd: float
    """Standard deviation of the exposure between all units (n - 1)."""
    permutation_p: float | None
    """Exact: from all orders of the clusters (rung 5, at most 8), from all signs of their slopes
    (rung 6, at most 20), else None."""
    units: int
    clusters: int
    units_per_cluster: tuple[int, ...]
    """In the order of the cluster labels as text."""
    phi: float
    """Pearson's chi-square over its df: 1 for Poisson counts."""
    within_share: float
    """Share of the variance of the exposure that lies within clusters, 0 to 1."""
    flags: tuple[str, ...]
    dropped: tuple[str, ...]
    """What was left out and counts for nothing: clusters without counts (rung 2), without a slope
    of their own (rung 6), units without counts in both years (rung 4)."""
    origin: str | None
    """The least trustworthy origin among the rows; None if the frame has no `origin`."""
    formula: str
    alternatives: tuple[Interval, ...] = ()
    """Second opinions on this rung, where they were asked for; see `alternatives`."""

    @property
    def low(self) -> float:
        """Lower end of the interval of `log_rate_ratio`."""
        return self.log_rate_ratio - self._reach

    @property
    def high(self) -> float:
        """Upper end of the interval of `log_rate_ratio`."""
        return self.log_rate_ratio + self._reach

    @property
    def rate_ratio(self) -> float:
        """Rate ratio for one more unit of the exposure."""
        return math.exp(self.log_rate_ratio)

    @property
    def rate_ratio_low(self) -> float:
        """Lower end of the interval of `rate_ratio`."""
        return math.exp(self.low)

    @property
    def rate_ratio_high(self) -> float:
        """Upper end of the interval of `rate_ratio`."""
        return math.exp(self.high)

    @property
    def rate_ratio_per_sd(self) -> float:
        """Rate ratio for one more standard deviation of the exposure."""
        return math.exp(self.log_rate_ratio * self.sd)

    @property
    def rate_ratio_per_sd_low(self) -> float:
        """Lower end of the interval of `rate_ratio_per_sd`."""
        return math.exp(self.low * self.sd)

    @property
    def rate_ratio_per_sd_high(self) -> float:
        """Upper end of the interval of `rate_ratio_per_sd`."""
        return math.exp(self.high * self.sd)

    @property
    def p_value(self) -> float:
        """Two-sided, of no difference, from the same t distribution as the interval."""
        return p_value(self.log_rate_ratio / self.standard_error, self.df)

    @property
    def _reach(self) -> float:
        return half_width(self.df, self.level) * self.standard_error


@dataclass(frozen=True)
class Detectable:
    """The smallest rate ratios above 1 that a design would tell from 1."""

    power: float
    """How often, 0 to 1."""
    rate_ratio: float
    """Per unit of the exposure."""
    rate_ratio_per_sd: float
    """Per standard deviation of the exposure."""


def minimal_detectable(estimate: Estimate, *, power: float = 0.8) -> Detectable:
    """
    Compute the smallest rate ratio that this design would detect with the given power.

    Uses the realised standard error and df, never the estimate: (t(0.975) + t(power)) x SE.

    Parameters
    ----------
    estimate
        Any rung. The test is at 1 - `estimate.level`, two-sided.
    power
        Between 0.5 and 1.

    Returns
    -------
    detectable
        Above 1; its inverse is the detectable ratio below 1.

    Raises
    ------
    ValueError
        If the power is not between 0.5 and 1.
    """
    if not 0.5 <= power < 1:
        msg = f"power must be at least 0.5 and below 1, not {power}."
        raise ValueError(msg)
    both = half_width(estimate.df, estimate.level) + _t_quantile(estimate.df, power)
    smallest = both * estimate.standard_error
    return Detectable(power, math.exp(smallest), math.exp(smallest * estimate.sd))


def half_width(df: float, level: float) -> float:
    """Compute how many standard errors an interval reaches to each side."""
    if not 0 < level < 1:
        msg = f"level is the coverage of the interval, between 0 and 1 (say 0.95), not {level}."
        raise ValueError(msg)
    return _t_quantile(df, (1 + level) / 2)


def p_value(t: float, df: float) -> float:
    """Compute the two-sided p-value of a t value."""
    from scipy import special

    return float(2 * special.stdtr(df, -abs(t)))


def _t_quantile(df: float, probability: float) -> float:
    from scipy import special

    return float(special.stdtrit(df, probability))

"""Hold an estimate and its second opinions, and a refusal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from .. import words
from ..places import NotGivenError

if TYPE_CHECKING:
    from .spatial import Moran


Pieces: TypeAlias = tuple[tuple[float, float], ...]


def ratio(log: float) -> float:
    """Turn a log into a ratio; one too large to write is no bound."""
    try:
        return math.exp(log)
    except OverflowError:
        return math.inf


class Ratios:
    """Rate ratios of what has a log rate ratio, its ends and the `sd` of the exposure."""

    log_rate_ratio: float
    sd: float

    @property
    def low(self) -> float:
        """Lower end of `log_rate_ratio`."""
        raise NotImplementedError

    @property
    def high(self) -> float:
        """Upper end of `log_rate_ratio`."""
        raise NotImplementedError

    @property
    def rate_ratio(self) -> float:
        """Rate ratio for one more unit of the exposure."""
        return ratio(self.log_rate_ratio)

    @property
    def rate_ratio_low(self) -> float:
        """Lower end of `rate_ratio`; 0 where unbounded."""
        return ratio(self.low)

    @property
    def rate_ratio_high(self) -> float:
        """Upper end of `rate_ratio`; inf where unbounded."""
        return ratio(self.high)

    @property
    def rate_ratio_per_sd(self) -> float:
        """Rate ratio for one more standard deviation of the exposure."""
        return ratio(self.log_rate_ratio * self.sd)

    @property
    def rate_ratio_per_sd_low(self) -> float:
        """Lower end of `rate_ratio_per_sd`."""
        return ratio(self.low * self.sd)

    @property
    def rate_ratio_per_sd_high(self) -> float:
        """Upper end of `rate_ratio_per_sd`."""
        return ratio(self.high * self.sd)


@dataclass(frozen=True)
class Interval(Ratios):
    """A second opinion on a rung. Rate ratios are per unit of the exposure, as in `Estimate`."""

    method: str
    log_rate_ratio: float
    """Per unit of the exposure."""
    pieces: Pieces
    """Of `log_rate_ratio`: usually one interval, but a bootstrap set may fall apart, or end in
    -inf or inf; it is shown as it is."""
    p_value: float
    df: float | None
    """None for a bootstrap, which has no t distribution behind it."""
    sd: float
    """Standard deviation of the exposure between all units."""

    @property
    def low(self) -> float:
        """Lower end of the whole set of `log_rate_ratio`."""
        return self.pieces[0][0]

    @property
    def high(self) -> float:
        """Upper end of the whole set of `log_rate_ratio`."""
        return self.pieces[-1][1]

    @property
    def shape(self) -> str:
        """One of "interval", "unbounded", "disjoint"."""
        if len(self.pieces) > 1:
            return "disjoint"
        return "interval" if math.isfinite(self.high - self.low) else "unbounded"


# Below this share of the variance of the exposure, clusters compared with themselves say
# nothing; up to the second share they say it with little voice. Fixed here, before any data.
WITHIN_REFUSED = 0.05
WITHIN_FLAGGED = 0.20
# Moran's I of the residuals from here down: neighbours are alike.
ALIKE = 0.05
SPATIAL = "spatial GLS (REML)"


class Refused(NotGivenError):  # noqa: N818  (it names what happened, as StopIteration does)
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

    @classmethod
    def of(cls, rung: int, refused: Refused) -> Refusal:
        """Keep why a rung was refused."""
        return cls(rung, refused.reason, str(refused), refused.unit, refused.share)


@dataclass(frozen=True)
class Estimate(Ratios):
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
    doubt: float = 0.0
    """What the denominator was taken to be off by (coefficient of variation of independent errors);
    0 where the exposure is no ratio over it, or the rung was not asked."""
    doubt_share: float = 0.0
    """Share of the variation of the exposure that is left to compare which such errors could
    make, 0 to below 0.5."""
    doubt_part: float = 0.0
    """Log rate ratio per unit of the exposure that such errors make where there is no relation."""
    log_odds_ratio: float | None = None
    """Per unit of the exposure, where a binomial model (logit) took the place of the Poisson one
    because shares come near to 1; `log_rate_ratio` is then the average at the shares as they are.
    Else None."""
    moran: Moran | None = None
    """Whether residuals of neighbours are alike; None where `ladder` was given no neighbours."""
    alternatives: tuple[Interval, ...] = ()
    """Second opinions on this rung, where they were asked for; see `alternatives`."""

    @property
    def alike(self) -> bool:
        """Whether residuals of neighbours are more alike than chance; False if nobody asked."""
        return self.moran is not None and self.moran.p_value <= ALIKE

    @property
    def spatial(self) -> Interval | None:
        """
        The second opinion whose errors die away with distance; None where it was not asked for.

        Where neighbours are alike the interval holds it, too: errors by cluster alone hold the
        truth in 90 to 92 % where exposure and residuals both change smoothly over many clusters.
        """
        return next((one for one in self.alternatives if one.method == SPATIAL), None)

    @property
    def low(self) -> float:
        """Lower end of the interval of `log_rate_ratio`, with what the denominator could make."""
        return ends(self.sampling_low, self.sampling_high, self.doubt_share, self.doubt_part)[0]

    @property
    def high(self) -> float:
        """Upper end of the interval of `log_rate_ratio`, with what the denominator could make."""
        return ends(self.sampling_low, self.sampling_high, self.doubt_share, self.doubt_part)[1]

    @property
    def sampling_low(self) -> float:
        """Lower end of the interval which takes the denominator for exact."""
        return min([self.log_rate_ratio - self._reach, *(one.low for one in self._held)])

    @property
    def sampling_high(self) -> float:
        """Upper end of the interval which takes the denominator for exact."""
        return max([self.log_rate_ratio + self._reach, *(one.high for one in self._held)])

    @property
    def by_cluster(self) -> tuple[float, float]:
        """
        Both ends of the rate ratio by errors of clusters alone (CR2), as its coverage was measured:
        without what the denominator or neighbours add.
        """
        return (
            ratio(self.log_rate_ratio - self._reach),
            ratio(self.log_rate_ratio + self._reach),
        )

    @property
    def denominator_could_make_it(self) -> bool:
        """
        Whether errors in the denominator could make the whole estimate: its plain interval does
        not hold 0, and it is no larger than what they make of no relation.
        """
        return self.sampling_low > 0 and self.log_rate_ratio <= self.doubt_part

    @property
    def p_value(self) -> float:
        """
        Two-sided, of no difference, from the same t distributions as the interval: the largest over
        all errors of the denominator up to `doubt`, and over the spatial opinion where it is held.
        """
        known = [(self.log_rate_ratio, self.standard_error, self.df)]
        for one in self._held:
            if one.df is not None:
                reach = (one.high - one.low) / 2
                known.append((one.log_rate_ratio, reach / half_width(one.df, self.level), one.df))
        return max(
            p_value((max(0.0, b - self.doubt_part) if b > 0 else b) / error, df)
            for b, error, df in known
        )

    @property
    def _reach(self) -> float:
        return half_width(self.df, self.level) * self.standard_error

    @property
    def _held(self) -> list[Interval]:
        return [self.spatial] if self.alike and self.spatial is not None else []


def ends(low: float, high: float, share: float, part: float) -> tuple[float, float]:
    """
    Let an interval hold what errors in the denominator could make, from none up to the doubt.

    They add their part to a relation, and flatten the rest of it by their share.
    """
    return min(low, (low - part) / (1 - share)), max(high, (high - part) / (1 - share))


def half_width(df: float, level: float) -> float:
    """Compute how many standard errors an interval reaches to each side."""
    if not 0 < level < 1:
        msg = f"level is the coverage of the interval, between 0 and 1 (say 0.95), not {level}."
        raise ValueError(msg)
    from scipy import special

    return float(special.stdtrit(df, (1 + level) / 2))


def p_value(t: float, df: float) -> float:
    """Compute the two-sided p-value of a t value."""
    from scipy import special

    return float(2 * special.stdtr(df, -abs(t)))

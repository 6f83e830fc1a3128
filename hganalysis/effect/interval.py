"""Hold one more interval for the same rung: another error, another model, or the bootstrap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

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

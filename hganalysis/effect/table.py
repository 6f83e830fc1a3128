"""Hold a ladder of estimates, pick its headline by rule, and lay it out as a table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from .estimate import WITHIN_REFUSED, Estimate, Refusal, Refused


@dataclass(frozen=True)
class Ladder:
    """Every rung that the data allow, and the refusals of the others."""

    estimates: tuple[Estimate, ...]
    refusals: tuple[Refusal, ...]
    within_share: float
    """Share of the variance of the exposure that lies within clusters, 0 to 1."""

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self.estimates)

    def __len__(self) -> int:
        return len(self.estimates)

    @property
    def headline(self) -> Estimate:
        """
        The rung to report, by rule: 2 (clusters compared with themselves), or 5 (clusters only)
        where less than 5 % of the variance of the exposure is within clusters.

        Raises `Refused`, with the reason of that rung, where the data cannot carry it (a second
        best is never promoted), and where errors in the denominator could make all of it.
        """
        rung = 5 if self.within_share < WITHIN_REFUSED else 2
        for estimate in self.estimates:
            if estimate.rung == rung:
                if estimate.denominator_could_make_it:
                    raise _withheld(estimate)
                return estimate
        refusal = next(refusal for refusal in self.refusals if refusal.rung == rung)
        msg = (
            f"There is no headline. By rule it is rung {rung}, refused because:\n{refusal.message}"
        )
        raise Refused(msg, reason=refusal.reason, unit=refusal.unit, share=refusal.share)

    @property
    def second(self) -> Estimate | None:
        """
        The second headline, by rule: rung 4 (two years), if the exposure moved between them by
        at least 0.3 of its standard deviation between units. Else None.
        """
        for estimate in self.estimates:
            if estimate.rung == 4 and "little change" not in estimate.flags:
                return estimate
        return None

    def second_opinions(self) -> pd.DataFrame:
        """
        Lay out the alternatives of all rungs, one row each, as far as they were asked for.

        Returns
        -------
        table
            Columns `rung`, `method`; `rate_ratio`, `low`, `high` per unit of the exposure;
            `rate_ratio_per_sd`, `low_per_sd`, `high_per_sd`; `p_value`, `df`; `shape` (interval,
            unbounded or disjoint; then `low` and `high` are the outermost ends).
        """
        rows = [
            [
                estimate.rung,
                other.method,
                *(math.exp(one) for one in (other.log_rate_ratio, other.low, other.high)),
                *(
                    math.exp(one * other.sd)
                    for one in (other.log_rate_ratio, other.low, other.high)
                ),
                other.p_value,
                other.df,
                other.shape,
            ]
            for estimate in self.estimates
            for other in estimate.alternatives
        ]
        columns = ["rung", "method", *_NUMBERS[:6], "p_value", "df", "shape"]
        return pd.DataFrame(rows, columns=columns).astype({"rung": "int64", "df": "float64"})

    def table(self) -> pd.DataFrame:
        """
        Lay out the rungs, one row each; a refused rung has its reason in `flags`, and no numbers.

        Returns
        -------
        table
            Columns `rung`, `method`; `rate_ratio`, `low`, `high` per unit of the exposure;
            `rate_ratio_per_sd`, `low_per_sd`, `high_per_sd`; `p_value`, `permutation_p`, `df`,
            `clusters`, `units`, `phi`, `doubt` (what the denominator was taken to be off by),
            `made_by_doubt` (the rate ratio per unit that it makes by itself; missing where the
            rung was not asked), `flags` (text). Nothing is rounded.
        """
        rows: list[dict[str, object]] = [
            {
                "rung": estimate.rung,
                "method": estimate.method,
                "rate_ratio": estimate.rate_ratio,
                "low": estimate.rate_ratio_low,
                "high": estimate.rate_ratio_high,
                "rate_ratio_per_sd": estimate.rate_ratio_per_sd,
                "low_per_sd": estimate.rate_ratio_per_sd_low,
                "high_per_sd": estimate.rate_ratio_per_sd_high,
                "p_value": estimate.p_value,
                "permutation_p": estimate.permutation_p,
                "df": estimate.df,
                "clusters": estimate.clusters,
                "units": estimate.units,
                "phi": estimate.phi,
                "doubt": estimate.doubt or None,
                "made_by_doubt": math.exp(estimate.doubt_part) if estimate.doubt else None,
                "flags": "; ".join(estimate.flags),
            }
            for estimate in self.estimates
        ]
        rows += [
            {"rung": refusal.rung, "method": "refused", "flags": f"refused: {refusal.reason}"}
            for refusal in self.refusals
        ]
        table = pd.DataFrame(rows, columns=_TABLE).sort_values("rung", ignore_index=True)
        whole = {"rung": "int64", "clusters": "Int64", "units": "Int64"}
        return table.astype({**dict.fromkeys(_NUMBERS, "float64"), **whole})


def _withheld(estimate: Estimate) -> Refused:
    """Withhold an estimate that errors in the denominator could make by themselves."""
    alone = math.exp(estimate.doubt_part * estimate.sd)
    msg = (
        f"The headline is withheld. Per standard deviation of {estimate.exposure!r} its rate ratio "
        f"is {estimate.rate_ratio_per_sd:.2f}, and denominators that are off by "
        f"{estimate.doubt:.0%} make {alone:.2f} where there is no relation at all. Get a better "
        "denominator, and say how far it may be off (doubt=0.02)."
    )
    return Refused(msg, reason="denominator could make it")


_NUMBERS = ["rate_ratio", "low", "high", "rate_ratio_per_sd", "low_per_sd", "high_per_sd"]
_NUMBERS += ["p_value", "permutation_p", "df", "phi", "doubt", "made_by_doubt"]
_TABLE = ["rung", "method", *_NUMBERS[:-3], "clusters", "units", *_NUMBERS[-3:], "flags"]

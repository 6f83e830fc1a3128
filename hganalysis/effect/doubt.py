"""Work out how much of an estimate errors in the denominator alone could make."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import standardised
from .estimate import Refused
from .fit import Fit, Vector

# What a recorded population is taken to be off by, unless the user knows better: a coefficient of
# variation. A census some years old, or a register that people do not leave, is no closer.
DOUBT = 0.10
# From here on half of the variation of the exposure could be such errors, and what they would make
# is no longer told from an answer. Fixed here, before any data.
DOUBT_REFUSED = 0.5
# An exposure may have been rounded to one decimal; more than that is another denominator.
ROUNDED = 0.01


@dataclass(frozen=True)
class Part:
    """What errors in the denominator alone could make of one estimate."""

    share: float
    """Of the variation of the exposure that is left to compare: so much of it could be errors."""
    log_rate_ratio: float
    """Per unit of the exposure: made by the errors, were there no relation."""


def part_of(
    fit: Fit, exposure: Vector, variance: Vector, ratios: dict[int, Vector] | None = None
) -> Part:
    """
    Compute what errors in the denominator that exposure and rate share could make.

    A denominator recorded too small by a factor exp(u) raises the recorded exposure x and the
    recorded rate by that factor, so errors make a relation with an elasticity of one. Let v_i be
    the variance of u_i, w_i the weight of row i in the fit, h_i its leverage without the exposure
    and e_i the exposure less all other columns. To first order the errors add

        sum of w v x^2 (1 - h)   to the sum of w e^2, and
        sum of w v x (1 - h)     to the sum of the products of w, e and the log rate.

    Unlike shaking the recorded numbers again, this takes the recorded variation of the exposure
    to hold the errors already, so that an exposure whose true values are nearly equal is found
    out: there the first sum is nearly all of the sum of w e^2.

    Parameters
    ----------
    fit
        Of counts with an offset, or of the log rate; the exposure is its first column.
    exposure
        As recorded, not centred.
    variance
        Of the log of each row's denominator.
    ratios
        Controls that are ratios over the same denominator, as recorded, by their column in the
        fit: what they hold of its errors they take out of the exposure.

    Returns
    -------
    part
        For errors that are independent between rows. One that a whole cluster shares does nothing
        where clusters have effects of their own.

    References
    ----------
    Fuller, W. A. (1987). Measurement Error Models, section 1.1. Wiley.
    Kronmal, R. A. (1993). "Spurious Correlation and the Fallacy of the Ratio Standard Revisited."
    JRSS A 156 (3), 379-392. https://doi.org/10.2307/2983064
    """
    parts = standardised(fit)
    influence = parts.influence(0)
    length = 1 / float(influence @ influence)  # sum of w e^2
    hat = np.sum(parts.Q**2, axis=1) - influence**2 * length
    if parts.own is not None:
        hat += parts.own**2
    if ratios:
        others = np.linalg.lstsq(parts.R[:, 1:], parts.R[:, 0])[0]
        exposure = exposure - sum(others[j - 1] * ratio for j, ratio in ratios.items())
    left = (parts.root * fit.gradient) ** 2 * variance * (1 - hat)
    # An error of the log rate moves a logit the more, the nearer the share is to 1.
    moved = exposure / (1 - fit.mean) if fit.link == "logit" else exposure
    return Part(float(np.sum(left * exposure**2)) / length, float(np.sum(left * moved)) / length)


def require_more_than_doubt(part: Part, exposure: str, offset: str, doubt: float) -> None:
    """Refuse an exposure whose variation is hardly larger than the doubt in its denominator."""
    if part.share >= DOUBT_REFUSED:
        msg = (
            f"If {offset!r} is off by {doubt:.0%}, that alone makes {min(part.share, 1):.0%} of "
            f"the variation of {exposure!r} that is left to compare (below {DOUBT_REFUSED:.0%} is "
            "wanted): a unit recorded with too few people has a high exposure and a high rate at "
            "once, and nothing tells this from an answer. Get a better denominator and say how far "
            "it may be off (doubt=0.02), or an exposure that differs more."
        )
        raise Refused(msg, reason="denominator in doubt")


def numerator(columns: dict[str, Vector], exposure: Vector, offset: Vector) -> str:
    """
    Find out whether an exposure is a ratio over the offset.

    Parameters
    ----------
    columns
        The other columns of numbers in the frame.
    exposure, offset
        Row by row.

    Returns
    -------
    of
        The column whose ratio to the offset it is (to 1 %, as it may have been rounded);
        "whole numbers" if exposure times offset is a whole number in every row, up to a power of
        ten, and is not so by chance; "" if neither.
    """
    made = exposure * offset
    if (made < 0).any() or not (made > 0).any():
        return ""
    for name, given in columns.items():
        if not np.isfinite(given).all() or (given[made > 0] <= 0).any() or given[made == 0].any():
            continue
        ratio = given[made > 0] / made[made > 0]
        if (np.abs(ratio / np.median(ratio) - 1) <= ROUNDED).all():
            return name
    # Short decimals times round populations are whole by chance; long ones are not.
    long = np.abs(1000 * exposure - np.round(1000 * exposure)) > 1e-6
    for power in (1, 100, 1000, 10_000, 100_000):
        number = made / power
        whole = (np.abs(number - np.round(number)) < 1e-6) & (np.round(number) >= 1)
        if long.mean() > 0.5 and (whole | (made == 0)).all():
            return "whole numbers"
    return ""


def looks_like_a_ratio(exposure: Vector) -> bool:
    """Say whether an exposure could be a ratio that was rounded: above 0, and not all whole."""
    return bool((exposure > 0).all() and (exposure != np.round(exposure)).any())

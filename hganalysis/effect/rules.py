"""Refuse designs that carry no estimate, and flag weak ones."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .errors import rows_of, standardised
from .estimate import Refused
from .fit import DEPENDENT, Fit, Matrix, Vector, dependent, inside

if TYPE_CHECKING:
    from .columns import Columns


PAIRED = 30


def require_choice(name: str, given: object, known: Sequence[object]) -> None:
    """Refuse a choice that does not exist."""
    if given not in known:
        msg = f"{name} is {given!r}; choose one of {', '.join(map(repr, known))}."
        raise ValueError(msg)


def require_comparable(data: Columns) -> None:
    """Refuse what makes every rung impossible: no counts, or nothing to compare."""
    if data.count.sum() == 0:
        msg = f"All counts in {data.names.count!r} are zero: there is no rate to compare."
        raise Refused(msg, reason="no counts")
    if data.sd <= 1e-12 * np.abs(data.exposure).max():
        msg = (
            f"{data.names.exposure!r} is {data.exposure[0]} in every row: "
            "nothing can be compared. Choose an exposure that differs."
        )
        raise Refused(msg, reason="constant exposure")
    require_independent(data)


def require_independent(data: Columns, *, fixed_effects: bool = False) -> None:
    """Refuse controls that repeat one another, the exposure, or the fixed effects."""
    exposure, controls = data.names.exposure, data.names.controls
    columns = np.column_stack([data.exposure, data.controls])
    if fixed_effects:
        repeated, also = dependent(inside(data.codes, columns)), ", with the fixed effects,"
    else:
        # Centred columns, so that a large mean does not hide small differences.
        centred = columns - columns.mean(axis=0)
        lengths = np.linalg.norm(centred, axis=0)
        centred[:, lengths <= DEPENDENT * np.abs(columns).max(axis=0)] = 0.0
        repeated, also = dependent(centred), ""
    if repeated:
        names = [(exposure, *controls)[j] for j in repeated]
        others = [name for name in (exposure, *controls) if name not in names]
        msg = (
            f"{names} can be computed{also} from {others or 'the constant'}: "
            "the data cannot tell them apart. Leave out one of them."
        )
        raise Refused(msg, reason="collinear controls")


def weak_clusters(clusters: int) -> list[str]:
    """Refuse cluster-robust errors below 4 clusters; flag 4 and 5."""
    if clusters < 4:
        msg = (
            f"There are {clusters} clusters: too few for any cluster-robust error (at least 4). "
            "Describe the rates instead, without an interval."
        )
        raise Refused(msg, reason="fewer than 4 clusters")
    return ["low information"] if clusters < 6 else []


def carried_by_few(data: Columns, *, fixed_effects: bool) -> list[str]:
    """
    Refuse if leaving out some cluster loses the coefficient; flag if leaving out two does.

    Such a coefficient rests on one (or two) clusters, and CR2 covers 63 % there while its df
    look innocent.
    """
    moving = np.column_stack([data.controls, data.exposure])
    if fixed_effects:
        moving = inside(data.codes, moving)
    else:
        moving = moving - moving.mean(axis=0)
        moving = np.column_stack([np.ones(len(moving)), moving])
    lengths = np.sqrt((moving**2).mean(axis=0))
    moving = moving / np.where(lengths > 0, lengths, 1.0)

    grams = np.stack([moving[rows].T @ moving[rows] for rows in rows_of(data.codes)])
    whole = grams.sum(axis=0)
    for cluster in np.flatnonzero(_lost(whole - grams, whole)):
        label = data.labels[cluster]
        msg = (
            f"Without {data.names.cluster} {label} nothing is left of the exposure "
            f"{data.names.exposure!r}: that one cluster carries the whole estimate, "
            "and no error can be had from one. Describe it as a case."
        )
        raise Refused(msg, reason="one cluster carries it")
    # Who could carry it has much of the exposure: of many clusters only those are paired.
    most = np.argsort(-grams[:, -1, -1])[:PAIRED]
    first, second = np.array(list(itertools.combinations(most, 2))).T
    pairs = whole - grams[first] - grams[second]
    return ["two districts carry it"] if _lost(pairs, whole).any() else []


def require_clusters(data: Columns, *, fixed_effects: bool = False) -> list[str]:
    """Refuse where clusters are too few, repeat one another, or one carries all; flag weak ones."""
    flags = weak_clusters(len(data.labels))
    require_independent(data, fixed_effects=fixed_effects)
    return flags + carried_by_few(data, fixed_effects=fixed_effects)


def weak_df(df: float, data: Columns, fit: Fit) -> list[str]:
    """Refuse Satterthwaite df below 2, and name who takes them; flag df below 3."""
    if df < 2:
        share = shares(fit)
        first = int(np.argmax(share))
        alone = len(data.rows) == len(data.labels)  # each cluster is one row
        where = "" if alone else f" of {data.names.cluster} {data.labels[data.codes[first]]}"
        instead = "show the clusters in a plot" if alone else "compare clusters only (rung 5)"
        msg = (
            f"The standard error has {df:.2f} degrees of freedom (at least 2): the estimate rests "
            f"on too few clusters. Row {data.rows[first]!r}{where} alone has {share[first]:.0%} of "
            f"the variation of {data.names.exposure!r} that is left to compare. Look at it first: "
            f"if it is right, use fewer controls, or {instead}."
        )
        raise Refused(
            msg, reason="df below 2", unit=str(data.rows[first]), share=float(share[first])
        )
    return low_df(df)


def low_df(df: float) -> list[str]:
    """Flag Satterthwaite df below 3."""
    return ["df below 3"] if df < 3 else []


def shares(fit: Fit) -> Vector:
    """Share out the variation of the exposure, less all other columns, among the rows: sum 1."""
    # The influence is the exposure less all other columns, over its sum of squares.
    own = standardised(fit).influence(0) ** 2
    share: Vector = own / own.sum()
    return share


def _lost(grams: Matrix, whole: Matrix) -> NDArray[np.bool_]:
    """Say for each cross-product whether the last column is a combination of the others."""
    others, cross, own = grams[:, :-1, :-1], grams[:, :-1, -1:], grams[:, -1, -1]
    if others.shape[1]:
        inverse = np.linalg.pinv(others, rcond=1e-9, hermitian=True)
        own = own - (cross.transpose(0, 2, 1) @ inverse @ cross)[:, 0, 0]
    lost: NDArray[np.bool_] = own < 1e-9 * whole[-1, -1]
    return lost


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

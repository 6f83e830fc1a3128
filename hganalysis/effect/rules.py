"""Refuse designs that carry no estimate, and flag weak ones."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
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

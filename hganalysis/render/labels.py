"""Find room for labels beside their dots, on any surface that is measured in points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

STEPS = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0)
"""How many lines a label may stand above or below its dot: the nearest first."""
BORDER = 1e-9
"""Points that two boxes may share: lines that are stacked touch, and sums are rounded."""


@dataclass(frozen=True)
class Box:
    """A rectangle: `low` and `high` are its ends upwards or downwards, as its surface goes."""

    left: float
    low: float
    right: float
    high: float

    def holds(self, other: Box) -> bool:
        """Say whether another one lies within."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.low <= other.low and other.high <= self.high


@dataclass(frozen=True)
class Label:
    """A label to be placed: the middle of its dot, what that takes to each side, its own size."""

    x: float
    y: float
    reach: float
    width: float
    height: float

    def box(self, side: int, step: float) -> Box:
        """Measure it on one side of its dot (-1: left), some lines above."""
        left = self.x + self.reach if side > 0 else self.x - self.reach - self.width
        middle = self.y + step * self.height
        return Box(left, middle - self.height / 2, left + self.width, middle + self.height / 2)


def room(label: Label, inside: Box) -> float:
    """Measure the wider of both sides of a dot: a longer label has to be shortened."""
    return max(inside.right - label.x, label.x - inside.left) - label.reach


def place(
    labels: Sequence[Label],
    *,
    inside: Box,
    taken: Sequence[Box] = (),
    crossed: Sequence[Box] = (),
) -> list[Box | None]:
    """
    Place labels beside their dots, the first first; one that has no room is None.

    No label lies on another or on what is `taken`: dots above all. Of the places that are left it
    takes one that meets nothing of what may be `crossed`, if there is one, and of these the
    nearest.

    Examples
    --------
    >>> low, high = (Label(10, y, reach=2, width=30, height=10) for y in (20, 21))
    >>> [box.low for box in place([low, high], inside=Box(0, 0, 100, 100))]
    [15.0, 26.0]
    """
    full, lines = _array(taken), _array(crossed)
    placed: list[Box | None] = []
    for one in labels:
        roomier = 1 if inside.right - one.x >= one.x - inside.left else -1
        found = [
            (_meets(box, lines), abs(step), side != roomier, at, box)
            for side in (1, -1)
            for at, step in enumerate(STEPS)
            if inside.holds(box := one.box(side, step)) and not _meets(box, full)
        ]
        best = min(found, key=lambda each: each[:4])[-1] if found else None
        placed.append(best)
        if best is not None:
            full = np.vstack([full, _array([best])])
    return placed


def _array(boxes: Sequence[Box]) -> NDArray[np.float64]:
    rows = [(one.left, one.low, one.right, one.high) for one in boxes]
    return np.array(rows, dtype=float).reshape(-1, 4)


def _meets(box: Box, others: NDArray[np.float64]) -> bool:
    """Say whether one of the others shares more than a border with a box, rounding aside."""
    left, low, right, high = others.T
    across = (box.left + BORDER < right) & (left + BORDER < box.right)
    return bool((across & (box.low + BORDER < high) & (low + BORDER < box.high)).any())

"""
Seal a plan, draw its lot in public, and verify that places started as drawn.

A seed is no seal: who plans could try a hundred of them. So the hash of the plan is published
first, and a number that is drawn in public afterwards decides.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..effect.frame import say
from .lots import Lot
from .panel import StartsRefused, name_places

if TYPE_CHECKING:
    from ..periods import PeriodKey
    from .estimate import Integers

# What a file has beside the plan itself.
SEAL, NUMBER, STARTS = "seal", "number", "starts"


@dataclass(frozen=True, eq=False)
class Sealed:
    """What a lot and the promised test depend on; no more can be changed once it is sealed."""

    periods: list[PeriodKey]
    lot: Lot
    units: dict[str, str]
    """The unit of each place."""
    event: int | None
    """What is promised: 0 for the period of the start; None for all later ones, too."""
    ratio: float
    power: float
    """How often that ratio would be found."""

    @property
    def seal(self) -> str:
        """The hash of all of this, in one way of writing it."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def draw(self, number: str) -> Integers:
        """Draw the number of the period in which each unit starts, by a public number."""
        return self.lot.draw(self.seal, number)

    def name_starts(self, number: str) -> dict[str, PeriodKey | None]:
        """Give each place the period in which it starts; None if it does not within the plan."""
        keys = dict(enumerate(self.periods))
        drawn = self.draw(number)[self.lot.find(self.units.values())]
        return {code: keys.get(start) for code, start in zip(self.units, drawn, strict=True)}

    def write(self, file: str | Path, number: str | None = None) -> None:
        """Write it with its seal; with the public number also the starts that it draws."""
        content = asdict(self) | {SEAL: self.seal}
        if number is not None:
            content |= {NUMBER: number, STARTS: self.name_starts(number)}
        Path(file).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


class SealedFile:
    """A sealed plan in a file, with what was written beside it."""

    def __init__(self, file: str | Path) -> None:
        content = json.loads(Path(file).read_text(encoding="utf-8"))
        self.seal = content.pop(SEAL)
        self.number = content.pop(NUMBER, None)
        self.starts = content.pop(STARTS, {})
        self.plan = Sealed(**content | {"lot": Lot(**content["lot"])})


def verify(file: str | Path, seal: str | None = None) -> list[str]:
    """
    Say what is not as a sealed plan was drawn; nothing if all is.

    Parameters
    ----------
    file
        As `Plan.seal` wrote it, with the number.
    seal
        The seal that was published before the number was drawn. Without it nobody would notice a
        plan that was written anew.
    """
    sealed = SealedFile(file)
    faults = []
    if sealed.plan.seal != sealed.seal:
        faults.append(say("starts.another_plan"))
    if seal not in (None, sealed.seal):
        faults.append(say("starts.another_seal"))
    if sealed.number is None:
        return [*faults, say("starts.no_number")]
    drawn = sealed.plan.name_starts(sealed.number)
    moved = [code for code, start in drawn.items() if sealed.starts.get(code) != start]
    if moved:
        faults.append(say("starts.another_start", places=len(moved), names=name_places(moved)))
    return faults


def draw_lot(file: str | Path, number: str) -> None:
    """
    Draw the lot of a sealed plan by a public number, and write the starts beside the plan.

    Raises
    ------
    Refused
        If the plan is not as it was sealed, or was drawn before.
    """
    sealed = SealedFile(file)
    faults = verify(file)
    if sealed.number is not None:
        faults = [say("starts.drawn_before", number=sealed.number)]
    elif len(faults) == 1:  # there is no number yet
        sealed.plan.write(file, number)
        return
    raise StartsRefused(reason="not as sealed", faults=" ".join(faults))

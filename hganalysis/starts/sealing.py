"""
Seal a plan, draw its lot in public, and verify that places started as drawn.

A seed is no seal: who plans could try a hundred of them. So the hash of the plan is published
first, and a number that is drawn in public afterwards decides.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ..effect.frame import say
from ..periods import PeriodKey
from .estimate import Integers
from .lots import Lot
from .panel import StartsRefused, name_places


@dataclass(frozen=True, eq=False)
class Sealed:
    """What a lot and the promised test depend on; and what is known once the lot is drawn."""

    periods: list[PeriodKey]
    lot: Lot
    units: dict[str, str]
    """The unit of each place."""
    event: int | None
    """What is promised: 0 for the period of the start; None for all later ones, too."""
    ratio: float
    power: float
    """How often that ratio would be found."""
    number: str = ""
    """The public number that drew the lot; "" before that."""
    starts: dict[str, PeriodKey | None] | None = None
    """The period in which each place starts; None if it does not within the plan."""
    written_seal: str = ""

    @property
    def seal(self) -> str:
        """The hash of the plan, in one way of writing it."""
        plan = asdict(self)
        for field in ("number", "starts", "written_seal"):
            del plan[field]
        text = json.dumps(plan, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def draw(self, number: str) -> Integers:
        """Draw the number of the period in which each unit starts."""
        return self.lot.draw(self.seal, number)

    def with_starts(self, number: str) -> Sealed:
        """Give the plan with the starts that a public number draws."""
        keys = dict(enumerate(self.periods))
        drawn = self.draw(number)[self.lot.find(self.units.values())]
        starts = {code: keys.get(start) for code, start in zip(self.units, drawn, strict=True)}
        return replace(self, number=number, starts=starts, written_seal=self.seal)

    def write(self, file: str | Path) -> None:
        """Write it with its seal."""
        content = asdict(replace(self, written_seal=self.seal))
        Path(file).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def read_sealed(file: str | Path | Sealed) -> Sealed:
    """Read a plan as it was written; one that was read stays."""
    if isinstance(file, Sealed):
        return file
    try:
        content = json.loads(Path(file).read_text(encoding="utf-8"))
        return Sealed(**content | {"lot": Lot(**content["lot"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        msg = f"{Path(file).name} is no plan that hganalysis plan wrote: {error}."
        raise ValueError(msg) from None


def verify(file: str | Path | Sealed, seal: str | None = None) -> list[str]:
    """
    Say what is not as a sealed plan was drawn; nothing if all is.

    Parameters
    ----------
    file
        As `Plan.seal` and `draw_lot` wrote it; or what `Plan.draw` gives.
    seal
        The seal that was published before the number was drawn. Without it nobody would notice a
        plan that was written anew.

    Examples
    --------
    >>> import tempfile
    >>> import hganalysis as hg
    >>> plan = hg.plan("app_users", [2023, 2024, 2025], {2024: 40}, within="compared_code")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     seal = plan.seal(f"{folder}/plan.json")
    ...     hg.draw_lot(f"{folder}/plan.json", "734120")
    ...     verify(f'{folder}/plan.json', seal='0' * 64) == []
    False
    """
    plan = read_sealed(file)
    faults = []
    if plan.seal != plan.written_seal:
        faults.append(say("starts.another_plan"))
    if seal not in (None, plan.written_seal):
        faults.append(say("starts.another_seal"))
    if not plan.number:
        return [*faults, say("starts.no_number")]
    starts = plan.starts or {}
    drawn = plan.with_starts(plan.number).starts or {}
    moved = [code for code, start in drawn.items() if starts.get(code) != start]
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

    Examples
    --------
    >>> import tempfile
    >>> import hganalysis as hg
    >>> plan = hg.plan("app_users", [2023, 2024, 2025], {2024: 40}, within="compared_code")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     seal = plan.seal(f"{folder}/plan.json")
    ...     hg.draw_lot(f"{folder}/plan.json", "734120")
    ...     hg.verify(f'{folder}/plan.json', seal=seal)
    []
    """
    plan = read_sealed(file)
    if plan.number:
        raise StartsRefused(reason="drawn before", number=plan.number)
    if plan.seal != plan.written_seal:
        raise StartsRefused(reason="not as sealed", faults=say("starts.another_plan"))
    plan.with_starts(number).write(file)

"""
Seal a plan, draw its lot in public, and verify that places started as drawn.

A seed is no seal: who plans could try a hundred of them. So the hash of the plan is published
first, with the public number that will decide and its day; nobody knows that number before.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from .. import words
from ..effect.frame import say
from ..periods import PeriodKey, read_period
from .estimate import Integers
from .lots import Lot
from .panel import StartsRefused, name_places

# A lottery's number, or the value of a beacon; spaces apart, it is written in one way only.
PUBLIC_NUMBER = r"[0-9a-f]{5,}"
ISO_DAY = r"\d{4}-\d\d-\d\d"

LATER = ("number", "starts", "written_seal", "published", "published_on")
"""What is in a file beside what is sealed."""


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
    measure: str
    """Its name in the catalogue; of a frame, its source."""
    reported: list[PeriodKey]
    """The periods of which counts were known."""
    number_from: str = ""
    """Which public number will draw the lot; "" for a plan that is only tried."""
    on: str = ""
    """The day on which that number is drawn."""
    per: str = "place"
    number: str = ""
    """The public number that drew the lot; "" before that."""
    starts: dict[str, PeriodKey | None] | None = None
    """The period in which each place starts; None if it does not within the plan."""
    written_seal: str = ""
    published: str = ""
    """Where the seal was published; "" for a lot that is only tried."""
    published_on: str = ""

    @property
    def seal(self) -> str:
        """The hash of the plan, in one way of writing it."""
        plan = asdict(self)
        for field in LATER:
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

    def require_day(self) -> None:
        """Refuse to seal without a public number, drawn after the counts and before a start."""
        known = str(read_period(self.reported[-1]).end)
        start = str(read_period(self.periods[min(self.lot.slots)]).end)
        if not (self.number_from and re.fullmatch(ISO_DAY, self.on) and known < self.on <= start):
            raise StartsRefused(reason="no day", known=known, start=start)

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
    except (OSError, ValueError, TypeError, KeyError):
        raise ValueError(words.term("starts_errors.no_plan", file=Path(file).name)) from None


def verify_lot(file: str | Path | Sealed, seal: str | None = None) -> list[str]:
    """
    Check a sealed plan against its draw: a list of differences, empty if there are none.

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
    >>> lot = {"within": "compared_code", "number_from": "northern lottery", "on": "2024-01-15"}
    >>> plan = hg.plan("app_users", [2023, 2024, 2025], {2024: 40}, **lot)
    >>> told = {"published": "Official Gazette 2/2024", "published_on": "2024-01-05"}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     seal = plan.seal(f"{folder}/plan.json")
    ...     hg.draw_lot(f"{folder}/plan.json", "734120", **told)
    ...     verify_lot(f'{folder}/plan.json', seal='0' * 64) == []
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


def draw_lot(file: str | Path, number: str, *, published: str, published_on: str) -> None:
    """
    Draw the lot of a sealed plan by a public number, and write the starts beside the plan.

    Parameters
    ----------
    number
        The one that the plan names, as it was published on its day.
    published, published_on
        Where the seal was published, and when: before the day of the number. Each answer says so.

    Raises
    ------
    Refused
        If the plan is not as it was sealed, or was drawn before.

    Examples
    --------
    >>> import tempfile
    >>> import hganalysis as hg
    >>> lot = {"within": "compared_code", "number_from": "northern lottery", "on": "2024-01-15"}
    >>> plan = hg.plan("app_users", [2023, 2024, 2025], {2024: 40}, **lot)
    >>> told = {"published": "Official Gazette 2/2024", "published_on": "2024-01-05"}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     seal = plan.seal(f"{folder}/plan.json")
    ...     hg.draw_lot(f"{folder}/plan.json", "734120", **told)
    ...     hg.verify_lot(f'{folder}/plan.json', seal=seal)
    []
    """
    plan, number = read_sealed(file), "".join(number.split())
    if not re.fullmatch(PUBLIC_NUMBER, number):
        raise StartsRefused(reason="no number", source=plan.number_from, on=plan.on)
    if not (published and re.fullmatch(ISO_DAY, published_on) and published_on < plan.on):
        raise StartsRefused(reason="not published", on=plan.on)
    if plan.number:
        raise StartsRefused(reason="drawn before", number=plan.number)
    if plan.seal != plan.written_seal:
        raise StartsRefused(reason="not as sealed", faults=say("starts.another_plan"))
    drawn = plan.with_starts(number)
    replace(drawn, published=published, published_on=published_on).write(file)

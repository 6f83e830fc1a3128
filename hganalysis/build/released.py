"""Enter what is made of one's own reports in the register of its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import intake, sources, suppress
from . import at_hand

if TYPE_CHECKING:
    from pathlib import Path

GRAIN = "reports"


def registered(reports: pd.DataFrame) -> pd.DataFrame:
    """Name each number of reports for the register; a place that sent nothing has none."""
    hidden = suppress.is_hidden(reports)
    cells = pd.DataFrame(
        {
            "place": reports["code"],
            "period": reports["year"].astype("str"),
            "measure": reports["indicator"],
            "hidden": hidden,
        }
    )
    return cells[hidden | reports["count"].notna()]


def require(folder: Path, *, file: str) -> None:
    """Refuse, before any work is done, what `enter` would refuse."""
    if sources.has(sources.REPORTS):
        cells = registered(intake.reports())
        suppress.require_release(cells, folder=folder, file=file, grain=GRAIN)


def enter(folder: Path, *, file: str) -> None:
    """Enter what is made of one's own reports in the register of a folder, or refuse it."""
    if sources.has(sources.REPORTS):
        cells, digits = registered(intake.reports()), at_hand.inputs()
        suppress.release(cells, folder=folder, file=file, source=digits, grain=GRAIN)

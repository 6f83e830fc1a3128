"""Give each state of a number its own look, which no class has."""

from __future__ import annotations

from dataclasses import dataclass

from .. import words
from ..places import NotGivenError
from .colours import INK, WHITE, contrast

KNOWN, NO_DATA, SUPPRESSED = "known", "no data", "suppressed"
NOT_COMPARABLE, UNRELIABLE = "not comparable", "unreliable"


@dataclass(frozen=True)
class Look:
    """How a state is drawn: its colour (none: that of the class), hatch, and ink of the hatch."""

    colour: str | None
    hatch: str
    ink: str


# Greys, which no class has, each with another hatch: told apart in a greyscale print too. To the
# colour-blind some greens are a middle grey, so these are lighter or darker. What is unreliable
# keeps the colour of its class, and a hatch says not to trust it much.
LOOKS = {
    NO_DATA: Look("#d0d0d0", "//", "#7a7a7a"),
    SUPPRESSED: Look("#ffffff", "..", "#6b6b6b"),
    NOT_COMPARABLE: Look("#7d7d7d", "xx", "#c4c4c4"),
    UNRELIABLE: Look(None, "\\\\", INK),
}
STATES = (KNOWN, *LOOKS)

# Outlines below circles.
LAND, BORDER = "#f1f1ee", "#9a9a94"


def state_name(state: str) -> str:
    """Name a state in the language in use."""
    return words.term("maps.state_" + state.replace(" ", "_"))


class NothingToShow(NotGivenError):  # noqa: N818  (it names what happened)
    """A map or chart without a single number; a build says so where it would have stood."""

    def __init__(self, places: int) -> None:
        super().__init__(words.term("maps.nothing", places=words.number(places)))


def is_dark(colour: str) -> bool:
    """Say whether white reads better than ink on a colour."""
    return contrast(colour, WHITE) > contrast(colour, INK)


def hatch_ink(state: str, colour: str) -> str:
    """Choose the ink of a hatch so that it shows on the colour below it."""
    if state == UNRELIABLE and is_dark(colour):
        return WHITE
    return LOOKS[state].ink

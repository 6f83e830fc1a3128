"""Hold a frame of one's own that is asked about: what it calls its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Columns = tuple[tuple[str, str], ...]
"""What a column of one's own holds, and what it is called."""


@dataclass(frozen=True)
class Frame:
    """A frame of one's own, asked about in the words of its columns."""

    count: str
    out_of: str
    """The column that the counts are out of."""
    cluster: str
    """The column of the clusters, or of the places."""
    exposure: str = ""
    listed: bool = False
    """Whether its places are codes of the list in use; else they are names as they stand."""
    measure: Mapping[str, Any] | None = None
    """What a catalogue would say of its count, where that is no measure of the catalogue in use."""

    @property
    def name(self) -> str:
        """What its measure is called: no name of the catalogue is."""
        return f"{self.count} / {self.out_of}"

    @property
    def columns(self) -> Columns:
        """Its columns, by what they hold."""
        held = ("count", "out_of", "cluster", "exposure")
        return tuple((name, getattr(self, name)) for name in held)

"""Hold a frame of one's own that is asked about: what it calls its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    def blanks(self) -> dict[str, str]:
        """What texts call its columns."""
        return {
            "own_count": self.count,
            "own_out_of": self.out_of,
            "own_cluster": self.cluster,
            "own_exposure": self.exposure,
        }

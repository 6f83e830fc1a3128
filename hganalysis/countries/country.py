"""Say what a country has to say of its places; by itself, what is true of places anywhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from .letters import NO_SOUND, bare, fold

Extent = tuple[float, float, float, float]
"""West, south, east and north, in degrees."""


@dataclass(frozen=True)
class Reading:
    """One way to read a name: its type, if it has one, and the rest."""

    kind: str | None
    """The official word for the type, such as `"Thị xã"`; none where no type is written."""
    core: str
    """The rest, folded."""
    short: bool
    """Whether the type is abbreviated."""


class Country:
    """
    The types, codes, spelling and grids of the places of a country.

    A country of its own is a subclass: what it leaves out is as it is anywhere, where names have no
    type and are compared by their letters.
    """

    code: ClassVar[str] = ""
    """In ISO 3166; empty where no country is known."""

    # --- types ---
    kinds: ClassVar[Mapping[str, Mapping[str, str]]] = {"name": {}, "district": {}, "province": {}}
    """The types of each level, by the column of a list that names it, with their English words."""
    short: ClassVar[Mapping[str, str]] = {}
    """How the administration abbreviates each type."""
    urban: ClassVar[Collection[str]] = ()
    """The types that are urban."""

    # --- codes ---
    code_pattern: ClassVar[re.Pattern[str]] = re.compile(
        r"[0-9A-Za-z]([0-9A-Za-z._/-]{0,18}[0-9A-Za-z])?"  # may have parts: KE-047, 01.02
    )
    widths: ClassVar[Mapping[str, int]] = {"code": 0, "district_code": 0, "province_code": 0}
    """How many digits a code of each level has, by its column; none where nothing is known."""

    # --- where it lies ---
    bounds: ClassVar[Extent] = (-180.0, -85.0, 180.0, 85.0)
    """Where its places may lie."""
    grid: ClassVar[str] = "+proj=eqearth +datum=WGS84 +units=m"
    """The projection for maps of all of it; of all the Earth, until places say where they lie."""
    grids: ClassVar[tuple[str, ...]] = ()
    """The projections that a file of its places may be in, beside degrees of WGS 84."""

    def projection(self, west: float, east: float) -> str:
        """Choose the official projection for maps of a stretch of its longitudes."""
        raise NotImplementedError

    # --- names ---

    def key(self, core: str, *, y_as_i: bool = False, marks: bool = True) -> str:
        """
        Give the form in which names are compared.

        Parameters
        ----------
        core
            A folded name without its type.
        y_as_i
            Take letters for one that sound alike.
        marks
            Keep the marks of letters, where the country tells names apart by them.

        Examples
        --------
        >>> Country().key("são-tomé")
        'sao tome'
        """
        del y_as_i, marks
        return " ".join(bare(core.translate(NO_SOUND)).split())

    def readings(self, text: str) -> tuple[Reading, ...]:
        """Read a folded name in every way that its letters allow: as it stands comes first."""
        return (Reading(None, text, short=False),)

    def decodings(self, text: str) -> Iterator[tuple[str, str]]:
        """
        Give every other text that these characters may have been, with the name of the encoding.

        A decoding is only a proposal: who asks must hold it to a list of names.
        """
        del text
        return iter(())

    # --- reports ---
    heads: ClassVar[Mapping[str, re.Pattern[str]]] = {}
    """How a cell begins that names a place of a level: `province`, `district` or `commune`."""
    bare_head: ClassVar[re.Pattern[str] | None] = None
    """The same of a district, without marks: its group is a name, which a list has to know."""
    initials: ClassVar[str] = ""
    """The letters that what `heads` finds may begin with."""
    behind_total: ClassVar[tuple[str, str]] = ("", "")
    """What may stand behind the word for a total, each with a bar; with marks, and without any."""
    in_total: ClassVar[Mapping[str, re.Pattern[str]]] = {}
    """What says of which level a total is, the larger first."""
    whole: ClassVar[frozenset[str]] = frozenset()
    """What a total calls all of a province."""
    hamlet: ClassVar[re.Pattern[str] | None] = None
    """How a name begins that is of a hamlet, the level below communes."""
    headings: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """The headings of its official lists, folded and without marks, by column of a list."""
    code_page: ClassVar[tuple[str, re.Pattern[str]] | None] = None
    """The old one that a file without a mark may be in, and what a text in it never has."""

    # --- studies ---
    one_level: ClassVar[Mapping[str, Any]] = {}
    """What a list of communes without districts is called: `levels.commune` of `study.toml`."""
    provinces: ClassVar[Mapping[str, str]] = {}
    """What the provinces of a list with several are called at length, by language."""

    # --- what follows from these ---
    def written(self, column: str) -> frozenset[str]:
        """Give each type of a level as a folded text without marks has it, short forms too."""
        forms = {one for kind in self.kinds[column] for one in (kind, self.short[kind])}
        return frozenset(bare(fold(one)) for one in forms)

    def kinds_of(self, column: str, *, level: str | None) -> Mapping[str, str]:
        """Give the types that a column may have: where there is one level, it may be either."""
        if level is None or column != "name":
            return self.kinds[column]
        if level == "province":
            return self.kinds["province"]
        return {**self.kinds["name"], **self.kinds["district"]}

    def kind_alone(self, text: str) -> str | None:
        """Give the type, where a folded text is nothing else."""
        for reading in self.readings(f"{text} ."):
            if reading.kind and not reading.core.strip(" ."):
                return reading.kind
        return None

    def split(self, text: str, kinds: Collection[str], kind: str = "") -> tuple[str, str] | None:
        """
        Split an official name into its type and the rest, or take the type from beside it.

        Parameters
        ----------
        text
            A name, with or without its type.
        kinds
            The types that there may be.
        kind
            The type that stands beside the name; may be empty. None is found where the two differ.
        """
        beside = next((known for known in kinds if fold(kind) == fold(known)), None)
        for reading in self.readings(fold(text)):
            found = reading.kind
            if found and found in kinds and reading.core and not reading.short:
                short = " ".join(text.split()[len(found.split()) :])
                return (found, short) if not kind or beside == found else None
        return (beside, text.strip()) if beside else None

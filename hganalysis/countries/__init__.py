"""
Know what is of one country alone: types of places, their codes, their spelling, its grids.

A study asks for one with `country` in its `study.toml`; one that does not is of `ANYWHERE`, as
`anywhere.toml` has it. Another country is one more file like `vietnam.toml`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from . import letters
from .letters import NO_SOUND, Reading, bare, fold

__all__ = ["ANYWHERE", "KNOWN", "Country", "Reading", "named"]

_ANYWHERE = tomllib.loads(Path(__file__).with_name("anywhere.toml").read_text(encoding="utf-8"))


class Country(SimpleNamespace):
    """
    The types, codes, spelling and grids of the places of a country.

    Its attributes are the keys of `vietnam.toml`, each pattern compiled; what it leaves out is as
    it is anywhere.
    """

    def __init__(self, said: Mapping[str, Any]) -> None:
        whole = {**_ANYWHERE, **said}
        patterns = {**_ANYWHERE["patterns"], **whole.pop("patterns")}
        page = whole["code_page"]
        whole["code_page"] = (page["encoding"], re.compile(page["never"])) if page else None
        whole["code_pattern"] = re.compile(whole["code_pattern"])
        whole["whole"] = frozenset(whole["whole"])
        super().__init__(**whole, **{name: _compiled(one) for name, one in patterns.items()})
        read = partial(letters.readings, known=letters.prefixes(whole["types"]))
        self._read = lru_cache(maxsize=65_536)(read)
        self._decoders = [(one["name"], letters.decoder(one)) for one in whole["encodings"]]

    def __hash__(self) -> int:  # type: ignore[override]
        """Tell countries apart by their code."""
        return hash(self.code)

    def projection(self, bounds: Sequence[float]) -> str:
        """
        Choose the projection for maps of a part of the Earth, in metres.

        The official one within the country; elsewhere the zone of UTM, and for what is wider than
        a zone, or at a pole, Lambert's azimuthal projection around its middle, in which areas are
        right.

        Parameters
        ----------
        bounds
            Of all places: west, south, east and north, in degrees.

        Raises
        ------
        ValueError
            If they reach around more than half of the Earth, or lie on both sides of 180 degrees.

        Examples
        --------
        >>> [named("VN").projection((west, 9.5, west + 0.6, 10.1)) for west in (105.3, 36.6)]
        ['EPSG:9209', 'EPSG:32637']
        >>> ANYWHERE.projection((-74, -34, -34, 6))
        '+proj=laea +lat_0=-14 +lon_0=-54 +datum=WGS84 +units=m'
        """
        west, south, east, north = map(float, bounds)
        lon, lat = (west + east) / 2, (south + north) / 2
        left, low, right, high = self.bounds
        if east - west > 180:
            msg = (
                "the places reach around more than half of the Earth, or lie on both sides of 180 "
                "degrees, which no map in metres can show. Keep a part of them."
            )
            raise ValueError(msg)
        if self.grid["zones"] and left <= west and low <= south and east <= right and north <= high:
            if east - west > 3:
                return str(self.grid["wide"])
            return str(min(self.grid["zones"], key=lambda zone: abs(zone[1] - lon))[0])
        # what is wider is no zone's: its distances would be wrong by more than one in 300
        if east - west <= 6 and south >= -80 and north <= 84:
            return f"EPSG:{(32601 if lat >= 0 else 32701) + int((lon + 180) // 6) % 60}"
        return f"+proj=laea +lat_0={lat:.4g} +lon_0={lon:.4g} +datum=WGS84 +units=m"

    def key(self, core: str, *, y_as_i: bool = False, marks: bool = True) -> str:
        """
        Give the form in which names are compared.

        Parameters
        ----------
        core
            A folded name without its type.
        y_as_i
            Take letters for one that sound alike: Mỹ and Mĩ.
        marks
            Keep the marks of letters, where the country tells names apart by them.

        Examples
        --------
        >>> ANYWHERE.key("são-tomé"), named("VN").key("hoà an"), named("VN").key("vii")
        ('sao tome', 'hoa1 an', '#7')
        """
        if self.tones:
            return letters.key(core, y_as_i=y_as_i, marks=marks)
        return " ".join(bare(core.translate(NO_SOUND)).split())

    def readings(self, text: str) -> tuple[Reading, ...]:
        """
        Read a folded name in every way that its letters allow: as it stands, and after each type.

        Without diacritics "phuong binh" may be the ward Bình or the commune Phương Bình: both are
        given, and the list of places decides.

        Examples
        --------
        >>> [(one.kind, one.core) for one in named("VN").readings("phuong binh")]
        [(None, 'phuong binh'), ('Phường', 'binh')]
        """
        found: tuple[Reading, ...] = self._read(text)
        return found

    def decodings(self, text: str) -> Iterator[tuple[str, str]]:
        """
        Give every other text that these characters may have been, with the name of the encoding.

        A decoding is only a proposal: who asks must hold it to a list of names.

        Examples
        --------
        >>> dict(named("VN").decodings("VÞ Thanh"))["TCVN3"]
        'Vị Thanh'
        """
        seen = {unicodedata.normalize("NFC", text)}
        for name, decode in () if text.isascii() else self._decoders:
            found = unicodedata.normalize("NFC", decode(text) or "")
            if found and found not in seen:
                seen.add(found)
                yield name, found

    def written(self, column: str) -> frozenset[str]:
        """Give each type of a level as a folded text without marks has it, short forms too."""
        forms = {one for kind in self.kinds[column] for one in (kind, self.short[kind])}
        return frozenset(bare(fold(one)) for one in forms)

    def kinds_of(self, column: str, *, level: str | None) -> Mapping[str, str]:
        """Give the types that a column may have: where there is one level, it may be either."""
        if level is None or column != "name":
            return dict(self.kinds[column])
        if level == "province":
            return dict(self.kinds["province"])
        return {**self.kinds["name"], **self.kinds["district"]}

    def kind_alone(self, text: str) -> str | None:
        """Give the type, where a folded text is nothing else."""
        found = self.readings(f"{text} .")
        return next((one.kind for one in found if one.kind and not one.core.strip(" .")), None)

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


def _compiled(pattern: str | Mapping[str, str]) -> Any:  # noqa: ANN401
    if isinstance(pattern, str):
        return re.compile(pattern) if pattern else None
    return {name: re.compile(one) for name, one in pattern.items()}


ANYWHERE = Country({})
"""What is true of places of which no country is known."""
KNOWN = {
    one.code: one
    for file in sorted(Path(__file__).parent.glob("*.toml"))
    if (one := Country(tomllib.loads(file.read_text(encoding="utf-8")))).code
}
"""Each country by its code in ISO 3166, as `study.toml` has it."""


def named(code: str | None) -> Country:
    """Give the country of a code, or what is true anywhere."""
    return KNOWN.get(code or "", ANYWHERE)

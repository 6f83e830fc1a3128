"""
Describe countries: types of places, their codes and spelling, and the grids for maps.

A study names its country as `country` in `study.toml`. A study without a country is of `ANYWHERE`,
which `anywhere.toml` describes. To add a country, write one more file like `vietnam.toml`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ..wording import write_refusal
from . import letters
from .letters import SILENT_SIGNS, STRAY_SIGNS, Reading, bare, fold

__all__ = ["ANYWHERE", "COUNTRIES", "Country", "Reading", "find_country"]

_ANYWHERE = tomllib.loads(Path(__file__).with_name("anywhere.toml").read_text(encoding="utf-8"))

# Places that reach around more than half of the Earth have no projection in metres.
_MAX_WIDTH = 180
# What is wider than a zone of the country, or of UTM, has distances that are wrong by more than
# one in 300, in degrees.
_MAX_ZONE_WIDTH, _MAX_UTM_WIDTH = 3, 6
# UTM does not reach the poles, in degrees.
_UTM_SOUTH, _UTM_NORTH = -80, 84
# WGS 84 / UTM zone 1, north and south of the equator, in EPSG; zone 60 is 59 further.
_EPSG_NORTH, _EPSG_SOUTH = 32601, 32701
_N_ZONES = 60


class Country(SimpleNamespace):
    """
    The types, codes, spelling and grids of the places of a country.

    Its attributes are the keys of `vietnam.toml`, with every pattern compiled. A key that a country
    leaves out is as in `anywhere.toml`.
    """

    def __init__(self, description: Mapping[str, Any]) -> None:
        keys = {**_ANYWHERE, **description}
        patterns = {**_ANYWHERE["patterns"], **keys.pop("patterns")}
        for name, pattern in patterns.items():
            keys[name] = _compile(pattern)
        page = keys["code_page"]
        if page:
            never = re.compile(page["never"])
            keys["code_page"] = (page["encoding"], never)
        else:
            keys["code_page"] = None
        keys["code_pattern"] = re.compile(keys["code_pattern"])
        keys["whole"] = frozenset(keys["whole"])
        super().__init__(**keys)
        self._prefixes = letters.prefixes(self.types)
        self._decoders = {
            encoding["name"]: letters.decoder(encoding) for encoding in self.encodings
        }

    def projection(self, bounds: Sequence[float]) -> str:
        """
        Choose the projection for maps of a part of the Earth, in metres.

        The official one within the country; elsewhere the zone of UTM. What is wider than a zone,
        or at a pole, gets Lambert's azimuthal projection around its middle, in which areas are
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
        >>> vietnam = find_country("VN")
        >>> [vietnam.projection((west, 9.5, west + 0.6, 10.1)) for west in (105.3, 36.6)]
        ['EPSG:9209', 'EPSG:32637']
        >>> ANYWHERE.projection((-74, -34, -34, 6))
        '+proj=laea +lat_0=-14 +lon_0=-54 +datum=WGS84 +units=m'
        """
        west, south, east, north = map(float, bounds)
        if east - west > _MAX_WIDTH:
            msg = write_refusal("words_errors.too_wide")
            raise ValueError(msg)
        lon = (west + east) / 2
        lat = (south + north) / 2
        min_lon, min_lat, max_lon, max_lat = self.bounds
        is_inside_lon = min_lon <= west and east <= max_lon
        is_inside = is_inside_lon and min_lat <= south and north <= max_lat
        if self.grid["zones"] and is_inside:
            if east - west > _MAX_ZONE_WIDTH:
                return str(self.grid["wide"])
            zones = self.grid["zones"]
            crs, _ = min(zones, key=lambda zone: abs(zone[1] - lon))
            return str(crs)
        if east - west <= _MAX_UTM_WIDTH and south >= _UTM_SOUTH and north <= _UTM_NORTH:
            first_zone = _EPSG_NORTH if lat >= 0 else _EPSG_SOUTH
            return f"EPSG:{first_zone + int((lon + 180) // 6) % _N_ZONES}"
        return f"+proj=laea +lat_0={lat:.4g} +lon_0={lon:.4g} +datum=WGS84 +units=m"

    def key(self, core: str, *, y_as_i: bool = False, marks: bool = True) -> str:
        """
        Give the form in which names are compared.

        Parameters
        ----------
        core
            A folded name without its type.
        y_as_i
            Write letters that sound alike the same way: Mỹ and Mĩ.
        marks
            Keep the marks of letters, if names of the country differ by them.

        Examples
        --------
        >>> vietnam = find_country("VN")
        >>> ANYWHERE.key("são-tomé"), vietnam.key("hoà an"), vietnam.key("vii")
        ('sao tome', 'hoa1 an', '#7')
        """
        if self.tones:
            return letters.key(core, y_as_i=y_as_i, marks=marks)
        return " ".join(bare(core.translate(SILENT_SIGNS)).split())

    def readings(self, text: str) -> tuple[Reading, ...]:
        """
        Read a folded name in every way that its letters allow: as it is, and after each type.

        Without diacritics "phuong binh" may be the ward Bình or the commune Phương Bình. Both are
        given, and the list of places decides.

        Examples
        --------
        >>> readings = find_country("VN").readings("phuong binh")
        >>> [(reading.kind, reading.core) for reading in readings]
        [(None, 'phuong binh'), ('Phường', 'binh')]
        """
        all_readings = [Reading(None, text, is_short=False)]
        for kind, pattern, is_short in self._prefixes:
            match = pattern.match(text)
            if match:
                # as a name without its type is folded: "Xã +84" and "+84"
                core = text[match.end() :].lstrip(STRAY_SIGNS)
                all_readings.append(Reading(kind, core, is_short))
        return tuple(all_readings)

    def without_office(self, text: str) -> str:
        """
        Take the words for its office off the folded name of a place.

        Examples
        --------
        >>> find_country("VN").without_office("ubnd xã hương cần")
        'xã hương cần'
        """
        if self.office is None:
            return text
        return str(self.office.sub("", text, count=1))

    def decodings(self, text: str) -> Iterator[tuple[str, str]]:
        """
        Give every text that these characters may have been, after the name of the encoding.

        A decoding is only a proposal: the caller must compare it with a list of names.

        Examples
        --------
        >>> dict(find_country("VN").decodings("VÞ Thanh"))["TCVN3"]
        'Vị Thanh'
        """
        if text.isascii():
            return
        seen = {unicodedata.normalize("NFC", text)}
        for name, decode in self._decoders.items():
            decoded = unicodedata.normalize("NFC", decode(text) or "")
            if decoded and decoded not in seen:
                seen.add(decoded)
                yield name, decoded

    def written(self, column: str) -> frozenset[str]:
        """Write each type of a level, and its short form if it has one, folded, without marks."""
        kinds = self.kinds[column]
        short_forms = [short for kind, short in self.short.items() if kind in kinds]
        return frozenset(bare(fold(form)) for form in [*kinds, *short_forms])

    def kinds_of(self, column: str, *, level: str | None) -> Mapping[str, str]:
        """
        List the types that a column may have, with their English words.

        Parameters
        ----------
        column
            Of a list of places: `name`, `district` or `province`.
        level
            The one level that the list has; none if it has several. With one, `name` is of that.
        """
        if level is None or column != "name":
            return dict(self.kinds[column])
        if level == "province":
            return dict(self.kinds["province"])
        return {**self.kinds["name"], **self.kinds["district"]}

    def kind_alone(self, text: str) -> str | None:
        """Give the type, if a folded text is a type and nothing else."""
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
            The types that are possible.
        kind
            The type in the cell beside the name; may be empty. Nothing is given if the two differ.
        """
        kind_beside = next((official for official in kinds if fold(kind) == fold(official)), None)
        for reading in self.readings(fold(text)):
            has_full_type = reading.kind in kinds and not reading.is_short
            if not reading.kind or not reading.core or not has_full_type:
                continue
            if kind and reading.kind != kind_beside:
                return None
            n_words = len(reading.kind.split())
            return reading.kind, " ".join(text.split()[n_words:])
        if kind_beside:
            return kind_beside, text.strip()
        return None


def _compile(pattern: str | Mapping[str, str]) -> Any:  # noqa: ANN401
    """Compile a pattern, or each of a table of patterns; none where it is empty."""
    if not isinstance(pattern, str):
        return {name: re.compile(text) for name, text in pattern.items()}
    return re.compile(pattern) if pattern else None


def _read_countries() -> dict[str, Country]:
    """Read the file of each country; that of anywhere has no code."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    descriptions = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    countries = [Country(description) for description in descriptions]
    return {country.code: country for country in countries if country.code}


ANYWHERE = Country({})
"""What is true of places whose country nobody named."""
COUNTRIES = _read_countries()
"""Each country by its code in ISO 3166, as `study.toml` has it."""


def find_country(code: str | None) -> Country:
    """Give the country of a code; `ANYWHERE` without a code, or for an unknown one."""
    return COUNTRIES.get(code or "", ANYWHERE)

"""Put the nouns of a study where a text has [blanks] for them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ..periods import Grain, read_period
from .described import BELOW, PER, in_language, read_description, read_measures, read_periods

Blanks = dict[str, str]
"""The text that fills each blank, in one language."""

_JOINTS = re.compile(r"(, | and | or | và | hoặc | hay )")
_BLANK = re.compile(r"(?:\b([Aa])n? )?\[([^\[\]]+)\]")
_WORD = re.compile(r"\w+\??")
# Texts that begin with what makes one noun in the singular of what is counted.
_BEGINS_WITH_KIND = re.compile(r"(tỷ lệ|tỉ lệ|mức|số|share|rate|level|number) ")
# Before these an indefinite article is "an": a letter decides but for a few sounds.
_AN = re.compile(r"(?!uni|eu|one\b|use)[aeiou]", re.IGNORECASE)
# Nouns that are left out where the study has no exposure.
_OF_EXPOSURE = ("team", "teams", "member", "members")


@lru_cache(maxsize=32)  # every text of a catalogue asks for them
def blanks(text: str, language: str) -> Blanks:
    """
    Give the nouns that fill the blanks of texts.

    Parameters
    ----------
    text
        Of a `study.toml`.
    language
        One of `LANGUAGES`.

    Returns
    -------
    blanks
        By name, each also with a capital. The first comment of `words/texts.toml` lists them.
    """
    study = _Nouns(read_description(text), language)
    nouns = _name_places(study) | _name_residents(study) | _name_exposure(study)
    nouns |= {f"{name}_credit": study.text(name, "credit") for name in ("published", "simulated")}
    nouns["counting"] = study.text("published", "caution")
    nouns["counted"] = _name_counted(study, text)
    nouns["period"] = nouns["periods"] = study.text("length", find_grain(text))
    if language == "en":
        nouns["periods"] += "s"
    has_exposure = "exposure" in study.described
    for name in _OF_EXPOSURE:
        nouns[f"{name}?"] = nouns[name] if has_exposure else ""
    # only the first letter: a noun may hold names
    return nouns | {name.capitalize(): noun[:1].upper() + noun[1:] for name, noun in nouns.items()}


@lru_cache(maxsize=32)  # every cell of a report asks for it
def find_grain(text: str) -> Grain:
    """Say how long the periods of a study are; of one that names none, years."""
    periods = read_periods(text)
    return read_period(periods[0]).grain if periods else "year"


def _name_counted(study: _Nouns, text: str) -> str:
    """
    Name what is counted as one thing, so that "is high" goes with it.

    The study names it. If not, it is the share, or the rate, of the label of its headline.
    """
    name = study.text("", "counted")
    is_named = "counted" in study.described.get("", {})
    is_plural = study.language == "en" and bool(re.search(r"[^s]s$", name))
    measures = [*read_measures(text).get("indicators", {}).values()]
    if is_named and not is_plural:
        return name
    if not measures:
        return f"the level of {name}" if is_named else name

    headlines = [measure for measure in measures if measure.get("role") == "headline"]
    headline = [*headlines, *measures][0]
    if not is_named:
        name = in_language(headline["label"], study.language)
        is_acronym = name[1:2].isupper()
        if not is_acronym:
            name = name[:1].lower() + name[1:]
    kind = headline.get("kind", "ratio" if "per" in headline else "share")
    if _BEGINS_WITH_KIND.match(name):
        return f"the {name}" if study.language == "en" else name
    return f"{study.text('kind', kind)} {name}"


@cache  # it is a file of the package, and of no study
def default_description() -> str:
    """Read the description that holds where a study says nothing: plain words that fit any."""
    return Path(__file__).with_name("plain.toml").read_text(encoding="utf-8")


def text_variants(text: str) -> dict[str, bool]:
    """Say which variants of texts a study needs: see `words/texts.toml`."""
    described = read_description(text)
    levels = [level for level in BELOW if f"levels.{level}" in described]
    lowest_level = levels[-1] if levels else "province"
    lowest = described[f"levels.{lowest_level}"]
    return {
        "elsewhere": "country" not in described[""],
        "one_level": len(levels) < 2,
        "unclustered": len(levels) < 2 and "cluster" not in described,
        "untyped": "types" not in lowest,
        "uncoded": "code" not in lowest,
        "ungrouped": "exposure.team" not in described,
        "unexposed": "exposure" not in described,
        "within_year": find_grain(text) != "year",
    }


def fill(text: str, nouns: Blanks) -> str:
    """
    Fill the [blanks] of a text.

    Brackets without the name of a noun stay as they are. A pair of brackets may hold several names.
    If a study has one noun for two of them, it is written once. A name with a question mark is left
    out if the study has no exposure.

    Examples
    --------
    >>> fill("a [commune] of {place}", {"commune": "area"})
    'an area of {place}'
    >>> fill("no [district or commune]", {"district": "ward", "commune": "ward"})
    'no ward'
    >>> fill("[people, teams?, or files]", {"teams?": ""})
    'people, or files'
    """

    def fill_blank(match: re.Match[str]) -> str:
        article, names = match.groups()
        if not any(word in nouns for word in _WORD.findall(names)):
            return match[0]
        noun = _join_nouns(names, nouns)
        if not article:
            return noun
        return f"{article}n {noun}" if _AN.match(noun) else f"{article} {noun}"

    return _BLANK.sub(fill_blank, text)


def _join_nouns(names: str, nouns: Blanks) -> str:
    """Fill several names in one pair of brackets: each noun once, with the joint before it."""
    first, *later = _JOINTS.split(names)
    parts = [("", first), *zip(later[::2], later[1::2], strict=True)]
    joined: dict[str, str] = {}
    for joint, part in parts:
        noun = _WORD.sub(lambda word: nouns.get(word[0], word[0]), part)
        if not noun.strip():
            continue
        text = joint + noun if joined else noun
        joined.setdefault(noun.casefold(), text)
    return "".join(joined.values())


class _Nouns(NamedTuple):
    """The nouns of a study in one language; where it names none, those that fit any study."""

    described: dict[str, Any]
    language: str

    def text(self, table: str, key: str, default: str = "") -> str:
        for described in (self.described, read_description(default_description())):
            if key in described.get(table, {}):
                return in_language(described[table][key], self.language)
        return default

    def forms(self, table: str, name: str) -> Blanks:
        """Give a noun in all its forms."""
        singular = self.text(table, "one")
        plural = self.text(table, "many")
        long = self.text(table, "long", singular)
        long_plural = long
        if long.endswith(singular):
            long_plural = long.removesuffix(singular) + plural
        return {
            name: singular,
            f"{name}s": plural,
            f"{name}_long": long,
            f"{name}s_long": long_plural,
        }


def _name_places(study: _Nouns) -> Blanks:
    """
    Name the levels of places.

    If there is one level below the whole, it gives the nouns of both. If there is none, the whole
    is a place like any.
    """
    described = study.described
    levels = [level for level in BELOW if f"levels.{level}" in described]
    part = "levels.part" if "levels.part" in described else "levels.province"
    nouns = study.forms("levels.province", "province") | study.forms(part, "part")
    nouns["whole"] = nouns["province"]
    if "whole" in described.get("levels.province", {}):
        nouns["whole"] = study.text("levels.province", "whole")
    for name in BELOW:
        level = name if name in levels or not levels else levels[0]
        nouns |= study.forms(f"levels.{level}", name)
        types = described.get(f"levels.{level}", {}).get("types", [""])
        nouns[f"{name}_types"] = _list_types(types, study.language)
    for key in ("urban", "rural", "codes", "code"):
        nouns[key] = study.text("levels.commune", key)
    nouns |= study.forms("levels.hamlet", "hamlet")
    return nouns | _name_clusters(study, nouns, has_two_levels=len(levels) > 1)


def _list_types(types: list[str], language: str) -> str:
    *first, last = types
    joint = " hoặc " if language == "vi" else " or "
    return joint.join(filter(None, [", ".join(first), last]))


def _name_clusters(study: _Nouns, nouns: Blanks, *, has_two_levels: bool) -> Blanks:
    """Name what an estimate compares within: `[cluster]`, else the level above, or the whole."""
    names = {"cluster": nouns["district"], "clusters": nouns["districts"]}
    if "cluster" in study.described:
        names = {"cluster": study.text("cluster", "one"), "clusters": study.text("cluster", "many")}
    elif not has_two_levels:
        # all places are compared with each other, in the whole
        the_whole = fill(study.text("cluster", "the_whole"), nouns)
        return names | {"home": nouns["province"], "homes": the_whole, "a_home": the_whole}
    a_home = fill(study.text("cluster", "a_home"), names)
    return names | {"home": names["cluster"], "homes": names["clusters"], "a_home": a_home}


def _name_residents(study: _Nouns) -> Blanks:
    """Name the residents, and who counted them."""
    described = study.described.get("residents", {})
    by = study.text("residents", "by")
    nouns = {"count_long": by}
    for name, key in (("count", "short"), ("count_credit", "credit")):
        # a study that names its count once names it so always
        is_named_once = bool(described) and key not in described
        nouns[name] = by if is_named_once else study.text("residents", key)
    nouns["count_year"] = study.text("residents", "year")
    nouns["count_who"] = study.text("residents", "who")
    persons = "who" if "who" in described else "persons"
    nouns["persons"] = study.text("residents", persons)
    return nouns


def _name_exposure(study: _Nouns) -> Blanks:
    """Name the exposure: its teams, if it has them, and their members."""
    described = study.described
    has_teams = "exposure.team" in described
    nouns = study.forms("exposure", "member")
    nouns |= study.forms("exposure.team" if has_teams else "exposure", "team")
    nouns["members_of_teams"] = nouns["members_long"]
    if has_teams:
        nouns["members_of_teams"] = fill(study.text("exposure", "members_of_teams"), nouns)
    nouns["density"] = fill(study.text("exposure", "density"), nouns)
    nouns["exposure_title"] = study.text("exposure", "title", nouns["teams"])
    nouns["caution"] = study.text("exposure", "caution")
    per = f"{described.get('exposure', {}).get('per', PER[0]):,}"
    nouns["per"] = per.replace(",", ".") if study.language == "vi" else per
    return nouns

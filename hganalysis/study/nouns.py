"""Put the nouns of a study where a text has [blanks] for them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from .described import BELOW, PER, in_language, read_description, read_measures

Blanks = dict[str, str]
"""What takes the place of each blank, in one language."""

_JOINTS = re.compile(r"(, | and | or | và | hoặc | hay )")
_BLANK = re.compile(r"(?:\b([Aa])n? )?\[([^\[\]]+)\]")
_WORD = re.compile(r"\w+\??")
# What makes one thing of what is counted; and texts that begin with it.
_KINDS = {
    "vi": {"share": "tỷ lệ", "ratio": "mức"},
    "en": {"share": "the share of", "ratio": "the rate of"},
}
_NAMES_A_KIND = re.compile(r"(tỷ lệ|tỉ lệ|mức|số|share|rate|level|number) ")
# Before these an indefinite article is "an": a letter decides but for a few sounds.
_AN = re.compile(r"(?!uni|eu|one\b|use)[aeiou]", re.IGNORECASE)


@lru_cache(maxsize=32)
def blanks(written: str, language: str) -> Blanks:
    """
    Give what takes the place of each blank of a text.

    Parameters
    ----------
    written
        The text of a `study.toml`.
    language
        One of `LANGUAGES`.

    Returns
    -------
    blanks
        By name, each with a capital, too. The first comment of `words/texts.toml` lists them.
    """
    said = _Said(read_description(written), language)
    found = _of_places(said) | _of_others(said) | {"counted": _counted(said, written)}
    there = "exposure" in said.described
    found |= {f"{one}?": found[one] * there for one in ("team", "teams", "member", "members")}
    return found | {name.capitalize(): text[:1].upper() + text[1:] for name, text in found.items()}


def _counted(said: _Said, written: str) -> str:
    """
    Name what is counted as one thing, so that "is high" goes with it.

    The study names it; else it is the share, or the rate, of what its headline is called.
    """
    text = said("", "counted")
    is_named = "counted" in said.described.get("", {})
    is_plural = said.language == "en" and bool(re.search(r"[^s]s$", text))
    measures = [*read_measures(written).get("indicators", {}).values()]
    if is_named and not is_plural:
        return text
    if not measures:
        return f"the level of {text}" if is_named else text

    headlines = [measure for measure in measures if measure.get("role") == "headline"]
    headline = [*headlines, *measures][0]
    if not is_named:
        text = in_language(headline["label"], said.language)
        is_acronym = text[1:2].isupper()
        text = text if is_acronym else text[:1].lower() + text[1:]
    kind = headline.get("kind", "ratio" if "per" in headline else "share")
    if _NAMES_A_KIND.match(text):
        return f"the {text}" if said.language == "en" else text
    return f"{_KINDS[said.language][kind]} {text}"


@cache
def plain() -> str:
    """Read what is said of a thing that a study says nothing of."""
    return Path(__file__).with_name("plain.toml").read_text(encoding="utf-8")


@lru_cache(maxsize=32)
def kinds(written: str) -> dict[str, bool]:
    """Say of which kinds a study is that has some texts of its own: see `words/texts.toml`."""
    described = read_description(written)
    there = [one for one in BELOW if f"levels.{one}" in described]
    lowest = described[f"levels.{there[-1] if there else 'province'}"]
    return {
        "elsewhere": "country" not in described[""],
        "one_level": len(there) < 2,
        "untyped": "types" not in lowest,
        "uncoded": "code" not in lowest,
        "ungrouped": "exposure.team" not in described,
        "unexposed": "exposure" not in described,
    }


def fill(text: str, nouns: Blanks) -> str:
    """
    Fill the [blanks] of a text; what stands in brackets and has no blank in it is left alone.

    Of several in one pair of brackets each is named once, where a study calls two things the same,
    and one with a question mark is not named where there is no such thing.

    Examples
    --------
    >>> fill("a [commune] of {place}", {"commune": "area"})
    'an area of {place}'
    >>> fill("no [district or commune]", {"district": "ward", "commune": "ward"})
    'no ward'
    >>> fill("[people, teams?, or files]", {"teams?": ""})
    'people, or files'
    """

    def filled(found: re.Match[str]) -> str:
        if not any(word in nouns for word in _WORD.findall(found[2])):
            return found[0]
        first, *rest = _JOINTS.split(found[2])
        said: dict[str, str] = {}
        for joint, part in zip(["", *rest[::2]], [first, *rest[1::2]], strict=True):
            named = _WORD.sub(lambda word: nouns.get(word[0], word[0]), part)
            if named.strip():
                said.setdefault(named.casefold(), joint * bool(said) + named)
        noun = "".join(said.values())
        return f"{found[1]}{'n' * bool(_AN.match(noun))} {noun}" if found[1] else noun

    return _BLANK.sub(filled, text)


class _Said:
    """What a study says of a thing in one language, and else what fits any study."""

    def __init__(self, described: dict[str, Any], language: str) -> None:
        self.described, self.language = described, language

    def __call__(self, at: str, key: str, otherwise: str = "") -> str:
        for known in (self.described, read_description(plain())):
            if key in (table := known.get(at, {})):
                return in_language(table[key], self.language)
        return otherwise

    def forms(self, at: str, name: str) -> Blanks:
        """Give a noun in all its forms."""
        one = self(at, "one")
        many = self(at, "many")
        long = self(at, "long", one)
        plural = long.removesuffix(one) + many if long.endswith(one) else long
        return {name: one, f"{name}s": many, f"{name}_long": long, f"{name}s_long": plural}


def _of_places(said: _Said) -> Blanks:
    """
    Name the levels; where there is one below the whole, both names are that one's, and where there
    is none, the whole is a place like any.
    """
    vi, described = said.language == "vi", said.described
    there = [one for one in BELOW if f"levels.{one}" in described]
    part = "levels.part" if "levels.part" in described else "levels.province"
    found = said.forms("levels.province", "province") | said.forms(part, "part")
    whole = "whole" in described.get("levels.province", {})
    found["whole"] = said("levels.province", "whole") if whole else found["province"]
    for name in BELOW:
        at = f"levels.{name if name in there or not there else there[0]}"
        *types, last = described.get(at, {}).get("types", [""])
        joint = " hoặc " if vi else " or "
        found[f"{name}_types"] = joint.join(filter(None, [", ".join(types), last]))
        found |= said.forms(at, name)
    # What a place that reports lies in: the level above it, or the whole, of which there is one.
    two = len(there) > 1
    home, homes = (found[("district" if two else "province") + end] for end in ("", "s"))
    if vi:
        found |= {"a_home": f"một {home}" * two or home, "homes": homes}
    else:
        a_home = f"a{'n' * bool(_AN.match(home))} {home}" if two else f"the {home}"
        found |= {"a_home": a_home, "homes": homes if two else a_home}
    own = {name: said("levels.commune", name) for name in ("urban", "rural", "codes", "code")}
    return found | {"home": home} | said.forms("levels.hamlet", "hamlet") | own


def _of_others(said: _Said) -> Blanks:
    """Name what counted the residents, the exposure, and whom to credit."""
    vi, described = said.language == "vi", said.described
    told, by = described.get("residents", {}), said("residents", "by")
    # a study that names its count once names it so always
    found = {"count_long": by}
    for name, key in (("count", "short"), ("count_credit", "credit")):
        found[name] = by if told and key not in told else said("residents", key)
    found["count_year"] = said("residents", "year")
    found["count_who"] = said("residents", "who", "dân số" if vi else "residents")
    found["persons"] = said("residents", "who", "người dân" if vi else "residents")
    grouped = "exposure.team" in described
    found |= said.forms("exposure", "member")
    found |= said.forms("exposure.team" if grouped else "exposure", "team")
    member, members = found["member"], found["members"]
    in_teams = f"{member} {found['team_long']}" if vi else f"{members} of {found['teams_long']}"
    found["members_of_teams"] = in_teams if grouped else found["members_long"]
    of = f"mật độ {member}" if vi else f"density of {members}"
    found["density"] = said("exposure", "density", of)
    found["exposure_title"] = said("exposure", "title", found["teams"])
    found["caution"], found["counting"] = said("exposure", "caution"), said("published", "caution")
    per = f"{described.get('exposure', {}).get('per', PER[0]):,}"
    found["per"] = per.replace(",", ".") if vi else per
    return found | {f"{one}_credit": said(one, "credit") for one in ("published", "simulated")}

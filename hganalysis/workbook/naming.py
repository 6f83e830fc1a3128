"""Settle which commune each row is of: code, name, district and year have to agree."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from .. import places, study, words
from .faults import show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .cells import Line
    from .corrections import Corrections
    from .faults import Log

# How many similar names a person is asked about: more are a list, not a question.
PROPOSED = 3
# Reasons for which a name stands for one of several places: a code beside it tells which.
_OPEN = {"ambiguous", "ambiguous_level", "number_alone", "needs_date"}

Key = tuple[str, str, str, int | None]
"""Code, district, commune and year, as a row has them."""
Proposal = tuple[str, str, str, str]
"""`written`, `district`, `level`, `code`: a name that a person may accept."""
Change = tuple[str, str, str]
"""Field, what it was changed into, why."""


class _Verdict(NamedTuple):
    """
    What one combination of code, district, name and year amounts to.

    `about` is the commune that the row seems to be of, where it is not settled.
    """

    code: str | None = None
    about: str = ""
    rule: str = ""
    field: str = "commune"
    blanks: Mapping[str, str] | None = None
    proposed: tuple[Proposal, ...] = ()
    changes: tuple[Change, ...] = ()


def find_communes(lines: Sequence[Line], corrections: Corrections, log: Log) -> list[Proposal]:
    """
    Find the commune of every line, and the commune and district that it seems to be of.

    Returns
    -------
    proposals
        Names that a person may accept.
    """
    keys: list[Key] = [
        (*(line.texts.get(name, "") for name in ("code", "district", "commune")), line.year)  # type: ignore[misc]
        for line in lines
    ]
    judge = _Judge(corrections, keys)
    verdicts = {key: judge.verdict(key) for key in dict.fromkeys(keys)}
    proposals: dict[Proposal, None] = {}
    for line, key in zip(lines, keys, strict=True):
        verdict = verdicts[key]
        line.code = verdict.code
        line.probable_code, line.probable_parent = judge.about(key, verdict)
        undated = verdict.rule == "structure_undecided" and "year" in line.wrong
        if verdict.rule and not undated and line.wrong.get("") not in {"no_place", "no_commune"}:
            # rows that say the same, and a row of several years, are one question
            blanks = dict(verdict.blanks or {})
            others = [blanks[name] for name in blanks if name not in {"year", "within"}]
            by = id(line.table), line.texts.get(verdict.field), *others
            log.fault_of_line(line, verdict.rule, verdict.field, once_per=by, **blanks)
            line.wrong.setdefault(verdict.field, verdict.rule)
        proposals.update(dict.fromkeys(verdict.proposed))
        for field, after, why in verdict.changes:
            at = line.cells[field].column if field in line.cells else 0
            log.change(line.table.sheet, line.row, at, (line.texts.get(field, ""), after, why))
    return list(proposals)


class _Judge:
    """Look every name up once, then judge each combination of what a row says."""

    def __init__(self, corrections: Corrections, keys: Sequence[Key]) -> None:
        self.corrections = corrections
        self.home_of = places.communes()["district_code"].to_dict()
        merged = places.crosswalk()["code_2025"]
        self.parts = {code: [*parts] for code, parts in merged.groupby(merged).groups.items()}
        self.digits = max(len(str(code)) for code in self.home_of)
        last = places.province()["structure_to"]
        self.until = "" if pd.isna(last) else str(last)
        uppers = sorted({key[1] for key in keys})
        self.within = {one: corrections.find("district", one).code or one for one in uppers}
        asked = [*self.within.values()]
        self.uppers = dict(zip(uppers, _found(asked, level="district"), strict=True))
        self.found: dict[Key, Any] = {}
        for year in {key[3] for key in keys}:
            some = [key for key in dict.fromkeys(keys) if key[3] == year and (key[0] or key[2])]
            names = [
                corrections.find("commune", commune, district).code or commune or self.own(code)
                for code, district, commune, _ in some
            ]
            within = [self.within[key[1]] for key in some]
            self.found |= zip(some, _found(names, within, year=year), strict=True)

    def own(self, code: str) -> str:
        """Give a code with the zeros that a spreadsheet took off."""
        return code.zfill(self.digits) if code.isdigit() else code

    def verdict(self, key: Key) -> _Verdict:
        code, _, commune, _ = key
        if not (found := self.found.get(key)):
            return _Verdict(rule="row_without_place")
        own, right = self.own(code), found.code
        why = words.term("sense.why_code", digits=self.digits)
        changes: tuple[Change, ...] = (("code", own, why),) if own != code else ()
        if code and own not in self.home_of:
            hint = words.term("sense.hint", code=right, name=_name(right)) if right else ""
            return _Verdict(None, right or "", "code_unknown", "code", {"hint": hint})
        if found.reason == "other_date":
            return self._dated(key, own)
        if own and not right and found.reason in _OPEN and own in found.candidates:
            return _Verdict(own, changes=changes)
        if not right:
            return self._unsettled(key, own)
        if own and right != own:
            if own in places.find_later(commune):
                return self._newer(key, own, self.parts[own])
            told = {"code": own, "owner": _name(own), "written": show(commune)}
            told["right"] = f"{right} ({_name(right)})"
            return _Verdict(None, right, "code_and_name", "code", told)
        return _Verdict(right, changes=(*changes, *self._changes(key, right, found.how)))

    def about(self, key: Key, verdict: _Verdict) -> tuple[str | None, str | None]:
        """Give the commune and the district that a row seems to be of, as far as it says."""
        code = verdict.code or verdict.about
        if not code:
            return None, self.uppers[key[1]].code if key[1] else None
        own = self.home_of.get(self.own(key[0]))
        # where a row says two districts, nobody knows of which sum it is a part
        two = verdict.rule == "code_and_name" and own != self.home_of[code]
        return code, None if two or verdict.rule == "wrong_district" else self.home_of[code]

    def _changes(self, key: Key, right: str, how: str) -> list[Change]:
        """Log what a name was taken for, where it is not written as on the list."""
        _, district, commune, _ = key
        found = []
        if accepted_by := self.corrections.find("commune", commune, district).accepted_by:
            found.append(
                ("commune", _name(right), words.term("sense.why_correction", who=accepted_by))
            )
        elif how not in {"exact", "code"}:
            why = words.term("sense.why_name", how=places.say_how(how))
            found.append(("commune", _name(right), why))
        if accepted_by := self.corrections.find("district", district).accepted_by:
            upper = _name(self.home_of[right])
            found.append(("district", upper, words.term("sense.why_correction", who=accepted_by)))
        return found

    def _dated(self, key: Key, own: str) -> _Verdict:
        """Refuse a year in which the list of places is not the one in force."""
        own = own or next(iter(self.found[key].candidates), "")
        since = _written(self.until, after=1)
        blanks = {"year": str(key[3]), "since": since, "until": _written(self.until)}
        about = own if own in self.home_of else ""
        return _Verdict(None, about, "structure_undecided", "year", blanks)

    def _unsettled(self, key: Key, own: str) -> _Verdict:
        """Say why a name gives no code, and what it may mean."""
        _, district, commune, _ = key
        reason, codes = self.found[key].reason, list(self.found[key].candidates)
        hamlet = study.current().country.hamlet
        if hamlet and hamlet.match(commune):
            return _Verdict(None, own, "hamlet")
        if reason == "unknown_within":
            codes = places.propose(district, level="district", most=PROPOSED)["code"].tolist()
            proposed = tuple((district, "", "district", code) for code in codes)
            names = self._list(codes) or ", ".join(map(_name, places.districts().index))
            told = {"candidates": names}
            return _Verdict(None, own, "district_unknown", "district", told, proposed)
        if reason == "elsewhere" and len(codes) == 1:
            told = {"commune": _name(codes[0]), "district": show(district)}
            told["right"] = _name(self.home_of[codes[0]])
            return _Verdict(None, codes[0], "wrong_district", "district", told)
        if reason == "other_structure":
            return self._newer(key, own, codes)
        within = words.term("sense.within", place=show(district)) if district else ""
        codes = [code for code in codes if code in self.home_of]
        if len(codes) > 1 and reason in {*_OPEN, "elsewhere"}:
            rule = "name_ambiguous"
        else:
            upper = self.corrections.find("district", district).code or district
            near = places.propose(commune, within=upper, level="commune")["code"]
            codes = list(dict.fromkeys([*([own] if own else []), *codes, *near]))
            rule = "name_proposed" if codes else "name_unknown"
        proposed = tuple((commune, district, "commune", code) for code in codes[:PROPOSED])
        told = {"within": within, "candidates": self._list(codes)}
        return _Verdict(None, own, rule, blanks=told, proposed=proposed)

    def _newer(self, key: Key, code: str, parts: Sequence[str]) -> _Verdict:
        """Refuse a unit of 2025, and name the communes that went into it."""
        blanks = {
            "written": show(key[2]),
            "code": code or "–",
            "year": str(key[3] or "–"),
            "since": _written(self.until, after=1),
            "parts": ", ".join(map(_name, parts)),
        }
        return _Verdict(None, code, "other_structure", blanks=blanks)

    def _list(self, codes: list[str]) -> str:
        """Write the places that may be meant, each with what tells it from the others."""
        uppers = {code: self.home_of.get(code) for code in codes[:PROPOSED]}
        return words.term("sense.or").join(
            ", ".join(map(_name, filter(None, (code, upper)))) + f" ({code})"
            for code, upper in uppers.items()
        )


def _name(code: str) -> str:
    try:
        return show(places.name(code))
    except LookupError:  # a unit of another time
        return code


def _found(
    names: list[str],
    within: list[str] | None = None,
    *,
    level: places.Level = "commune",
    year: int | None = None,
) -> list[Any]:
    """Ask for many names at once: what is counted is counted up to the last day of a year."""
    answer = places.find_codes(
        pd.Series(names, dtype="object"),
        within=None if within is None else pd.Series(within, dtype="object"),
        level=level,
        on=None if year is None else date(year, 12, 31),
    )
    return [*answer.assign(reason=answer["reason"].str.removeprefix("places.")).itertuples()]


def _written(day: str, *, after: int = 0) -> str:
    """Write a day as people do, or the day after it."""
    return words.day((date.fromisoformat(day) + timedelta(after)).isoformat()) if day else "–"

"""Settle which commune each row is of: code, name, district and year have to agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from .. import places, sources, study, words
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


class Found(NamedTuple):
    """What `places.find_codes` says of one name."""

    code: str | None
    how: str
    candidates: list[str]
    key: str
    """Of the text that says why it is not certain."""

    @property
    def reason(self) -> str:
        """Why it is not certain."""
        return self.key.removeprefix("places.")


Proposal = tuple[str, str, str, str]
"""`written`, `district`, `level`, `code`: a name that a person may accept."""


@dataclass(frozen=True)
class _Verdict:
    """What one combination of code, district, name and year amounts to."""

    code: str | None = None
    about: str = ""
    """The commune that the row seems to be of, where it is not settled."""
    rule: str = ""
    field: str = "commune"
    blanks: Mapping[str, str] | None = None
    proposed: tuple[Proposal, ...] = ()
    changes: tuple[tuple[str, str, str], ...] = ()
    """Field, what it was changed into, why."""


def settle(lines: Sequence[Line], corrections: Corrections, log: Log) -> list[Proposal]:
    """
    Find the commune of every line, and the commune and district that it seems to be of.

    Returns
    -------
    proposals
        Names that a person may accept.
    """
    said = [[line.texts.get(name, "") for name in _NAMES] for line in lines]
    keys: list[Key] = [
        (code, district, commune, line.year)
        for (code, district, commune), line in zip(said, lines, strict=True)
    ]
    judge = _Judge(corrections, frozenset(keys))
    verdicts = {key: judge.verdict(key) for key in dict.fromkeys(keys)}
    proposals: dict[Proposal, None] = {}
    told: set[tuple[object, ...]] = set()
    for line, key in zip(lines, keys, strict=True):
        verdict = verdicts[key]
        line.code = verdict.code
        line.about, line.home = judge.about(key, verdict)
        undated = verdict.rule == "structure_undecided" and "year" in line.wrong
        if verdict.rule and not undated and line.wrong.get("") not in _PLACELESS:
            # of a row that is of several years it is said once
            where = id(line.table), line.row, verdict.rule
            if where not in told:
                log.of(line, verdict.rule, verdict.field, **dict(verdict.blanks or {}))
            told.add(where)
            line.wrong.setdefault(verdict.field, verdict.rule)
        proposals.update(dict.fromkeys(verdict.proposed))
        for field, after, why in verdict.changes:
            cell = line.cells.get(field)
            at = cell.column if cell else 0
            log.change(line.table.sheet, line.row, at, (line.texts.get(field, ""), after, why))
    return list(proposals)


_NAMES = ("code", "district", "commune")
_PLACELESS = {"no_place", "no_commune"}


class _Judge:
    """Look every name up once, then judge each combination of what a row says."""

    def __init__(self, corrections: Corrections, keys: frozenset[Key]) -> None:
        self.corrections, self.keys = corrections, keys
        self.communes, self.districts = places.communes(), places.districts()
        whole = places.province()
        self.since, self.until = (
            "" if pd.isna(whole[day]) else str(whole[day])
            for day in ("structure_from", "structure_to")
        )
        name = words.column("name")
        self.names = {**self.districts[name].to_dict(), **self.communes[name].to_dict()}
        self.district_of = self.communes["district_code"].to_dict()
        self.digits = int(self.communes.index.str.len().max())
        self.found = self._search(keys)

    @cached_property
    def later(self) -> pd.DataFrame:
        """What became of each commune: index `code`, `code_2025`, `name_2025`."""
        if sources.has("places/crosswalk_2025.csv"):
            return places.crosswalk()
        return pd.DataFrame(columns=["code_2025", "name_2025"])

    def _search(self, keys: frozenset[Key]) -> dict[Key, Found]:
        """Ask for all names at once, those that were corrected by their code."""
        asked = [key for key in keys if key[2]]
        if not asked:
            return {}
        answers: dict[Key, Found] = {}
        for year in {key[3] for key in asked}:
            some = [key for key in asked if key[3] == year]
            told = _found(
                pd.Series(
                    [
                        self.corrections.find("commune", key[2], key[1]).code or key[2]
                        for key in some
                    ]
                ),
                within=pd.Series([self._district(key[1]) for key in some]),
                on=None if year is None else _day(year),
            )
            answers.update(zip(some, told, strict=True))
        return answers

    def _district(self, written: str) -> str:
        return self.corrections.find("district", written).code or written

    def verdict(self, key: Key) -> _Verdict:
        code, district, commune, year = key
        if not code and not commune:
            return _Verdict(rule="row_without_place", field="commune")
        own = code.zfill(self.digits) if code.isdigit() else code
        changes = (("code", own, self._why_digits()),) if own != code else ()
        if commune:
            return self._by_name(key, own, changes)
        if own not in self.communes.index:
            return _Verdict(rule="code_unknown", field="code", blanks={"hint": ""})
        return self._dated(own, year) or self._by_district(own, district, changes)

    def about(self, key: Key, verdict: _Verdict) -> tuple[str | None, str | None]:
        """Give the commune and the district that a row seems to be of, as far as it says."""
        code = verdict.code or verdict.about
        own = self.district_of.get(key[0].zfill(self.digits))
        # where a row says two districts, nobody knows of which sum it is a part
        two = verdict.rule == "code_and_name" and own != self.district_of[code]
        if two or verdict.rule == "wrong_district":
            return code, None
        if code:
            return code, self.district_of[code]
        return None, self._uppers[key[1]].code if key[1] else None

    @cached_property
    def _uppers(self) -> dict[str, Found]:
        """What each way in which a district is written means."""
        written = sorted({key[1] for key in self.keys if key[1]})
        asked = pd.Series([self._district(one) for one in written], dtype="object")
        return dict(zip(written, _found(asked, level="district"), strict=True))

    def _why_digits(self) -> str:
        return words.term("sense.why_code", digits=self.digits)

    def _by_name(self, key: Key, own: str, changes: tuple[tuple[str, str, str], ...]) -> _Verdict:
        code, _, commune, year = key
        found = self.found[key]
        right, reason = found.code, found.reason
        known = own in self.communes.index
        if code and not known:
            hint = words.term("sense.hint", code=right, name=self.name(right)) if right else ""
            about = right or ""
            return _Verdict(about=about, rule="code_unknown", field="code", blanks={"hint": hint})
        if reason in {"other_date", "needs_date"} and (dated := self._dated(own, year, found)):
            return dated
        if known and not right and reason in _OPEN and own in found.candidates:
            return _Verdict(own, changes=changes)
        if not right:
            return self._unsettled(key, own if known else "", found)
        if known and right != own:
            values = {"code": own, "owner": self.name(own), "written": show(commune)}
            values["right"] = f"{right} ({self.name(right)})"
            return _Verdict(about=right, rule="code_and_name", field="code", blanks=values)
        return _Verdict(right, changes=(*changes, *self._changes(key, right, found.how)))

    def _changes(self, key: Key, right: str, how: str) -> list[tuple[str, str, str]]:
        """Log what a name was taken for, where it is not written as on the list."""
        _, district, commune, _ = key
        found = []
        who = self.corrections.find("commune", commune, district).who
        if who:
            found.append(("commune", self.name(right), words.term("sense.why_correction", who=who)))
        elif how not in {"exact", "code"}:
            found.append(
                ("commune", self.name(right), words.term("sense.why_name", how=places.say_how(how)))
            )
        who = self.corrections.find("district", district).who
        if who:
            upper = self.name(self.district_of[right])
            found.append(("district", upper, words.term("sense.why_correction", who=who)))
        return found

    def _dated(self, own: str, year: int | None, found: Found | None = None) -> _Verdict | None:
        """Refuse a year in which the list of places is not the one in force."""
        day = None if year is None else _day(year).isoformat()
        if day is None or (
            (not self.since or day >= self.since) and (not self.until or day <= self.until)
        ):
            return None
        if not own and found is not None and found.candidates:
            own = found.candidates[0]
        later = self.later.loc[self.later["code_2025"] == own, "name_2025"]
        values = {
            "code": own or "–",
            "owner": self.name(own) if own else "–",
            "later": show(later.iloc[0]) if len(later) else words.term("sense.another"),
            "since": _written(self.until, after=1),
            "until": _written(self.until),
            "year": str(year),
        }
        about = own if own in self.district_of else ""
        return _Verdict(about=about, rule="structure_undecided", field="year", blanks=values)

    def _by_district(
        self, own: str, district: str, changes: tuple[tuple[str, str, str], ...]
    ) -> _Verdict:
        """Hold a row that has a code and no name to the district beside it."""
        if not district:
            return _Verdict(own, changes=changes)
        found, right = self._uppers[district], self.district_of[own]
        if right == found.code or (not found.code and right in found.candidates):
            return _Verdict(own, changes=changes)
        if found.candidates:
            return self._elsewhere(own, district)
        return self._no_district(district, own)

    def _elsewhere(self, code: str, district: str) -> _Verdict:
        values = {
            "commune": self.name(code),
            "district": show(district),
            "right": self.name(self.district_of[code]),
        }
        return _Verdict(about=code, rule="wrong_district", field="district", blanks=values)

    def _no_district(self, district: str, own: str = "") -> _Verdict:
        codes = places.propose(district, level="district", most=PROPOSED)["code"].tolist()
        proposed = tuple((district, "", "district", code) for code in codes)
        names = self.list_names(codes) if codes else ", ".join(map(self.name, self.districts.index))
        blanks = {"candidates": names}
        return _Verdict(
            about=own, rule="district_unknown", field="district", blanks=blanks, proposed=proposed
        )

    def _unsettled(self, key: Key, own: str, found: Found) -> _Verdict:
        """Say why a name gives no code, and what it may mean."""
        _, district, commune, year = key
        reason, codes = found.reason, list(found.candidates)
        hamlet = study.current().country.hamlet
        if hamlet and hamlet.match(commune):
            return _Verdict(about=own, rule="hamlet")
        if reason == "unknown_within":
            return self._no_district(district, own)
        if reason == "elsewhere" and len(codes) == 1:
            return self._elsewhere(codes[0], district)
        if reason == "other_structure":
            blanks = {
                "written": show(commune),
                "code": own or "–",
                "since": _written(self.until, after=1),
                "year": "–" if year is None else str(year),
                "parts": ", ".join(self.name(code) for code in codes),
            }
            return _Verdict(about=own, rule="other_structure", blanks=blanks)
        within = words.term("sense.within", place=show(district)) if district else ""
        codes = [code for code in codes if code in self.district_of]
        if len(codes) > 1 and reason in {*_OPEN, "elsewhere"}:
            rule = "name_ambiguous"
        else:
            near = places.propose(commune, within=self._district(district), level="commune")
            codes = list(dict.fromkeys([*([own] if own else []), *codes, *near["code"]]))
            rule = "name_proposed" if codes else "name_unknown"
        proposed = tuple((commune, district, "commune", code) for code in codes[:PROPOSED])
        blanks = {"within": within, "candidates": self.list_names(codes)}
        return _Verdict(about=own, rule=rule, blanks=blanks, proposed=proposed)

    def name(self, code: str) -> str:
        return show(self.names.get(code, code))

    def list_names(self, codes: list[str]) -> str:
        """Write the places that may be meant, each with what tells it from the others."""
        shown = []
        for code in codes[:PROPOSED]:
            upper = self.district_of.get(code)
            place = f"{self.name(code)}, {self.name(upper)}" if upper else self.name(code)
            shown.append(f"{place} ({code})")
        return words.term("sense.or").join(shown)


def _found(
    names: pd.Series,
    *,
    within: pd.Series | None = None,
    level: places.Level = "commune",
    on: date | None = None,
) -> list[Found]:
    """Ask for many names at once."""
    answer = places.find_codes(names, within=within, level=level, on=on)
    columns = [answer[name] for name in ("code", "how", "candidates", "reason")]
    return [Found(*one) for one in zip(*columns, strict=True)]


def _day(year: int) -> date:
    """Take the last day of a year: what is counted is counted up to it."""
    return date(min(max(year, 1), 9999), 12, 31)


def _written(day: str, *, after: int = 0) -> str:
    """Write a day as people do, or the day after it."""
    if not day:
        return "–"
    return words.day(date.fromordinal(date.fromisoformat(day).toordinal() + after).isoformat())

"""Find the commune of each row: its code, name, district and period have to agree."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from .. import places, words
from ..periods import read_period
from .faults import show
from .times import period_name
from .vocabulary import PATTERNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..periods import PeriodKey
    from ..study import Study
    from .cells import Line
    from .corrections import Corrections
    from .faults import Log

# How many similar names a person is asked about: more are a list, not a question.
MAX_PROPOSED = 3
# Reasons for which a name may mean several places: a code beside it tells which.
_SEVERAL_PLACES = {"ambiguous", "ambiguous_level", "number_alone", "needs_date"}


class _Key(NamedTuple):
    """What a row says of its place and period."""

    code: str
    district: str
    commune: str
    period: PeriodKey | None


class Proposal(NamedTuple):
    """A name that a person may accept for a code."""

    written: str
    district: str
    level: str
    code: str


class _Change(NamedTuple):
    """A field that is read otherwise than it is written."""

    field: str
    after: str
    why: str


class _Verdict(NamedTuple):
    """
    What a row with one key is: its commune, or the rule that it breaks.

    `probable_code` is the commune that it seems to be of, where that is not certain.
    """

    code: str | None = None
    probable_code: str = ""
    rule: str = ""
    field: str = "commune"
    blanks: Mapping[str, str] = {}
    proposals: Sequence[Proposal] = ()
    changes: Sequence[_Change] = ()


def find_communes(
    of: Study, lines: Sequence[Line], corrections: Corrections, log: Log
) -> list[Proposal]:
    """
    Find the commune of every line, or its probable commune and district.

    Returns
    -------
    proposals
        Names that a person may accept.
    """
    if not lines:
        return []
    keys = [
        _Key._make([*(line.texts.get(field, "") for field in _Key._fields[:3]), line.period])
        for line in lines
    ]
    judge = _Judge(of, corrections, keys)
    verdicts = {key: judge.judge(key) for key in dict.fromkeys(keys)}
    for line, key in zip(lines, keys, strict=True):
        verdict = verdicts[key]
        line.code = verdict.code
        line.probable_code = verdict.code or verdict.probable_code or None
        line.probable_parent = judge.find_parent(key, verdict)
        _log_fault(line, verdict, log)
        for change in verdict.changes:
            column = line.cells[change.field].column if change.field in line.cells else 0
            texts = line.texts.get(change.field, ""), change.after, change.why
            log.add_change(line.table.sheet, line.row, column, texts)
    proposals = [proposal for verdict in verdicts.values() for proposal in verdict.proposals]
    return list(dict.fromkeys(proposals))


def _log_fault(line: Line, verdict: _Verdict, log: Log) -> None:
    """Log the rule that a line breaks, unless an earlier fault has the same cause."""
    is_undated = verdict.rule == "structure_undecided" and "period" in line.wrong
    is_without_place = line.wrong.get("") in {"no_place", "no_commune"}
    if not verdict.rule or is_undated or is_without_place:
        return
    # rows that say the same, and a row of several periods, are one question
    texts = [text for name, text in verdict.blanks.items() if name not in {"period", "within"}]
    name = line.texts.get(verdict.field)
    question: tuple[object, ...] = line.table, name, *texts
    if verdict.rule == "code_unknown":
        question = (line.table,)  # codes of another list, or with other marks, have one cause
    log.fault_of_line(line, verdict.rule, verdict.field, once_per=question, **verdict.blanks)


class _Judge:
    """
    Match every name once, then judge each key.

    - `parents`: the district of each commune;
    - `merged_communes`: the communes that went into each unit of 2025;
    - `period`: in words, until when the list of places holds, and since when another one;
    - `districts`: for each district as it is written, the code that was accepted for it, or itself;
    - `district_matches`, `commune_matches`: what the search of places answers.
    """

    def __init__(self, of: Study, corrections: Corrections, keys: Sequence[_Key]) -> None:
        self.study, self.corrections = of, corrections
        self.parents = places.list_units(of)["compared_code"].to_dict()
        units = places.read_crosswalk(of)["code_2025"]
        self.merged_communes: dict[Any, Any] = units.groupby(units).groups
        self.n_digits = max(len(str(code)) for code in self.parents)
        self.period = days_of_change()

        written = sorted({key.district for key in keys})
        self.districts: dict[str, str] = {}
        for text in written:
            accepted = corrections.find("district", text).code
            self.districts[text] = accepted or text
        matches = _match_names([*self.districts.values()], level="district")
        self.district_matches = dict(zip(written, matches, strict=True))
        self.commune_matches: dict[_Key, Any] = {}
        named = [key for key in dict.fromkeys(keys) if key.code or key.commune]
        for period in {key.period for key in keys}:
            of_period = [key for key in named if key.period == period]
            self._match_communes(of_period, period)

    def _match_communes(self, keys: list[_Key], period: PeriodKey | None) -> None:
        names = []
        for key in keys:
            accepted = self.corrections.find("commune", key.commune, key.district).code
            name = key.commune
            if key.code and not self.merged_communes:
                # beside its code, of what a unit was made asks nothing
                name = PATTERNS["made_of"].sub("", name)
            names.append(accepted or name or self.pad(key.code))
        within = [self.districts[key.district] for key in keys]
        matches = _match_names(names, within, period=period)
        self.commune_matches |= zip(keys, matches, strict=True)

    def pad(self, code: str) -> str:
        """Give the code of the list in use, with the zeros that a spreadsheet took off."""
        return code.zfill(self.n_digits) if code.isdigit() else places.official_code(code)

    def judge(self, key: _Key) -> _Verdict:
        """Find the commune of a key, or the rule that it breaks."""
        match = self.commune_matches.get(key)
        if match is None:
            return _Verdict(rule="row_without_place")
        code = self.pad(key.code)
        if code and code not in self.parents:
            return self._refuse_code(match.code)
        if match.reason == "other_date":
            return self._refuse_period(key, code)
        changes = []
        if code != key.code and key.code.isdigit():
            why = words.term("sense.why_code", digits=self.n_digits)
            changes.append(_Change("code", code, why))
        if match.code:
            if code and match.code != code:
                return self._refuse_contradiction(key, code, match.code)
            changes += self._name_changes(key, match)
            return _Verdict(match.code, changes=changes)
        if code and match.reason in _SEVERAL_PLACES and code in match.candidates:
            return _Verdict(code, changes=changes)
        return self._refuse_name(key, code)

    def find_parent(self, key: _Key, verdict: _Verdict) -> str | None:
        """Give the district that a row seems to be of, if it says one."""
        code = verdict.code or verdict.probable_code
        if not code:
            return self.district_matches[key.district].code if key.district else None
        parent = self.parents[code]
        # where a row says two districts, nobody knows of which sum it is a part
        parent_of_code = self.parents.get(self.pad(key.code))
        has_two_parents = verdict.rule == "code_and_name" and parent_of_code != parent
        return None if has_two_parents or verdict.rule == "wrong_district" else parent

    def _name_changes(self, key: _Key, match: Any) -> list[_Change]:  # noqa: ANN401
        """List the names that are read otherwise than they are written."""
        changes = []
        person = self.corrections.find("commune", key.commune, key.district).accepted_by
        if person or match.how not in {"exact", "code"}:
            how = places.say_how(match.how)
            why = _why(person) if person else words.term("sense.why_name", how=how)
            changes.append(_Change("commune", _name(match.code), why))
        person = self.corrections.find("district", key.district).accepted_by
        if person:
            changes.append(_Change("district", _name(self.parents[match.code]), _why(person)))
        return changes

    def _refuse_code(self, match_code: str | None) -> _Verdict:
        """Refuse a code that is not on the list; hint at the code of the name."""
        code = match_code or ""
        hint = words.term("sense.hint", code=code, name=_name(code)) if code else ""
        return _Verdict(
            probable_code=code, rule="code_unknown", field="code", blanks={"hint": hint}
        )

    def _refuse_period(self, key: _Key, code: str) -> _Verdict:
        """Refuse a period in which the list of places is not in force."""
        code = code or next(iter(self.commune_matches[key].candidates), "")
        return _Verdict(
            probable_code=code if code in self.parents else "",
            rule="structure_undecided",
            field="period",
            blanks={"period": period_name(key.period), **self.period},
        )

    def _refuse_contradiction(self, key: _Key, code: str, match_code: str) -> _Verdict:
        """Refuse a row whose code and name are of two places."""
        if code in places.find_later(key.commune):
            return self._refuse_unit_of_2025(key, code, self.merged_communes[code])
        blanks = {"code": code, "owner": _name(code), "written": show(key.commune)}
        blanks["right"] = f"{match_code} ({_name(match_code)})"
        return _Verdict(probable_code=match_code, rule="code_and_name", field="code", blanks=blanks)

    def _refuse_name(self, key: _Key, code: str) -> _Verdict:
        """Say why a name gives no code, and what it may mean."""
        match = self.commune_matches[key]
        hamlet = self.study.country.hamlet
        if hamlet and hamlet.match(key.commune):
            return _Verdict(probable_code=code, rule="hamlet")
        if match.reason == "unknown_within":
            return self._refuse_district(key.district, code)
        if match.reason == "elsewhere" and len(match.candidates) == 1:
            return self._refuse_parent(key.district, match.candidates[0])
        if match.reason == "other_structure":
            return self._refuse_unit_of_2025(key, code, match.candidates)

        within = words.term("sense.within", place=show(key.district)) if key.district else ""
        codes = [candidate for candidate in match.candidates if candidate in self.parents]
        if len(codes) > 1 and match.reason in {*_SEVERAL_PLACES, "elsewhere"}:
            rule = "name_ambiguous"
        else:
            district = self.districts[key.district]
            similar = places.score_similar(key.commune, within=district)
            codes = list(dict.fromkeys(filter(None, [code, *codes, *similar])))
            rule = "name_proposed" if codes else "name_unknown"
        return _Verdict(
            probable_code=code,
            rule=rule,
            blanks={"within": within, "candidates": self._list(codes)},
            proposals=[
                Proposal(key.commune, key.district, "commune", candidate)
                for candidate in codes[:MAX_PROPOSED]
            ],
        )

    def _refuse_district(self, district: str, code: str) -> _Verdict:
        """Refuse a district that is not on the list, and propose similar ones."""
        similar = [*places.score_similar(district, level="district", limit=MAX_PROPOSED)]
        candidates = self._list(similar) or ", ".join(map(_name, places.compared().index))
        return _Verdict(
            probable_code=code,
            rule="district_unknown",
            field="district",
            blanks={"candidates": candidates},
            proposals=[Proposal(district, "", "district", candidate) for candidate in similar],
        )

    def _refuse_parent(self, district: str, code: str) -> _Verdict:
        """Refuse a commune that is in another district than its row says."""
        blanks = {"commune": _name(code), "district": show(district)}
        blanks["right"] = _name(self.parents[code])
        return _Verdict(probable_code=code, rule="wrong_district", field="district", blanks=blanks)

    def _refuse_unit_of_2025(self, key: _Key, code: str, communes: Iterable[str]) -> _Verdict:
        """Refuse a unit of 2025, and name the communes that went into it."""
        blanks = {
            "written": show(key.commune),
            "code": code or "–",
            "period": period_name(key.period),
            "parts": ", ".join(map(_name, communes)),
            **self.period,
        }
        return _Verdict(probable_code=code, rule="other_structure", blanks=blanks)

    def _list(self, codes: list[str]) -> str:
        """Write the candidates, each with its district and code to tell it from the others."""
        candidates = []
        for code in codes[:MAX_PROPOSED]:
            names = [_name(place) for place in (code, self.parents.get(code)) if place]
            candidates.append(f"{', '.join(names)} ({code})")
        return words.term("sense.or").join(candidates)


def _why(person: str) -> str:
    return words.term("sense.why_correction", who=person)


def _name(code: str) -> str:
    try:
        return show(places.name(code))
    except LookupError:  # a unit of another time
        return code


def _match_names(
    names: list[str],
    within: list[str] | None = None,
    *,
    level: places.Level = "commune",
    period: PeriodKey | None = None,
) -> list[Any]:
    """Match many names at once, for the last day of a period."""
    matches = places.find_codes(
        pd.Series(names, dtype="object"),
        within=None if within is None else pd.Series(within, dtype="object"),
        level=level,
        on=None if period is None else read_period(period).end,
    )
    reason = matches["reason"].str.removeprefix("places.")
    return [*matches.assign(reason=reason).itertuples()]


def days_of_change() -> dict[str, str]:
    """Write until when the list of places holds, and since when another one, as people do."""
    last_day = places.province()["structure_to"]
    if pd.isna(last_day):
        return {"until": "–", "since": "–"}
    next_day = date.fromisoformat(last_day) + timedelta(days=1)
    return {"until": words.day(last_day), "since": words.day(next_day.isoformat())}

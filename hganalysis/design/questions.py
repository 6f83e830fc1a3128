"""Answer the questions of a design, each with its numbers, its sentence and its picture."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from .. import effect, figures, findings, study, words
from ..effect.estimate import WITHIN_REFUSED
from ..effect.ladder import row
from ..effect.rules import require_comparable
from ..findings.common import prefixed
from ..render.results import keep
from . import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..effect import Estimate, Refused
    from ..figures.figure import Panel
    from ..maps import Picture
    from .design import Design, Dummies


@dataclass(frozen=True, repr=False)
class Answer:
    """
    One answer: `str(answer)` is a sentence in the language in use, `answer.plot()` a picture.

    A notebook shows the sentence, and the table as it is read.
    """

    table: pd.DataFrame
    """Tidy, one row an estimate, nothing rounded; where there is no answer, with its `reason`."""
    refused: Refused | None
    """Why there is no answer, or none that may be the headline; else None."""
    dummies: tuple[Dummies, ...]
    """What became of controls that hold texts."""
    frame: study.Frame | None = field(repr=False)
    """What the frame calls its columns; None where it is one of the study in use."""
    says: Callable[[], str]
    draws: Callable[[], Picture]
    reads: Callable[[], pd.DataFrame]
    """Lays the table out as it is read."""
    _drawn: dict[str, Picture] = field(default_factory=dict, init=False, compare=False)
    """What was drawn already, by language: a cell keeps a picture and then shows it."""

    def __str__(self) -> str:
        with study.use(frame=self.frame):
            return "\n".join([self.says(), *(one.said() for one in self.dummies)])

    def __repr__(self) -> str:
        return str(self)

    def plot(self) -> Picture:
        """
        Draw the answer on a page, with its title, its source and, where it must, the banner.

        Raises
        ------
        Refused
            If there is no answer, with the reason.
        """
        if self.refused is not None:
            raise self.refused
        language = words.language()
        if language not in self._drawn:
            with study.use(frame=self.frame):
                self._drawn[language] = self.draws()
        return self._drawn[language]

    def reading(self) -> pd.DataFrame:
        """Lay the table out as it is read: texts, with headers in the language in use."""
        with study.use(frame=self.frame):
            return self.reads()

    def keep(self, name: str) -> Answer:
        """Keep table and picture under a name among the outputs of a build, if there is one."""
        keep(self.table, name)
        if self.refused is None:
            keep(self.plot(), name)
        return self

    def _ipython_display_(self) -> None:
        from IPython.display import display

        shown = [] if self.refused else [self.plot()]
        display(findings.say(str(self)), *shown, self.reading())  # type: ignore[no-untyped-call]

    def _repr_html_(self) -> str:
        said = findings.say(str(self))._repr_html_()
        return f"{said}\n{findings.as_html(self.reading())}"


RATIO = ["rate_ratio", "rate_ratio_interval"]
MODEL = ["term", *RATIO, "df", "units", "clusters", "flags"]
POWERS = (0.5, 0.8, 0.9, 0.95)


def headline(asked: Design) -> Answer:
    """Give the estimate that the rule picks, with the coefficients of the controls."""
    found = asked.rungs.headline
    table = _table(asked, rows.records(effect.tidy(asked.data, found)))
    return _answer(
        asked,
        table,
        says=lambda: findings.headline(asked.rungs),
        title=lambda: findings.titles.estimate(asked.rungs),
        draw=lambda: figures.coefficients(rows.drawn_terms(table)),
        shows=MODEL,
    )


def ladder(asked: Design, *, before: pd.DataFrame | None, truth: float | None) -> Answer:
    """Give every rung, refused ones with the reason."""
    climbed = asked.rungs if before is None else asked.climb(before)
    models = [row for one in climbed for row in rows.records(effect.tidy(asked.data, one))]
    refused = [
        rows.refused(one.reason, one.message, rung=one.rung, data=asked.data)
        for one in climbed.refusals
    ]
    table = _table(asked, [*models, *refused])
    none = None
    try:
        _ = climbed.headline
    except effect.Refused as refusal:
        none = refusal

    def says() -> str:
        if none:
            said = findings.refusal(none)
        else:
            sentences = [findings.titles.rungs(climbed), *findings.trust.directions(climbed)]
            said = _sentence(asked, "; ".join(sentences))
        return said if before is None else f"{said}\n{findings.two_years(climbed.second)}"

    answer = _answer(
        asked,
        table.sort_values("rung", kind="stable", ignore_index=True),
        says=says,
        title=lambda: words.term("titles.ladder") if none else findings.titles.rungs(climbed),
        draw=lambda: figures.coefficients(climbed, truth=truth),
        shows=["rung", "method", *MODEL],
    )
    return answer if len(climbed) else replace(answer, refused=none)


def alternatives(asked: Design, *, bootstrap: int) -> Answer:
    """Give second opinions on the headline."""
    found, rung = _compared_by_unit(asked)
    others = effect.alternatives(asked.data, rung=rung, bootstrap=bootstrap)
    found = replace(found, alternatives=(*others, *found.alternatives))
    only = replace(asked.rungs, estimates=(found,), refusals=())
    same = rows.estimate(found)
    first: rows.Record = {**same, "method": found.method, "shape": "interval"}
    rest: list[rows.Record] = [
        {**same, "method": one.method, "shape": one.shape, **row(one)} for one in found.alternatives
    ]
    table = _table(asked, [first, *rest])

    def reads() -> pd.DataFrame:
        said = [words.term("findings.headline_row")]
        said += [findings.trust.opinion(one.method) for one in found.alternatives]
        read = table.drop(columns="rung").assign(method=said)  # or all were called as the rung is
        laid = findings.table(read, columns=["method", *RATIO, "df"])
        head = words.term("columns.rate_ratio_interval")
        broken = [len(one.pieces) > 1 for one in found.alternatives]
        laid.loc[[False, *broken], head] = [
            findings.trust.pieces(one) for one in found.alternatives if len(one.pieces) > 1
        ]
        return laid

    return _answer(
        asked,
        table,
        says=lambda: findings.opinions(only),
        title=lambda: words.term("titles.alternatives"),
        draw=lambda: figures.coefficients(only, opinions=True),
        reads=reads,
    )


def influence(asked: Design) -> Answer:
    """Give the estimate without each cluster; of a refused headline, what is left all the same."""
    require_comparable(asked.data)
    rung = _rung(asked)
    refits = effect.leave_one_out(asked.data, rung=rung)
    beside = refits if rung == 5 else refits.join(effect.leverage(asked.data, rung=rung))
    shows = [*RATIO, "df", "shift_in_se", *["exposure_share"] * (rung != 5)]

    def table(reason: str) -> pd.DataFrame:
        sd, term = asked.data.sd, asked.data.names.exposure
        return _table(asked, rows.left_out(beside, rung=rung, term=term, sd=sd, reason=reason))

    try:
        found = asked.rungs.headline
    except effect.Refused as none:
        answer = refusal(asked, none)
        left = table(str(none))
        return replace(answer, table=left, reads=lambda: findings.table(left, columns=shows))
    return _answer(
        asked,
        table(""),
        says=lambda: findings.influence(refits, found),
        title=lambda: findings.titles.left_out(refits, found),
        draw=lambda: figures.influence(refits, estimate=found),
        shows=shows,
    )


def denominators(asked: Design, *, members: str | None) -> Answer:
    """Give what three questions about the denominator make of the estimate."""
    name = members or asked.data.numerator
    rung_2 = next((one for one in asked.rungs if one.rung == 2), None)
    if members is None and name not in asked.data.frame.columns:
        names = asked.data.names
        msg = (
            f"No column of the frame over {names.offset!r} is {names.exposure!r}, so what errors "
            "of the denominator do to both cannot be asked. If there is one, name it: members=..."
        )
        raise effect.Refused(msg, reason="no numerator")
    people = study.current().says("exposure", "people") is not False
    test = effect.denominator_test(asked.data, members=name, people=people)
    table = _table(asked, rows.denominators(test, rung_2 or test.estimate))

    def reads() -> pd.DataFrame:
        drawn = rows.drawn_denominators(table).rename(columns={"label": "term"})
        return findings.table(drawn, columns=["term", *RATIO])

    return _answer(
        asked,
        table,
        says=lambda: findings.denominator(test),
        title=lambda: findings.titles.denominators(test, rung_2 or test.estimate),
        draw=lambda: figures.coefficients(rows.drawn_denominators(table)),
        reads=reads,
    )


def sensitivity(asked: Design) -> Answer:
    """Give how strong something unmeasured must be, measured by each control where it can be."""
    found, rung = _compared_by_unit(asked)
    strength = effect.robustness(asked.data, rung=rung)
    bounds: dict[str, pd.DataFrame] = {}
    for control in asked.data.names.controls:
        try:
            bounds[control] = effect.benchmarks(asked.data, benchmark=control, rung=rung)
        except effect.Refused:  # no factor can be as strong as that one
            continue
    origin = pd.Series([found.origin])
    strongest = max(bounds, key=lambda one: float(bounds[one]["bias"].iloc[0]), default="")

    def says() -> str:
        if not strongest:
            return _sentence(asked, findings.titles.robustness(strength))
        known = bounds[strongest]
        return findings.robustness(strength, known, covariate=strongest, origin=origin)

    def draw() -> Panel:
        known = None
        if strongest:
            known = bounds[strongest].assign(benchmark=findings.covariate(strongest))
        return figures.robustness(strength, estimate=found, benchmarks=known)

    return _answer(
        asked,
        _table(asked, rows.sensitivity(found, strength, bounds)),
        says=says,
        title=lambda: findings.titles.robustness(
            strength, benchmarks=bounds.get(strongest), covariate=strongest
        ),
        draw=draw,
        shows=["control", "times", *RATIO],
    )


def power(asked: Design, *, clusters: Sequence[int]) -> Answer:
    """Give how often each true rate ratio is detected, by this design and by others."""
    found = asked.rungs.headline
    curves = []
    for number in dict.fromkeys([found.clusters, *clusters]):
        more = number / found.clusters
        curve = effect.power_curve(found, clusters=None if more == 1 else number)
        numbers = {"standard_error": found.standard_error / np.sqrt(more), "df": found.df * more}
        logs = np.log(curve["rate_ratio"])
        curves.append(curve.assign(log_rate_ratio=logs, clusters=number, sd=found.sd, **numbers))
    made = pd.concat(curves).assign(rung=found.rung, term=found.exposure)
    table = _table(asked, rows.records(made))
    smallest = [effect.minimal_detectable(found, power=one) for one in POWERS]
    return _answer(
        asked,
        table,
        says=lambda: findings.detectable(found),
        title=lambda: words.term("titles.power"),
        subtitle=lambda: asked.label,
        draw=lambda: figures.power(table, estimate=found),
        reads=lambda: findings.table(pd.DataFrame(smallest), columns=["power", "rate_ratio"]),
    )


def refusal(asked: Design, refused: Refused) -> Answer:
    """Say that there is no answer, and why; nothing is put in its place."""
    none = rows.refused(refused.reason, str(refused), rung=_rung(asked), data=asked.data)
    return replace(
        _answer(
            asked,
            _table(asked, [none]),
            says=lambda: findings.refusal(refused),
            title=str,
            draw=_nothing,
            shows=["term", "flags"],
        ),
        refused=refused,
    )


def _nothing() -> Panel:
    """Draw nothing: `Answer.plot` has raised the refusal before."""
    raise AssertionError


def _rung(asked: Design) -> Literal[2, 5]:
    """Say which rung is the headline by rule, whether or not the data carry it."""
    return 5 if asked.data.within_share < WITHIN_REFUSED else 2


def _compared_by_unit(asked: Design) -> tuple[Estimate, Literal[1, 2]]:
    """Take the headline where units are compared; other ways are not to be had for the rest."""
    found = asked.rungs.headline
    if found.rung != 2:
        msg = (
            "The headline compares clusters only (rung 5), since the exposure hardly varies within "
            "them. This question can be asked of a comparison of units: see effect.alternatives."
        )
        raise effect.Refused(msg, reason="compared by cluster only")
    return found, 2


def _sentence(asked: Design, title: str) -> str:
    """Make a sentence of a title: it says itself that numbers are simulated."""
    return prefixed(f"{title}.", pd.Series([asked.data.origin]))


def _table(asked: Design, records: Sequence[rows.Record]) -> pd.DataFrame:
    names = asked.data.names
    outcome = f"{names.count} / {names.offset}"
    return rows.tidy(records, outcome=outcome, origin=asked.data.origin)


def _answer(
    asked: Design,
    table: pd.DataFrame,
    *,
    says: Callable[[], str],
    title: Callable[[], str],
    draw: Callable[[], Panel],
    subtitle: Callable[[], str] | None = None,
    shows: Sequence[str] = (),
    reads: Callable[[], pd.DataFrame] | None = None,
) -> Answer:
    """Hold an answer: its picture is drawn, and its table read, when that is asked for."""

    def under() -> str:
        return findings.titles.ratio_of(asked.label, asked.data.names.exposure)

    return Answer(
        table,
        None,
        asked.dummies,
        asked.frame,
        says,
        lambda: asked.picture(title(), draw(), subtitle=(subtitle or under)()),
        reads or (lambda: findings.table(table, columns=list(shows))),
    )

"""Cards of the index: each answer of the study as one number, one sentence and one picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import change, effect, frames, indicators, study, words
from ..change import sentences as change_sentences
from ..effect import sensitivity, sentences
from ..effect.frame import nouns
from ..figure import capitalise
from ..periods import order_periods
from ..ranking import sentences as ranking_sentences
from ..ranking import uptake
from ..ranking.measure import reported

if TYPE_CHECKING:
    from ..draw import Picture
    from ..effect import Design
    from ..periods import PeriodKey

# The effect of errors in the denominator is written as the ratio itself beyond these.
LARGE_RATIO, SMALL_RATIO = 2.0, 0.5


@dataclass(frozen=True, eq=False)
class BigNumber:
    """One large number, and what it is."""

    text: str
    """Empty where no number answers the question."""
    label: str


NO_NUMBER = BigNumber("", "")


@dataclass(frozen=True, eq=False)
class Card:
    """What the index shows of one answer. Where there is none, the sentence says why."""

    question: str
    number: BigNumber
    sentence: str
    picture: Picture | None = None
    view: str = ""
    """The state of the atlas, as in its address, that shows the answer."""
    subject: str = ""
    """The measure and the period."""
    detail: str = ""
    """What has to be read beside the sentence."""

    @property
    def digest(self) -> str:
        """Identify its picture; "" where there is none."""
        return self.picture.figure.digest if self.picture else ""

    @property
    def line(self) -> str:
        """Say it in one line: the title of the picture, where there is one."""
        return self.picture.figure.title if self.picture else self.sentence


def answers() -> list[Card]:
    """
    Answer the questions of the study in use, in the language in use.

    There are three questions, or two where the study has no exposure.

    Examples
    --------
    >>> [card.number.text.replace("\N{NO-BREAK SPACE}", " ") for card in answers()]
    ['37,2 %', '+5,2', '+19 %']
    """
    makers = {"where": _where, "changed": _changed}
    if "exposure" in study.current().described:
        makers["related"] = _related
    if reported():
        return [make() for make in makers.values()]
    return [_unanswered(question, words.term("answers.no_reports")) for question in makers]


def _unanswered(question: str, reason: str, *, subject: str = "") -> Card:
    """Say why a question has no answer."""
    return Card(words.term(f"answers.{question}"), NO_NUMBER, reason, subject=subject)


def _where() -> Card:
    """Say where the headline is high in its last period."""
    measure, periods = next(iter(reported().items()))
    ranking = uptake(measure, periods[-1])
    subject = ranking.measure.subtitle()
    ranked = ranking.table.dropna(subset="rank")
    picture = ranking.picture()
    if ranked.empty or picture is None:
        return _unanswered("where", ranking.describe(), subject=subject)
    first = ranked.iloc[0]
    title = ranking_sentences.highest_and_lowest(ranked, ranking.measure)
    if ranking.measure.evidence == "periods":
        order = ranking_sentences.order(ranking)
        detail = f"{order.title}{order.addition}."
    else:
        detail = ranking_sentences.why_unknown(ranking.measure, has_parts=not ranking.parts.empty)
    return Card(
        words.term("answers.where"),
        BigNumber(ranking.measure.write(first["share"]), first["name"]),
        f"{title}.",
        picture,
        f"m={measure}&y={periods[-1]}",
        subject,
        detail + ranking.measure.estimates.note(),
    )


def _changed() -> Card:
    """Compare the last two periods of the first measure that was counted twice."""
    periods = reported()
    counted_twice = [name for name in periods if len(periods[name]) > 1]
    if not counted_twice:
        headline = next(iter(periods))
        subject = _subject(headline, periods[headline][-1])
        return _unanswered("changed", words.term("answers.one_period"), subject=subject)
    measure = counted_twice[0]
    before, after = periods[measure][-2:]
    label = indicators.measure_label(measure)
    start, end = words.short_period(before), words.short_period(after)
    subject = words.term("answers.from_to", label=label, before=start, after=end)
    try:
        answer = change.compare(measure, before, after)
    except (ValueError, LookupError) as reason:
        return _unanswered("changed", str(reason), subject=subject)
    number = NO_NUMBER
    change_of_whole = answer.whole["change_pp"]
    if not math.isnan(change_of_whole):
        scale = answer.measure.change_scale
        number = BigNumber(words.value(change_of_whole, scale, bare=True), words.unit_text(scale))
    picture = answer.picture()
    clauses = [
        change_sentences.whole_changed(answer),
        change_sentences.trend(answer),
        change_sentences.places_changed(answer),
    ]
    finding, *details = filter(None, clauses)
    detail = f"{capitalise('; '.join(details))}." if details else ""
    detail += change_sentences.another_season(answer)
    question, view = words.term("answers.changed"), f"m={measure}&y=change"
    sentence = f"{capitalise(finding)}."
    return Card(question, number, sentence, picture, view, subject, detail)


def design() -> Design:
    """
    Relate the headline to the exposure, in the first period that has both: nobody had yet been sent
    where uptake was low.

    Raises
    ------
    LookupError
        If no period has both.
    """
    return effect.Design.of_reports(*_related_measure())


def _related_measure() -> tuple[str, PeriodKey]:
    """Choose the measure, and its period, that is related to the exposure."""
    headline, periods = next(iter(reported().items()))
    periods_of_exposure = set(frames.teams().dropna(subset="members")["period"])
    periods_of_both = periods_of_exposure & set(periods)
    if not periods_of_both:
        raise LookupError(words.term("answers.no_exposure"))
    return headline, order_periods(periods_of_both)[0]


def _related() -> Card:
    """Say whether the headline goes with the exposure, and how sure that is."""
    subject = indicators.measure_label(next(iter(reported())))
    try:
        measure, period = _related_measure()
        subject = _subject(measure, period)
        design_of_period = effect.Design.of_reports(measure, period)
        headline = design_of_period.headline()
        if headline.refused:
            raise headline.refused
    except (ValueError, LookupError) as reason:
        return _unanswered("related", str(reason), subject=subject)

    rung = design_of_period.rung
    step = sentences.choose_step(rung)
    low, high = rung.interval
    is_clear = not low <= 0 <= high
    texts = {
        "low": _difference(step.size * low),
        "high": _difference(step.size * high),
        "step": step.text(short=True),
        "out_of": nouns(design_of_period.data.names)["out_of"],
        "doubt": words.percent(design_of_period.denominator_error),
    }
    parts = [] if is_clear else ["ruled_out"]
    error_effect = sensitivity.denominator_error_effect(rung, design_of_period.denominator_error)
    if error_effect:
        texts["made"] = _difference(step.size * error_effect.log_rate_ratio)
        parts.append("errors_alone")
    number = NO_NUMBER
    if is_clear:
        parts.append("no_cause")
        difference = _difference(step.size * rung.log_rate_ratio)
        number = BigNumber(difference, words.term("answers.interval", **texts))

    return Card(
        words.term("answers.related"),
        number,
        f"{sentences.estimate_clause(rung)}.",
        headline.picture(),
        subject=subject,
        detail=" ".join(words.term(f"answers.{part}", **texts) for part in parts),
    )


def _subject(measure: str, period: PeriodKey) -> str:
    indicator = indicators.get(measure, period=period)
    return words.term("answers.measure_when", label=indicator.label, when=indicator.when)


def _difference(log_ratio: float) -> str:
    """Write a ratio as a difference in percent, or as itself where that is easier to read."""
    ratio = math.exp(min(log_ratio, 700.0))
    if not SMALL_RATIO < ratio < LARGE_RATIO:
        return words.term("answers.times", ratio=words.number(ratio, decimals=2))
    size = abs(ratio - 1)
    text = words.percent(size, decimals=0 if size >= 0.1 else 1)
    sign = "+" if ratio >= 1 else "−"
    return sign + text

"""Cards of the index: each answer of the study as one number, one sentence and one picture."""

import math
from typing import NamedTuple

from .. import change, effect, figure, frames, indicators, study, words
from ..change import sentences as change_sentences
from ..draw import Picture
from ..effect import sentences
from ..figure import capitalise
from ..gaps import sentences as gap_sentences
from ..periods import PeriodKey, order_periods
from ..ranking import clusters, uptake
from ..ranking import sentences as ranking_sentences
from ..ranking.levels import are_compared
from ..ranking.measure import reported
from ..sheets.numbers import share_of_all
from ..starts.estimate import LEVEL


class BigNumber(NamedTuple):
    """One large number, and what it is."""

    text: str
    """Empty where no number answers the question."""
    label: str


NO_NUMBER = BigNumber("", "")

# A float of a larger power of e is infinite.
LARGEST_LOG = 700.0


class Card(NamedTuple):
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
    ends: tuple[str, ...] = ()
    """Codes of the places that the sentence names: they are named in the picture, too."""
    name: str = ""
    """Which of the questions it answers: a study has not all of them."""
    small: Picture | None = None
    """What the index shows in place of a picture with more names than can be read there."""

    @property
    def thumb(self) -> Picture | None:
        """The picture that the index shows."""
        return self.small or self.picture

    @property
    def line(self) -> str:
        """Say it in one line: the title of the picture, where there is one."""
        return self.picture.figure.title if self.picture else self.sentence


def answers() -> list[Card]:
    """
    Answer the questions of the study in use, in the language in use.

    Where is it high? What changed? Is it related to the exposure? Who is left behind? What did a
    roll-out do? A question that the study has no numbers for is left out.

    Examples
    --------
    >>> [card.number.text.replace("\N{NO-BREAK SPACE}", " ") for card in answers()]
    ['28,8 %', '+5,2', '+19 %']
    """
    described = study.current().described
    makers = {"where": _where, "changed": _changed}
    if "exposure" in described:
        makers["related"] = _related
    if indicators.splits():
        makers["behind"] = _behind
    if "starts" in described:
        makers["rolled_out"] = _rolled_out
    if reported():
        if all(len(periods) < 2 for periods in reported().values()):
            del makers["changed"]  # a question that nobody could answer is no card
        return [make()._replace(name=name) for name, make in makers.items()]
    measure, *_ = indicators.names()
    reason = words.term("answers.no_reports")
    return [_unanswered(name, measure, reason)._replace(name=name) for name in makers]


def _unanswered(question: str, measure: str, reason: str, *, subject: str = "") -> Card:
    """Say why a question of a measure has no answer."""
    return Card(_question(question, measure), NO_NUMBER, reason, subject=subject)


def _where() -> Card:
    """Say where the headline is high in its last period."""
    measure, periods = next(iter(reported().items()))
    ranking = uptake(measure, periods[-1])
    subject = ranking.measure.subtitle()
    compared = ranking.table[are_compared(ranking.table, ranking.measure)]
    if compared.empty:
        return _unanswered("where", measure, ranking.describe(), subject=subject)
    whole = share_of_all(ranking)
    number = NO_NUMBER
    if not math.isnan(whole):
        number = BigNumber(ranking.measure.write(whole), words.term("change.all"))
    highest_and_lowest = ranking_sentences.highest_and_lowest(
        ranking.table, ranking.measure, max_length=math.inf
    )
    sentence = f"{highest_and_lowest}."
    shares = compared.set_index("code")["share"]
    ends: tuple[str, ...] = (str(shares.idxmax()), str(shares.idxmin()))
    if ranking.measure.evidence != "periods":
        detail = ranking_sentences.why_unknown(ranking.measure, has_parts=not ranking.parts.empty)
    elif ranking_sentences.has_an_order(ranking):
        order = ranking_sentences.order(ranking)
        detail = f"{order.title}{order.addition}."
    else:  # a highest place that chance made is no answer
        sentence, detail, ends = words.term("answers.none_apart"), "", ()
    return Card(
        _question("where", measure),
        number,
        sentence,
        ranking.picture(),
        f"m={measure}&y={periods[-1]}",
        _out_of(measure, periods[-1]),
        detail + clusters.sentence(ranking) + ranking.measure.estimates.note(),
        ends,
    )


def _question(question: str, measure: str, **blanks: str) -> str:
    """Ask a question of a measure, by its name: nobody has to guess of what."""
    label = indicators.measure_label(measure)
    return words.term(f"answers.{question}_of", label=label, **blanks)


def _out_of(measure: str, period: PeriodKey) -> str:
    """Say out of what a measure is, and when; its name stands in the question."""
    indicator = indicators.get(measure, period=period)
    unit = words.term(f"figure.{uptake(measure, period).measure.classes.unit}")
    text = f"{unit}{indicator.out_of}, {indicator.when}"
    return figure.capitalise(text.rstrip(", "))


def _changed() -> Card:
    """Compare the last two periods of the first measure that was counted twice."""
    periods = reported()
    measure = next(name for name in periods if len(periods[name]) > 1)
    before, after = periods[measure][-2:]
    start = words.short_period(before)
    end = words.short_period(after)
    subject = capitalise(words.term("answers.from_to_only", before=start, after=end))
    try:
        answer = change.compare(measure, before, after)
    except (ValueError, LookupError) as reason:
        return _unanswered("changed", measure, str(reason), subject=subject)
    number = NO_NUMBER
    change_of_whole = answer.whole["change_pp"]
    if not math.isnan(change_of_whole) and not answer.volumes:
        scale = answer.measure.change_scale
        number = BigNumber(words.value(change_of_whole, scale, bare=True), words.unit_text(scale))
    clauses = [change_sentences.finding(answer), change_sentences.trend(answer)]
    if not answer.volumes:
        clauses.append(change_sentences.places_changed(answer))
    finding, *details = filter(None, clauses)
    detail = f"{capitalise('; '.join(details))}." if details else ""
    detail = (detail + change_sentences.unlike_periods(answer)).strip()
    question = _question("changed", measure)
    view = f"m={measure}&y=change"
    sentence = f"{capitalise(finding)}."
    small = answer.over_time()
    return Card(question, number, sentence, answer.picture(), view, subject, detail, small=small)


def periods_of_exposure() -> list[PeriodKey]:
    """List the periods in which the exposure was reported, first to last."""
    return order_periods(frames.teams().dropna(subset="members")["period"].unique())


def related_measure() -> tuple[str, PeriodKey]:
    """
    Choose the measure, and its period, that is related to the exposure.

    It is the headline, in the first period that has both: nobody had yet been sent where uptake was
    low.

    Raises
    ------
    LookupError
        If no period has both.
    """
    headline, periods = next(iter(reported().items()))
    periods_of_both = [period for period in periods_of_exposure() if period in periods]
    if not periods_of_both:
        raise LookupError(words.term("answers.no_exposure"))
    return headline, periods_of_both[0]


def _related() -> Card:
    """Say whether the headline goes with the exposure, and how sure that is."""
    measure = next(iter(reported()))
    subject = ""
    try:
        measure, period = related_measure()
        subject = _out_of(measure, period)
        design_of_period = effect.Design.of_reports(measure, period)
        headline = design_of_period.headline()
        if headline.refused:
            raise headline.refused
    except (ValueError, LookupError) as reason:
        return _unanswered("related", measure, str(reason), subject=subject)

    specification = design_of_period.specification
    step = sentences.choose_step(specification)
    low, high = specification.interval
    number = NO_NUMBER
    details = []
    if not low <= 0 <= high:
        estimate = step.size * specification.log_rate_ratio
        number = _with_interval(estimate, step.size * low, step.size * high)
        details.append(words.term("answers.no_cause"))
    if period != reported()[measure][-1]:  # the cards before it are of the last period
        when = words.short_period(period)
        details.append(words.term("answers.first_of_both", period=when))

    return Card(
        _question("related", measure),
        number,
        f"{sentences.estimate_clause(specification)}.",
        headline.picture(),
        subject=subject,
        detail=" ".join(details),
    )


def _behind() -> Card:
    """Say who is left behind, by the first way to split people that was reported."""
    from .. import gaps

    split = indicators.splits()[0]
    measure = split.whole
    try:
        answer = gaps.gap(measure, by=split.by)
    except (ValueError, LookupError) as reason:
        return _unanswered("behind", measure, str(reason))
    number = NO_NUMBER
    if not math.isnan(answer.whole["gap_pp"]):
        scale = answer.measure.change_scale
        size = words.value(abs(answer.whole["gap_pp"]), scale, bare=True)
        unit = words.unit_text(scale)
        groups = words.term("answers.between", unit=unit, lower=answer.lower, upper=answer.upper)
        number = BigNumber(size.lstrip("+"), groups)
    return Card(
        _question("behind", measure),
        number,
        capitalise(f"{gap_sentences.gap_of_whole(answer)}."),
        answer.rows(),
        subject=_out_of(measure, answer.measure.periods[-1]),
        detail=capitalise(f"{gap_sentences.gaps_of_places(answer)}."),
    )


def _rolled_out() -> Card:
    """Say what came with the starts of a roll-out."""
    from .. import starts

    measure, _ = next(iter(reported().items()))
    question = _question("rolled_out", measure)
    try:
        answer = starts.rollout(measure)
    except (ValueError, LookupError) as reason:
        return _unanswered("rolled_out", measure, str(reason))
    subject = words.period_span(answer.panel.periods)
    effect = answer.effect
    if answer.withheld:
        why, *_ = answer.describe().split(". ")
        return Card(question, NO_NUMBER, f"{why}.", answer.picture(), "", subject)
    compared = "drawn" if answer.is_drawn else "staged"
    number = NO_NUMBER
    sentence = words.term("answers.rollout_unclear")
    if not effect.low <= 0 <= effect.high:
        number = _with_interval(*effect[:3])
        direction = "lowered" if effect.high < 0 else "raised"
        by = sentences.write_difference(math.exp(effect.log_ratio))
        sentence = words.term(f"answers.rollout_{direction}_{compared}", by=by)
    detail = words.term(f"answers.starts_{compared}")
    if answer.moved_before <= LEVEL:
        detail += words.term("answers.moved_before")
    return Card(question, number, sentence, answer.picture(), "", subject, detail)


def _with_interval(log_ratio: float, low: float, high: float) -> BigNumber:
    """Write an estimate and its 95% interval in one way: all as differences, or all as ratios."""
    logs = [min(log, LARGEST_LOG) for log in (log_ratio, low, high)]
    ratios = [*map(math.exp, logs)]
    # as the sentence beside it says it
    if 1 / sentences.TIMES_AS_HIGH < ratios[0] < sentences.TIMES_AS_HIGH:
        main, *ends = map(_signed_difference, ratios)
    else:
        ratio, *ends = words.ratios(*ratios)
        main = words.term("answers.times", ratio=ratio)
    return BigNumber(main, words.term("answers.interval", low=ends[0], high=ends[1]))


def _signed_difference(ratio: float) -> str:
    """Write how far a ratio is above or below 1, in percent."""
    sign = "+" if ratio >= 1 else "−"
    return sign + sentences.write_difference(ratio)

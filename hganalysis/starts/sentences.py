"""What a plan promises, and what a roll-out did. The first clause is the title of a picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .. import indicators, words
from ..effect.frame import say
from ..effect.sentences import ratio_blanks
from .estimate import LEVEL, NEVER, StartsEstimate
from .panel import PanelData, name_places
from .spillover import estimate_spillover

if TYPE_CHECKING:
    from .answer import Rollout
    from .planning import Plan

# The second average is said if it is farther from the first than this share of its log ratio.
FAR = 1 / 3

# A smaller p-value is said with more digits.
SMALL_P = 0.01

# What a plan that is only tried does not say.
TO_FILL_IN = "____"

# A larger number is written as a power of ten.
LARGE = 1e9


def describe_rollout(answer: Rollout) -> str:
    """Say what came with the starts, how sure that is, and what it rests on."""
    blanks = _blanks(answer)
    if answer.withheld:
        text = say(f"starts.withheld_{answer.withheld}", **blanks)
        return text + _places_left_out(answer)
    drawn = "staged"
    if answer.is_drawn:
        drawn = "stated" if answer.protocol else "tried"
    direction = _direction(answer.effect)
    text = say(f"starts.{'drawn' if answer.is_drawn else 'staged'}_{direction}", **blanks)
    text += say(f"starts.starts_{drawn}", **blanks)
    if direction == "unclear":
        text += say("starts.ruled_out", **blanks)
    if answer.moved_before <= LEVEL:  # of a lot: without one, no estimate would be given
        text += say("starts.before_moved", **blanks)
    elif not answer.is_drawn:
        text += say("starts.before_still" if answer.before else "starts.before_unknown", **blanks)
    if answer.event == 0:
        text += say("starts.only_start")
    if answer.skip:
        text += say("starts.skipped", skipped=answer.skip)
    text += _whose_average(answer)
    text += _spillover(answer)
    if answer.n_carrying < answer.began.sum():
        text += say("starts.carried", **blanks)
    return text + _places_left_out(answer)


def _direction(effect: StartsEstimate) -> str:
    """Say which way it went; "unclear" where the interval holds 1."""
    if effect.low > 0:
        return "raised"
    return "lowered" if effect.high < 0 else "unclear"


def _blanks(answer: Rollout) -> dict[str, object]:
    """Give what fills the gaps of texts."""
    drawn = answer.flow["drawn"]
    # before the start: the farthest end of an interval, and the largest movement
    before_start = answer.before.values()
    ends = [abs(end) for before in before_start for end in (before.low, before.high)]
    moved_by = ""
    if before_start:
        largest = max(before_start, key=lambda before: abs(before.log_ratio))
        moved_by = ratio_blanks(*largest[:3])["ratio"]
    return {
        **ratio_blanks(*answer.effect[:3]),
        "moved_by": moved_by,
        "lost": _write_flow(answer),
        "began": drawn.sum() - drawn.get(NEVER, 0),
        "all": drawn.sum(),
        "draws": len(answer.draws) - 1,
        "protocol": answer.protocol,
        "missed": ratio_blanks(max(ends, default=math.nan))["ratio"],
        "moved": write_p(answer.moved_before),
        "chosen": write_p(answer.chosen_by_report),
        "skip": answer.skip + 1,
        "carrying": answer.n_carrying,
    }


def name_measure(panel: PanelData) -> str:
    """Name the measure; a frame does not say what it counts."""
    if not panel.measure:
        return say("starts.own")
    return indicators.measure_label(panel.measure)


def write_p(p_value: float) -> str:
    """Write a p-value."""
    return words.number(p_value, decimals=4 if p_value < SMALL_P else 2)


def _whose_average(answer: Rollout) -> str:
    """Say whose average it is; name the other average where it says something else."""
    text = say(f"starts.per_{answer.per}")
    main = answer.effect.log_ratio
    for per, effect in answer.effects.items():
        # this is so, too, where the signs differ
        if abs(effect.log_ratio - main) > FAR * abs(main):
            text += say(f"starts.also_{per}", **ratio_blanks(*effect[:3]))
    return text + "."


def _spillover(answer: Rollout) -> str:
    """Say whether neighbours moved, too; else that the answer takes it that none did."""
    spillover = estimate_spillover(answer)
    if spillover is None or spillover.p_value > LEVEL:
        return say("starts.no_spillover")
    beside = words.value(math.exp(spillover.log_ratio), "ratio")
    return say("starts.spillover", beside=beside, p=write_p(spillover.p_value))


def _places_left_out(answer: Rollout) -> str:
    codes = answer.panel.incomplete
    if not codes:
        return ""
    has_flow = answer.is_drawn and not answer.withheld  # which says it itself
    key = "starts.left_out_drawn" if has_flow else "starts.left_out"
    blanks = {"places": len(codes), "names": name_places(codes)}
    return say(key, lost=_write_flow(answer), **blanks)


def _write_flow(answer: Rollout) -> str:
    """Say of each start that was drawn how many places were analysed."""
    names = map(words.short_period, answer.panel.periods)
    keys = dict(enumerate(names))
    texts = []
    for number, drawn, analysed in answer.flow.itertuples():
        start = keys.get(number, say("starts.never"))
        texts.append(say("starts.flow", start=start, drawn=drawn, analysed=analysed))
    return ", ".join(texts)


def describe_plan(plan: Plan) -> str:
    """Say what the lot allows, what the promised test could find, and what would be enough."""
    blanks = plan_blanks(plan)
    text = say("starts.planned", **blanks)
    if plan.is_enough:
        return text + say("starts.enough", **blanks)
    n_half = len(plan.lot.units) // 2
    best = plan.with_one_wave(n_half)
    advice = say(
        "starts.would_do" if best.is_enough else "starts.would_not_do",
        half=n_half,
        second=words.short_period(plan.periods[1]),
    )
    return text + say("starts.not_enough", **blanks) + advice


def plan_blanks(plan: Plan) -> dict[str, object]:
    """Give what fills the gaps of the texts of a plan."""
    share, at_least = plan.lot.allowed
    allowed = words.number(at_least)
    if at_least >= LARGE:
        allowed = f"10^{len(str(at_least)) - 1}"
    keys = [words.short_period(key) for key in plan.periods]
    waves = [f"{keys[number]}: {n_units}" for number, n_units in plan.sizes.items()]
    return {
        "measure": name_measure(plan.panel),
        "units": len(plan.lot.units),
        "started": sum(plan.sizes.values()),
        "waves": ", ".join(waves),
        "periods": ", ".join(keys),
        "first": keys[0],
        "past": words.period_span(plan.panel.periods),
        "source": plan.number_from or TO_FILL_IN,
        "on": plan.on or TO_FILL_IN,
        "limit": words.number(plan.lot.limit, decimals=2),
        "share": words.percent(share, decimals=1),
        "allowed": allowed,
        "ratio": words.value(plan.wanted_ratio, "ratio"),
        "smallest": _write_smallest(plan),
        "power": words.percent(plan.power_of(plan.wanted_ratio)),
        "wanted": words.percent(plan.wanted_power),
        "about": say("starts.about_all" if plan.event is None else "starts.about_start"),
    }


def _write_smallest(plan: Plan) -> str:
    """Write the smallest ratio that would be found; where no rise has room for it, as a fall."""
    if plan.smallest <= plan.panel.largest_ratio:
        return words.value(plan.smallest, "ratio")
    fall = words.value(1 / plan.smallest, "ratio")
    return say("starts.as_fall", fall=fall)


def round_up(number: float) -> str:
    """Write a number with two decimals that is not smaller."""
    return words.number(math.ceil(100 * number) / 100, decimals=2)

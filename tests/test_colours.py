"""Hold the colours to what everybody sees, in grey and in a lit hall too."""

import itertools

import numpy as np
import pytest

from hganalysis import indicators
from hganalysis.figures.bivariate import COLOURS
from hganalysis.figures.colours import (
    ALARM,
    FALL,
    GREY,
    GROUND,
    INK,
    MAIN,
    POSSIBLE,
    QUIET,
    RISE,
    WHITE,
    contrast,
)
from hganalysis.figures.relation import RURAL, URBAN
from hganalysis.figures.states import LOOKS, UNRELIABLE, hatch_ink, is_dark
from hganalysis.render.slide import legend

# Machado, Oliveira, Fernandes (2009), "A Physiologically-based Model for Simulation of Color
# Vision Deficiency", IEEE TVCG 15 (6), 1291-1298, severity 1.0, on linear RGB.
SIGHTS = {
    "usual": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "greyscale": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
    "a lit hall": np.eye(3),
}
HUES = ("usual", "protanopia", "deuteranopia", "tritanopia")
# Light of the hall falls on black, too, and raises it to 40 % of the signal, 13 % of the light:
# white has 7.5 times that of black, about the least (7:1) that the standard for projected pictures
# allows where people only watch (ANSI/INFOCOMM 3M-2011).
LIT = 0.4**2.2
# Four times the difference that is just noticed, 2.3 (Mahy, Van Eycken, Oosterlinck 1994): a
# legend and a map are apart, and a projector in a lit hall takes some contrast away.
APART = 9.2
STEP, STEP_LIT = 10, 4.6
"""Of lightness; where the hall is lit, twice what is just noticed."""
SEQUENTIAL = [indicators.Classes("x", tuple(range(n)), "count").colours for n in range(1, 7)]
DIVERGING = [
    indicators.Classes("x", tuple(range(-n, n + 1)), "points", diverging=True).colours
    for n in range(3)
]


def light(colour):
    """Turn #rrggbb into linear RGB."""
    rgb = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(colour, sight="usual"):
    """Turn #rrggbb into CIE L*a*b* (D65), as a sight sees it."""
    seen = np.clip(np.array(SIGHTS[sight]) @ light(colour), 0, 1)
    if sight == "a lit hall":
        seen = LIT + (1 - LIT) * seen
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    xyz = np.array(to_xyz) @ seen / np.array([0.95047, 1, 1.08883])
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def steps(colours, sight):
    """Give the steps of lightness from one to the next."""
    return np.diff([lab(colour, sight)[0] for colour in colours])


def distance(one, other, sight):
    return float(np.linalg.norm(lab(one, sight) - lab(other, sight)))


def test_the_simulation_leaves_greys_and_confuses_what_it_should():
    for sight in set(SIGHTS) - {"a lit hall"}:
        assert lab("#808080", sight) == pytest.approx(lab("#808080"), abs=0.01)
    assert lab("#ffffff") == pytest.approx([100, 0, 0], abs=0.01)
    grey = lab("#0000ff", "greyscale")
    assert grey == pytest.approx([lab("#0000ff")[0], 0, 0], abs=0.01)
    assert lab("#ffffff", "a lit hall") == pytest.approx([100, 0, 0], abs=0.01)
    assert lab("#000000", "a lit hall") == pytest.approx(lab("#666666"), abs=0.5)  # 40 %
    # a red and a green that a deuteranope confuses, and a tritanope does not
    assert (
        distance("#b0703a", "#7d8a3c", "deuteranopia")
        < 15
        < distance("#b0703a", "#7d8a3c", "tritanopia")
    )


@pytest.mark.parametrize("colours", SEQUENTIAL, ids=len)
def test_more_is_darker_to_everyone_by_a_step_that_is_seen(colours):
    assert max(steps(colours, "greyscale")) <= -STEP
    assert max(steps(colours, "a lit hall")) <= -STEP_LIT
    for sight in SIGHTS:
        assert max(steps(colours, sight)) < 0


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("colours", [*SEQUENTIAL, *DIVERGING], ids=len)
def test_neighbouring_classes_are_told_apart_by_everyone(colours, sight):
    assert all(distance(one, other, sight) >= APART for one, other in itertools.pairwise(colours))


@pytest.mark.parametrize("colours", DIVERGING, ids=len)
def test_change_is_darker_outwards_and_a_fall_is_never_taken_for_a_rise(colours):
    half = len(colours) // 2
    assert (steps(colours[:half], "greyscale") > STEP).all()
    assert (steps(colours[half:], "greyscale") < -STEP).all()
    for fall, rise in itertools.product(colours[:half], colours[half:]):
        assert all(distance(fall, rise, sight) >= 2 * APART for sight in HUES)
        # where no hue is left, or little, lightness tells
        assert abs(steps([fall, rise], "greyscale")) >= APART
        assert abs(steps([fall, rise], "a lit hall")) >= STEP_LIT


def test_what_is_written_on_a_class_is_read():
    for colour in {colour for colours in [*SEQUENTIAL, *DIVERGING] for colour in colours}:
        assert contrast(WHITE if is_dark(colour) else INK, colour) >= 4.5
    for colour in (INK, QUIET, RISE, FALL, MAIN, ALARM):
        assert contrast(colour, WHITE) >= 4.5


@pytest.mark.parametrize("sight", SIGHTS)
def test_what_is_sure_of_a_rank_is_darker_than_what_is_possible_and_that_than_what_is_not(sight):
    ranked = (MAIN, POSSIBLE, GREY)
    assert min(steps(ranked, sight)) >= (STEP_LIT if sight == "a lit hall" else STEP)
    assert contrast(GREY, GROUND) > 2  # the first three lie on a ground of their own


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("pair", [(RISE, GREY), (FALL, GREY), (URBAN, RURAL), (ALARM, WHITE)])
def test_what_is_said_by_one_colour_is_not_taken_for_the_other(pair, sight):
    assert abs(steps(pair, sight)) >= APART


@pytest.mark.parametrize("sight", SIGHTS)
def test_no_state_looks_like_a_class(sight):
    states = [look.colour for look in LOOKS.values() if look.colour]
    classes = {colour for colours in [*SEQUENTIAL, *DIVERGING] for colour in colours}
    for state, colour in itertools.product(states, classes):
        if sight in HUES:
            assert distance(state, colour, sight) >= APART, (state, colour)
    assert len({look.hatch for look in LOOKS.values()}) == len(LOOKS)


@pytest.mark.parametrize("sight", SIGHTS)
def test_a_hatch_is_seen_on_paper_and_on_a_slide_and_what_is_written_on_it_is_read(sight):
    """A hatch tells a state where its colour cannot; a slide has no halo around its letters."""
    for state, look in LOOKS.items():
        for colour in [look.colour] if look.colour else {one for of in SEQUENTIAL for one in of}:
            on_slide = legend.ink(state, colour)
            for ink in (hatch_ink(state, colour), on_slide):
                assert abs(steps([ink, colour], sight)) >= STEP, (state, colour, ink)
            if state == UNRELIABLE:
                assert contrast(WHITE if is_dark(colour) else INK, on_slide) >= 3, colour


@pytest.mark.parametrize("sight", SIGHTS)
def test_two_measures_can_be_told_apart_by_everyone(sight):
    for line in (*COLOURS, *zip(*COLOURS, strict=True)):
        # more of either is darker
        assert max(steps(line, sight)) <= -(STEP_LIT if sight == "a lit hall" else APART)
    every = [colour for row in COLOURS for colour in row]
    if sight in HUES:  # in grey both values are read
        assert min(distance(*pair, sight) for pair in itertools.combinations(every, 2)) >= APART

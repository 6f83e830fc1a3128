"""Hold the colours to what everybody sees, in grey and in a lit hall too."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from hganalysis import indicators
from hganalysis.figures.bivariate import COLOURS
from hganalysis.figures.states import LOOKS

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
}
# Four times the difference that is just noticed, 2.3 (Mahy, Van Eycken, Oosterlinck 1994): a
# legend and a map are apart, and a projector in a lit hall takes some contrast away.
APART = 9.2
SEQUENTIAL = [indicators.Classes("x", tuple(range(n)), "count").colours for n in range(1, 7)]
DIVERGING = [
    indicators.Classes("x", tuple(range(-n, n + 1)), "points", diverging=True).colours
    for n in range(3)
]


def lab(colour, sight="usual"):
    """Turn #rrggbb into CIE L*a*b* (D65), as a sight sees it."""
    rgb = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(SIGHTS[sight]) @ linear, 0, 1)
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    xyz = np.array(to_xyz) @ seen / np.array([0.95047, 1, 1.08883])
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def distance(one, other, sight):
    return float(np.linalg.norm(lab(one, sight) - lab(other, sight)))


def test_the_simulation_leaves_greys_and_confuses_what_it_should():
    for sight in SIGHTS:
        assert lab("#808080", sight) == pytest.approx(lab("#808080"), abs=0.01)
    assert lab("#ffffff") == pytest.approx([100, 0, 0], abs=0.01)
    # a red and a green that a deuteranope confuses, and a tritanope does not
    assert (
        distance("#b0703a", "#7d8a3c", "deuteranopia")
        < 15
        < distance("#b0703a", "#7d8a3c", "tritanopia")
    )


@pytest.mark.parametrize("colours", SEQUENTIAL, ids=len)
def test_more_is_darker_in_greyscale_by_a_step_that_is_seen(colours):
    lightness = [lab(colour)[0] for colour in colours]
    assert min(-np.diff(lightness)) >= 10


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("colours", [*SEQUENTIAL, *DIVERGING], ids=len)
def test_neighbouring_classes_are_told_apart_by_everyone(colours, sight):
    assert all(distance(one, other, sight) >= APART for one, other in itertools.pairwise(colours))


@pytest.mark.parametrize("colours", DIVERGING[1:], ids=len)
def test_change_is_darker_outwards_and_a_fall_is_never_taken_for_a_rise(colours):
    half = len(colours) // 2
    lightness = np.array([lab(colour)[0] for colour in colours])
    assert (np.diff(lightness[:half]) > 10).all()
    assert (np.diff(lightness[half:]) < -10).all()
    for sight in SIGHTS:
        for fall, rise in itertools.product(colours[:half], colours[half:]):
            assert distance(fall, rise, sight) >= 2 * APART


@pytest.mark.parametrize("sight", SIGHTS)
def test_no_state_looks_like_a_class(sight):
    states = [look.colour for look in LOOKS.values() if look.colour]
    classes = {colour for colours in [*SEQUENTIAL, *DIVERGING] for colour in colours}
    for state, colour in itertools.product(states, classes):
        assert distance(state, colour, sight) >= APART, (state, colour)
    assert len({look.hatch for look in LOOKS.values()}) == len(LOOKS)


def test_corners_of_two_measures_can_be_told_apart_in_grey_and_without_red_or_green():
    grey = [[np.dot(to_rgb(colour), [0.2126, 0.7152, 0.0722]) for colour in row] for row in COLOURS]
    for line in (*grey, *zip(*grey, strict=True)):
        assert list(line) == sorted(line, reverse=True)  # more of either is darker
    # Deuteranopia (Vienot 1999, in linear light): every pair of the nine stays apart.
    blind = np.array([[0.293, 0.707, 0.0], [0.293, 0.707, 0.0], [-0.022, 0.022, 1.0]])
    seen = [blind @ (np.array(to_rgb(colour)) ** 2.2) for row in COLOURS for colour in row]
    nearest = min(
        np.abs(np.clip(one, 0, 1) ** (1 / 2.2) - np.clip(other, 0, 1) ** (1 / 2.2)).max()
        for number, one in enumerate(seen)
        for other in seen[:number]
    )
    assert nearest > 0.08

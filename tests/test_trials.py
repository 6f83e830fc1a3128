"""Bring invented studies end to end and hold them to laws; and see the laws catch what breaks."""

import pandas as pd
import pytest
from trials import bring, laws, study

# Together they take every branch of the generator, and cost little.
SEEDS = (181, 51, 138, 169, 56, 16, 35, 188)


def branches():
    """Name every branch that a seed may take."""
    found = {f"{trait}: {word}" for trait, odds in study.CHOICES.items() for word in odds}
    return found | {f"denominators: {one}" for one in study.DENOMINATORS}


def test_the_seeds_take_every_branch():
    taken = set().union(*(study.study(seed).traits.branches() for seed in SEEDS))
    assert taken == branches()


def test_a_seed_is_one_study():
    one, again, other = study.study(7), study.study(7), study.study(8)
    pd.testing.assert_frame_equal(one.reports, again.reports)
    assert str(one) == str(again) != str(other)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_law_holds(seed, tmp_path):
    made = bring.trial(study.study(seed), tmp_path)
    checked = laws.hold(made)
    assert made.crashes == {}
    assert made.broken == []
    assert checked == list(laws.LAWS)

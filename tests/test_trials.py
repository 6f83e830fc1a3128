"""Bring invented studies end to end and hold them to laws; and see the laws catch what breaks."""

import dataclasses
import os
import shutil
from unittest import mock

import pytest
from trials import bring, laws, secrets, study
from trials.media import Media

import hganalysis as hg
from hganalysis import places, words

# `make trials` takes the first 200.
N_TRIALS = int(os.environ.get("TRIALS", "0"))
SEEDS = range(1, N_TRIALS + 1) or (8141, 23784, 27156)


ALONE = {"places": "whole", "outlines": "none"}


TRIALS = [*((seed, {}) for seed in SEEDS), (44, ALONE)]


@pytest.fixture(
    scope="module",
    params=TRIALS,
    ids=[*map(str, SEEDS), "the whole alone, with small counts"],
)
def each_trial(request, tmp_path_factory):
    """Build all of a study."""
    seed, fixed = request.param
    folder = tmp_path_factory.mktemp("brought")
    yield bring.trial(study.study(seed, **fixed), folder)
    shutil.rmtree(folder)


def hold(trial_held):
    laws.hold(trial_held)
    assert trial_held.crashes == {}
    assert trial_held.broken == []


def test_every_law_holds(each_trial):
    hold(each_trial)


def test_every_law_holds_of_the_study_that_is_broken_below(trial):
    hold(trial)


# --- what breaks a law is caught: one study, and one thing wrong with what came of it ---

PICTURE = "where"
WANTED = {
    "places": "both",
    "size": "small",
    "periods": "two",
    "platforms": "two",
    "missing": "none",
    "small": "some",
    "ratio": "none",
    "level": "middle",
    "together": "no",
    "teams": "all",
    "outlines": "communes",
    "names": "plain",
    "language": "en",
    "origin": "simulated",
    "residents": "listed",
    "centres": "all",
}


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    """Build one study with everything in it."""
    wanted = study.study(90, **WANTED)
    built = bring.trial(wanted, tmp_path_factory.mktemp("trial"))
    assert built.crashes == {}
    assert built.broken == []
    return built


@pytest.fixture
def media(trial):
    """Read what was built, so that a test may change what was read."""
    traits = trial.study.traits
    with hg.Study.open(trial.data).use(language=traits.language):
        yield Media(trial.out)


def broken_laws(name, trial, media):
    return list(laws.LAWS[name](trial, media))


@pytest.mark.parametrize("kind", ["pictures", "atlas", "strips"])
def test_a_banner_that_is_dropped_is_seen(kind, trial, media):
    banner = words.term("words.simulated")
    if kind == "pictures":
        media.pictures[PICTURE] = media.pictures[PICTURE].replace(banner, "")
    if kind == "atlas":
        media.atlas["atlas"]["fake"] = None
    if kind == "strips":
        media.strips["01_where_uptake_is_high"] = ""
    [case] = broken_laws("simulated says so", trial, media)
    assert case.endswith("no banner")


def test_a_period_or_a_place_that_is_dropped_is_seen(trial, media):
    period, later = trial.study.periods
    all_cells = media.cells
    media.__dict__["cells"] = all_cells[all_cells["period"] == later]
    assert f"atlas: m1_used of {period} is not there" in broken_laws(
        "everything is shown", trial, media
    )
    first_code = places.compared().index[0]
    media.__dict__["cells"] = all_cells[all_cells["code"] != first_code]
    assert any("1 of" in case for case in broken_laws("everything is shown", trial, media))


def test_a_hidden_count_that_is_shown_is_seen(trial, media):
    row = secrets.hidden(trial).iloc[0]
    keys = ["code", "period", "indicator"]
    is_row = (media.cells[keys] == row[keys]).all(axis=1)
    assert is_row.sum() == 1
    media.cells.loc[is_row, "count"] = row["count"]
    [case] = broken_laws("nothing hidden stands anywhere", trial, media)
    assert case.startswith(f"atlas: {row['code']}")


def test_a_sum_that_gives_a_hidden_count_away_is_seen(trial, media):
    hidden_rows = secrets.hidden(trial)
    few = hidden_rows[hidden_rows["few"]].iloc[0]
    is_beside = (hidden_rows["period"] == few["period"]) & (
        hidden_rows["indicator"] == few["indicator"]
    )
    # as if all others that are hidden with it had been shown
    is_other = is_beside & (hidden_rows["code"] != few["code"])
    rest = hidden_rows.drop(hidden_rows[is_other].index)
    all_rows = secrets._with_home(trial)
    is_like = (all_rows["period"] == few["period"]) & (all_rows["indicator"] == few["indicator"])
    all_rows = all_rows[is_like]
    homes = trial.study.listed[["code", "district_code"]].to_numpy()
    home = dict(homes)[few["code"]]
    sums = all_rows.groupby("home")[["count", "rest"]].sum()
    whole = sums.loc[home].to_dict()
    released = {(home, few["period"], few["indicator"]): whole}
    only_few = mock.patch.object(secrets, "hidden", return_value=rest)
    with_sum = mock.patch.object(secrets, "_released", return_value=released)
    with only_few, with_sum:
        cases = broken_laws("nothing hidden can be had back", trial, media)
    assert any(case.startswith(f"{few['code']} {few['period']}") for case in cases)


@pytest.mark.parametrize("bad", ["a share of nan", "51.8% (–)"])
def test_a_text_that_is_no_number_is_seen(bad, trial, media):
    media.pages["01"] = bad
    assert len(broken_laws("no text is no number", trial, media)) == 1


def test_a_number_that_is_not_of_the_reports_is_seen(trial, media):
    for name in ("m1_used", "members_per_1000"):
        counts = media.cells[media.cells["indicator"] == name]["count"]
        row = counts.first_valid_index()
        media.cells.loc[row, "count"] += 1
        [case] = broken_laws("numbers are those reported", trial, media)
        assert case.startswith("atlas: ")
        assert name in case
        media.cells.loc[row, "count"] -= 1
    sent = trial.study.reports
    shown = sent.assign(count=sent["count"] + 1)
    changed_study = dataclasses.replace(trial.study, reports=shown)
    changed_trial = dataclasses.replace(trial, study=changed_study)
    cases = broken_laws("numbers are those reported", changed_trial, media)
    assert any(case.startswith("answer: ") for case in cases)


def test_a_change_that_is_no_difference_is_seen(trial, media):
    uptake = hg.uptake

    def wrong(name, period):
        answer = uptake(name, period)
        counted = answer.counted.assign(share=0.5)
        return dataclasses.replace(answer, counted=counted)

    with mock.patch.dict(hg.__dict__, uptake=wrong):
        assert broken_laws("a change is a difference", trial, media)


def test_a_figure_that_was_changed_is_seen(trial, media):
    file = trial.out / "figures" / f"{PICTURE}-column.svg"
    before = file.read_bytes()
    mark = before[before.index(b"hganalysis:") + 11 :][:12]
    try:
        file.write_bytes(before.replace(mark, b"0" * 12))
        cases = broken_laws("verify says same", trial, media)
    finally:
        file.write_bytes(before)
    assert cases == [f"{file.name}: changed"]

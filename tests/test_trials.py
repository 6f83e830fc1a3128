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
SEEDS = range(1, int(os.environ.get("TRIALS", "0")) + 1) or (8141, 23784, 27156)


ALONE = {"places": "whole", "outlines": "none"}


@pytest.fixture(
    scope="module",
    params=[*((seed, {}) for seed in SEEDS), (44, ALONE)],
    ids=[*map(str, SEEDS), "the whole alone, with small counts"],
)
def brought(request, tmp_path_factory):
    """Build all of a study."""
    (seed, fixed), folder = request.param, tmp_path_factory.mktemp("brought")
    yield bring.trial(study.study(seed, **fixed), folder)
    shutil.rmtree(folder)


def hold(trial):
    laws.hold(trial)
    assert trial.crashes == {}
    assert trial.broken == []


def test_every_law_holds(brought):
    hold(brought)


def test_every_law_holds_of_the_study_that_is_broken_below(made):
    hold(made)


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
def made(tmp_path_factory):
    """Build one study with everything in it."""
    found = bring.trial(study.study(90, **WANTED), tmp_path_factory.mktemp("trial"))
    assert (found.crashes, found.broken) == ({}, [])
    return found


@pytest.fixture
def media(made):
    """Read what was built, so that a test may change what was read."""
    with hg.Study.open(made.data).use(language=made.study.traits.language):
        yield Media(made.out)


def broken(name, made, media):
    return list(laws.LAWS[name](made, media))


@pytest.mark.parametrize("kind", ["pictures", "atlas", "strips"])
def test_a_banner_that_is_dropped_is_seen(kind, made, media):
    said = words.term("words.simulated")
    if kind == "pictures":
        media.pictures[PICTURE] = media.pictures[PICTURE].replace(said, "")
    if kind == "atlas":
        media.atlas["atlas"]["fake"] = None
    if kind == "strips":
        media.strips["01_where_uptake_is_high"] = ""
    [case] = broken("simulated says so", made, media)
    assert case.endswith("no banner")


def test_a_period_or_a_place_that_is_dropped_is_seen(made, media):
    period, other = made.study.periods
    every = media.cells
    media.__dict__["cells"] = every[every["period"] == other]
    assert f"atlas: m1_used of {period} is not there" in broken("everything is shown", made, media)
    media.__dict__["cells"] = every[every["code"] != places.compared().index[0]]
    assert any("1 of" in case for case in broken("everything is shown", made, media))


def test_a_hidden_count_that_is_shown_is_seen(made, media):
    row = secrets.hidden(made).iloc[0]
    keys = ["code", "period", "indicator"]
    at = (media.cells[keys] == row[keys]).all(axis=1)
    assert at.sum() == 1
    media.cells.loc[at, "count"] = row["count"]
    [case] = broken("nothing hidden stands anywhere", made, media)
    assert case.startswith(f"atlas: {row['code']}")


def test_a_sum_that_gives_a_hidden_count_away_is_seen(made, media):
    gone = secrets.hidden(made)
    few = gone[gone["few"]].iloc[0]
    at = (gone["period"] == few["period"]) & (gone["indicator"] == few["indicator"])
    # as if all others that are hidden with it had been shown
    rest = gone.drop(gone[at & (gone["code"] != few["code"])].index)
    every = secrets._with_home(made)
    every = every[(every["period"] == few["period"]) & (every["indicator"] == few["indicator"])]
    home = dict(made.study.listed[["code", "district_code"]].to_numpy())[few["code"]]
    whole = every.groupby("home")[["count", "rest"]].sum().loc[home].to_dict()
    told = {(home, few["period"], few["indicator"]): whole}
    with (
        mock.patch.object(secrets, "hidden", return_value=rest),
        mock.patch.object(secrets, "_released", return_value=told),
    ):
        cases = broken("nothing hidden can be had back", made, media)
    assert any(case.startswith(f"{few['code']} {few['period']}") for case in cases)


@pytest.mark.parametrize("bad", ["a share of nan", "51.8% (–)"])
def test_a_text_that_is_no_number_is_seen(bad, made, media):
    media.pages["01"] = bad
    assert len(broken("no text is no number", made, media)) == 1


def test_a_number_that_is_not_of_the_reports_is_seen(made, media):
    for name in ("m1_used", "members_per_1000"):
        at = media.cells[media.cells["indicator"] == name]["count"].first_valid_index()
        media.cells.loc[at, "count"] += 1
        [case] = broken("numbers are those reported", made, media)
        assert case.startswith("atlas: ")
        assert name in case
        media.cells.loc[at, "count"] -= 1
    sent = made.study.reports
    shown = sent.assign(count=sent["count"] + 1)
    other = dataclasses.replace(made, study=dataclasses.replace(made.study, reports=shown))
    cases = broken("numbers are those reported", other, media)
    assert any(one.startswith("answer: ") for one in cases)


def test_a_change_that_is_no_difference_is_seen(made, media):
    asked = hg.uptake

    def wrong(name, period):
        found = asked(name, period)
        return dataclasses.replace(found, counted=found.counted.assign(share=0.5))

    with mock.patch.dict(hg.__dict__, uptake=wrong):
        assert broken("a change is a difference", made, media)


def test_a_figure_that_was_changed_is_seen(made, media):
    file = made.out / "figures" / f"{PICTURE}-column.svg"
    before = file.read_bytes()
    mark = before[before.index(b"hganalysis:") + 11 :][:12]
    try:
        file.write_bytes(before.replace(mark, b"0" * 12))
        cases = broken("verify says same", made, media)
    finally:
        file.write_bytes(before)
    assert cases == [f"{file.name}: changed"]

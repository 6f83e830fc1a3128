"""Bring invented studies end to end and hold them to laws; and see the laws catch what breaks."""

import dataclasses
from unittest import mock

import pandas as pd
import pytest
from trials import bring, files, laws, numbers, secrets, study
from trials.media import Media

from hganalysis import places, publish, sources, suppress, words
from hganalysis.publish import deck

# Together they take every branch of the generator, and cost little.
SEEDS = (31, 41, 56, 57, 114, 151, 169, 194, 583, 700, 1198, 1630)


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


def test_studies_are_as_wide_as_they_are_said_to_be():
    found = [study.study(seed) for seed in range(1, 201)]
    communes = [len(one.listed) for one in found]
    districts = [one.listed["district_code"].nunique() for one in found]
    assert max(districts) > 30
    assert min(districts) == 1
    assert max(one.listed.groupby("district_code").size().max() for one in found) == 60
    assert max(communes) > 500
    assert sum(size < 50 for size in communes) > 150
    assert {len(one.years) for one in found} == {1, 2, 3, 4, 5}
    lost = [
        1 - len(rows) / len(one.listed)
        for one in found
        for _, rows in one.reports.groupby(["year", "indicator"])
    ]
    assert min(lost) == 0
    assert 0.5 < max(lost) <= study.MOST_LOST
    ratios = pd.concat([one.reports for one in found]).query("indicator == 'acts'")
    assert (ratios["count"] > ratios["out_of"]).any()


ALONE = {"places": "whole", "route": "process", "outlines": "none"}


@pytest.fixture(
    scope="module",
    params=[*((seed, {}) for seed in SEEDS), *((seed, ALONE) for seed in (31, 45))],
    ids=[*map(str, SEEDS), "the whole alone", "the whole alone, with small counts"],
)
def brought(request, tmp_path_factory):
    """Build all of a study."""
    seed, fixed = request.param
    return bring.trial(study.study(seed, **fixed), tmp_path_factory.mktemp("brought"))


def test_every_law_holds(brought):
    checked = laws.hold(brought)
    assert brought.crashes == {}
    assert brought.broken == []
    assert checked == list(laws.LAWS)


# --- what breaks a law is caught: one study, and one thing wrong with what came of it ---

PICTURE = "where"
WANTED = {
    "places": "both",
    "size": "small",
    "years": "two",
    "platforms": "two",
    "missing": "none",
    "twice": "none",
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
    "route": "process",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Build one study with everything in it."""
    found = bring.trial(study.study(90, **WANTED), tmp_path_factory.mktemp("trial"))
    assert found.broken == []
    return found


@pytest.fixture
def media(made):
    """Read what was built, so that a test may change what was read."""
    with words.use(made.study.traits.language), sources.use(made.data):
        yield Media(made.out)


def broken(name, made, media):
    return list(laws.LAWS[name](made, media))


def test_the_study_that_is_broken_on_purpose_breaks_no_law(made):
    assert laws.hold(made) == list(laws.LAWS)
    assert made.broken == []
    media = Media(made.out)
    assert len(media.tables) > 10
    assert len(media.slides) > 5
    assert len(media.pictures) > 5
    assert set(media.cells["level"]) == {"commune", "district", "whole"}


@pytest.mark.parametrize("kind", ["pictures", "sheets", "slides", "atlas", "pages"])
def test_a_banner_that_is_dropped_is_seen(kind, made, media):
    said = words.term("words.simulated")
    if kind == "pictures":
        media.pictures[PICTURE] = media.pictures[PICTURE].replace(said, "")
    if kind == "sheets":
        media.sheets[PICTURE].iloc[0, 0] = ""
    if kind == "slides":
        media.slides[1] = media.slides[1].replace(said, "")
    if kind == "atlas":
        media.atlas["atlas"]["fake"] = None
    if kind == "pages":
        media.pages["index"] = media.pages["index"].replace(said, "")
    [case] = broken("simulated says so", made, media)
    assert case.endswith("no banner")


def test_a_banner_on_what_is_reported_is_seen(made, media):
    traits = dataclasses.replace(made.study.traits, origin="reported")
    other = dataclasses.replace(made, study=dataclasses.replace(made.study, traits=traits))
    cases = broken("simulated says so", other, media)
    assert {f"picture {PICTURE}: a banner", "atlas atlas: a banner", "index: a banner"} <= {*cases}
    assert not any("coverage" in case for case in cases)


def test_a_year_or_a_place_that_is_dropped_is_seen(made, media):
    year, other = made.study.years
    every = media.cells
    media.__dict__["cells"] = every[every["year"] == other]
    assert f"atlas: m1_used of {year} is not there" in broken("everything is shown", made, media)
    media.__dict__["cells"] = every[every["code"] != places.districts().index[0]]
    assert any("1 of" in case for case in broken("everything is shown", made, media))


def test_a_hidden_count_that_is_shown_is_seen(made, media):
    row = secrets.hidden(made).iloc[0]
    keys = ["code", "year", "indicator"]
    at = (media.cells[keys] == row[keys]).all(axis=1)
    assert at.sum() == 1
    media.cells.loc[at, "count"] = row["count"]
    [case] = broken("nothing hidden stands anywhere", made, media)
    assert case.startswith(f"atlas: {row['code']}")


def test_a_small_count_that_nobody_hid_is_seen(made, media):
    none = secrets.hidden(made).head(0)
    with mock.patch.object(secrets, "hidden", return_value=none):
        assert any("is not hidden" in case for case in secrets.shown(made, media))


def test_a_long_hidden_number_is_found_in_any_file(made, media, tmp_path):
    (tmp_path / "x.html").write_text("<p>123,456</p>", encoding="utf-8")
    gone = made.study.reports.head(1).assign(count=123_456, of="people", pool="a")
    other = dataclasses.replace(made, out=tmp_path)
    found = list(secrets._needles(other, media, gone))
    assert found == ["x.html holds the hidden number 123,456"]


def test_a_sum_that_gives_a_hidden_count_away_is_seen(made, media):
    gone = secrets.hidden(made)
    few = gone[gone["few"]].iloc[0]
    at = (gone["year"] == few["year"]) & (gone["indicator"] == few["indicator"])
    # as if all others that are hidden with it had been shown
    rest = gone.drop(gone[at & (gone["code"] != few["code"])].index)
    every = secrets._with_home(made)
    every = every[(every["year"] == few["year"]) & (every["indicator"] == few["indicator"])]
    home = dict(made.study.listed[["code", "district_code"]].to_numpy())[few["code"]]
    whole = every.groupby("home")[["count", "rest"]].sum().loc[home].to_dict()
    told = {(home, few["year"], few["indicator"]): whole}
    with (
        mock.patch.object(secrets, "hidden", return_value=rest),
        mock.patch.object(secrets, "_released", return_value=told),
    ):
        cases = broken("nothing hidden can be had back", made, media)
    assert any(case.startswith(f"{few['code']} {few['year']}") for case in cases)


@pytest.mark.parametrize(
    ("small", "total", "caught"),
    [([3, 2], 5, []), ([3, 90], 93, []), ([3, 1], 4, []), ([1, 0], 1, ["a", "b"]), ([2], 2, ["a"])],
)
def test_sums_leave_what_the_rule_leaves_or_are_caught(small, total, caught):
    unknown = pd.DataFrame(
        {
            "code": list("ab")[: len(small)],
            "home": "d",
            "count": small,
            "most": 100,
            "secret": [one < suppress.FEWER_THAN for one in small],
        }
    )
    others = pd.DataFrame({"code": ["c"], "home": ["d"], "count": [50]})
    found = secrets.narrowed(unknown, others, "count", {"d": total + 50}, whole="p")
    assert [code for code, _, _ in found] == caught
    # the same by the province, where the district says nothing
    by_province = secrets.narrowed(unknown, others, "count", {"p": total + 50}, whole="p")
    assert [code for code, _, _ in by_province] == caught


@pytest.mark.parametrize("bad", ["a share of nan", "51.8% (–)", "used most in – and here", "None."])
def test_a_text_that_is_no_number_is_seen(bad, made, media):
    media.pages["01"] = bad
    assert len(broken("no text is no number", made, media)) == 1


def test_a_number_that_is_not_of_the_reports_is_seen(made, media):
    at = media.cells["count"].first_valid_index()
    media.cells.loc[at, "count"] += 1
    [case] = broken("numbers are those reported", made, media)
    assert case.startswith("atlas: ")
    sent = made.study.reports
    shown = sent.assign(count=sent["count"] + 1)
    other = dataclasses.replace(made, study=dataclasses.replace(made.study, reports=shown))
    cases = broken("numbers are those reported", other, media)
    assert any(one.startswith("answer: ") for one in cases)


def test_a_change_that_is_no_difference_is_seen(made, media):
    asked = numbers.hg.uptake

    def wrong(name, year):
        found = asked(name, year)
        return dataclasses.replace(found, counted=found.counted.assign(share=0.5))

    with mock.patch.dict(numbers.hg.__dict__, uptake=wrong):
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
    assert cases == [f"{file.name}: changed, changed"]


# --- what breaks in the package is caught ---


def test_a_crash_is_seen_and_a_refusal_is_none(tmp_path):
    def crashes(*_, **__):
        return pd.DataFrame()["share"]

    least = {"years": "one", "platforms": "one", "small": "none", "outlines": "none"}
    with mock.patch.object(deck, "pictures", crashes):
        found = bring.trial(study.study(142, **WANTED | least), tmp_path)
    assert any("KeyError" in why for why in found.crashes.values())
    with pytest.raises(LookupError) as refused:
        places.name("nowhere")
    assert bring.on_purpose(refused.value)
    with pytest.raises(KeyError) as lost:
        crashes()
    assert not bring.on_purpose(lost.value)


def test_a_warning_that_a_kernel_would_print_is_a_crash():
    with bring.loud(), pytest.raises(RuntimeWarning):
        bring.run("import numpy as np; np.array([-1.0]) ** 0.5", {}, [])


def test_rows_that_came_twice_and_pass_are_seen(tmp_path):
    twice = study.study(4, **{**WANTED, "twice": "rows", "size": "one"})
    found = bring.Trial(twice)
    given = files.write(twice, tmp_path)
    wide = files.wide
    with mock.patch.object(files, "wide", lambda one, **_: wide(one)):
        bring._refuses_twice(found, given, tmp_path)
    assert found.broken == ["rows twice: a report with rows twice is accepted"]


def test_a_refusal_that_does_not_name_all_is_seen(tmp_path):
    twice = study.study(4, **{**WANTED, "twice": "rows", "size": "one"})
    found = bring.Trial(twice)
    given = files.write(twice, tmp_path)

    def refuse(*_, **__):
        msg = "a row is there twice"
        raise publish.BuildError(msg)

    with mock.patch.object(publish, "own", refuse):
        bring._refuses_twice(found, given, tmp_path)
    assert len(found.broken) == 1

"""Bring invented studies end to end and hold them to laws; and see the laws catch what breaks."""

import dataclasses
import re
from unittest import mock

import pandas as pd
import pytest
from trials import bring, files, laws, run, secrets, study
from trials.media import Media

from hganalysis import build, figures, places, sources, suppress, words

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
    """Build all of a study; give it with its name and its folder."""
    seed, fixed = request.param
    folder = tmp_path_factory.mktemp("brought")
    name = f"trial.{seed}{'.alone' if fixed else ''}"
    return bring.trial(study.study(seed, **fixed), folder), name, folder


def test_every_law_holds(brought):
    made, _, _ = brought
    checked = laws.hold(made)
    assert made.crashes == {}
    assert made.broken == []
    assert checked == list(laws.LAWS)


# --- what breaks a law is caught: one study, and one thing wrong with what came of it ---

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
    gone = Media(made.out)
    assert len(gone.tables) > 10
    assert len(gone.slides) > 5
    assert gone.atlas is not None


@pytest.mark.parametrize("kind", ["pictures", "pages"])
def test_a_banner_that_is_dropped_is_seen(kind, made, media):
    found = getattr(media, kind)
    said = words.term("words.simulated")
    name = "headline-emulation" if kind == "pictures" else "headline-1"
    found[name] = found[name].replace('id="banner"', "").replace(said, "")
    found[name] = found[name].replace("SIMULATED\nDATA", "").replace('class="banner">', "")
    assert [case for case in broken("simulated says so", made, media) if name in case]


def test_a_banner_that_is_dropped_from_a_slide_or_the_atlas_is_seen(made, media):
    at = next(number for number, one in enumerate(media.slides) if one.maps)
    said = words.term("words.simulated")
    one = media.slides[at]
    media.slides[at] = dataclasses.replace(
        one, texts=[text for text in one.texts if said not in text], alt=[], above=[]
    )
    media.__dict__["_atlas_page"] = re.sub('"simulated": ?true', '"x":1', media._atlas_page)
    cases = broken("simulated says so", made, media)
    assert [case for case in cases if case.startswith(f"slide {at + 1} ")]
    assert [case for case in cases if case.startswith("atlas")]


def test_a_banner_on_what_is_reported_is_seen(made, media):
    traits = dataclasses.replace(made.study.traits, origin="reported")
    other = dataclasses.replace(made, study=dataclasses.replace(made.study, traits=traits))
    cases = broken("simulated says so", other, media)
    assert "picture headline-emulation: a banner" in cases
    assert "page headline-1: a banner" in cases
    assert not any("coverage" in case for case in cases)


def test_a_year_or_a_platform_that_is_dropped_is_seen(made, media):
    year, other = made.study.years
    for number, one in enumerate(media.slides):
        fields = {
            field.name: without(getattr(one, field.name), str(year))
            for field in dataclasses.fields(one)
        }
        media.slides[number] = dataclasses.replace(one, **fields)
    media.__dict__["atlas"] = media.atlas[media.atlas["year"] == other]
    cases = broken("everything is shown", made, media)
    assert f"deck: {year} of m1_used is neither shown nor said" in cases
    assert f"atlas: m1_used of {year} is not there" in cases
    media.__dict__["reports"] = {"01": "nothing"}
    media.__dict__["pictures"] = {}
    cases = broken("everything is shown", made, media)
    assert "reports: m2_used is neither shown nor said to be left out" in cases


def without(thing, text):
    """Take a text out of whatever is made of texts."""
    if isinstance(thing, str):
        return thing.replace(text, "")
    if isinstance(thing, list):
        return [without(one, text) for one in thing]
    if isinstance(thing, dict):
        return {without(key, text): without(one, text) for key, one in thing.items()}
    return thing


def test_a_place_that_is_dropped_is_seen(made, media):
    media.__dict__["atlas"] = media.atlas[media.atlas["code"] != made.study.listed["code"].iloc[0]]
    assert any("1 of" in case for case in broken("everything is shown", made, media))


def test_a_hidden_count_that_is_shown_is_seen(made, media):
    gone = secrets.hidden(made)
    table = media.tables["headline-communes"]
    row = gone.merge(table, on=["code", "year", "indicator"]).iloc[0]
    at = table.index[table["code"] == row["code"]]
    table.loc[at, "count"] = row["count_x"]
    [case] = broken("nothing hidden stands anywhere", made, media)
    assert case.startswith(f"headline-communes: {row['code']}")


def test_a_small_count_that_nobody_hid_is_seen(made, media):
    none = secrets.hidden(made).head(0)
    with mock.patch.object(secrets, "hidden", return_value=none):
        assert any("is not hidden" in case for case in secrets.shown(made, media))


def test_a_long_hidden_number_is_found_in_any_file(made, tmp_path):
    (tmp_path / "x.html").write_text("<p>123,456</p>", encoding="utf-8")
    gone = made.study.reports.head(1).assign(count=123_456, of="people", pool="a")
    other = dataclasses.replace(made, out=tmp_path)
    assert list(secrets._needles(other, gone)) == ["x.html holds the hidden number 123,456"]


def test_a_sum_that_gives_a_hidden_count_away_is_seen(made, media):
    gone = secrets.hidden(made)
    few = gone[gone["few"]].iloc[0]
    home = made.study.listed.set_index("code")["district_code"]
    inside = secrets._with_home(made)
    inside = inside[(inside["year"] == few["year"]) & (inside["indicator"] == few["indicator"])]
    hidden_here = gone[(gone["year"] == few["year"]) & (gone["indicator"] == few["indicator"])]
    # as if all others that are hidden with it had been shown
    leaked = hidden_here[hidden_here["code"] != few["code"]]
    rest = gone.drop(leaked.index)
    with mock.patch.object(secrets, "hidden", return_value=rest):
        whole = inside.groupby("home")[["count", "out_of"]].sum().loc[home[few["code"]]]
        table = pd.DataFrame(
            [[home[few["code"]], few["year"], few["indicator"], *whole]],
            columns=["code", "year", "indicator", "count", "out_of"],
        )
        media.tables["planted"] = table
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


def test_an_interval_of_no_width_is_seen(made, media):
    table = media.tables["headline"]
    table.loc[0, "share_high"] = table.loc[0, "share_low"]
    [case] = broken("no interval of width 0", made, media)
    assert case.startswith("headline, share_low: 1 rows")


def test_an_interval_that_reads_as_no_width_is_seen(made, media):
    media.reports["01"] = "chance variation from 0.8 to 0.8%"
    [case] = broken("no interval of width 0", made, media)
    assert case.startswith("report 01: 'from 0.8 to 0.8")


@pytest.mark.parametrize("bad", ["a share of nan", "51.8% (–)", "used most in – and here", "None."])
def test_a_text_that_is_no_number_is_seen(bad, made, media):
    media.reports["01"] = bad
    assert len(broken("no text is no number", made, media)) == 1


def test_an_empty_figure_is_seen(made, media):
    for name in ("headline-1", "headline-2"):
        page = media.pages[name]
        media.pages[name] = page[: page.rindex("<tbody>")] + "</tbody>"
    media.pictures["headline"] = '<svg><g id="axes_1"></g></svg>'
    media.tables["headline"] = media.tables["headline"].head(0)
    assert sorted(broken("no figure is empty", made, media)) == [
        "page headline: no place has a value",
        "picture headline: nothing is drawn",
        "table headline: no row",
    ]


def test_a_number_that_is_written_otherwise_in_the_deck_is_seen(made, media):
    at = next(number for number, one in enumerate(media.slides) if one.maps)
    values = media.slides[at].maps[0]
    code = next(code for code, text in values.items() if "%" in text)
    values[code] = values[code].replace("%", "0%")
    assert any(
        f"slide {at + 1}" in case for case in broken("one number is one number", made, media)
    )


@pytest.mark.parametrize("medium", ["tables", "atlas", "pages", "reports"])
def test_a_number_that_differs_in_one_medium_is_seen(medium, made, media):
    if medium == "tables":
        media.tables["headline"].loc[0, "share"] += 0.01
    if medium == "atlas":
        media.atlas.loc[media.atlas["value"].first_valid_index(), "value"] += 0.01
    if medium == "pages":
        media.pages["headline-1"] = media.pages["headline-1"].replace("<td>", "<td>9", 1)
    if medium == "reports":
        media.reports["01"] = f"{places.name(places.districts().index[0])}, 99.9% (chance)"
    cases = broken("one number is one number", made, media)
    assert len(cases) == 1


def test_a_rate_that_is_not_of_the_reports_is_seen(made, media):
    sent = made.study.reports
    at = sent.index[sent["count"] > 100][0]
    changed = sent.assign(count=sent["count"].where(sent.index != at, sent["count"] + 1))
    other = dataclasses.replace(made, study=dataclasses.replace(made.study, reports=changed))
    cases = broken("numbers are those reported", other, media)
    assert len(cases) in {2, 3}  # the commune if it is shown, its district, the province


def test_a_figure_that_was_changed_is_seen(made, media):
    page = made.out / "web" / "headline-1.html"
    before = page.read_bytes()
    try:
        page.write_bytes(before.replace(b"<td>", b"<td> ", 1))
        cases = broken("verify says same", made, media)
    finally:
        page.write_bytes(before)
    assert cases == ["headline-1.html: unknown, no_passport_altered"]


# --- what breaks in the package is caught ---


def test_a_crash_is_seen_and_a_refusal_is_none(tmp_path):
    def crashes(*_, **__):
        return pd.DataFrame()["share"]

    least = {"years": "one", "platforms": "one", "small": "none", "outlines": "none"}
    with mock.patch.object(figures, "ranking", crashes):
        found = bring.trial(study.study(142, **WANTED | least), tmp_path)
        laws.hold(found)
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
        raise build.BuildError(msg)

    with mock.patch.object(build, "own", refuse):
        bring._refuses_twice(found, given, tmp_path)
    assert len(found.broken) == 1


def test_a_row_of_the_table_says_what_came_of_a_study(made, tmp_path):
    folder = made.out.parent
    other = dataclasses.replace(
        made, refused={"own": f"not in {folder}/in: x"}, crashes={"a": "b\nc"}, broken=["d"]
    )
    row = {"seed": 1, "seconds": 1.5, **run.described(other, list(laws.LAWS), folder)}
    run.write([row], tmp_path / "t.csv")
    table = pd.read_csv(tmp_path / "t.csv")
    assert list(table) == list(run.COLUMNS)
    said = table.iloc[0]
    assert (said["districts"], said["communes"], said["years"]) == (8, 30, 2)
    assert said["refused"] == "own: not in in: x"
    assert said["failed"] == "a: b / c ; d"
    assert (said["crashes"], said["broken"], said["laws"]) == (1, 1, len(laws.LAWS))
    assert said["built"].endswith("1 pptx")


def test_two_hundred_studies_broke_no_law():
    table = pd.read_csv(run.TABLE)
    assert table["seed"].tolist() == list(range(1, 201))
    assert table[["crashes", "broken"]].sum().tolist() == [0, 0]
    assert (table["laws"] == len(laws.LAWS)).all()
    assert set(table["route"]) == {"process", "command"}
    assert not table["built"].str.startswith("0 png").all()
    drawn = table["study"].str.cat(sep="; ")
    for trait in ("missing", "small", "ratio", "outlines", "names", "origin", "teams", "centres"):
        for word in study.CHOICES[trait]:
            assert f"{trait} {word};" in drawn

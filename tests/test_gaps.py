"""Who is left behind? A gap is a fact, groups add up, and their small counts stay hidden."""

import subprocess
import sys

import attacker
import invented
import numpy as np
import pandas as pd
import pptx
import pytest
from benchmarks import gaps as benchmark
from pptx.shapes.autoshape import Shape
from pptx.shapes.group import GroupShape

import hganalysis as hg
from hganalysis import frames, places, publish, study, suppress, words, workbook
from hganalysis.publish import deck
from hganalysis.publish.answers import answers
from hganalysis.ranking import stability
from hganalysis.study.described import faults

NAMES = {"sex": ["women", "men"]}
DESCRIBED = invented.described_by_groups(NAMES)


def people(*, periods=(2022, 2023), effect=-0.4):
    """Invent users by sex in every commune."""
    units, draw = places.units(), np.random.default_rng(45)
    n = (units["population"] / 2).astype(int)
    usual, made = draw.normal(-1, 0.4, len(n)), []
    for period in periods:
        for sex, odds in (("women", effect), ("men", 0)):
            share = 1 / (1 + np.exp(-(usual + odds + draw.normal(0, 0.05, len(n)))))
            table = {
                "code": n.index,
                "period": period,
                "sex": sex,
                "count": draw.binomial(n, share),
            }
            made.append(pd.DataFrame({**table, "out_of": n.array, "origin": "reported"}))
    return pd.concat(made, ignore_index=True)


def test_a_gap_is_the_difference_of_plain_sums_and_its_parts_add_up():
    rows = people().sample(frac=1, random_state=1)
    answer = hg.gap(rows, 2023, by="sex", source="us")
    last = rows[rows["period"] == 2023].assign(place=rows["code"].map(attacker.DISTRICT))
    sums = last.groupby(["place", "sex"])[["count", "out_of"]].sum()
    share = (sums["count"] / sums["out_of"]).unstack()
    table = answer.table.set_index("code")
    gap = 100 * (share["men"] - share["women"]).reindex(table.index)
    assert np.allclose(gap, table["gap_pp"])
    assert table["gap_pp"].is_monotonic_decreasing
    assert np.allclose(table["within_pp"] + table["between_pp"], table["gap_pp"])
    wide = last.pivot(index="code", columns="sex", values="count")
    assert answer.whole["parts_lower"] == (wide["women"] < wide["men"]).sum()
    assert hg.gap(rows, by="sex", between=("men", "women"), source="us").lower == "women"
    with words.use("en"):
        assert "Women: " in answer.sentence
        assert "would repeat is not known" in hg.gap(rows, 2022, by="sex", source="us").sentence
        assert "have the lower level in all 8" in answer.map().figure.title


def test_where_people_live_is_told_apart_from_a_gap_within_communes():
    """Both groups use it alike in each commune; one lives where fewer do."""
    rows = people(periods=[2023])
    share = rows["code"].rank(method="dense") / 100
    is_woman = rows["sex"] == "women"
    rows["out_of"] = 1000 + 10_000 * np.where(is_woman, 1 - share, share).round(2)
    rows["count"] = (share.round(2) * rows["out_of"]).round()
    whole = hg.gap(rows, by="sex", source="us").whole
    assert whole["gap_pp"] > 1
    assert abs(whole["within_pp"]) < 0.01


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda rows: rows.iloc[1:], "lacks a group that others have"),
        (lambda rows: rows[rows["sex"] == "men"], "has 1 group"),
        (lambda rows: rows.assign(out_of=np.nan), "has no out_of"),
        (lambda rows: rows.assign(count=3), "fewer than 5"),
        (lambda rows: rows.assign(count=rows["out_of"] + 1), "counts more"),
    ],
)
def test_a_frame_of_ones_own_is_refused_with_its_rows(spoil, fault):
    with pytest.raises(ValueError, match=fault):
        hg.gap(spoil(people()), by="sex", source="us")
    with pytest.raises(LookupError, match="women, men"):
        hg.gap(people(), by="sex", between=("women", "girls"), source="us")


def test_the_next_gap_lies_in_its_interval_and_what_moves_all_places_counts():
    """Of 8 districts, with gaps that all move by a common step too, and without."""
    draw, place = np.random.default_rng(7), np.repeat(np.arange(8), 9)
    people_of = np.full((len(place), 3), 4000.0)
    for common, least in ((0, 0.94), (0.08, 0.88)):
        inside = []
        for _ in range(60):
            steps = draw.normal(0, common, 3) + draw.normal(0, 0.05, (8, 3))[place]
            steps = steps + draw.normal(0, 0.05, (len(place), 3))
            counts = [
                draw.binomial(4000, 1 / (1 + np.exp(1 - move))) for move in (0 * steps, steps)
            ]
            groups = [stability.GroupCounts(count[:, :2], people_of[:, :2]) for count in counts]
            noise = stability.measure_noise_of_gap(*groups, place)
            sums = [np.stack([np.bincount(place, at) for at in count.T], 1) for count in counts]
            low, high = (one / (9 * 4000) for one in sums)
            ends = stability.gap_interval(noise, low[:, 1], high[:, 1])
            following = high[:, 2] - low[:, 2]
            inside.append((ends[:, 0] < following) & (following < ends[:, 1]))
        assert least < np.mean(inside) < 1


@pytest.mark.parametrize("seed", [1, 5])
def test_nothing_comes_back_of_groups_and_all_does_where_each_is_hidden_by_itself(seed):
    rng = np.random.default_rng([45, seed])
    raw = invented.reports_by_groups(rng, {"sex": 2})
    names = {"sex": ["sex0", "sex1"]}
    n_exact = {}
    for is_split in (True, False):
        with study.use(written=invented.described_by_groups(names, split=is_split)):
            kept = suppress.small(raw)
        with study.use(written=invented.described_by_groups(names)):
            system = attacker.System()
            told = attacker.hear_groups(system, raw, kept, limit=5, insider=False)
            n_exact[is_split] = attacker.attack(system, *told, insider=False)["exact"].sum()
    assert n_exact[True] == 0 < n_exact[False]


def test_sums_of_districts_may_be_known_to_be_large_and_still_leave_each_count_its_values():
    """
    Of three districts, the women of which are shown together, 17 do not use it.

    1 is in the first. In the second there are 5 and 6, in the third 2, 2 and 1, which are not
    small together: so at least 10 and 5 are elsewhere, and in the first no more than 2.
    """
    units, rest = places.units(), [[1], [5, 6], [2, 2, 1]]
    districts = list(units.groupby("compared_code"))[:3]
    chosen = {
        code: left
        for (_, inside), numbers in zip(districts, rest, strict=True)
        for code, left in zip(inside.index, numbers, strict=False)
    }
    made = []
    for sex, left in (("women", [*chosen.values()]), ("men", 400)):
        table = {"code": [*chosen], "period": 2023, "sex": sex, "out_of": 900}
        made.append(pd.DataFrame({**table, "count": 900 - np.array(left)}))
    raw = by_sex(pd.concat(made).assign(origin="reported"))
    is_women = raw["indicator"] == "app_users_women"
    with study.use(written=DESCRIBED):
        kept = suppress.small(raw)
        together = raw.assign(pool="")
        together.loc[raw["indicator"] != "app_users", "pool"] = "93"
        narrowed = []
        for shown in (together, kept):
            system = attacker.System()
            told = attacker.hear_groups(system, raw, shown, limit=5, insider=True)
            narrowed.append(attacker.attack(system, *told, insider=True)["narrowed"].any())
    assert narrowed == [True, False]
    assert suppress.is_hidden(kept[is_women]).all()


def by_sex(rows):
    """Write rows by sex, and their sum, as reports."""
    groups = rows.assign(indicator="app_users_" + rows.pop("sex"))
    whole = groups.groupby(["code", "period", "origin"], as_index=False)[["count", "out_of"]].sum()
    return pd.concat([whole.assign(indicator="app_users"), groups], ignore_index=True)


def test_groups_of_a_hidden_whole_are_hidden_and_nobody_is_no_small_number():
    reports = by_sex(people())
    with study.use(written=DESCRIBED):
        assert "pool" not in suppress.small(reports)
        also = (reports["code"] == "31318") & (reports["indicator"] == "app_users")
        kept = suppress.small(reports, also=also)
        assert (kept.loc[kept["code"] == "31318", "pool"] == "930").all()
    rows = people()
    is_nobody = (rows["code"] == "31318") & (rows["sex"] == "men")
    rows.loc[is_nobody, ["count", "out_of"]] = 0
    with study.use(written=DESCRIBED):
        assert "pool" not in suppress.small(by_sex(rows))


def test_groups_that_do_not_add_up_are_refused():
    reports = by_sex(people())
    with study.use(written=DESCRIBED):
        for number in ("count", "out_of"):
            wrong = reports.assign(**{number: reports[number] + (reports.index == 0)})
            with pytest.raises(ValueError, match=f"has a {number} that its groups"):
                suppress.small(wrong)
        with pytest.raises(ValueError, match="lacks the whole or one of its groups"):
            suppress.small(reports.iloc[:-1])


def wide(reports):
    """Write the reports of 2023 in a row for each commune, as an office does."""
    rows = reports[reports["period"] == 2023]
    rows = rows.pivot(index="code", columns="indicator", values=["count", "out_of"])
    rows.columns = [f"{name}.{part}" for part, name in rows.columns]
    return rows.reset_index().assign(period=2023)


REST = ["app_users_men.count", "app_users_men.out_of"]
WOMEN = (".count", ".out_of", "_women.count", "_women.out_of")


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda rows: rows.drop(columns=REST), ""),
        (lambda rows: rows.assign(**{"app_users.count": rows["app_users.count"] + 1}), "differ"),
        (lambda rows: rows.drop(columns=[*REST, "app_users.count"]), "missing"),
    ],
)
def test_one_group_may_be_the_rest_and_what_does_not_add_up_is_a_fault_of_its_cell(
    spoil, rule, tmp_path
):
    reports, file = by_sex(people()), tmp_path / "report.csv"
    with study.use(written=DESCRIBED):
        rows = wide(reports)
        spoil(rows).to_csv(file, index=False)
        found = workbook.read(file)
        rules = {f"groups_{rule}"} if rule else set()
        assert set(found.errors["rule"]) == rules
        if not rules:
            keys = ["code", "period", "indicator", "count", "out_of"]
            assert len(found.reports.merge(reports, on=keys)) == 3 * 75


def test_of_which_women_is_read_in_a_table_and_in_long_reports(tmp_path):
    reports = by_sex(people())
    with study.use(written=DESCRIBED), words.use("en"):
        heads = pd.DataFrame([["", "", *["Users"] * 4]])
        own = ["count", "out of", "of which: women people", "women people, out of"]
        heads.loc[1] = ["code", "year", *own]
        columns = ["code", "period", *(f"app_users{name}" for name in WOMEN)]
        table = pd.concat([heads, wide(reports)[columns].T.reset_index(drop=True).T])
        table.to_csv(tmp_path / "wide.csv", index=False, header=False)
        men = reports["indicator"] == "app_users_men"
        columns = ["code", "period", "indicator", "count", "out_of", "origin"]
        reports.loc[~men, columns].to_csv(tmp_path / "long.csv", index=False)
        for name, n_rows in (("wide", 75), ("long", 150)):
            found = workbook.read(tmp_path / f"{name}.csv").reports
            told = found.merge(reports[men], on=["code", "period", "indicator", "count", "out_of"])
            assert len(told) == n_rows, name


def test_the_shipped_study_of_groups_is_simulated_again_and_adds_up_to_the_province(tmp_path):
    script = study.DATA / "studies" / "groups.py"
    file = script.parent / "hau_giang_groups" / "reports" / "reports.csv"
    subprocess.run([sys.executable, script, tmp_path / "again.csv"], check=True)
    assert (tmp_path / "again.csv").read_bytes() == file.read_bytes()
    with study.Study.open("hau_giang_groups").use(language="en"):
        kept = frames.reports()
        assert "pool" not in kept  # nobody is hidden by sex or age
        ages = hg.gap("app_users", 2023, by="age")
        assert "All groups: people under 35 32.3%" in ages.sentence
        assert list(hg.reported()) == ["app_users"]
        with pytest.raises(LookupError, match="it is by sex, age"):
            hg.gap("app_users", by="people")


KHMER = """by = ["people"]
[groups.people]
khmer = { vi = "người Khmer", en = "Khmer" }
others = { vi = "người Kinh và dân tộc khác", en = "Kinh and others" }
"""


def with_khmer(folder, *, share):
    """Write the files handed in of a city by quarter, and those of few Khmer: they are the rest."""
    files, draw = invented.write_harbour(folder), np.random.default_rng(3)
    with files["study"].open("a", encoding="utf-8") as described:
        described.write(KHMER)
    reports = pd.read_csv(files["reports"])
    out_of = draw.binomial(reports["out_of"], share)
    count = draw.hypergeometric(reports["count"], reports["out_of"] - reports["count"], out_of)
    khmer = reports.assign(indicator="filed_online_khmer", count=count, out_of=out_of)
    pd.concat([reports, khmer]).to_csv(files["reports"], index=False)
    return files


def test_each_way_to_split_people_has_a_slide_on_which_both_groups_are_seen():
    with study.Study.open("hau_giang_groups").use():
        pictures = deck.pictures(answers())
        assert [name for name in pictures if name.startswith("gap")] == ["gap sex", "gap age"]
        shown = pictures["gap sex"].slide(pptx.Presentation())
    drawing = next(shape for shape in shown.shapes if isinstance(shape, GroupShape))
    dots = [shape for shape in drawing.shapes if isinstance(shape, Shape)]
    open_dots = [dot for dot in dots if str(dot.fill.fore_color.rgb) == "FFFFFF"]
    # women in each district, in the whole, and in the key
    assert len(open_dots) == 8 + 1 + 1
    assert all(str(dot.line.color.rgb) != "FFFFFF" for dot in open_dots)


@pytest.mark.parametrize(("share", "is_hidden"), [(0.12, False), (0.023, True)])
def test_a_city_by_quarter_asks_for_khmer_and_says_where_they_are_too_few(
    share, is_hidden, tmp_path
):
    files = with_khmer(tmp_path / "in", share=share)
    own = study.Study.open(publish.own(tmp_path / "out", **files).folder)
    with own.use(language="en"):
        answer = hg.gap("filed_online", "2026-Q2", by="people")
        assert {answer.lower, answer.upper} == {"Khmer", "Kinh and others"}
        assert ("merge groups." in answer.sentence) == is_hidden
        assert ("In Q1 2026 it was" in answer.sentence) == (not is_hidden)
        sent = pd.read_csv(files["reports"]).pivot(
            index=["code", "period"], columns="indicator", values=["count", "out_of"]
        )
        sent.columns = [f"{name}.{part}" for part, name in sent.columns]
        sent.reset_index().to_csv(tmp_path / "wide.csv", index=False)
        rules = set(workbook.read(tmp_path / "wide.csv").faults["rule"])
        assert ("groups_small" in rules) == is_hidden


def test_a_study_that_names_no_such_groups_is_refused():
    assert not faults(DESCRIBED)
    assert "has 'sex', and [groups] has nothing" in faults(DESCRIBED.split("[groups")[0])[0][1]
    clash = DESCRIBED + '[indicators.app_users_men]\nlabel = "Men"\n'
    assert "app_users_men would be 2 measures" in faults(clash)[0][1]


# --- how often it holds, and what is hidden ---


def test_the_table_of_gaps_meets_its_bar_and_is_of_this_code():
    table = pd.read_csv(study.current().path("benchmarks/gaps.csv"))
    assert not benchmark.misses(table)
    assert table["world"].head(len(benchmark.WORLDS)).tolist() == [w.name for w in benchmark.WORLDS]
    stored = table.set_index("world")
    assert stored.loc["sex", "hidden"] == stored.loc["age", "hidden"] == 0
    khmer = stored.loc["Khmer, 2.3 %"]
    assert 0 < khmer["small"] < khmer["hidden"] < khmer["cells"] / 2
    world = benchmark.WORLDS[0]
    rng = np.random.default_rng(7)
    anew = pd.DataFrame([benchmark.replicate(rng, world) for _ in range(100)]).mean()
    assert abs(anew["next"] - stored.loc[world.name, "next"]) < 0.03

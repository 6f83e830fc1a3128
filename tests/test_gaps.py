"""`hg.gap` subtracts two groups in each place; groups add up; their small counts stay hidden."""

import re
import subprocess
import sys

import attacker
import invented
import numpy as np
import pandas as pd
import pptx
import pytest
from pptx.shapes.autoshape import Shape
from pptx.shapes.group import GroupShape
from refusal_texts import says

import hganalysis as hg
from benchmarks import gaps as benchmark
from hganalysis import frames, places, publish, study, suppress, words, workbook
from hganalysis.publish import deck
from hganalysis.publish.answers import answers
from hganalysis.ranking import stability
from hganalysis.study.described import faults

STUDY_BY_SEX = invented.described_by_groups({"sex": ["women", "men"]})
"""The text of a `study.toml` whose reports are by sex."""

NUMBERS = ["count", "out_of"]


def invent_rows_by_sex(*, periods=(2022, 2023)):
    """Invent users of each sex in every commune; women have the lower odds."""
    random = np.random.default_rng(45)
    communes = places.units()
    residents = (communes["population"] / 2).astype(int)
    log_odds_of_commune = random.normal(-1, 0.4, len(residents))
    tables = []
    for period in periods:
        for sex, log_odds_of_sex in (("women", -0.4), ("men", 0)):
            noise = random.normal(0, 0.05, len(residents))
            share = to_share(log_odds_of_commune + log_odds_of_sex + noise)
            table = pd.DataFrame(
                {
                    "code": residents.index,
                    "period": period,
                    "sex": sex,
                }
            )
            table["count"] = random.binomial(residents, share)
            table = table.assign(out_of=residents.array, origin="reported")
            tables.append(table)
    return pd.concat(tables, ignore_index=True)


def to_share(log_odds):
    """Turn log odds into a share from 0 to 1."""
    return 1 / (1 + np.exp(-log_odds))


def to_reports(rows_by_sex):
    """Turn rows by sex into reports: of both groups, and of their sum."""
    measure = "app_users_" + rows_by_sex["sex"]
    groups = rows_by_sex.drop(columns="sex").assign(indicator=measure)
    by_place = groups.groupby(["code", "period", "origin"], as_index=False)
    whole = by_place[NUMBERS].sum()
    whole = whole.assign(indicator="app_users")
    return pd.concat([whole, groups], ignore_index=True)


@pytest.fixture
def rows():
    """Rows of both sexes in 2022 and 2023, none of them small."""
    return invent_rows_by_sex()


@pytest.fixture
def reports(rows):
    """The same as reports of both groups and of their sum."""
    return to_reports(rows)


def gap_by_sex(rows, period=None, **options):
    """Ask for the gap between the sexes, by default in the last period."""
    return hg.gap(rows, period, by="sex", source="us", **options)


# hg.gap: what it says


def test_gap_in_points_is_the_share_of_men_less_the_share_of_women_in_each_district(rows):
    in_disorder = rows.sample(frac=1, random_state=1)
    table = gap_by_sex(in_disorder, 2023).table
    table = table.set_index("code")

    of_2023 = rows[rows["period"] == 2023]
    district = of_2023["code"].map(attacker.DISTRICT)
    sums = of_2023.groupby([district, "sex"])[NUMBERS].sum()
    share = sums["count"] / sums["out_of"]
    share = share.unstack().loc[table.index]
    expected = 100 * (share["men"] - share["women"])
    assert np.allclose(expected, table["gap_pp"])
    assert table["gap_pp"].is_monotonic_decreasing


def test_gap_is_the_sum_of_what_is_within_communes_and_between_them(rows):
    table = gap_by_sex(rows).table
    total = table["within_pp"] + table["between_pp"]
    assert np.allclose(total, table["gap_pp"])


def test_gap_counts_the_communes_in_which_women_are_lower(rows):
    answer = gap_by_sex(rows)
    of_2023 = rows[rows["period"] == 2023]
    count = of_2023.pivot(index="code", columns="sex", values="count")
    n_lower = (count["women"] < count["men"]).sum()
    assert answer.whole["parts_lower"] == n_lower


def test_gap_takes_the_lower_group_first_in_whatever_order_it_is_named(rows):
    answer = gap_by_sex(rows, between=("men", "women"))
    assert answer.lower == "women"


def test_gap_says_who_is_lower_and_that_nothing_is_known_of_a_first_period(rows):
    with words.use("en"):
        answer = gap_by_sex(rows, 2023)
        first = gap_by_sex(rows, 2022)
        assert "Women have the lower level" in answer.sentence
        assert "have the lower level in all 8" in answer.map().figure.title
        assert "would repeat is not known" in first.sentence


def test_gap_is_between_communes_where_both_groups_are_alike_in_each():
    """In each commune both use it alike; women live where fewer do."""
    rows = invent_rows_by_sex(periods=[2023])
    share = rows["code"].rank(method="dense") / 100
    is_woman = rows["sex"] == "women"
    crowding = np.where(is_woman, 1 - share, share)
    rows["out_of"] = 1000 + 10_000 * crowding.round(2)
    count = share.round(2) * rows["out_of"]
    rows["count"] = count.round()
    whole = gap_by_sex(rows).whole
    assert whole["gap_pp"] > 1
    assert abs(whole["within_pp"]) < 0.01


SPOILT_FRAMES = [
    (lambda rows: rows.iloc[1:], says("gap_errors.lacks_group")),
    (lambda rows: rows[rows["sex"] == "men"], says("gap_errors.one_group", number=1)),
    (lambda rows: rows.assign(out_of=np.nan), says("gap_errors.no_out_of")),
    (lambda rows: rows.assign(count=3), says("suppress_errors.small", limit=5)),
    (lambda rows: rows.assign(count=rows["out_of"] + 1), says("frames_errors.too_large")),
]


@pytest.mark.parametrize(
    ("spoil", "message"),
    SPOILT_FRAMES,
)
def test_gap_refuses_a_frame_with_wrong_rows(spoil, message, rows):
    with pytest.raises(ValueError, match=message):
        gap_by_sex(spoil(rows))


def test_gap_refuses_a_group_that_the_frame_lacks_and_names_those_it_has(rows):
    with pytest.raises(LookupError, match="women, men"):
        gap_by_sex(rows, between=("women", "girls"))


# The interval of a gap

N_DISTRICTS = 8
N_COMMUNES = 9
N_PEOPLE = 4000
N_PERIODS = 3


@pytest.mark.parametrize(
    ("common_step", "least_often"),
    [pytest.param(0, 0.94, id="by themselves"), pytest.param(0.08, 0.88, id="all together")],
)
def test_interval_of_a_gap_has_the_next_gap_as_often_as_it_promises(common_step, least_often):
    random = np.random.default_rng(7)
    is_inside = [is_next_gap_in_interval(random, common_step) for _ in range(60)]
    assert least_often < np.mean(is_inside) < 1


def is_next_gap_in_interval(random, common_step):
    """Invent three periods of eight districts: is the third gap in the interval of two periods?"""
    districts = np.arange(N_DISTRICTS)
    district = np.repeat(districts, N_COMMUNES)
    n_communes = len(district)
    of_all = random.normal(0, common_step, N_PERIODS)
    of_district = random.normal(0, 0.05, (N_DISTRICTS, N_PERIODS))
    of_commune = random.normal(0, 0.05, (n_communes, N_PERIODS))
    steps = of_all + of_district[district] + of_commune
    unmoved = np.zeros_like(steps)
    lower = random.binomial(N_PEOPLE, to_share(unmoved - 1))
    upper = random.binomial(N_PEOPLE, to_share(steps - 1))

    noise = stability.measure_noise_of_gap(two_periods(lower), two_periods(upper), district)
    _, lower_now, lower_next = levels_of_districts(lower, district)
    _, upper_now, upper_next = levels_of_districts(upper, district)
    low, high = stability.gap_interval(noise, lower_now, upper_now).T
    next_gap = upper_next - lower_next
    return (low < next_gap) & (next_gap < high)


def two_periods(count):
    """Give what is known before the next period."""
    first_counts = count[:, :2]
    people = np.full(first_counts.shape, float(N_PEOPLE))
    return stability.GroupCounts(first_counts, people)


def levels_of_districts(count, district):
    """Divide the counts of each period by the people of a district."""
    sums = pd.DataFrame(count).groupby(district).sum()
    levels = sums.to_numpy() / (N_COMMUNES * N_PEOPLE)
    return levels.T


# suppress.hide_counts: counts of groups


@pytest.mark.parametrize("are_groups", [True, False], ids=["groups", "measures"])
@pytest.mark.parametrize("seed", [1, 5])
def test_attacker_finds_no_count_of_a_group_and_many_where_small_ones_alone_are_hidden(
    seed, are_groups
):
    random = np.random.default_rng([45, seed])
    reports = invented.reports_by_groups(random, {"sex": 2})
    names = {"sex": ["sex0", "sex1"]}
    with study.use(written=invented.described_by_groups(names, split=are_groups)):
        shown = suppress.hide_counts(reports)
    rest = reports["out_of"] - reports["count"]
    is_small = np.minimum(reports["count"], rest) < suppress.threshold()
    is_hidden = is_small & (reports["out_of"] > 0)
    pool = np.where(is_hidden, "none", "")
    small_alone_hidden = suppress.without_pools(reports.assign(pool=pool))

    with study.use(written=invented.described_by_groups(names)):
        found = attack(reports, shown, insider=False)
        assert found["exact"].sum() == 0
        found_of_naive = attack(reports, small_alone_hidden, insider=False)
        assert found_of_naive["exact"].sum() > 0


def attack(reports, shown, *, insider):
    """Give what comes back of hidden counts from all that is shown of them."""
    system = attacker.System()
    truth, rules = attacker.hear_groups(system, reports, shown, limit=5, insider=insider)
    return attacker.attack(system, truth, rules, insider=insider)


def test_districts_with_large_sums_do_not_narrow_the_small_count_of_another():
    """
    Of three districts, the women of which are shown together, 17 do not use it.

    1 is in the first. In the second there are 5 and 6, in the third 2, 2 and 1, which are not
    small together: so at least 10 and 5 are elsewhere, and in the first no more than 2.
    """
    women_without = [[1], [5, 6], [2, 2, 1]]
    by_district = places.units().groupby("compared_code")
    districts = [communes for _, communes in by_district][:3]
    without = {}
    for communes, numbers in zip(districts, women_without, strict=True):
        without |= dict(zip(communes.index, numbers, strict=False))
    rows = pd.DataFrame(
        {
            "code": [*without],
            "period": 2023,
            "out_of": 900,
        }
    )
    rows = rows.assign(origin="reported")
    n_users = 900 - np.array([*without.values()])
    women = rows.assign(sex="women", count=n_users)
    men = rows.assign(sex="men", count=900 - 400)
    reports = to_reports(pd.concat([women, men]))

    with study.use(written=STUDY_BY_SEX):
        shown = suppress.hide_counts(reports)
        is_group = reports["indicator"] != "app_users"
        pool = np.where(is_group, "93", "")
        only_the_sum_shown = reports.assign(pool=pool)
        assert attack(reports, only_the_sum_shown, insider=True)["narrowed"].any()
        assert not attack(reports, shown, insider=True)["narrowed"].any()
    is_women = reports["indicator"] == "app_users_women"
    assert suppress.is_hidden(shown[is_women]).all()


def test_groups_of_a_hidden_whole_are_hidden(reports):
    is_commune = reports["code"] == "31318"
    is_whole_of_commune = is_commune & (reports["indicator"] == "app_users")
    with study.use(written=STUDY_BY_SEX):
        assert "pool" not in suppress.hide_counts(reports)
        shown = suppress.hide_counts(reports, also=is_whole_of_commune)
    assert (shown.loc[is_commune, "pool"] == "930").all()


def test_group_without_people_is_no_small_number(rows):
    is_nobody = (rows["code"] == "31318") & (rows["sex"] == "men")
    rows.loc[is_nobody, NUMBERS] = 0
    with study.use(written=STUDY_BY_SEX):
        assert "pool" not in suppress.hide_counts(to_reports(rows))


@pytest.mark.parametrize("number", NUMBERS)
def test_groups_that_do_not_add_up_to_the_whole_are_refused(number, reports):
    reports.loc[0, number] += 1
    message = says("suppress_errors.not_sum", column=number)
    refused = pytest.raises(ValueError, match=message)
    with study.use(written=STUDY_BY_SEX), refused:
        suppress.hide_counts(reports)


def test_groups_of_which_one_is_missing_are_refused(reports):
    message = says("suppress_errors.lacks")
    refused = pytest.raises(ValueError, match=message)
    with study.use(written=STUDY_BY_SEX), refused:
        suppress.hide_counts(reports.iloc[:-1])


# workbook.read: groups in a file

KEYS_AND_NUMBERS = ["code", "period", "indicator", *NUMBERS]
COLUMNS_OF_MEN = ["app_users_men.count", "app_users_men.out_of"]
COLUMNS_OF_WOMEN = ["app_users_women.count", "app_users_women.out_of"]
COLUMNS_OF_ALL = ["app_users.count", "app_users.out_of"]


def one_row_per_place(reports):
    """Write reports as an office does: a column for each number of a place and period."""
    keys = ["code", "period"]
    table = reports.pivot(index=keys, columns="indicator", values=NUMBERS)
    table.columns = [f"{measure}.{number}" for number, measure in table.columns]
    return table.reset_index()


def one_row_per_commune(reports):
    """Write the reports of 2023 in a row for each commune."""
    return one_row_per_place(reports[reports["period"] == 2023])


SPOILT_FILES = [
    (lambda rows: rows.assign(**{"app_users.count": rows["app_users.count"] + 1}), "differ"),
    (lambda rows: rows.drop(columns=[*COLUMNS_OF_MEN, "app_users.count"]), "missing"),
]


@pytest.mark.parametrize(
    ("spoil", "rule"),
    SPOILT_FILES,
)
def test_file_whose_groups_do_not_add_up_has_a_fault(spoil, rule, reports, tmp_path):
    table = one_row_per_commune(reports)
    file = tmp_path / "report.csv"
    spoil(table).to_csv(file, index=False)
    with study.use(written=STUDY_BY_SEX):
        checked = workbook.read(file)
    assert set(checked.errors["rule"]) == {f"groups_{rule}"}


def test_file_without_one_group_has_it_as_the_rest(reports, tmp_path):
    table = one_row_per_commune(reports).drop(columns=COLUMNS_OF_MEN)
    file = tmp_path / "report.csv"
    table.to_csv(file, index=False)
    with study.use(written=STUDY_BY_SEX):
        checked = workbook.read(file)
    assert checked.errors.empty
    right = checked.reports.merge(reports, on=KEYS_AND_NUMBERS)
    assert len(right) == 3 * 75


def test_file_with_a_column_of_which_women_has_men_as_the_rest(reports, tmp_path):
    above_columns = ["", "", "Users", "Users", "Users", "Users"]
    women = ["of which: women people", "women people, out of"]
    head_of_columns = ["code", "year", "count", "out of", *women]
    heads = pd.DataFrame([above_columns, head_of_columns])
    columns = ["code", "period", *COLUMNS_OF_ALL, *COLUMNS_OF_WOMEN]
    cells = one_row_per_commune(reports)[columns].to_numpy()
    table = pd.concat([heads, pd.DataFrame(cells)])
    table.to_csv(tmp_path / "table.csv", index=False, header=False)
    assert n_right_of_men(tmp_path / "table.csv", reports) == 75


def test_long_reports_without_men_have_them_as_the_rest(reports, tmp_path):
    is_men = reports["indicator"] == "app_users_men"
    long = reports.loc[~is_men, [*KEYS_AND_NUMBERS, "origin"]]
    long.to_csv(tmp_path / "long.csv", index=False)
    assert n_right_of_men(tmp_path / "long.csv", reports) == 2 * 75


def n_right_of_men(file, reports):
    """Read a file without men, and count their reports that are read as they were."""
    is_men = reports["indicator"] == "app_users_men"
    with study.use(written=STUDY_BY_SEX), words.use("en"):
        checked = workbook.read(file)
    of_men = reports[is_men]
    return len(checked.reports.merge(of_men, on=KEYS_AND_NUMBERS))


# The shipped study of groups


def test_shipped_reports_by_groups_are_simulated_again_byte_for_byte(tmp_path):
    script = study.DATA / "studies" / "groups.py"
    shipped = script.parent / "hau_giang_groups" / "reports" / "reports.csv"
    anew = tmp_path / "anew.csv"
    subprocess.run([sys.executable, script, anew], check=True)
    assert anew.read_bytes() == shipped.read_bytes()


def test_shipped_reports_by_groups_hide_nobody_and_are_by_sex_and_age():
    with study.Study.open("hau_giang_groups").use(language="en"):
        assert "pool" not in frames.reports()
        assert list(hg.reported()) == ["app_users"]
        by_age = hg.gap("app_users", 2023, by="age")
        assert "All groups: people under 35 32.3%" in by_age.sentence
        with pytest.raises(
            LookupError, match=says("indicators_errors.by", by="people", groups="sex, age")
        ):
            hg.gap("app_users", by="people")


def test_deck_has_a_slide_for_each_split_on_which_both_groups_are_seen():
    with study.Study.open("hau_giang_groups").use():
        pictures = deck.pictures(answers())
        slide = pictures["gap sex"].slide(pptx.Presentation())
    names = [name for name in pictures if name.startswith("gap")]
    assert names == ["gap sex", "gap age"]

    drawing = next(shape for shape in slide.shapes if isinstance(shape, GroupShape))
    dots = [shape for shape in drawing.shapes if isinstance(shape, Shape)]
    colours = [str(dot.fill.fore_color.rgb) for dot in dots]
    pairs = zip(dots, colours, strict=True)
    white_dots = [dot for dot, colour in pairs if colour == "FFFFFF"]
    n_districts = 8
    whole = 1
    key = 1
    assert len(white_dots) == n_districts + whole + key
    for dot in white_dots:
        assert str(dot.line.color.rgb) != "FFFFFF"


# A city of one's own, by quarter, where one group has few people

SPLIT_BY_PEOPLE = """by = ["people"]
[groups.people]
khmer = { vi = "người Khmer", en = "Khmer" }
others = { vi = "người Kinh và dân tộc khác", en = "Kinh and others" }
"""


@pytest.fixture(params=[(0.12, False), (0.023, True)], ids=["12 %", "2.3 %"])
def city(request, tmp_path):
    """A city in which that share is Khmer, its reports, and whether these are too few."""
    share_of_khmer, is_too_few = request.param
    files = write_city(tmp_path / "in", share_of_khmer)
    folder = publish.lay_out(tmp_path / "out", **files).folder
    with study.Study.open(folder).use(language="en"):
        yield pd.read_csv(files["reports"]), is_too_few


def write_city(folder, share_of_khmer):
    """Write the files that a city hands in, with reports of Khmer; the others are the rest."""
    random = np.random.default_rng(3)
    files = invented.write_harbour(folder)
    with files["study"].open("a", encoding="utf-8") as description:
        description.write(SPLIT_BY_PEOPLE)
    reports = pd.read_csv(files["reports"])
    out_of = random.binomial(reports["out_of"], share_of_khmer)
    n_others = reports["out_of"] - reports["count"]
    count = random.hypergeometric(reports["count"], n_others, out_of)
    khmer = reports.assign(indicator="filed_online_khmer", count=count, out_of=out_of)
    both = pd.concat([reports, khmer]).to_csv
    both(files["reports"], index=False)
    return files


FILLED_UP = [("both", 3.2, True), ("both", 2.8, False), ("khmer", 3.2, True), ("khmer", 2.8, False)]


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize(("who", "times", "is_told"), FILLED_UP)
def test_gaps_of_two_periods_are_not_compared_where_a_source_was_filling_up(
    tmp_path, who, times, is_told, language
):
    files = write_city(tmp_path / "in", 0.4)
    reports = pd.read_csv(files["reports"])
    keys = ["code", "period"]
    before, last = sorted(reports["period"].unique())[-2:]
    reports = reports[reports["period"].isin([before, last])].set_index(keys)
    is_khmer = reports["indicator"] == "filed_online_khmer"
    whole = reports[~is_khmer].copy()
    khmer = reports[is_khmer].copy()
    groups = [khmer, whole.assign(**(whole[NUMBERS] - khmer[NUMBERS]))]
    for number, group in enumerate(groups):
        # so many times the files of the quarter before in the last one: in both groups, or in one
        by_period = group.groupby("period")["out_of"].sum()
        factor = (1 if number and who == "khmer" else times) * by_period[before] / by_period[last]
        is_last = group.index.get_level_values("period") == last
        group.loc[is_last, NUMBERS] = (factor * group.loc[is_last, NUMBERS]).round().astype(int)
    whole[NUMBERS] = groups[0][NUMBERS] + groups[1][NUMBERS]
    pd.concat([whole, khmer]).reset_index().to_csv(files["reports"], index=False)
    folder = publish.lay_out(tmp_path / "out", **files).folder
    with study.Study.open(folder).use(language=language):
        answer = hg.gap("filed_online", last, by="people")
        text = answer.describe()
    key = {"vi": "không so sánh được", "en": "cannot be compared"}[language]
    assert (key in text) == is_told
    assert (answer.measure.evidence == "periods") != is_told
    assert answer.table["low_pp"].isna().all() == is_told
    name = {"vi": "bổ sung", "en": "filling up"}[language]
    assert text.count(name) == (2 if is_told else 0)


def test_city_asks_for_khmer_and_says_where_they_are_too_few(city):
    _, is_too_few = city
    answer = hg.gap("filed_online", "2026-Q2", by="people")
    assert {answer.lower, answer.upper} == {"Khmer", "Kinh and others"}
    assert ("merge groups." in answer.sentence) == is_too_few
    assert ("In Q1 2026 it was" in answer.sentence) == (not is_too_few)


def test_check_of_a_file_warns_of_groups_that_are_too_few(city, tmp_path):
    reports, is_too_few = city
    one_row_per_place(reports).to_csv(tmp_path / "sent.csv", index=False)
    rules = set(workbook.read(tmp_path / "sent.csv").faults["rule"])
    assert ("groups_small" in rules) == is_too_few


# study.toml


def test_study_by_groups_has_no_fault():
    assert not faults(STUDY_BY_SEX)


def test_study_that_does_not_describe_its_groups_is_refused():
    without_groups = STUDY_BY_SEX.split("[groups")[0]
    _, text = faults(without_groups)[0]
    key = "indicators.app_users.by"
    assert re.fullmatch(says("study_errors.no_group", key=key, by="sex", groups="–"), text)


def test_study_with_a_measure_named_as_a_group_is_refused():
    with_clash = STUDY_BY_SEX + '[indicators.app_users_men]\nlabel = "Men"\n'
    _, text = faults(with_clash)[0]
    assert re.fullmatch(says("study_errors.same_name", name="app_users_men", number=2), text)


# The benchmark: how often an interval holds, and how much is hidden


@pytest.fixture
def benchmark_table():
    return pd.read_csv(study.current().path("benchmarks/gaps.csv"))


def test_benchmark_of_gaps_meets_its_bar_in_every_world(benchmark_table):
    assert not benchmark.misses(benchmark_table)
    names = [world.name for world in benchmark.WORLDS]
    assert benchmark_table["world"].head(len(names)).tolist() == names


def test_benchmark_of_gaps_hides_few_khmer_and_nobody_by_sex_or_age(benchmark_table):
    table = benchmark_table.set_index("world")
    assert table.loc["sex", "hidden"] == 0
    assert table.loc["age", "hidden"] == 0
    khmer = table.loc["Khmer, 2.3 %"]
    assert 0 < khmer["small"] < khmer["hidden"] < khmer["cells"] / 2


def test_benchmark_of_gaps_is_what_this_code_gives(benchmark_table):
    random = np.random.default_rng(7)
    world = benchmark.WORLDS[0]
    replicates = [benchmark.replicate(random, world) for _ in range(100)]
    anew = pd.DataFrame(replicates)["next"].mean()
    stored = benchmark_table.set_index("world").loc[world.name, "next"]
    assert abs(anew - stored) < 0.03

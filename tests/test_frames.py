"""What frames of reports and teams must be, and what is made of those that are not complete."""

import re

import numpy as np
import pandas as pd
import pytest
from refusal_texts import says, words_of

import hganalysis as hg
from hganalysis import frames, indicators, places, study, suppress, words
from hganalysis.frames import add_missing_communes
from hganalysis.frames.requirements import REPORT_COLUMNS
from hganalysis.origins import ORIGINS
from hganalysis.periods import list_periods
from hganalysis.publish.own import write


@pytest.fixture
def reports():
    return frames.reports().head(6)


@pytest.fixture
def teams():
    return frames.teams().head(6)


def faults(require, table):
    """Run a check and list `(row, what is wrong)` as its message does."""
    with words.use("en"), pytest.raises(ValueError, match=says("refusals.head")) as refusal:
        require(table)
    message = str(refusal.value)
    lines = re.findall(r"^  row (\d+): (.+?) \(", message, flags=re.M)
    assert message.startswith(words_of("refusals.head", faults=len(lines), rows=len(table)))
    return [(int(row), fault) for row, fault in lines]


def change(table, cells):
    """Put other values into some cells, whatever their type."""
    table = table.astype(object)
    for (row, column), cell in cells.items():
        table.loc[row, column] = cell
    return table


def test_published_figures_are_numbers_but_for_the_two_dates():
    published = frames.published()
    assert len(published) == 62
    undated = published.loc[published["value"].isna(), "indicator"]
    assert undated.tolist() == ["campaign_start"] * 2
    assert set(published["origin"]) == {"published"}


def test_what_was_printed_is_shown_in_the_language_in_use_and_an_unknown_subject_is_refused():
    heads = {}
    for language in words.LANGUAGES:
        with words.use(language):
            shown = frames.printed("readings")
            heads[language] = shown.columns.tolist()
            assert hg.table(shown).texts.shape == (4, 5)
    assert heads["en"] == ["Published figure", "Place", "Period", "Value", "Publisher"]
    assert not {*heads["en"]} & {*heads["vi"]}
    with pytest.raises(LookupError, match=says("frames_errors.not_printed", subject="votes")):
        frames.printed("votes")


def test_the_least_firm_origin_wins():
    assert frames.ORIGINS == ("published", "census", "reported", "simulated")
    for position, origin in enumerate(frames.ORIGINS):
        firmer = pd.Series(frames.ORIGINS[: position + 1])
        assert frames.worst_origin(firmer) == origin
        assert frames.worst_origin(firmer[::-1]) == origin


def test_missing_columns_are_named(reports):
    for missing in (["code"], ["count", "out_of"], ["origin"]):
        message = says("refusals.columns", missing=", ".join(missing))
        with pytest.raises(ValueError, match=message):
            frames.require_reports(reports.drop(columns=missing))


def test_codes_that_are_no_commune_and_rows_that_stand_twice(reports, teams):
    checks = ((frames.require_reports, reports), (frames.require_teams, teams))
    for require, table in checks:
        for code in ("930", "93", "00000", "31318 ", 31318):
            wrong = change(table, {(1, "code"): code, (4, "code"): code + code})
            no_place = words_of("frames_errors.code")
            assert {(1, no_place), (4, no_place)} <= {*faults(require, wrong)}
        wrong = pd.concat([table, table.iloc[[2]]], ignore_index=True)
        twice = words_of("refusals.twice")
        assert faults(require, wrong) == [(2, twice), (6, twice)]


UNKNOWN_ORIGIN = words_of("frames_errors.origin", origins=", ".join(ORIGINS))
REPORTS = {  # by what is wrong: the column, and cells that are
    words_of("frames_errors.count"): ("count", -1, 0.5, np.inf, "12a", "1 647"),
    words_of("frames_errors.out_of"): ("out_of", -1, 0, 100_000.5, "many"),
    words_of("frames_errors.too_large"): ("count", 10**9),
    words_of("frames_errors.unlisted"): ("period", 2021, "2024"),
    UNKNOWN_ORIGIN: ("origin", "hearsay"),
}
COLUMNS = {"teams": "teams", "members": "members"}
TEAMS = {
    words_of("frames_errors.whole", column="teams"): ("teams", -1, 3.5, "bảy"),
    words_of("frames_errors.whole", column="members"): ("members", -1, 3.5, "bảy"),
    words_of("frames_errors.no_team", **COLUMNS): ("teams", 0),
    words_of("frames_errors.many_teams", **COLUMNS): ("teams", 10**6),
    UNKNOWN_ORIGIN: ("origin", "hearsay"),
}


@pytest.mark.parametrize("fault", [*REPORTS, *TEAMS])
def test_rows_that_cannot_be(reports, teams, fault):
    checks = (
        (frames.require_reports, reports, REPORTS),
        (frames.require_teams, teams, TEAMS),
    )
    for require, table, cells_by_fault in checks:
        column, *cells = cells_by_fault.get(fault, ["origin"])
        for cell in cells:
            wrong = change(table, {(1, column): cell})
            listed = faults(require, wrong)
            assert (1, fault) in listed
            assert {row for row, _ in listed} == {1}


def test_every_fault_of_every_row_is_listed_and_shown(reports):
    cells = {(0, "code"): "x", (0, "count"): -1, (3, "origin"): "?", (5, "out_of"): 0}
    listed = faults(frames.require_reports, change(reports, cells))
    assert {row for row, _ in listed} == {0, 3, 5}
    assert len(listed) == 5  # a count above an out_of of 0 is wrong twice
    shown = r"dòng 1: .*\(code=31321, period=2022, .*count=-7, out_of="
    below_0 = change(reports, {(1, "count"): -7})
    with pytest.raises(ValueError, match=shown):
        frames.require_reports(below_0)
    with pytest.raises(ValueError, match=r"(?s)6 lỗi trong 6 dòng.*dòng 4: .*\)\n  và 1 lỗi khác$"):
        frames.require_reports(reports.assign(count=-1))


COUNTS = pd.DataFrame({"code": ["a", "b", "c"], "count": [50.0, 9, 100]})
COUNTS = COUNTS.assign(period=2023, out_of=100)[["code", "period", "count", "out_of"]]


@pytest.mark.parametrize("kind", frames.requirements.KINDS)
def test_a_count_is_a_whole_number_and_part_of_its_total_unless_it_is_a_ratio(kind):
    frames.require_counts(COUNTS, kind)  # all of them is no fault
    with_gap = COUNTS.replace({"count": {9: np.nan}})
    frames.require_counts(with_gap, kind)
    not_whole = words_of("frames_errors.not_whole")
    cases = {10.134: f"{not_whole}.*read_csv", np.inf: not_whole, -1: "negative"}
    for count, fault in cases.items():
        wrong = COUNTS.replace({"count": {9: count}})
        with pytest.raises(ValueError, match=r"(?s)dòng 1: .*\(code=b, period=2023\).*"):
            frames.require_counts(wrong, kind)
        with words.use("en"), pytest.raises(ValueError, match=f"(?s){fault}"):
            frames.require_counts(wrong, kind)
    with_rate = COUNTS.replace({"count": {9: 10.134}}).assign
    hidden = with_rate(pool=["", "p", ""])
    frames.require_counts(hidden, kind)  # the rate of a pool
    too_many = COUNTS.replace({"count": {9: 101}})
    if kind == "ratio":
        frames.require_counts(too_many, kind)
        return
    with pytest.raises(ValueError, match=says("frames_errors.too_large_advice")):
        frames.require_counts(too_many, kind)


def test_the_kind_of_a_frame_is_a_share_unless_the_catalogue_its_column_or_the_caller_say_so():
    acts = COUNTS.assign(indicator="ecommerce_guided")
    assert indicators.kind("ecommerce_guided") == "ratio"
    by_column = COUNTS.assign(kind="ratio")
    assert frames.kind_of(COUNTS) == "share"
    assert frames.kind_of(acts) == "ratio"
    assert frames.kind_of(acts, "share") == "ratio"
    assert frames.kind_of(by_column) == "ratio"
    assert frames.kind_of(COUNTS, "ratio") == "ratio"
    unclear = COUNTS.assign(kind=["share", "ratio", None])
    for wrong in (unclear, COUNTS.assign(kind="rate")):
        with pytest.raises(ValueError, match=says("frames_errors.kind", kinds="share, ratio")):
            frames.kind_of(wrong)


@pytest.mark.parametrize("dtype", ["float64", "Int64", "object"])
def test_what_is_no_fault(reports, teams, dtype):
    gap = reports.astype({"count": dtype, "out_of": dtype})
    gap.loc[1, ["count", "out_of"]] = pd.NA if dtype == "Int64" else None
    read = frames.require_reports(gap)  # what is missing is no zero
    is_missing = [False, True, False, False, False, False]
    assert read["count"].isna().tolist() == is_missing
    all_of_it = reports.loc[5, "out_of"]
    full = change(reports, {(5, "count"): all_of_it})
    more_acts = reports.assign(indicator="ecommerce_guided", count=reports["out_of"] + 1)
    for fine in (full, more_acts, reports.assign(count=0)):
        assert len(frames.require_reports(fine)) == 6
    no_teams = teams.assign(teams=0, members=0)
    assert len(frames.require_teams(no_teams)) == 6


HOME = places.units()["compared_code"]
CODES = HOME.index.tolist()
DISTRICT = HOME.index[HOME == "932"].tolist()
MOST_COMMUNES = CODES[::2] + CODES[1::10]  # some in every district
MISSING = {
    "one": ["31318"],
    "a district": DISTRICT,
    "most": MOST_COMMUNES,
}
KEYS = ["period", "indicator"]


def without(*codes, period=None):
    """Take communes out of the reports, of one year or of all."""
    table = frames.reports()
    is_of_period = (table["period"] == period) | (period is None)
    is_left_out = table["code"].isin(codes) & is_of_period
    return table[~is_left_out].reset_index(drop=True)


@pytest.fixture(params=MISSING)
def missing(request):
    """Give codes of communes that sent nothing."""
    return MISSING[request.param]


def test_what_did_not_come_has_a_row_without_numbers_and_nothing_else_changes(missing):
    sent = without(*missing).sort_values([*KEYS, "code"], ignore_index=True)
    sent["origin"] = np.where(sent["period"] == 2022, "census", "reported")
    shuffled = sent.sample(frac=1, random_state=1)
    partial = add_missing_communes(shuffled, each=KEYS)
    groups = partial.groupby(KEYS)
    is_complete = groups["code"].agg(lambda codes: sorted(codes) == sorted(CODES))
    assert is_complete.all()
    empty = partial["count"].isna()
    assert set(partial.loc[empty, "code"]) == set(missing)
    is_first = partial["period"] == 2022
    assert set(partial.loc[empty & is_first, "origin"]) == {"census"}
    assert set(partial.loc[empty & ~is_first, "origin"]) == {"reported"}
    known = partial[~empty].reset_index(drop=True)
    pd.testing.assert_frame_equal(known, sent, check_dtype=False)


def test_a_place_has_a_level_and_a_change_where_all_of_it_reported(missing):
    touched = set(HOME[missing])
    for period in (2022, 2023):
        rows = without(*missing, period=period).query("indicator == 'app_users'")
        table = hg.uptake(rows, period, source="x").table
        without_share = table.loc[table["share"].isna(), "code"]
        assert set(without_share) == touched
        if len(touched) == 8:
            with pytest.raises(places.NotGivenError, match="2022 và 2023"):
                hg.compare(rows, 2022, 2023, source="x")
            continue
        change = hg.compare(rows, 2022, 2023, source="x")
        table = change.table
        without_change = table.loc[table["change_pp"].isna(), "code"]
        assert set(without_change) == touched
        assert pd.isna(change.whole["change_pp"])


def test_a_density_is_of_places_that_reported_all_teams(missing):
    teams = frames.teams()
    known_teams = teams[~teams["code"].isin(missing)]
    all_teams = add_missing_communes(known_teams, each=["period"])
    density = frames.density(all_teams, level="district")
    is_unknown = density["members_per_1000"].isna()
    assert set(density.loc[is_unknown, "code"]) == set(HOME[missing])
    known_districts = set(HOME) - set(HOME[missing])
    assert set(density.loc[~is_unknown, "code"]) == known_districts


def test_the_estimate_is_of_communes_with_both_their_count_and_their_teams():
    silent, without_teams = CODES[:2]
    teams = frames.teams()
    known_teams = teams[teams["code"] != without_teams]
    known_teams = add_missing_communes(known_teams, each=["period"])
    reports = add_missing_communes(without(silent), each=KEYS)
    measure = indicators.get("app_users", period=2023)
    units = hg.design_frame(reports, known_teams, indicator=measure)
    assert sorted(units.index) == sorted(CODES[2:])
    assert units.notna().all(axis=None)


# --- running totals ---

SINCE_JANUARY = (
    'label = "Files"\ndenominator = "files"\nout_of = "files"\nover_time = "since_january"'
)


@pytest.fixture
def running(tmp_path):
    """A year from July in months: what is new, its running totals, and a function to read some."""
    months = list_periods("2025-07", "2026-06")
    when = "".join(f'when.{month} = "{month}"\n' for month in months)
    catalogue = f"[indicators.files]\n{SINCE_JANUARY}\n{when}"
    data = write(tmp_path / "data", {study.CATALOGUE: catalogue.encode()})
    draw = np.random.default_rng(3)
    codes = places.units().index[:9]
    keys = pd.MultiIndex.from_product([codes, months], names=["code", "period"])
    new = pd.DataFrame({"count": draw.poisson(9, len(keys))}, keys)
    not_online = draw.poisson(9, len(keys))
    new["out_of"] = new["count"] + not_online
    year = keys.get_level_values("period").str[:4]
    totals = new.groupby(["code", year]).cumsum()

    def read(rows):
        rows = rows.reset_index().assign(indicator="files", origin="reported")
        rows[REPORT_COLUMNS].to_csv(tmp_path / "totals.csv", index=False)
        with study.Study.open(data).use():
            return frames.read_long(tmp_path / "totals.csv").set_index(["code", "period"])

    return new, totals, read


def test_of_running_totals_the_new_counts_are_read_where_both_are_known(running):
    new, totals, read = running
    sent = totals.sample(frac=0.8, random_state=1)
    # the first of July 2025 is no January: what was new in that month is not known
    month = new.index.get_level_values("period").str[5:]
    is_sent = pd.Series(new.index.isin(sent.index), new.index)
    is_sent_before = is_sent.groupby("code").shift(fill_value=False)
    is_before_sent = is_sent_before | (month == "01")
    expected = new[is_before_sent].reindex(sent.index)
    assert expected.isna().any(axis=None)
    pairs = read(sent)[["count", "out_of"]]
    pd.testing.assert_frame_equal(pairs, expected, check_dtype=False)


def test_a_running_total_that_falls_is_refused_at_its_row(running):
    _, totals, read = running
    totals.iloc[7, 0] = totals.iloc[6, 0] - 1
    with pytest.raises(ValueError, match=says("frames_errors.falls")):
        read(totals)


# --- sums over periods ---


@pytest.fixture
def quarters(tmp_path):
    """Reports of five quarters: files, of which some small ones are hidden; users, and people."""
    codes = places.units().index
    periods = list_periods("2025-Q1", "2026-Q1")
    names = ["files", "users", "people"]
    keys = ["code", "period", "indicator"]
    sent = pd.MultiIndex.from_product([codes, periods, names], names=keys)
    draw = np.random.default_rng(4)
    counts = draw.poisson(12, len(sent))
    numbers = {
        "count": counts,
        "out_of": 100,
        "origin": "reported",
    }
    sent = pd.DataFrame(numbers, sent).reset_index()
    kinds = {
        "files": 'denominator = "files"',
        "users": "users = true",
        "people": "",
    }
    when = "".join(f'when.{key} = "{key}"\n' for key in sent["period"].unique())
    tables = [f"[indicators.{name}]\nlabel = '{name}'\n{kinds[name]}\n{when}" for name in kinds]
    files = {study.REPORTS: sent.to_csv(index=False), study.CATALOGUE: "\n".join(tables)}
    contents = {name: text.encode() for name, text in files.items()}
    data = write(tmp_path / "data", contents)
    with study.Study.open(data).use():
        yield sent


def test_new_counts_of_quarters_add_up_to_their_year(quarters):
    sums = frames.sum_periods("files", 2025).set_index("code")
    is_of_year = (quarters["indicator"] == "files") & (quarters["period"] < "2026")
    of_year = quarters[is_of_year]
    expected = of_year.groupby("code")[["count", "out_of"]].sum()
    reports = frames.reports().query("indicator == 'files' and period < '2026'")
    hides_any = suppress.is_hidden(reports).groupby(reports["code"]).any()
    assert 0 < hides_any.sum() < len(hides_any)
    expected = expected.mask(hides_any)
    pairs = sums[["count", "out_of"]]
    pd.testing.assert_frame_equal(pairs, expected, check_dtype=False)


NO_SUMS = [
    ("users", 2025, says("frames_errors.stock", measure="users", last="2025-Q4")),
    ("people", 2025, says("frames_errors.same_people", measure="people")),
    ("files", 2026, says("frames_errors.not_filled", whole=2026)),
    ("files", 2024, says("frames_errors.not_filled", whole=2024)),
]


@pytest.mark.parametrize(
    ("name", "period", "fault"),
    NO_SUMS,
)
@pytest.mark.usefixtures("quarters")
def test_what_is_no_sum_is_refused(name, period, fault):
    with pytest.raises(ValueError, match=fault):
        frames.sum_periods(name, period)

"""What changed? A change is a fact, and what is no change is refused."""

import re

import numpy as np
import pandas as pd
import pytest
from refusal_texts import says

import hganalysis as hg
from hganalysis import frames, places, study, words
from hganalysis.indicators import FALLS, RISES
from hganalysis.publish.own import write
from hganalysis.study import Study

STUDIES = [
    (None, "app_users"),
    (None, "files_online"),
    ("india_2023", "transactions"),
    ("india_2023", "registered_users"),
]


@pytest.fixture(params=STUDIES, ids=str)
def change_asked(request):
    """A measure, its rows in a disorder, and what changed from 2022 to 2023."""
    study_name, name = request.param
    with Study.open(study_name).use(), words.use("en"):
        rows = frames.reports().query("indicator == @name")
        shuffled = rows.sample(frac=1, random_state=1)
        yield name, shuffled, hg.compare(name, 2022, 2023)


def share_by_district(rows):
    """Add rows up by district and period, and divide."""
    home = rows["code"].map(places.units()["compared_code"])
    sums = rows.groupby([home, "period"])[["count", "out_of"]].sum()
    return (sums["count"] / sums["out_of"]).unstack()


def test_a_change_is_the_difference_of_plain_sums_and_turns_with_time(change_asked):
    _, rows, answer = change_asked
    share = share_by_district(rows)
    table = answer.table.set_index("code")
    difference = 100 * (share[2023] - share[2022])
    assert np.allclose(difference.reindex(table.index), table["change_pp"])
    back = rows.replace({"period": {2022: 2023, 2023: 2022}})
    back = hg.compare(back, 2022, 2023, source="us")
    change_back = back.table.set_index("code")["change_pp"]
    assert np.allclose(change_back.reindex(table.index), -table["change_pp"])
    n_down = answer.whole["parts"] - answer.whole["parts_up"]
    assert back.whole["parts_up"] == n_down
    for part in (table, answer.whole):  # what shares and weights did adds up to it
        assert np.allclose(part["within_pp"] + part["between_pp"], part["change_pp"])


def test_only_weights_moved_where_no_share_did():
    """Nobody uses it more or less; more people are where it is used."""
    codes = places.units().query("compared_code == '930'").index
    rows = pd.DataFrame({"code": codes, "origin": "reported"})
    rows["out_of"] = 1000.0 + 100 * np.arange(len(rows))
    rows["share"] = 0.2 + 0.05 * np.arange(len(rows))
    first_count = (rows["share"] * rows["out_of"]).round()
    first = rows.assign(period=2022, count=first_count)
    more_people = 1000 + 400.0 * np.arange(len(rows))
    second = rows.assign(period=2023, out_of=more_people)
    second["count"] = (second["share"] * second["out_of"]).round()
    answer = hg.compare(pd.concat([first, second]), 2022, 2023, source="us")
    row = answer.table.iloc[0]
    assert row["within_pp"] == pytest.approx(0)
    assert row["between_pp"] == pytest.approx(row["change_pp"])
    assert row["change_pp"] > 1


def test_a_small_change_shows_in_every_number_beside_it():
    """From 50.0% to 50.0% was up 0.004."""
    codes = places.compared().index
    rows = pd.DataFrame(
        {
            "code": codes,
            "origin": "reported",
            "out_of": 1_000_000,
        }
    )
    counts = 300_000 + 50_000 * np.arange(len(codes))
    first = rows.assign(period=2022, count=counts)
    second = first.assign(period=2023, count=counts + 40)
    both_periods = pd.concat([first, second])
    with words.use("en"):
        answer = hg.compare(both_periods, 2022, 2023, source="us")
        assert "from 47.500% to 47.504%" in str(answer)
        slopes = answer.slopes().figure
        lines = slopes.panels[0].rows.set_index("name")
        drawn = lines.loc[places.label(codes[0])]
        assert drawn["start"] == "30.000%"
        assert drawn["end"].startswith("30.004%  +0.004")
        expected = ["30.000%", "30.004%"]
        texts_of_both = hg.table(answer, ["before", "after"]).texts
        for table in (slopes.table, texts_of_both):
            by_district = table.set_index("District")
            texts = by_district.loc[places.label(codes[0])]
            assert texts.tolist()[:2] == expected
        uptake = hg.uptake(both_periods, 2023, source="us")
        ranked = uptake.order().figure.table[["2022", "2023"]]
        assert ranked.iloc[-1].tolist() == expected


def test_how_many_rose_says_how_many_are_not_counted():
    codes = places.units().index
    rows = pd.DataFrame(
        {
            "code": codes,
            "origin": "reported",
            "out_of": 10_000,
        }
    )
    numbers = np.arange(len(codes))
    first = rows.assign(period=2022, count=3_000 + 10 * numbers)
    second_count = first["count"] + 100 + 7 * (numbers % 5)
    second = first.assign(period=2023, count=second_count)
    with words.use("en"):
        reports = pd.concat([first, second])
        whole = str(hg.compare(reports, 2022, 2023, source="us"))
        assert "up in 75 of 75 communes." in whole
        without_three = pd.concat([first, second.iloc[3:]])
        incomplete = str(hg.compare(without_three, 2022, 2023, source="us"))
        # their district has no number of both years, and so none of its nine is counted
        assert "up in 66 of 66 communes (9 of 75 are not counted)." in incomplete


def test_copied_periods_are_named_as_such():
    with Study.open("india_2023").use(), words.use("en"):
        assert "one count rescaled" in str(hg.compare("registered_users", 2022, 2023))
        assert "one count rescaled" not in str(hg.compare("transactions", 2022, 2023))


def leave_out_a_report(rows):
    """Leave out the report of the first place in 2023."""
    is_first = rows["code"] == rows["code"].min()
    return rows[~(is_first & (rows["period"] == 2023))]


def test_a_place_without_a_period_is_named_and_in_no_sum(change_asked):
    _, rows, answer = change_asked
    reports_left = leave_out_a_report(rows)
    answer_left = hg.compare(reports_left, 2022, 2023, source="us")
    is_missing = answer_left.table["change_pp"].isna()
    names_missing = answer_left.table.loc[is_missing, "name"]
    assert len(names_missing) == 1
    assert names_missing.iloc[0] in str(answer_left)
    assert names_missing.iloc[0] in answer_left.slopes().figure.source
    assert pd.isna(answer_left.whole["change_pp"])
    assert answer_left.whole["parts"] < answer.whole["parts"]


def test_unlike_measures_and_times_are_refused():
    with pytest.raises(ValueError, match=r"hg\.uptake\('online_service_users', 2022\)") as refused:
        hg.compare("online_service_users", 2022, ("app_users", 2023))
    assert "hg.uptake('app_users', 2023)" in str(refused.value)
    backwards = says("period_errors.not_later", before=2023, after=2022)
    with pytest.raises(ValueError, match=backwards):
        hg.compare("app_users", 2023, 2022)
    with pytest.raises(LookupError, match="2021"):
        hg.compare("app_users", 2021, 2023)


@pytest.mark.parametrize("periods", [(2023, 2023), (2023, 2022)])
def test_of_a_frame_too_the_second_period_is_a_later_one(periods):
    frame = of_districts([(100, 120)] * 8)
    before, after = periods
    not_later = says("period_errors.not_later", before=before, after=after)
    with pytest.raises(ValueError, match=not_later):
        hg.compare(frame, *periods, source="us")
    answer = hg.compare(frame, 2022, 2023, source="us")
    assert answer.whole["change_pp"] == pytest.approx(2)


# Pictures


def of_districts(pairs):
    """Make a frame of all districts, each with a count of 2022 and one of 2023, out of 1,000."""
    codes = places.compared().index
    frames_of_periods = []
    for number, period in enumerate((2022, 2023)):
        counts = [pair[number] for pair in pairs]
        frames_of_periods.append(
            pd.DataFrame(
                {
                    "code": codes,
                    "period": period,
                    "count": counts,
                }
            )
        )
    return pd.concat(frames_of_periods).assign(out_of=1000, origin="reported")


def compare_districts(*changes, before=200):
    """Compare districts which had one count, and changed by these."""
    n_unsaid = 8 - len(changes)
    changes = [*changes, *[changes[-1]] * n_unsaid]
    pairs = [(before, before + change) for change in changes]
    return hg.compare(of_districts(pairs), 2022, 2023, source="us")


def test_a_line_goes_from_the_earlier_number_to_the_later_one(change_asked):
    _, rows, answer = change_asked
    share = share_by_district(rows)
    share.index = share.index.map(places.label)
    whole = rows.groupby("period")[["count", "out_of"]].sum()
    share.loc[words.term("change.all")] = whole["count"] / whole["out_of"]
    panel = answer.slopes().figure.panels[0]
    assert panel.heads == ("2022", "2023")
    lines = panel.rows.set_index("name")
    expected = share.loc[lines.index]
    assert np.allclose(lines["before"], expected[2022])
    assert np.allclose(lines["value"], expected[2023])
    write = answer.measure.write
    assert lines["start"].tolist() == [write(number) for number in expected[2022]]
    pairs = zip(lines["end"], expected[2023], lines["text"], strict=True)
    for end, number, change in pairs:
        assert end.startswith(f"{write(number)}  {change}  ")


def test_bold_lines_say_why(change_asked):
    _, rows, answer = change_asked
    figure = answer.slopes().figure
    lines = figure.panels[0].rows.query("bold")
    bold = lines["name"].tolist()
    names = answer.table["name"]
    assert bold == [names.iloc[0], names.iloc[-1], words.term("change.all")]
    whole = words.term("change.bold_whole")
    assert whole in figure.source
    assert whole not in answer.map().figure.source
    # without a sum, no line of the whole is drawn
    incomplete = hg.compare(leave_out_a_report(rows), 2022, 2023, source="us")
    figure = incomplete.slopes().figure
    assert words.term("change.bold") in figure.source
    assert whole not in figure.source


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_note_says_why_the_last_digits_do_not_add_up(language):
    """26.74 and 35.56: +8.8 stands beside 26.7 and 35.6."""
    with words.use(language):
        note = words.term("change.rounded")
        exact = of_districts([(267, 356)] * 8)
        plain = hg.compare(exact, 2022, 2023, source="us").slopes().figure
        assert note not in plain.source
        counts = exact["count"].replace({267: 2674, 356: 3556})
        rounded = exact.assign(count=counts, out_of=10_000)
        answer = hg.compare(rounded, 2022, 2023, source="us")
        assert note in answer.slopes().figure.source
        assert note not in answer.map().figure.source  # which shows changes alone


@pytest.mark.parametrize("sign", [1, -1])
def test_no_class_is_on_a_side_where_nothing_lies(sign):
    changes = [sign * change for change in (42, 75, 88, 30)]
    legend = one_map(compare_districts(*changes)).legend
    assert len(legend.colours) == len(legend.edges) - 1
    assert len(legend.colours) == len(legend.widths)
    zero = legend.edges[0] if sign > 0 else legend.edges[-1]
    assert float(zero.replace(",", ".")) == 0
    texts = legend.edges[1:] if sign > 0 else legend.edges[:-1]
    mark = "+" if sign > 0 else "−"
    assert all(text.startswith(mark) for text in texts if text)
    both_sides = one_map(compare_districts(*changes, -sign)).legend
    assert {"0", "0,0"} & set(both_sides.edges[1:-1])
    ends = {RISES[-1], FALLS[0]}
    assert ends <= set(both_sides.colours)
    assert not ends <= set(legend.colours)


def test_one_side_has_finer_classes():
    """+4.2 and +7.5 were one blue."""
    answer = compare_districts(42, 75, 88, 30)
    colours = one_map(answer).places["colour"]
    assert colours.nunique() == 4
    panel = one_map(hg.compare("app_users", 2022, 2023))
    colour = panel.places.set_index("text")["colour"]
    assert colour["+4,2"] != colour["+7,5"]
    assert len(panel.legend.colours) <= 6
    # the list and the legend have the colours of the map
    assert set(panel.places["colour"]) <= set(panel.legend.colours)


def one_map(answer):
    return answer.map().figure.panels[0]


def test_places_without_parts_say_nothing_of_parts():
    """Reports by district: there are no communes that rose, nor any whose level changed."""
    frame = of_districts([(100, 120)] * 8)
    with words.use("en"):
        answer = hg.compare(frame, 2022, 2023, source="us")
        components = answer.table[["within_pp", "between_pp"]]
        assert components.isna().all(axis=None)
        assert "communes" not in str(answer)
        heads = hg.table(answer).texts.columns.tolist()
        assert heads == ["District", "Before", "After", "Change, percentage points"]
        complete = hg.compare("app_users", 2022, 2023)
        assert "Communes that rose" in hg.table(complete).texts
        components = complete.table[["within_pp", "between_pp"]]
        assert components.notna().all(axis=None)


QUARTERS = ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1"]


TRENDS = [
    ([30, 35, 40, 45], QUARTERS[:4], "up in each of the last 3 quarters", "30.0% in Q1 2025"),
    (
        [45, 40, 35, 30],
        [2019, 2020, 2021, 2022],
        "down in each of the last 3 years",
        "45.0% in 2019",
    ),
    ([50, 35, 33, 45], QUARTERS[:4], "up in 1 of the last 3 quarters", "50.0% in Q1 2025"),
    ([50, 30, 35, 40, 45], QUARTERS, "up in each of the last 3 quarters", "30.0% in Q2 2025"),
    ([30, 35, 40], QUARTERS[:3], "", ""),
    # a quarter that was not counted: only two follow each other
    ([25, 30, 35, 40], [*QUARTERS[:2], *QUARTERS[3:]], "", ""),
]


@pytest.mark.parametrize(("percents", "periods", "clause", "start"), TRENDS)
def test_the_trend_of_the_whole_is_told_from_four_periods_on(percents, periods, clause, start):
    codes = places.units().index
    tables = []
    for percent, period in zip(percents, periods, strict=True):
        columns = {
            "code": codes,
            "period": period,
            "count": 10 * percent,
            "out_of": 1000,
        }
        tables.append(pd.DataFrame(columns))
    with words.use("en"):
        rows = pd.concat(tables).assign(origin="reported")
        change = hg.compare(rows, periods[-2], periods[-1], source="us")
        text = change.describe()
        title = change.over_time().figure.title
        title_of_pair = change.slopes().figure.title
    assert ("of the last" in text) == ("of the last" in title) == bool(clause)
    if clause:
        assert f"; {clause}, from {start};" in text
        # the line is titled by what all of it says, from its first level to its last
        assert title.lower().startswith(clause)
        levels = [float(number) for number in re.findall(r"([\d.]+)%", title)]
        assert levels == [float(start.split("%")[0]), percents[-1]]
    else:
        assert title == title_of_pair


def test_a_source_that_was_filling_up_has_no_trend(tmp_path):
    """Four quarters rise, but the second had four times as many files a day as the first."""
    rows = []
    percents = [30, 35, 40, 45]
    files = [250, 1000, 1000, 1000]
    for period, percent, out_of in zip(QUARTERS[:4], percents, files, strict=True):
        counted = percent * out_of // 100
        rows += [(code, period, "files_online", counted, out_of) for code in places.units().index]
    columns = ["code", "period", "indicator", "count", "out_of"]
    table = pd.DataFrame(rows, columns=columns).assign(origin="reported")
    measure = (
        '[indicators.files_online]\nlabel = "Files"\nover_time = "new"\ndenominator = "files"\n'
    )
    measure += 'breaks = [0.5]\nout_of = "files"\n'
    measure += "".join(f'when.{period} = "{period}"\n' for period in QUARTERS[:4])

    def tell_trend(table, folder):
        files = {study.REPORTS: table.to_csv(index=False), study.CATALOGUE: measure}
        data = write(folder, {name: text.encode() for name, text in files.items()})
        with Study.open(data).use():
            return hg.compare("files_online", *QUARTERS[2:4]).trend

    assert tell_trend(table, tmp_path / "filling") is None
    alike = table.assign(count=table["count"] * 1000 // table["out_of"], out_of=1000)
    assert tell_trend(alike, tmp_path / "alike").n_up == 3


SEASONS = [
    ("new", "2026-Q2", True),
    ("new", "2026-Q3", False),
    ("stock", "2026-Q2", False),
]


@pytest.mark.parametrize(
    ("over_time", "second", "clause"),
    SEASONS,
)
def test_two_seasons_are_named_for_what_is_new_in_them(over_time, second, clause, tmp_path):
    periods = {2022: "2025-Q3", 2023: second}
    files_online = frames.reports().query("indicator == 'files_online'").replace
    sent = files_online({"period": periods})
    measure = (
        f'[indicators.files_online]\nlabel = "Files"\nover_time = "{over_time}"\nbreaks = [0.5]\n'
    )
    when = "".join(f'when.{period} = "{period}"\n' for period in periods.values())
    files = {study.REPORTS: sent.to_csv(index=False), study.CATALOGUE: measure + when}
    contents = {name: text.encode() for name, text in files.items()}
    data = write(tmp_path / "data", contents)
    with Study.open(data).use(), words.use("en"):
        text = hg.compare("files_online", "2025-Q3", second).describe()
    assert (" Q2 2026 is compared with Q3 2025: these are different seasons." in text) == clause

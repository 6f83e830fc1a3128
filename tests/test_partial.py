"""Draw and say of a report that is not complete what came, and of how many."""

import pandas as pd
import pytest

from hganalysis import (
    change,
    demo,
    effect,
    figures,
    findings,
    frames,
    indicators,
    maps,
    places,
    ranks,
    rates,
    slides,
    suppress,
    words,
    workbook,
)
from hganalysis.figures.states import NothingToShow
from hganalysis.frames import every_commune
from hganalysis.render import static

PROVINCE = demo.simulate()
USERS = indicators.get("app_users", year=2023)
BEFORE = indicators.get("app_users", year=2022)
KEYS = ["year", "indicator"]
CODES = places.communes().index.tolist()
DISTRICT = places.communes().query("district_code == '932'").index.tolist()
MOST = CODES[::2] + CODES[1::10]  # some in every district
MISSING = {"one": ["31318"], "a district": DISTRICT, "most": MOST}


def without(*codes, year=None):
    """Take communes out of the reports, of one year or of all."""
    table = PROVINCE.reports
    gone = table["code"].isin(codes) & ((table["year"] == year) | (year is None))
    return table[~gone].reset_index(drop=True)


@pytest.fixture(params=MISSING)
def missing(request):
    """Give codes of communes that sent nothing."""
    return MISSING[request.param]


@pytest.fixture
def partial(missing):
    """Give reports without these communes, as `frames.reports` lays them out."""
    return every_commune(without(*missing), each=KEYS)


def test_what_did_not_come_has_a_row_without_numbers_and_nothing_else_changes(missing, partial):
    groups = partial.groupby(KEYS)
    assert groups["code"].agg(lambda codes: sorted(codes) == sorted(CODES)).all()
    empty = partial["count"].isna()
    assert set(partial.loc[empty, "code"]) == set(missing)
    assert set(partial.loc[empty, "origin"]) == {"simulated"}
    sent = without(*missing).sort_values([*KEYS, "code"], ignore_index=True)
    pd.testing.assert_frame_equal(partial[~empty].reset_index(drop=True), sent, check_dtype=False)


def test_a_complete_report_stays_as_it_is():
    pd.testing.assert_frame_equal(every_commune(PROVINCE.reports, each=KEYS), PROVINCE.reports)


def test_communes_that_sent_nothing_are_drawn_as_no_data(missing):
    table = rates.uptake(rates.pick(without(*missing), USERS))
    ax = maps.commune_map(table, "share", classes=indicators.classes(USERS.name))
    picture = maps.finish(ax.figure, source=findings.source(table), as_of=USERS.when)
    assert f"n = {75 - len(missing)}/75" in str(picture)
    drawn = maps.locate(table, places.points())
    assert drawn.loc[missing, "state"].eq("no data").all()


def test_only_what_came_is_said_and_of_how_many(missing, partial):
    complete = set(places.districts().index) - {
        places.communes()["district_code"].loc[code] for code in missing
    }
    with words.use("en"):
        said = findings.uptake(partial, indicator=USERS)
        names = {code: places.name(code) for code in places.districts().index}
    known = rates.pick(PROVINCE.reports, USERS)
    known = known[~known["code"].isin(missing)]
    people = places.communes()["population"]
    covered = people.drop(missing).sum() / people.sum()
    with words.use("en"):
        assert words.percent(known["count"].sum() / known["out_of"].sum()) in said
        assert f"which have {words.percent(covered, decimals=0)} of the residents" in said
    assert f"in the {75 - len(missing)} of 75 communes that reported" in said
    assert "in the province (" not in said
    assert f"{8 - len(complete)} of 8 places" in said
    assert not any(name in said for code, name in names.items() if code not in complete)


@pytest.mark.parametrize("gone", [["31318"], DISTRICT, DISTRICT[:1] + CODES[:1]])
def test_a_year_of_which_some_came_is_not_said_to_be_missing(gone, monkeypatch):
    monkeypatch.setattr(ranks, "MOST_RANKED", 0)  # which take long and are not asked for here
    reports = every_commune(without(*gone, year=2022), each=KEYS)
    figure = slides.answers(reports).where.figure
    assert figure.missing == ()
    assert figure.names == (BEFORE.when, USERS.when)
    none = reports.assign(count=reports["count"].mask(reports["year"] == 2022))
    figure = slides.answers(none).where.figure
    assert figure.missing == (str(BEFORE),)
    assert figure.names == (USERS.when,)


def test_a_complete_report_is_of_the_province():
    with words.use("en"):
        said = findings.uptake(PROVINCE.reports, indicator=USERS)
    assert "% in the province (" in said
    assert "reported" not in said
    assert "missing" not in said


def test_a_change_is_of_what_reported_in_both_years(missing):
    reports = every_commune(without(*missing, year=2022), each=KEYS)
    made = {
        by: change.difference(reports, before=BEFORE, after=USERS, by=by)
        for by in ("district", "province")
    }
    touched = {places.communes()["district_code"].loc[code] for code in missing}
    known = made["district"].set_index("code")["change_pp"]
    assert set(known.index[known.isna()]) == touched
    assert made["province"]["change_pp"].isna().all()
    with words.use("en"):
        said = findings.change(made["district"], made["province"], before=BEFORE, after=USERS)
        split = findings.decomposition(change.decompose(reports, before=BEFORE, after=USERS))
    assert "no change of the whole province is given" in said
    assert f"{len(touched)} of 8 places" in said
    assert "cannot be split" in split
    assert "–" not in said + split


def test_density_is_of_the_districts_that_reported_all_teams(missing):
    teams = PROVINCE.teams[~PROVINCE.teams["code"].isin(missing)]
    table = rates.density(every_commune(teams, each=["year"]), level="district")
    touched = {places.communes()["district_code"].loc[code] for code in missing}
    with words.use("en"):
        said = findings.density(table[table["year"] == 2022])
    whole = "No district has complete reports" if len(touched) == 8 else f"{8 - len(touched)} of 8"
    assert said.startswith("Simulated data. " * (len(touched) < 8) + whole)


def test_the_estimate_is_of_communes_with_both_their_count_and_their_teams(missing, partial):
    other = next(code for code in CODES if code not in missing)
    teams = every_commune(PROVINCE.teams[PROVINCE.teams["code"] != other], each=["year"])
    units = effect.units(partial, teams, indicator=USERS)
    assert sorted(units.index) == sorted(set(CODES) - {*missing, other})
    assert units.notna().all(axis=None)


def test_there_is_no_estimate_of_nothing():
    nobody = PROVINCE.teams.assign(teams=None, members=None)
    with pytest.raises(effect.Refused, match="both app_users and its exposure in 2023"):
        effect.units(PROVINCE.reports, nobody, indicator=USERS)


def test_nothing_of_what_did_not_come_counts_as_a_report(partial, missing):
    with words.use("en"):
        said = findings.small_counts(partial)
    assert f"in all {(75 - len(missing)) * partial.groupby(KEYS).ngroups} reports" in said
    assert frames.reported_years(partial, "headline") == [2022, 2023]


# --- a figure of nothing is no figure ---


def drawn(draw, *, legend=False):
    """Draw on a sheet, and close it."""
    figure, axes = maps.sheet(title="x", legend=legend)
    draw(axes[0])
    return maps.finish(figure, source="x", as_of="x")


def every_figure(reports):
    """Draw every figure that needs districts with complete reports, each on a sheet of its own."""
    districts = rates.to_districts(reports)
    table = rates.pick(districts, USERS)
    pair = {"before": BEFORE, "after": USERS}
    difference = change.difference(reports, **pair)
    shift = change.rank_shift(reports, **pair)
    sets = ranks.rank_sets(reports, indicator=USERS)
    limits = ranks.funnel(reports, indicator=USERS)
    located = maps.locate(table, places.areas())
    classes = indicators.classes(USERS.name)
    return {
        "map": lambda ax: maps.choropleth(located, "share", classes=classes, ax=ax),
        "intervals": lambda ax: static.draw(figures.intervals(districts, indicator=USERS), ax),
        "ranking": lambda ax: static.draw(figures.ranking(sets, indicator=USERS), ax),
        "funnel": lambda ax: static.draw(figures.funnel(limits, indicator=USERS), ax),
        "slopes": lambda ax: static.draw(figures.slopes(difference, **pair), ax),
        "bumps": lambda ax: static.draw(figures.bumps(shift, **pair), ax),
    }


def test_figures_of_districts_refuse_where_no_district_is_complete():
    reports = every_commune(without(*MOST), each=KEYS)
    for draw in every_figure(reports).values():
        with pytest.raises(NothingToShow, match="8 đơn vị"):
            drawn(draw)


@pytest.mark.parametrize("name", ["map", "intervals", "ranking", "funnel", "slopes", "bumps"])
def test_and_are_drawn_where_one_is_missing(name):
    reports = every_commune(without("31318"), each=KEYS)
    partial, whole = (
        drawn(every_figure(one)[name], legend=name == "map").passport
        for one in (reports, frames.reports())
    )
    assert partial.recipe == whole.recipe
    assert partial.hash != whole.hash  # the district of that commune is drawn as unknown


# --- what is hidden together is no dot, and what is added up heads nothing ---


@pytest.mark.parametrize("within", [True, False])
def test_communes_that_are_hidden_together_are_no_dots(within):
    reports = PROVINCE.reports.copy()
    small = (reports["code"] == "31318") & (reports["indicator"] == USERS.name)
    reports.loc[small, "count"] = 2
    released = suppress.small(reports)
    units = effect.units(released, PROVINCE.teams, indicator=USERS)
    hidden = suppress.is_hidden(units)
    assert hidden.sum() >= 2
    panel = figures.dose_response(units, indicator=USERS, within=within)
    assert len(panel.dots) == (~hidden).sum()


@pytest.mark.parametrize(
    ("heading", "settled"), [("Huyện Vị Thủy", True), ("Cộng huyện Vị Thủy", False)]
)
def test_a_row_that_adds_a_district_up_does_not_head_the_rows_below(heading, settled, tmp_path):
    # without its type, and without a district, Vĩnh Tường is a ward and a commune
    number = "" if settled else "3500"
    lines = [
        "Tên xã,Năm,app_users.count",
        f"{heading},2023,{number}",
        "Vĩnh Tường,2023,1800",
        "Xã Vị Trung,2023,1700",
    ]
    file = tmp_path / "x.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    found = workbook.read(file)
    read = dict(zip(found.rows["row"], found.rows["kind"], strict=True))
    assert read[3] == ("accepted" if settled else "rejected")
    assert read[4] == "accepted", found.faults["message"].tolist()
    below = (found.changes["before"] == "") & found.changes["after"].str.contains("Vị Thủy")
    assert below.sum() == (2 if settled else 0)


def test_a_total_in_the_column_of_districts_is_not_taken_for_the_rows_below(tmp_path):
    lines = [
        "Huyện,Tên xã,Năm,app_users.count",
        "Thành phố Vị Thanh,Xã Vị Tân,2023,1500",
        ",Xã Hỏa Lựu,2023,1400",
        "Cộng huyện Vị Thủy,,2023,2900",
        ",Xã Vị Trung,2023,1700",
    ]
    file = tmp_path / "x.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    found = workbook.read(file)
    assert not found.changes["after"].str.contains("Cộng").any()


def test_a_table_says_how_many_communes_reported_of_how_many(partial, missing):
    table = rates.pick(rates.to_districts(partial), USERS)
    every = places.communes()["district_code"]
    gone = every.loc[missing].value_counts()
    told = table.set_index("code")["communes"]
    assert (told == every.value_counts().sub(gone, fill_value=0).loc[told.index]).all()
    with words.use("en"):
        shown = findings.table(table)["Communes"]
    assert shown.str.contains(" of ").sum() == len(gone)


def test_a_map_on_a_sheet_without_a_legend_is_refused_in_words():
    with pytest.raises(ValueError, match="legend=True"):
        drawn(every_figure(frames.reports())["map"])

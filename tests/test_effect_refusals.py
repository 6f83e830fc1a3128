"""What the data cannot carry is refused with its reason; what they carry weakly is flagged."""

import numpy as np
import pandas as pd
import pytest
from effect_cases import communes, design, earlier, invented, rung

import hganalysis as hg
from hganalysis import words
from hganalysis.effect import rungs, sensitivity
from hganalysis.effect.errors import wild_bootstrap
from hganalysis.effect.rungs import Rung, check, two_years


def first(table, number):
    return table[table["district"] <= number]


def moving_in(table, districts):
    """Let the exposure differ within these districts only."""
    mean = table.groupby("district")["density"].transform("mean")
    return table.assign(density=table["density"].where(table["district"].isin(districts), mean))


def between(table):
    """Let nearly all of the exposure lie between districts."""
    return table.assign(density=table["district"] + 1e-3 * table["density"])


def zero(table, district):
    return table.assign(users=table["users"].where(table["district"] != district, 0))


T = communes()
RUNGS = {
    "no counts": lambda: rung(T.assign(users=0)),
    "constant exposure": lambda: rung(T.assign(density=5.2)),
    "within share below 5 %": lambda: rung(between(T)),
    "too many regressors": lambda: rung(T, 5, "urban", "members"),
    "too few clusters": lambda: rung(first(T, 6), 5),
    "a cluster without counts": lambda: rung(zero(T, 3), 5),
    "fewer than 4 clusters": lambda: rung(first(T, 3)),
    "unbalanced years": lambda: two_years(rung(T).data, earlier().iloc[8:]),
    "hardly any change": lambda: two_years(
        rung(T).data,
        earlier().assign(density=T["density"] + 0.09 * (earlier()["density"] - T["density"])),
    ),
    "collinear controls": lambda: rung(T.assign(rural=1 - T["urban"]), 2, "urban", "rural"),
    "one cluster carries it": lambda: rung(moving_in(T, [5])),
    "nothing left over": lambda: rung(
        T.assign(users=T["population"] * (0.2 + 0.01 * T["district"]))
    ),
    "df below 2": lambda: rung(moving_in(T, [5, 6])),
}


def test_every_rule_is_tried_here():
    assert list(RUNGS) == [reason for reason, _, _ in rungs.REFUSALS]
    assert set(FLAGGED) == {reason for reason, _, _ in rungs.FLAGS}


@pytest.mark.parametrize("reason", RUNGS)
def test_what_cannot_be_estimated_is_refused_with_its_reason(reason):
    with pytest.raises(hg.Refused) as refused:
        check(RUNGS[reason]())
    assert refused.value.reason == reason
    said = []
    for language in words.LANGUAGES:
        with words.use(language):
            said.append(str(refused.value))
            assert "{" not in said[-1]
            assert "[" not in said[-1]
    assert said[0] != said[1]


OTHERS = {
    "control repeats the exposure": (
        "collinear controls",
        lambda: T.assign(x=T["density"] / 10 + 3),
    ),
    "constant control": ("collinear controls", lambda: T.assign(x=1.0)),
    "control of districts": ("collinear controls", lambda: T.assign(x=T["district"] % 2)),
    "carries beside a control": (
        "one cluster carries it",
        lambda: T.assign(x=T["density"] + (T["district"] == 4) * np.arange(75) % 3),
    ),
    "units without counts": (
        "no convergence",
        lambda: T.assign(x=T["urban"], users=T["users"] * (1 - T["urban"])),
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_controls_that_cannot_be_held_are_refused(case):
    reason, table = OTHERS[case]
    answer = design(table(), "x").headline()
    assert answer.refused.reason == reason
    assert answer.picture() is None
    assert answer.table["flags"].tolist() == [f"refused: {reason}"]
    assert answer.table["reason"].iloc[0] == str(answer.refused)


FLAGGED = {
    "low information": lambda: rung(first(T, 5)),
    "little within variance": lambda: rung(T.assign(density=2.2 * T["district"] + T["density"])),
    "zero clusters dropped": lambda: rung(zero(T, 3)),
    "two clusters carry it": lambda: rung(moving_in(T, [5, 6])),
    "df below 3": lambda: rung(moving_in(T, [5, 6, 1])),
    "near the ceiling": lambda: rung(T, 2, "urban", count="near"),
    "acts, not people": lambda: rung(T.assign(users=T["users"] + 90_000 * (T.index == 7))),
    "little change": lambda: two_years(
        rung(T).data,
        earlier().assign(density=T["density"] + 0.25 * (earlier()["density"] - T["density"])),
    ),
    "permutation approximate": lambda: rung(T, 5, "urban"),
}


@pytest.mark.parametrize("reason", FLAGGED)
def test_what_is_weak_is_flagged(reason):
    found = FLAGGED[reason]()
    holds = next(rule for name, _, rule in rungs.FLAGS if name == reason)
    assert holds(found)
    plain = two_years(rung(T).data, earlier()) if reason == "little change" else rung(T)
    if reason != "permutation approximate":
        assert not holds(plain)


def test_flags_of_an_estimate_are_told():
    answer = design(zero(T, 3)).headline()
    assert "zero clusters dropped" in answer.table["flags"].iloc[0]
    assert answer.table["clusters"].iloc[0] == 7
    with words.use("en"):
        assert "clusters with zero counts were dropped" in str(answer)


VALUES = {
    "count": [("users", -1), ("users", np.inf), ("users", None), ("users", "many")],
    "other": [("population", 0), ("density", np.nan), ("urban", pd.Timestamp("2022-01-01"))],
    "cluster": [("district", None)],
}


@pytest.mark.parametrize(("column", "value"), [one for many in VALUES.values() for one in many])
def test_every_bad_value_is_listed(column, value):
    table = T.astype({column: object})
    table.loc[[7, 9], column] = value
    with pytest.raises(hg.Refused) as refused:
        design(table, "members" if column != "urban" else "urban")
    assert refused.value.reason == "missing or impossible values"
    assert f"7: {column}" in str(refused.value)
    assert f"9: {column}" in str(refused.value)
    with words.use("en"):
        assert str(refused.value).startswith("2 values of 75 rows")


def test_five_bad_values_are_listed_and_how_many_more():
    with pytest.raises(hg.Refused) as refused:
        design(T.assign(users=-1))
    assert str(refused.value).count("users = -1") == 5
    assert "(+70)" in str(refused.value)


WRONG = {
    "no such column": (LookupError, lambda: design(T, "rain")),
    "two parts": (ValueError, lambda: design(T, "density")),
    "a column twice": (ValueError, lambda: design(pd.concat([T, T[["users"]]], axis=1))),
    "no list": (TypeError, lambda: design(T, controls="urban")),
    "doubt of 10": (ValueError, lambda: design(T, doubt=10)),
    "no origin": (ValueError, lambda: design(T, origin=None)),
    "no source": (ValueError, lambda: design(T, source=None)),
    "other weights": (ValueError, lambda: design(T).bootstrap(draws=9, weights="mammen")),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_questions_are_errors(case):
    kind, ask = WRONG[case]
    with pytest.raises(kind) as wrong:
        ask()
    assert not isinstance(wrong.value, hg.Refused)


REFUSED = {
    "a unit twice": lambda: design(pd.concat([T, T.iloc[:1]])),
    "sum over platforms": lambda: design(T, count=["users", "members"]),
    "names of clusters alike": lambda: design(
        T.assign(district=T["district"].astype(str).where(T.index != 1, "1\N{NO-BREAK SPACE}"))
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_frame_that_can_be_read_in_two_ways_is_refused(reason):
    with pytest.raises(hg.Refused) as refused:
        REFUSED[reason]()
    assert refused.value.reason == reason
    assert "{" not in str(refused.value).replace("{'", "")


YEARS = {
    "not the same indicator": (T.assign(indicator="a"), earlier().assign(indicator="b")),
    "units without names": (T.reset_index(drop=True), earlier().reset_index(drop=True)),
    "units in other clusters": (T, earlier().assign(district=T["district"].where(T.index > 1, 9))),
    "fewer than 4 clusters": (first(T, 3), first(earlier(), 3)),
}


@pytest.mark.parametrize("reason", YEARS)
def test_two_years_that_do_not_compare_are_refused(reason):
    now, then = YEARS[reason]
    row = design(now).ladder(before=then).table.set_index("way").loc["4"]
    assert row["flags"] == f"refused: {reason}"
    assert np.isnan(row["rate_ratio"])


def test_zeros_in_two_years_are_counted_and_a_unit_without_any_is_dropped():
    now, then = T.assign(users=T["users"] * (T.index != 9)), earlier()
    found = two_years(rung(now).data, then)
    assert found.results.model.family.__class__.__name__ == "Binomial"
    assert found.scale == 1  # that odds ratio is the ratio of rates
    assert len(found.data.units) == 75
    none = two_years(rung(now).data, then.assign(users=then["users"] * (then.index != 9)))
    assert 9 not in none.data.units.index


def test_a_refused_design_names_the_unit_and_leaving_out_is_answered():
    asked = design(moving_in(T, [5, 6]))
    answer = asked.headline()
    assert answer.refused.reason == "df below 2"
    assert asked.rung.heaviest[0] in str(answer)
    left = asked.leave_one_out()
    assert left.refused is None
    assert len(left.table) == 8
    carried = design(moving_in(T, [5])).leave_one_out().table.set_index("left_out")
    assert np.isnan(carried.loc["5", "rate_ratio"])


def test_a_far_district_is_no_evidence_where_it_is_more_variable():
    # Only between districts does it differ, one of them far off: df of Bell and McCaffrey, and no
    # headline in place of an interval that covered 56 %.
    far = between(T).assign(density=lambda t: t["density"] + 200 * (t["district"] == 8))
    answer = design(far).headline()
    assert answer.refused.reason in {"df below 2", "one cluster carries it"}


def test_what_asks_of_units_is_refused_where_clusters_are_compared():
    asked = design(between(T))
    assert asked.headline().table["rung"].iloc[0] == 5
    for question in (asked.sensitivity, asked.naive, lambda: asked.placebos("members")):
        assert question().refused.reason == "compared by cluster only"
    assert asked.power().refused is None
    assert asked.leave_one_out().refused is None


def test_signs_and_bootstraps_are_refused_where_they_say_nothing():
    for clusters in (5, 17):
        answer = design(invented(7, sizes=(9,) * clusters)).bootstrap(weights="rademacher")
        assert answer.refused.reason == "signs need 6 to 16 clusters"
    found = rung(invented(3, sizes=(4,) * 201))
    with pytest.raises(hg.Refused, match="200"):
        wild_bootstrap(found.results, found.data.units["cluster"], "density")
    same = [design(T).bootstrap(draws=99).table["p_value"].iloc[-1] for _ in range(2)]
    assert same[0] == same[1] >= 1 / 100


def test_nothing_is_stronger_than_all():
    with pytest.raises(hg.Refused) as refused:
        sensitivity.bound(0.4, 0.1, times=3)
    assert refused.value.reason == "impossible benchmark"


def test_texts_of_the_other_year_are_those_of_this_one():
    zone = pd.Series(np.where(T.index % 3, "coast", "arid"), T.index)
    now, then = T.assign(zone=zone), earlier().assign(zone=zone)
    row = design(now, "zone").ladder(before=then).table.set_index("way").loc["4"]
    assert np.isfinite(row["rate_ratio"])
    strange = then.assign(zone=zone.where(T.index != 4, "moon"))
    row = design(now, "zone").ladder(before=strange).table.set_index("way").loc["4"]
    assert row["flags"] == "refused: texts of one year only"
    assert "moon" in row["reason"]


def test_a_rung_computes_nothing_that_is_not_asked():
    assert set(vars(Rung(rung(T).data, 2))) == {"asked", "number", "name", "moved", "balance"}

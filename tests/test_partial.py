"""Draw and say of a report that is not complete what came, and of how many."""

import pytest

from hganalysis import demo, findings, indicators, maps, places, rates

PROVINCE = demo.province()
USERS = indicators.get("app_users", year=2023)


def without(*codes, year=None):
    """Take communes out of the reports, of one year or of all."""
    table = PROVINCE.reports
    gone = table["code"].isin(codes) & ((table["year"] == year) | (year is None))
    return table[~gone].reset_index(drop=True)


@pytest.mark.parametrize("missing", [["31318"], ["31318", "31473", "31366"]])
def test_communes_that_sent_nothing_are_drawn_as_no_data(missing):
    reports = without(*missing)
    table = rates.uptake(rates.pick(reports, USERS))
    ax = maps.communes(table, "share", classes=indicators.classes(USERS.name))
    picture = maps.finish(ax.figure, source=findings.source(table), as_of=USERS.when)
    assert f"n = {75 - len(missing)}/75" in str(picture)
    drawn = maps.locate(table, places.points())
    assert drawn.loc[missing, "state"].eq("no data").all()

"""A table of an answer says where its numbers come from, and keeps saying it."""

import pandas as pd
import pytest

import hganalysis as hg
from hganalysis import study

SIMULATED = [
    lambda: hg.uptake("app_users", 2023).table,
    lambda: hg.uptake("app_users", 2023).parts,
    lambda: hg.compare("app_users", 2022, 2023).table,
]


@pytest.mark.parametrize("make", SIMULATED)
def test_a_table_of_simulated_numbers_says_so_in_each_row(make):
    table = make()
    assert table["origin"].eq("simulated").all()
    assert ",simulated" in table.to_csv()


def test_a_table_of_published_numbers_says_so():
    with study.Study.open("phu_tho_2026").use():
        table = hg.uptake("paid_online", "2026-Q3").table
    assert len(table) == 148
    assert table["origin"].eq("published").all()


@pytest.mark.parametrize("origin", ["reported", "census", "published"])
def test_simulated_rows_are_not_drawn_as_of_another_origin(origin):
    table = hg.uptake("app_users", 2023).table
    with pytest.raises(ValueError, match=r"8 of 8 rows say .* simulated"):
        hg.map(table, "share", origin=origin, source="us")
    mixed = table.assign(origin=["simulated", *["reported"] * 7])
    with pytest.raises(ValueError, match="1 of 8 rows"):
        hg.map(mixed, "share", origin=origin, source="us")


def test_simulated_rows_are_drawn_with_their_strip_and_real_rows_as_they_are_called():
    table = hg.uptake("app_users", 2023).table
    by_column = hg.map(table, "share", source="us").figure
    said = hg.map(table, "share", origin="simulated", source="us").figure
    assert by_column.banner == said.banner != ""
    real = table.assign(origin="census")
    assert not hg.map(real, "share", origin="reported", source="us").figure.banner
    bare = pd.DataFrame(table.drop(columns="origin"))
    assert not hg.map(bare, "share", origin="reported", source="us").figure.banner

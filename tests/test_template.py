"""Check the form that is handed out: filled in, it comes back as it was filled."""

import openpyxl
import pandas as pd
import pytest

from hganalysis import intake, places


def fill(file, year, *, change=None):
    """Fill a template in with the simulated province, as a person would: only the open cells."""
    counts = intake.reports().set_index(["code", "year", "indicator"])
    teams = intake.teams().set_index(["code", "year"])
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(min_row=3):
        code = row[0].value
        for cell, field in zip(row, [one.value for one in sheet[2]], strict=True):
            if cell.protection.locked:
                continue
            measure, _, part = field.partition(".")
            if field in ("teams", "members"):
                cell.value = int(teams.loc[(code, year), field])
            elif part == "count" or measure == "files_online":
                cell.value = int(counts.loc[(code, year, measure), part])
    if change:
        change(sheet)
    book.save(file)
    return file


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Give the template of each year, filled in."""
    folder = tmp_path_factory.mktemp("filled")
    return {
        year: fill(intake.template(folder / f"{year}.xlsx", year=year), year)
        for year in (2022, 2023)
    }


@pytest.mark.parametrize("year", [2022, 2023])
def test_a_filled_template_comes_back_as_it_was_filled(filled, year):
    found = intake.read(filled[year])
    assert found.complete
    assert found.faults.empty
    assert found.changes.empty
    for frame, ours in ((found.reports, intake.reports()), (found.teams, intake.teams())):
        expected = ours[ours["year"] == year].reset_index(drop=True).assign(origin="reported")
        pd.testing.assert_frame_equal(frame, expected)
    residents = found.residents.set_index("code")
    census = places.communes()
    assert residents["population"].to_dict() == census["population"].to_dict()
    assert residents["households"].to_dict() == census["households"].to_dict()
    assert set(residents["origin"]) == {"census"}
    intake.require_reports(found.reports)
    intake.require_teams(found.teams)

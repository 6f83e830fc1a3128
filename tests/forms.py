"""Fill in the forms that the package hands out, as a person would."""

import openpyxl

from hganalysis import frames


def fill(file, year, *, change=None):
    """Fill a template in with the simulated province, as a person would: only the open cells."""
    counts = frames.reports().set_index(["code", "year", "indicator"])
    teams = frames.teams().set_index(["code", "year"])
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

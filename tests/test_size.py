"""A study as large as a country: what a page of one place costs is not the size of the country."""

import pytest

import hganalysis as hg
from benchmarks import size
from hganalysis.figure import Map
from hganalysis.publish import own
from hganalysis.sheets import layout, numbers
from hganalysis.sheets.panels import Stack


def shapes_of(panel):
    """Count the shapes that a panel draws, with those in its bands."""
    if isinstance(panel, Stack):
        return sum(shapes_of(cell.panel) for band in panel.bands for cell in band.cells)
    if not isinstance(panel, Map):
        return 0
    return len(panel.places) + (0 if panel.ground is None else len(panel.ground))


@pytest.mark.parametrize("levels", [1, 2])
def test_shapes_of_a_sheet_are_those_of_its_place_and_few_others(levels, tmp_path, monkeypatch):
    n_places, n_wholes = layout.MAX_OTHERS_ON_MAP + 1, 8
    monkeypatch.setitem(size.SIZES, n_places, n_wholes)
    own.lay_out(tmp_path / "data", **size.write(tmp_path, n_places, levels))
    with hg.Study.open(tmp_path / "data").use(language="en"):
        of_all = numbers.gather()
        sheets = [layout.compose_sheet(of_all, code) for code in of_all.table.index[:n_wholes]]
        drawn = [sum(map(shapes_of, sheet.panels)) for sheet in sheets]
    own_shapes = n_places if levels == 2 else n_wholes
    # one land below each
    assert sum(drawn) == own_shapes + n_wholes

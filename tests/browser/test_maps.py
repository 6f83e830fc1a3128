"""Point at places of a web map in Chromium."""

import geopandas as gpd
import pytest
import shapely

import hganalysis as hg

HOSTILE = "<img src=x onerror=alert(1)>", "<b>b</b>", "</script><script>alert(2)</script>"


def hostile_map():
    squares = gpd.GeoDataFrame(
        {"name": HOSTILE, "x": [3.5, 2.5, 1.5]},
        geometry=[shapely.box(105 + number, 9, 106 + number, 10) for number in range(3)],
        crs="EPSG:4326",
    )
    return hg.map(squares, "x", origin="reported", source="us", unit="decimal").web()


@pytest.mark.parametrize("number", range(3))
def test_a_hostile_name_is_text_where_a_place_is_pointed_at(tab, tmp_path, number):
    file = tmp_path / "map.html"
    hostile_map().save(file)
    dialogs = []
    tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    tab.goto(file.as_uri())
    tab.locator("path.leaflet-interactive").nth(number).hover(force=True)
    tooltip = tab.locator(".leaflet-tooltip")
    tooltip.wait_for()
    assert HOSTILE[number] in tooltip.inner_text()
    assert tooltip.locator("img, b, script").count() == 0
    assert dialogs == []

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


def test_a_tap_shows_name_and_value_and_paper_has_the_list_instead(browser, tmp_path):
    file = tmp_path / "map.html"
    hostile_map().save(file)
    phone = browser.new_page(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    dialogs = []
    phone.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    phone.goto(file.as_uri())
    phone.locator("path.leaflet-interactive").nth(1).tap(force=True)
    popup = phone.locator(".leaflet-popup")
    popup.wait_for()
    assert popup.inner_text().split("\n")[:2] == [HOSTILE[1], "2,50"]
    assert (popup.locator("img, b").count(), dialogs) == (0, [])
    phone.emulate_media(media="print")
    assert not phone.is_visible(".folium-map")
    assert phone.locator(".paper").is_visible()
    assert phone.locator("details td", has_text="2,50").is_visible()
    phone.close()

"""Let labels be laid on places that are drawn here: what no study at hand has."""

import pytest

from hganalysis.render.web import leaflet


@pytest.fixture
def tab(browser):
    tab = browser.new_page()
    tab.set_content(f"<script>{leaflet.lettering()}</script>")
    yield tab
    tab.close()


LAND = """() => {
  const shape = (d, reach) => ({ d, matrix: new DOMMatrix(), reach });
  // A small place in a wall that is thin at its right, and open for a narrow way below.
  const wall = "M130 80H232V220H130ZM190 140V160H195V220H205V160H210V140Z";
  return lay({
    wide: 400, high: 300, size: 12, family: "sans-serif", covers: [], outside: false, taken: [],
    places: [shape("M190 140H210V160H190Z", [190, 140, 210, 160]),
      shape(wall, [130, 80, 232, 220])],
    labels: [{ at: [200, 150], lines: ["Small place"], value: "12,5 %" },
      { at: [160, 110], lines: ["Wall"], value: "" }],
  });
}"""
# Three small places in a land that fills the map: the two at the right are so near to each other
# that there is room for one name.
FULL = """() => {
  const shape = (d, reach) => ({ d, matrix: new DOMMatrix(), reach });
  const lefts = [40, 180, 220], square = (x) => `M${x} 50H${x + 10}V60H${x}Z`;
  return lay({
    wide: 300, high: 110, size: 12, family: "sans-serif", covers: [], outside: false, taken: [],
    places: [...lefts.map((x) => shape(square(x), [x, 50, x + 10, 60])),
      shape("M0 0H300V110H0Z" + lefts.map(square).join(""), [0, 0, 300, 110])],
    labels: [...lefts.map((x) => ({ at: [x + 5, 55], lines: ["Long name"], value: "9 %" })),
      { at: [120, 100], lines: ["Land"], value: "" }],
  }).slice(0, 3).map((one) => one && [one.lines.length, one.value]);
}"""


def test_where_nothing_has_room_each_has_its_value_and_who_can_its_name(tab):
    found = tab.evaluate(FULL)
    assert [value for _, value in found] == ["9 %"] * 3
    assert found[0][0] == 1
    assert found[1][0] + found[2][0] == 1


def test_a_line_to_a_label_leads_around_other_places_where_there_is_a_way(tab):
    small, wall = tab.evaluate(LAND)
    assert small["y"] > 220
    assert small["line"][0] == pytest.approx(200, abs=5)
    assert wall.get("line") is None


LAID = """(map) => {
  const drawn = ([x, y, wide, high]) => ({ d: `M${x} ${y}h${wide}v${high}h${-wide}Z`,
    matrix: new DOMMatrix(), reach: [x, y, x + wide, y + high] });
  return lay({ size: 12, family: "sans-serif", taken: [], ...map,
    places: map.places.map(drawn), covers: map.covers.map(drawn) });
}"""
LONG = "Taumatawhakatangihanga"


def laid(tab, rooms, labels, **how):
    """Give the lines and the value that each rectangle of a map of 400 x 300 gets, or nothing."""
    labels = [
        {"at": [x + wide / 2, y + high / 2], "lines": lines, "value": value}
        for (x, y, wide, high), (lines, value) in zip(rooms, labels, strict=True)
    ]
    asked = {"wide": 400, "high": 300, "covers": [], **how, "places": rooms, "labels": labels}
    found = tab.evaluate(LAID, asked)
    return [one and (one["lines"], one.get("value") or "") for one in found]


@pytest.mark.parametrize("short", [3, 4])
def test_squares_have_names_where_at_least_half_of_them_have_room(tab, short):
    """A few names among many values would say nothing."""
    squares = [[10 + 45 * at, 10, 44, 44] for at in range(8)]
    labels = [(["Bo"] if at < short else [LONG], "12,5") for at in range(8)]
    found = laid(tab, squares, labels, held=True, alike=True)
    names = [["Bo"] if short == 4 and at < short else [] for at in range(8)]
    assert found == [(lines, "12,5") for lines in names]


@pytest.mark.parametrize("few", [0, 1])
def test_squares_too_low_for_both_have_values_unless_more_have_room_for_names(tab, few):
    squares = [[10 + 45 * at, 10, 44, 15] for at in range(8)]
    labels = [(["Bo"], "12,5" if at >= few else "12.345.678.901") for at in range(8)]
    found = laid(tab, squares, labels, held=True, alike=True)
    assert found == [(["Bo"], "") if few else ([], "12,5")] * 8


@pytest.mark.parametrize("wide", [60, 160])
def test_between_circles_a_name_is_mostly_on_its_place_or_not_at_all(tab, wide):
    land = [[0, 0, 400, 110], [0, 110, 190 - wide / 2, 40], [190 + wide / 2, 110, 400, 40]]
    rooms = [[190 - wide / 2, 110, wide, 40], *land, [0, 150, 400, 150]]
    names = [([LONG], ""), *[([], "")] * 4]
    found = laid(tab, rooms, names, covers=[[0, 0, 1, 1]])
    assert found[0] == (None if wide == 60 else ([LONG], ""))

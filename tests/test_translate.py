"""The communes since 1 July 2025: nothing lost, nothing taken for what carries the same code."""

import pandas as pd
import pytest

from hganalysis import places

CROSSWALK = places.crosswalk()

# Resolution 1668/NQ-UBTVQH15 of 16 June 2025, as a second source lists it, unit by unit: each is
# made of whole communes, and none of them stands in two units.
RESOLUTION = {
    "Phường Vị Thanh": "Phường I, Phường III, Phường VII",
    "Phường Đại Thành": "Phường Hiệp Lợi, Xã Tân Thành, Xã Đại Thành",
    "Xã Đông Phước": "Thị trấn Cái Tắc, Xã Đông Thạnh, Xã Đông Phước A",
    "Xã Vĩnh Thuận Đông": "Xã Vĩnh Thuận Tây, Xã Vị Thủy, Xã Vĩnh Thuận Đông",
    "Xã Tân Hòa": "Thị trấn Một Ngàn, Thị trấn Bảy Ngàn, Xã Nhơn Nghĩa A, Xã Tân Hòa",
    "Phường Long Bình": "Phường Bình Thạnh, Phường Vĩnh Tường, Xã Long Bình",
}


@pytest.mark.parametrize("name", RESOLUTION)
def test_units_are_made_of_what_the_resolution_says(name):
    names = places.communes()["name_vi"]
    made_of = CROSSWALK.index[CROSSWALK["name_2025"] == name]
    assert sorted(names[made_of]) == sorted(RESOLUTION[name].split(", "))


def test_every_commune_becomes_a_part_of_one():
    codes = pd.Series(places.communes().index, index=range(7, 82))
    found = places.translate(codes)
    assert found.name == "code_2025"
    assert found.index.tolist() == codes.index.tolist()
    assert found.tolist() == CROSSWALK.loc[codes, "code_2025"].tolist()


def test_there_and_back_is_refused_where_there_are_several_answers():
    since = places.translate(pd.Series(["31318", "31324"]))
    with pytest.raises(LookupError, match=r"31321: 31318, 31321, 31330(?s:.*)cannot be divided"):
        places.translate(since, to=2020)


def test_back_is_certain_where_a_commune_stayed_alone(monkeypatch):
    alone = CROSSWALK.loc[["31318"]]
    monkeypatch.setitem(places.translate.__globals__, "crosswalk", lambda: alone)
    back = places.translate(pd.Series(["31321"], name="code_2025"), to=2020)
    assert (back.name, back.tolist()) == ("code", ["31318"])


def test_a_commune_that_was_split_is_refused(monkeypatch):
    split = pd.concat([CROSSWALK, CROSSWALK.loc[["31324"]].rename({"31324": "31318"})])
    monkeypatch.setitem(places.translate.__globals__, "crosswalk", lambda: split)
    with pytest.raises(LookupError, match="31318: 31321, 31333"):
        places.translate(pd.Series(["31318", "31393"]))
    assert places.translate(pd.Series(["31393"])).tolist() == ["31393"]


def test_a_list_of_places_without_a_crosswalk_is_refused(monkeypatch):
    monkeypatch.setitem(places.translate.__globals__, "crosswalk", lambda: CROSSWALK.iloc[:0])
    with pytest.raises(LookupError, match=r"crosswalk_2025\.csv"):
        places.translate(pd.Series(["31318"]))


def test_unknown_codes_are_all_named():
    with pytest.raises(LookupError, match=r"2 codes .* before 1 July 2025: 00001, 930"):
        places.translate(pd.Series(["930", "31318", "00001"]))


@pytest.mark.parametrize(("name", "to"), [("code_2025", 2025), ("code", 2020), (None, 2020)])
def test_codes_are_not_translated_twice(name, to):
    with pytest.raises(ValueError, match="already"):
        places.translate(pd.Series(["31321"], name=name), to=to)

"""Check an atlas of several provinces: one file, or an overview and a page for each."""

import base64
import hashlib
import json
import re
import unicodedata

import country
import pandas as pd
import pytest
from typer.testing import CliRunner

from hganalysis import atlas, frames, places, ranks, rates, sources, suppress, words
from hganalysis.atlas import assemble, parts
from hganalysis.build.command import app
from hganalysis.build.own import own
from hganalysis.figures import passport
from hganalysis.figures.states import state_name

SMALL = 270_000
"""Bytes: too few for the small country, enough for each of its provinces."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write the files of a country of two provinces."""
    return country.write(tmp_path_factory.mktemp("country"), 0.02)


@pytest.fixture(scope="module", autouse=True)
def data(files, tmp_path_factory):
    """Use the small country as one's own data."""
    folder = tmp_path_factory.mktemp("data") / "own"
    own(folder, reports=files["reports"], areas=files["areas"], list_of_places=files["places"])
    with sources.use(folder):
        yield folder


@pytest.fixture(scope="module")
def reports():
    table = frames.reports()
    return table[table["indicator"].isin(["app_users", "ecommerce_guided"])].reset_index(drop=True)


def written(folder, reports, limit=SMALL, **options):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assemble, "LIMIT", limit)
        return atlas.write(folder / "atlas.html", reports, **options)


@pytest.fixture(scope="module")
def split(reports, tmp_path_factory):
    return written(tmp_path_factory.mktemp("split"), reports, teams=frames.teams())


def figures(file):
    table = atlas.figures(file.read_text("utf-8"))
    keys = ["language", "indicator", "when", "level", "code", "fact"]
    return table.set_index(keys)["text"].sort_index()


def payload(text):
    return json.loads(re.search(r'id="data">(.*?)</script>', atlas.unpacked(text), re.DOTALL)[1])


# --- what is written ---


def test_a_country_is_an_overview_and_a_page_for_each_province(split):
    names = [unicodedata.normalize("NFD", name) for name in places.provinces()["short_vi"]]
    plain = [re.sub("[^a-z ]", "", name.lower().replace("đ", "d")) for name in names]
    assert [file.name for file in split] == [
        "atlas.html",
        *(f"atlas-0{at}-{name.replace(' ', '-')}.html" for at, name in enumerate(plain, start=1)),
    ]
    assert len(split) == 3
    assert all(file.stat().st_size <= SMALL for file in split)
    whole, *provinces = (atlas.data(file.read_text("utf-8")) for file in split)
    assert set(whole["level"]) == {"district", "province"}
    assert set(whole.query("level == 'district'")["code"]) == set(places.districts().index)
    for level, table in (("commune", places.communes()), ("district", places.districts())):
        codes = [set(one.loc[one["level"] == level, "code"]) for one in provinces]
        assert not codes[0] & codes[1]
        assert codes[0] | codes[1] == set(table.index)


def test_pages_lead_to_each_other_by_names_in_one_folder(split):
    whole, *provinces = (file.read_text("utf-8") for file in split)
    assert re.findall(r'href="([^"#d][^"]*)"', whole) == [file.name for file in split[1:]]
    for page in provinces:
        assert re.findall(r'href="([^"#d][^"]*)"', page) == ["atlas.html"]
    pages = payload(whole)["pages"]
    assert set(pages) == set(places.districts().index)
    for file in split[1:]:
        inside = set(atlas.data(file.read_text("utf-8")).query("level == 'district'")["code"])
        assert {code for code, name in pages.items() if name == file.name} == inside


def test_a_page_of_a_province_says_that_it_is_a_part_in_both_languages(split):
    for file, (_, row) in zip(split[1:], places.provinces().iterrows(), strict=True):
        text = file.read_text("utf-8")
        assert f"Trang này là một phần của tập bản đồ: chỉ có {row['short_vi']}" in text
        assert f"This page is a part of the atlas: {row['short_en']} only" in text


def test_classes_are_those_of_the_country_on_every_page(split):
    scales = [payload(file.read_text("utf-8"))["scales"] for file in split]
    assert scales[0] == scales[1] == scales[2]
    assert len(scales[0]) >= 4


def test_passports_tell_the_pages_apart(split):
    stamps = [passport.read(file).passport for file in split]
    assert len({stamp.hash for stamp in stamps}) == 3
    assert len({stamp.recipe for stamp in stamps}) == 3  # a changed page is not like another's


# --- its figures ---


def test_districts_are_the_same_on_the_overview_and_on_the_page_of_their_province(split):
    whole, *provinces = map(figures, split)
    known = ["value", "count", "chance", "change", "state"]
    for one in provinces:
        mine = one[one.index.isin(["district"], level="level")]
        mine = mine[mine.index.isin(known, level="fact")]
        inside = mine[mine.index.isin(places.districts().index, level="code")]
        assert len(inside) > 100
        assert whole.loc[inside.index].equals(inside)


def test_a_province_is_the_sum_of_its_communes_and_its_ranks_are_its_own(split, reports):
    users = reports[(reports["indicator"] == "app_users") & (reports["year"] == 2023)]
    home = places.parents(users["code"], "district").map(places.districts()["province_code"])
    one = frames.latest(reports, "headline")
    for file, code in zip(split[1:], places.provinces().index, strict=True):
        told = figures(file)["vi", "app_users", "2023"]
        its = users[home == code]
        sums = [words.number(its[column].sum()) for column in ("count", "out_of")]
        assert told["commune", code, "count"] == " / ".join(sums)
        with places.within(code):
            own = rates.pick(rates.uptake(its), one).set_index("code")["share"]
            best = own.idxmax()
            assert told["commune", best, "rank"].startswith("1 (1–")
            assert told["district"].loc[:, "rank"].str.startswith("1 ").sum() == 1


def test_the_districts_of_the_country_are_ranked_with_their_sets_though_communes_are_many(
    reports, monkeypatch, tmp_path
):
    monkeypatch.setattr(ranks, "MOST_RANKED", 20)
    one_year = reports[(reports["year"] == 2023) & (reports["indicator"] == "app_users")]
    whole, *_ = written(tmp_path, one_year, limit=140_000)
    told = figures(whole)["en", "app_users", "2023", "district"].loc[:, "rank"]
    assert told.str.fullmatch(r"\d+ \(\d+–\d+\)").all()


# --- what is hidden stays hidden ---


def test_what_is_hidden_together_over_provinces_is_known_of_none_of_them():
    table = pd.DataFrame(
        {
            "code": ["00001", "00002", "00150", "00151"],
            "year": 2022,
            "indicator": ["ecommerce_guided"] * 4,
            "count": [2.5, 2.5, 3.5, 9.0],
            "out_of": [100.0, 100.0, 140.0, 500.0],
            "pool": ["00", "001", "00", ""],
        }
    )
    mine = pd.Series([True, True, False, False])
    found = parts._of(table, mine)
    assert found["pool"].tolist() == ["none", "001"]
    assert found["count"].isna().tolist() == [True, False]
    assert found["out_of"].tolist() == [100, 100]  # residents are public
    files = parts._of(table.assign(indicator="files_online"), mine)
    assert files["out_of"].isna().tolist() == [True, False]
    alone = parts._of(table.assign(pool=["00", "001", "", ""]), mine)
    assert alone["pool"].tolist() == ["00", "001"]
    assert alone["count"].notna().all()


def test_a_province_whose_sum_would_give_a_hidden_count_away_has_none(reports, tmp_path):
    one = reports[(reports["indicator"] == "ecommerce_guided") & (reports["year"] == 2022)]
    home = places.parents(one["code"], "district")
    # In one district of each province next to nothing is left: they are hidden together.
    poor = places.districts().index[[0, -1]]
    few = one.assign(count=(one["count"] + 20).mask(home.isin(poor), 0))
    few.loc[few.groupby(home).head(1).index.intersection(few.index[home.isin(poor)]), "count"] = 2
    released = suppress.small(few)
    shared = released.loc[released["pool"] == places.province()["code"], "code"]
    provinces = places.parents(shared, "district").map(places.districts()["province_code"])
    assert set(provinces) == set(places.provinces().index)
    for file, code in zip(
        written(tmp_path, few, limit=135_000)[1:], places.provinces().index, strict=True
    ):
        told = figures(file)["vi", "ecommerce_guided", "2022", "commune"]
        assert "value" not in told[code].index
        assert told[code, "state"] == state_name("suppressed")
        for hidden in shared[provinces == code]:
            assert set(told[hidden].index) <= {"place", "district", "state"}


# --- when it is split, and when not ---


def test_what_fits_is_one_file(reports, tmp_path):
    [file] = written(tmp_path, reports[reports["year"] == 2023], limit=5_000_000)
    table = atlas.data(file.read_text("utf-8"))
    assert set(table.query("level == 'commune'")["code"]) == set(places.communes().index)
    assert 'id="parts"' not in file.read_text("utf-8")


def test_the_bound_under_which_it_is_not_tried_is_none_that_a_page_could_meet(reports):
    table = reports[reports["year"] == 2023]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assemble, "LIMIT", 10**9)
        patch.setattr(ranks, "MOST_RANKED", 0)
        text = atlas.page(table)
    rows = table["code"].nunique() * len(table.groupby(["indicator", "year"]))
    assert rows * parts.LEAST < assemble.weight(text)


def test_a_province_without_reports_has_no_page_and_no_link(reports, tmp_path):
    first = places.districts().query("province_code == '01'").index
    inside = places.parents(reports["code"], "district").isin(first)
    one, *others = written(tmp_path, reports[inside & (reports["year"] == 2023)], limit=135_000)
    assert [file.name[:9] for file in others] == ["atlas-01-"]
    assert "atlas-02" not in one.read_text("utf-8")


def test_one_that_does_not_fit_even_so_is_refused_with_figures_and_nothing_is_written(
    reports, tmp_path
):
    with pytest.raises(ValueError, match=r"the atlas of .* would weigh [\d,]+ bytes, packed"):
        written(tmp_path, reports, limit=80_000)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("vi", "chia theo tỉnh: {0} có mọi huyện, cùng 2 tệp {1} … {2}"),
        ("en", "split by province: {0} has every district, and 2 files, {1} … {2}"),
    ],
)
def test_the_command_says_that_it_was_split(reports, language, told, tmp_path, monkeypatch):
    monkeypatch.setattr(assemble, "LIMIT", SMALL)
    monkeypatch.setattr(frames, "reports", lambda: reports)
    monkeypatch.setattr(ranks, "MOST_RANKED", 0)
    done = CliRunner().invoke(app, ["atlas", str(tmp_path / "a.html"), "--lang", language])
    assert done.exit_code == 0, done.output
    names = sorted(tmp_path.glob("a*"), key=lambda file: (file.name != "a.html", file.name))
    assert told.format(*(file.name for file in names)) in done.output


# --- packed ---


@pytest.fixture(scope="module")
def plain_and_packed(reports):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks, "MOST_RANKED", 0)
        patch.setattr(assemble, "LIMIT", 10**9)
        plain = atlas.page(reports)
        patch.setattr(assemble, "LIMIT", assemble.weight(plain) - 1)
        return plain, atlas.page(reports)


def test_a_packed_page_holds_the_same_figures_and_numbers(plain_and_packed):
    plain, packed = plain_and_packed
    pictures = sum(
        len(one[of]["picture"]) for one in payload(plain)["answers"] for of in ("vi", "en")
    )
    assert len(packed) - pictures < (len(plain) - pictures) / 2  # those are packed in either
    order = ["language", "indicator", "when", "level", "code", "fact"]
    told = [atlas.figures(page).sort_values(order, ignore_index=True) for page in plain_and_packed]
    pd.testing.assert_frame_equal(*told)
    keys = ["level", "code", "indicator", "year"]
    numbers = [atlas.data(page).sort_values(keys, ignore_index=True) for page in plain_and_packed]
    pd.testing.assert_frame_equal(*numbers)
    for key, value in payload(plain).items():
        assert key == "csv" or value == payload(packed)[key]
    assert atlas.unpacked(plain) == plain


def test_a_packed_page_says_that_it_needs_its_script_and_a_plain_one_does_not(plain_and_packed):
    plain, packed = plain_and_packed
    assert "được nén cho vừa một tệp" in packed
    assert "is packed to fit one file" in packed
    assert "is packed to fit one file" not in plain
    shapes = [re.findall(r"<path data-code.*?/>", atlas.unpacked(page)) for page in (plain, packed)]
    assert shapes[0] == shapes[1] != []


def test_the_policy_allows_the_one_script_of_a_packed_page(plain_and_packed):
    _, packed = plain_and_packed
    [script] = re.findall(r"<script>(.*?)</script>", packed, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src &#x27;sha256-{digest}&#x27;;" in packed
    [plain] = re.findall(r"<script>(.*?)</script>", plain_and_packed[0], re.DOTALL)
    assert "await inflate" in script
    assert "await" not in plain  # it waits for nothing


def test_answers_lose_their_pictures_before_a_page_is_refused(plain_and_packed, reports):
    """Of several provinces as of one: packed with them first, then without."""
    packed = plain_and_packed[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks, "MOST_RANKED", 0)
        patch.setattr(assemble, "LIMIT", assemble.weight(packed) - 1)
        bare = atlas.page(reports)
    for with_them, one in zip(payload(packed)["answers"], payload(bare)["answers"], strict=True):
        for language in ("vi", "en"):
            left = with_them[language]
            assert one == {
                **with_them,
                **{of: {**with_them[of], "picture": ""} for of in ("vi", "en")},
            }
            assert left["said"]
    assert any(one["vi"]["picture"] for one in payload(packed)["answers"])
    assert assemble.weight(bare) < assemble.weight(packed) - 100_000

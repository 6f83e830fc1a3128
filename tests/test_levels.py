"""Studies with one level of places below the province, districts or communes, or with none."""

import invented
import pandas as pd
import pytest

import hganalysis as hg
from hganalysis import frames, places, publish, sources, suppress, words, workbook
from hganalysis.publish.own import by_district, names_districts

LISTED = invented.communes()
SENT = invented.report(LISTED)
NUMBERS = [name for name in SENT.columns if "." in name or name in ("teams", "members")]
OF_DISTRICT = {"district_code": "code", "district": "commune"}


def districts_of(table):
    """Add a list or a report of communes up to its districts."""
    keys = [name for name in ("district_code", "district", "year") if name in table]
    sums = [name for name in (*NUMBERS, "population", "households") if name in table]
    return table.groupby(keys, as_index=False)[sums].sum(min_count=1)


def files_of(folder, level, *, areas=True, places_=True):
    """Write the files of a study by one level: options of `publish.own`."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = LISTED.assign(valid_from="", valid_to="")
    sent = SENT
    if level == "district":
        above = listed.drop_duplicates("district_code").set_index("district_code")
        middles = listed.groupby("district_code")[["lon", "lat"]].mean()
        listed = districts_of(listed).assign(
            province_code="80",
            province="Tỉnh Sông Mây",
            lon=lambda table: table["district_code"].map(middles["lon"]),
            lat=lambda table: table["district_code"].map(middles["lat"]),
        )
        sent = districts_of(SENT.merge(LISTED[["code", "district_code"]], on="code"))
        assert set(above.index) == set(listed["district_code"])
    else:
        listed = listed.drop(columns=["district_code", "district"])
        sent = sent.drop(columns=["district"])
    if not places_:
        listed = listed.drop(columns=["lon", "lat"])
    paths = {
        "reports": folder / "report.csv",
        "list_of_places": folder / "list.csv",
        "catalogue": folder / "measures.toml",
    }
    sent.to_csv(paths["reports"], index=False)
    listed.to_csv(paths["list_of_places"], index=False)
    paths["catalogue"].write_text(invented.catalogue(), encoding="utf-8")
    if areas and level == "commune":
        paths["areas"] = folder / "areas.geojson"
        paths["areas"].write_text(invented.outlines(LISTED), encoding="utf-8")
    return paths


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """Lay out a study of each kind once."""
    folder = tmp_path_factory.mktemp("levels")
    return {
        level: publish.own(folder / f"{level}-data", **files_of(folder / level, level))
        for level in ("district", "commune")
    }


@pytest.fixture(params=["district", "commune"])
def study(request, studies):
    """Use a study of one level: what it is called."""
    with sources.use(studies[request.param].folder):
        yield request.param


# --- what there is ---


def test_both_frames_hold_the_units_and_each_lies_in_itself(study):
    assert places.levels() == (study,)
    districts, communes = places.districts(), places.communes()
    assert sorted(districts.index) == sorted(communes.index)
    assert len(communes) == (5 if study == "district" else 30)
    assert (communes["district_code"] == communes.index).all()
    assert districts["population"].sum() == communes["population"].sum() == sum(LISTED.population)
    whole = {places.province()["code"]}
    assert set(places.homes(communes.index.to_series())) == whole
    assert places.commune_counts("district").eq(1).all()


def headline():
    """Name the headline, and its last year."""
    name, years = next(iter(hg.reported().items()))
    return name, years[-1]


def sent_of(name, year):
    reports = frames.reports()
    at = (reports["indicator"] == name) & (reports["year"] == year)
    return reports[at].reset_index(drop=True)


@pytest.mark.usefixtures("study")
def test_a_hidden_unit_is_hidden_with_others_of_the_province():
    rows = sent_of(*headline())
    rows.loc[0, "count"] = 2
    hidden = suppress.small(rows)
    pools = hidden.loc[hidden["pool"] != "", "pool"]
    assert len(pools) >= 2
    assert set(pools) == {places.province()["code"]}
    shown = hg.uptake(hidden, source="x").table.set_index("code")
    assert shown.loc[hidden.loc[pools.index, "code"], "share"].isna().all()


# --- what is said ---

OTHER = {
    "district": r"(?i)\bcommunes?\b|(?<!thị )\bxã\b(?! hội)",
    "commune": r"(?i)\bdistricts?\b|huyện",
}


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_sentences_speak_of_the_units(study, language):
    name, years = next(iter(hg.reported().items()))
    with words.use(language):
        found = hg.uptake(name, years[-1])
        said = [str(found), str(hg.compare(name, *years[-2:])), found.map().figure.subtitle]
        if study == "commune":
            said.append(str(hg.Design.of_reports(name, years[-2])))
    names = "|".join(places.communes()[f"name_{language}"])
    text = pd.Series([" ".join(said)]).str.replace(names, "", regex=True)
    assert not text.str.contains(OTHER[study]).any(), said


def test_the_estimate_compares_units_where_it_can(study):
    name, years = next(iter(hg.reported().items()))
    table = hg.Design.of_reports(name, years[-2]).headline().table
    if study == "commune":
        assert set(table["rung"]) == {5}
    else:  # five units are too few to say anything
        assert table["reason"].ne("").all()


# --- files ---


# --- reports of districts, of a list that has communes ---


@pytest.fixture
def by_name(tmp_path):
    """Write a report that names the districts of the shipped province."""
    sent = frames.reports()
    sent = sent[(sent["year"] == 2023) & (sent["indicator"] == "app_users")]
    counts = sent.groupby(places.parents(sent["code"], "district"))["count"].sum()
    file = tmp_path / "huyen.csv"
    names = places.districts()["name_vi"]
    pd.DataFrame(
        {"Huyện": names, "Năm": 2023, "app_users.count": counts.reindex(names.index)}
    ).to_csv(file, index=False)
    return file, counts


def test_a_report_by_district_of_the_shipped_province_is_read_as_one(by_name, tmp_path):
    file, counts = by_name
    assert names_districts(workbook.read(file), file)
    found = publish.own(tmp_path / "data", reports=file)
    assert any("huyện" in note for note in found.notes)
    with sources.use(found.folder):
        reports = frames.reports()
        assert reports.set_index("code")["count"].to_dict() == counts.to_dict()
        assert set(places.communes()["origin_of_residents"]) == {"census"}
        assert places.has_areas("district")
        [panel, _] = hg.map("app_users", 2023).figure.panels
        assert len(panel.places) == 8
        assert panel.places["text"].notna().all()
    assert places.levels() == ("district", "commune")


def test_districts_as_units_have_the_people_of_their_communes():
    before = places.districts()["population"]
    urban = places.districts()["urban_population"] / before
    lon = places.communes().groupby("district_code")["lon"]
    with by_district():
        table = places.communes()
        assert table["population"].equals(before)
        assert table["urban"].tolist() == (urban > 0.5).astype(int).tolist()
        assert (urban > 0).sum() > table["urban"].sum() > 0
        assert (table["lon"] > lon.min()).all()
        assert (table["lon"] < lon.max()).all()
        assert places.crosswalk().empty


# --- no outlines ---


# --- another country ---


def test_a_list_of_another_country_needs_no_type_and_takes_any_code(tmp_path):
    listed = pd.DataFrame(
        {
            "code": ["KE-01", "KE-02", "KE-03"],
            "name": ["Kisumu Central", "Seme", "Nyando"],
            "population": [170_000, 120_000, 160_000],
            "lon": [34.75, 34.55, 34.95],
            "lat": [-0.1, -0.15, -0.2],
        }
    )
    listed.to_csv(tmp_path / "list.csv", index=False)
    found = places.read_list(tmp_path / "list.csv")
    assert found.level == "commune"
    assert found.communes["code"].tolist() == listed["code"].tolist()
    sent = listed[["code", "name"]].assign(
        year=2023, **{"app_users.count": [50_000, 40_000, 30_000]}
    )
    sent.drop(columns="code").rename(columns={"name": "commune"}).to_csv(
        tmp_path / "sent.csv", index=False
    )
    measure = '[indicators.app_users]\nlabel = "Users"\nwhen.2023 = "2023"\n'
    (tmp_path / "measures.toml").write_text(measure)
    study = publish.own(
        tmp_path / "data",
        reports=tmp_path / "sent.csv",
        list_of_places=tmp_path / "list.csv",
        catalogue=tmp_path / "measures.toml",
    )
    with sources.use(study.folder), words.use("en"):
        reports = frames.reports()
        assert reports["code"].tolist() == listed["code"].tolist()
        assert places.label("KE-02") == places.name("KE-02") == "Seme"
        # nobody said what is urban: no place is called rural
        assert places.districts()["urban_population"].isna().all()


# --- no level: the whole alone, which reports of itself ---

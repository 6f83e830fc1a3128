"""Test what the national portal publishes: names of offices, lists of places, answers, a study."""

import pandas as pd
import portal_case
import pytest

import hganalysis as hg
from hganalysis import places, publish, study
from hganalysis.workbook.template import template


@pytest.fixture(scope="module")
def listed():
    return portal_case.communes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, listed):
    """Lay the list of the invented province out, with a study that asks for one share."""
    folder = tmp_path_factory.mktemp("portal")
    (folder / "study.toml").write_text(portal_case.STUDY, encoding="utf-8")
    portal_case.list_of_places(listed).to_csv(folder / "places.csv", index=False)
    files = {"places": folder / "places.csv", "study": folder / "study.toml"}
    sent(folder / "first.csv", listed)
    publish.own(folder / "study", reports=folder / "first.csv", **files)
    return folder


@pytest.fixture
def in_use(folder):
    """Use the invented province."""
    with study.Study.open(folder / "study").use():
        yield


def sent(file, listed, **changes):
    """Write a report with the codes and names of the portal."""
    table = pd.DataFrame(
        {
            "code": listed["other_code"],
            "name": "UBND " + listed["name"],
            "period": "2026-Q3",
            "paid_online.count": listed["paid"],
            "paid_online.out_of": listed["due"],
        }
    ).assign(**changes)
    # nothing due gives no share, which a report leaves out
    table = table[table["paid_online.out_of"] > 0]
    if file.suffix == ".xlsx":
        table.to_excel(file, index=False)
    else:
        table.to_csv(file, index=False)
    return file


@pytest.mark.usefixtures("in_use")
@pytest.mark.parametrize("way", portal_case.WAYS)
@pytest.mark.parametrize("case", [str, str.upper, str.lower])
def test_every_name_as_an_office_writes_it_is_its_place(listed, way, case):
    matches = places.find_codes(pd.Series([case(way.format(name)) for name in listed["name"]]))
    assert matches["code"].tolist() == listed["code"].tolist()


@pytest.mark.usefixtures("in_use")
def test_an_office_of_another_province_or_without_a_place_is_none(listed):
    name = listed["name"].iloc[5]
    wrong = [f"UBND {name} - tỉnh Bến Trăng", "UBND", "UBND tỉnh Sông Mây", f"Sở {name}"]
    assert places.find_codes(pd.Series(wrong))["code"].isna().all()


def test_a_list_that_does_not_name_its_province_takes_that_of_the_study(folder, listed, tmp_path):
    table = portal_case.list_of_places(listed).drop(columns=["province_code", "province"])
    table.to_csv(tmp_path / "places.csv", index=False)
    files = {"places": tmp_path / "places.csv", "study": folder / "study.toml"}
    publish.own(tmp_path / "own", reports=sent(tmp_path / "report.csv", listed), **files)
    with study.Study.open(tmp_path / "own").use():
        names = pd.Series([f"UBND {name} - tỉnh Sông Mây" for name in listed["name"]])
        assert places.find_codes(names)["code"].tolist() == listed["code"].tolist()


@pytest.mark.usefixtures("in_use")
def test_a_place_is_found_by_its_code_on_another_list_in_any_case(listed):
    codes = pd.concat([listed["other_code"], listed["other_code"].str.lower()])
    found = places.find_codes(codes.reset_index(drop=True))["code"]
    assert found.tolist() == [*listed["code"], *listed["code"]]
    assert places.find_codes(pd.Series(["H77.1", "H77.080", "H78.8"]))["code"].isna().all()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_report_with_names_and_codes_of_the_portal_is_read_in_full(
    folder, listed, tmp_path, suffix
):
    file = sent(tmp_path / f"report{suffix}", listed)
    files = {"places": folder / "places.csv", "study": folder / "study.toml"}
    publish.own(tmp_path / "own", reports=file, **files)
    read = pd.read_csv(tmp_path / "own" / study.REPORTS, dtype={"code": "str"})
    expected = listed[listed["due"] > 0].set_index("code")[["paid", "due"]]
    read = read.set_index("code")[["count", "out_of"]].astype(int)
    assert read.loc[expected.index].to_numpy().tolist() == expected.to_numpy().tolist()
    assert len(read) == len(expected)


def test_a_code_and_a_name_of_two_places_are_a_fault(folder, listed, tmp_path):
    names = "UBND " + listed["name"]
    names.iloc[[10, 11]] = names.iloc[[11, 10]].to_numpy()
    file = sent(tmp_path / "report.csv", listed, name=names)
    with study.use(language="en"), pytest.raises(publish.BuildError) as refused:
        publish.own(
            tmp_path / "own",
            reports=file,
            places=folder / "places.csv",
            study=folder / "study.toml",
        )
    text = str(refused.value)
    assert all(listed["code"].iloc[row] in text for row in (10, 11))
    assert "2 rows" in text


@pytest.mark.usefixtures("in_use")
def test_no_name_is_suggested_that_shares_no_syllable(listed):
    def without_marks(text):
        return set(hg.countries.letters.bare(text.lower()).split())

    n_suggested = 0
    for name in listed["name"]:
        kind, first, second = name.split()
        for written in (f"UBND {kind} {first} {second}h - tỉnh Sông Mây", f"{kind} Qu{first} Gh"):
            suggested = places.propose(written)["label"].str.split(",").str[0].tolist()
            own = without_marks(written) - without_marks(kind)
            assert all(own & without_marks(label) for label in suggested), written
            n_suggested += name in suggested
    # the misspelt place itself is among them
    assert n_suggested > 0.9 * len(listed)


def test_places_are_listed_by_number(listed, tmp_path):
    by_portal = portal_case.list_of_places(listed).assign(code=listed["other_code"])
    by_portal.drop(columns="other_code").sample(frac=1, random_state=1).to_csv(
        tmp_path / "places.csv", index=False
    )
    codes = places.read_list(tmp_path / "places.csv").communes["code"]
    assert codes.tolist() == listed["other_code"].tolist()


def test_a_code_of_another_list_is_of_one_place(listed, tmp_path):
    twice = portal_case.list_of_places(listed)
    twice.loc[1, "other_code"] = twice.loc[0, "other_code"]
    twice.to_csv(tmp_path / "places.csv", index=False)
    with pytest.raises(ValueError, match=r"H77\.8"):
        places.read_list(tmp_path / "places.csv")


def test_the_list_of_every_province_is_complete_and_can_be_used_without_residents():
    counts = {}
    for code in pd.read_csv(study.DATA / "lists/vietnam_2025.csv", dtype="str")["code"][:34]:
        communes = places.vietnam(code)
        counts[code] = len(communes)
        assert communes["code"].is_unique
        assert communes[["name", "lon", "lat"]].notna().all(axis=None)
    assert sum(counts.values()) == 3_321
    # as was announced in June 2025
    assert (counts["25"], counts["01"], counts["79"], counts["46"]) == (148, 126, 168, 40)


@pytest.mark.parametrize("name", ["Phú Thọ", "tinh phu tho", "UBND tỉnh Phú Thọ", "25"])
def test_a_province_is_found_however_it_is_written(name):
    assert set(places.vietnam(name)["province"]) == {"Tỉnh Phú Thọ"}


@pytest.mark.parametrize("name", ["Vĩnh Phúc", "Hậu Giang", "", "Phú", "00"])
def test_a_province_that_is_none_of_the_34_is_refused_with_all_of_them(name):
    with pytest.raises(LookupError, match="Phú Thọ"):
        places.vietnam(name)


def test_a_study_out_of_files_needs_no_residents_and_another_does(folder, listed, tmp_path):
    table = portal_case.list_of_places(listed).drop(columns="population")
    table.to_csv(tmp_path / "places.csv", index=False)
    files = {"places": tmp_path / "places.csv", "reports": sent(tmp_path / "report.csv", listed)}
    publish.own(tmp_path / "own", study=folder / "study.toml", **files)
    with study.Study.open(tmp_path / "own").use():
        assert places.as_tiles()
        assert places.placed()
        assert places.units()["population"].isna().all()
        form = template(tmp_path / "form.xlsx", period="2026-Q3")
        first_sheet = pd.read_excel(form, header=None).to_string()
        assert "Mã" in first_sheet
        assert "Dân số" not in first_sheet

    of_residents = portal_case.STUDY.replace("out_of = ", "denominator = 'residents'\nout_of = ")
    with_teams = portal_case.STUDY + "\n[exposure]\none = 'member'\nmany = 'members'\n"
    for number, text in enumerate((of_residents, with_teams)):
        description = tmp_path / f"{number}" / "study.toml"
        description.parent.mkdir()
        description.write_text(text, encoding="utf-8")
        with pytest.raises(publish.BuildError, match="population"):
            publish.own(tmp_path / f"of{number}", study=description, **files)


def test_residents_are_given_for_all_places_or_for_none(folder, listed, tmp_path):
    table = portal_case.list_of_places(listed)
    table["population"] = table["population"].astype("str")
    table.loc[3, "population"] = ""
    table.to_csv(tmp_path / "places.csv", index=False)
    files = {"places": tmp_path / "places.csv", "reports": sent(tmp_path / "report.csv", listed)}
    with pytest.raises(publish.BuildError, match="population"):
        publish.own(tmp_path / "own", study=folder / "study.toml", **files)

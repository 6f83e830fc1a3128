"""Invent a study that is nowhere near the shipped one: counties, sub-counties and post offices."""

import json

import invented

COUNTIES = ["Northmoor", "Southmere", "Eastvale", "Westholm", "Midford"]
TREES = ["Ash", "Birch", "Cedar", "Elm", "Fern", "Hazel"]
DESCRIBED = """
name = { vi = "Xứ Hồ", en = "Lakeland" }
language = "en"
years = [2024, 2025]

[levels.province]
one = { vi = "nước", en = "country" }
many = { vi = "nước", en = "countries" }
whole = { vi = "cả nước", en = "whole country" }

[levels.district]
one = { vi = "hạt", en = "county" }
many = { vi = "hạt", en = "counties" }

[levels.commune]
one = { vi = "tiểu hạt", en = "sub-county" }
many = { vi = "tiểu hạt", en = "sub-counties" }

[residents]
origin = "published"
by = { vi = "sổ dân cư 2023", en = "population register of 2023" }

[exposure]
one = { vi = "bưu cục", en = "post office" }
many = { vi = "bưu cục", en = "post offices" }
"""


def places():
    """List the sub-counties under the headings of the study; no name has a type."""
    listed = invented.communes()
    county = listed["district_code"].astype(int) - 801
    return listed.assign(
        code=[f"LK-{code}" for code in listed["code"]],
        name=[f"{TREES[at % 6]} {COUNTIES[of][:3]}" for at, of in enumerate(county)],
        district_code=[f"L{of}" for of in county],
        district=[COUNTIES[of] for of in county],
        lon=listed["lon"] - 80,
        lat=listed["lat"] + 30,
    ).drop(columns=["province_code", "province", "valid_from", "valid_to"])


HEADINGS = {
    "code": "Sub-county code",
    "name": "Sub-county",
    "commune": "Sub-county",
    "district_code": "County code",
    "district": "County",
    "year": "Year",
    "members": "Post offices",
}


def write(folder, described=DESCRIBED):
    """Write what its owner would bring: options of `publish.own`."""
    folder.mkdir(parents=True, exist_ok=True)
    listed, codes = places(), invented.communes()["code"]
    files = {
        "study": folder / "study.toml",
        "list_of_places": folder / "places.csv",
        "areas": folder / "areas.geojson",
        "catalogue": folder / "measures.toml",
        "reports": folder / "report.csv",
    }
    files["study"].write_text(described, encoding="utf-8")
    listed.rename(columns=HEADINGS).to_csv(files["list_of_places"], index=False)
    files["areas"].write_text(json.dumps(_squares(listed)), encoding="utf-8")
    files["catalogue"].write_text(catalogue(), encoding="utf-8")
    sent = invented.report(invented.communes()).drop(columns=["teams", "district", "commune"])
    names = listed.assign(number=codes)[["number", "code", "name", "district"]]
    sent = names.merge(sent.rename(columns={"code": "number"}), on="number")
    sent.drop(columns="number").rename(columns=HEADINGS).to_csv(files["reports"], index=False)
    return files


def _squares(listed):
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"id": row.code},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [
                        [
                            [row.lon + 0.05 * x, row.lat + 0.05 * y]
                            for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
                        ]
                    ],
                },
            }
            for row in listed.itertuples()
        ],
    }


def catalogue():
    """Describe the measures, one out of births; they are of the years of the study."""
    lines = invented.catalogue().splitlines()
    kept = "\n".join(line for line in lines if not line.startswith("when."))
    for name in invented.MEASURES:  # each counts other people
        kept = kept.replace('người đã dùng"', f'người đã dùng {name}"', 1)
        kept = kept.replace("people who use it", f"people with {name}", 1)
    kept = kept.replace('denominator = "files"', 'denominator = "applications"')
    return kept.replace("dân số ngày 30/6", "dân số ([count])").replace(
        "residents of 30 June", "residents ([count])"
    )

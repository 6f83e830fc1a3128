"""Invent a study that is nothing like the shipped one: islands, rates per 100,000, three years."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

ISLES = ["Norray", "Sandey", "Hellay", "Vallay", "Mornay", "Tressay"]
VILLAGES = ["Ashby", "Birkby", "Corby", "Derby", "Enby", "Formby", "Granby"]
YEARS = (2023, 2024, 2025)
SEED = 87

STUDY = """\
name = "The Isles"
language = "en"
years = [2023, 2024, 2025]
counted = "vaccine reactions"
levels.province = { one = "archipelago", many = "archipelagos" }
levels.district = { one = "isle", many = "isles" }
levels.commune = { one = "village", many = "villages" }
exposure = { one = "nurse", many = "nurses" }
[indicators.reactions]
role = "headline"
label = "Reactions to a vaccine"
counts = "reported reactions to a vaccine"
out_of = "people vaccinated"
unit = "people"
denominator = "people vaccinated"
per = PER
[indicators.vaccinated]
label = "People vaccinated"
counts = "people vaccinated"
out_of = "residents"
unit = "people"
denominator = "residents"
"""


def list_villages():
    """List the villages of six isles, in the columns of a list of places."""
    random = np.random.default_rng(SEED)
    rows = []
    for isle_number, isle in enumerate(ISLES):
        for village_number, village in enumerate(VILLAGES):
            rows.append(
                {
                    "code": f"I{isle_number}{village_number}",
                    "name": f"{village} of {isle}",
                    "district_code": f"I{isle_number}",
                    "district": isle,
                    "population": int(random.integers(20_000, 90_000)),
                    "lon": round(-3.0 + 0.1 * village_number, 2),
                    "lat": round(58.0 + 0.1 * isle_number, 2),
                }
            )
    return pd.DataFrame(rows)


def draw_outlines(villages):
    """Draw each village as a square and an islet beside it: one place of two parts."""
    lon = villages["lon"]
    lat = villages["lat"]
    mainland = shapely.box(lon - 0.04, lat - 0.04, lon + 0.02, lat + 0.04)
    islet = shapely.box(lon + 0.025, lat - 0.01, lon + 0.045, lat + 0.01)
    shapes = shapely.multipolygons(np.column_stack([mainland, islet]))
    return gpd.GeoDataFrame({"code": villages["code"]}, geometry=shapes, crs="EPSG:4326")


def report_periods(villages):
    """Report each year of each village: rare reactions, people vaccinated, and nurses."""
    random = np.random.default_rng(SEED + 1)
    people = villages["population"]
    lasting = random.normal(0, 0.3, len(villages))
    nurses = random.integers(20, 90, len(villages))
    frames = []
    for period_number, period in enumerate(YEARS):
        vaccinated = (people * random.uniform(0.5, 0.7, len(villages))).astype(int)
        rate = 40e-5 * np.exp(lasting + 0.02 * period_number)
        frame = villages[["code", "district"]].assign(commune=villages["name"], period=period)
        frame["members"] = nurses + period_number
        frame["reactions.count"] = random.poisson(rate * vaccinated) + 10
        frame["reactions.out_of"] = vaccinated
        frame["vaccinated.count"] = vaccinated
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def write_islands(folder, *, per=100_000):
    """Write the study, as options of `hganalysis build`."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {
        "study": "isles.toml",
        "places": "places.csv",
        "areas": "outlines.geojson",
        "reports": "report.csv",
    }
    files = {option: folder / name for option, name in names.items()}
    villages = list_villages()
    files["study"].write_text(STUDY.replace("PER", str(per)), encoding="utf-8")
    villages.to_csv(files["places"], index=False)
    files["areas"].write_text(draw_outlines(villages).to_json(drop_id=True), encoding="utf-8")
    report_periods(villages).to_csv(files["reports"], index=False)
    return files

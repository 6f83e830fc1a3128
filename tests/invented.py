"""Invent a province that is not the shipped one: five districts, other codes, 2024 and 2025."""

import json
import tomllib

import numpy as np
import pandas as pd

from hganalysis import sources

DISTRICTS = {
    "801": "Thành phố Sông Mây",
    "802": "Thị xã Bến Trăng",
    "803": "Huyện Đồng Gió",
    "804": "Huyện Cù Lao",
    "805": "Huyện Núi Chàm",
}
NAMES = ["Bình", "An", "Cát", "Đông", "Giang", "Hòa"]
YEARS = (2024, 2025)
MEASURES = {"vneid_users": 0.5, "wallet_users": 0.2, "service_users": 0.3}
SEED = 80


def communes(*, districts=5, population=True):
    """List the communes as a user would."""
    draw = np.random.default_rng(SEED)
    rows = []
    for at, (district, name) in enumerate(list(DISTRICTS.items())[:districts]):
        for number, short in enumerate(NAMES):
            kind = "Phường" if at < 2 and number < 3 else "Xã"
            # a grid of squares in the highlands
            lon, lat = 108 + 0.1 * number + 0.05, 14 + 0.1 * at + 0.05
            rows.append(
                {
                    "code": f"{40000 + 100 * at + number}",
                    "name": f"{kind} {short} {at + 1}",
                    "district_code": district,
                    "district": name,
                    "province_code": "80",
                    "province": "Tỉnh Sông Mây",
                    "population": int(draw.integers(4_000, 15_000)) if population else None,
                    "households": int(draw.integers(1_000, 4_000)),
                    "lon": lon,
                    "lat": lat,
                    "valid_from": "2020-01-01",
                    "valid_to": "2029-12-31",
                }
            )
    return pd.DataFrame(rows)


def outlines(listed):
    """Draw each commune as a square, as GeoJSON."""
    features = []
    for row in listed.itertuples():
        west, south = round(row.lon - 0.05, 3), round(row.lat - 0.05, 3)
        east, north = round(west + 0.1, 3), round(south + 0.1, 3)
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        features.append(
            {
                "type": "Feature",
                "properties": {"ma_xa": row.code},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return json.dumps({"type": "FeatureCollection", "features": features})


def catalogue(*, years=YEARS, platforms=MEASURES):
    """Write a catalogue of other measures and years, with the quantities of the package."""
    text = sources.DATA.joinpath("indicators.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)
    entries = []
    for name in platforms:
        role = "headline" if name == next(iter(platforms)) else "platform"
        when = "\n".join(
            f'when.{year} = {{ vi = "đến 30/6/{year}", en = "to 30 June {year}" }}'
            for year in years
        )
        entries.append(
            f"""[indicators.{name}]
role = "{role}"
label = {{ vi = "Người dùng {name[:6]}", en = "Users of {name[:6]}" }}
counts = {{ vi = "người đã dùng", en = "people who use it" }}
out_of = {{ vi = "dân số ngày 30/6", en = "residents of 30 June" }}
unit = "people"
denominator = "residents"
kind = "share"
users = true
{when}
breaks = [0.1, 0.2, 0.3, 0.4, 0.5]
change_breaks = [-8, -4, 0, 4, 8]
"""
        )
    entries.append(
        """[indicators.files]
role = "files"
label = { vi = "Hồ sơ trực tuyến", en = "Files online" }
counts = { vi = "hồ sơ trực tuyến", en = "files online" }
out_of = { vi = "hồ sơ tiếp nhận", en = "files received" }
unit = "files"
denominator = "files"
kind = "share"
users = false
"""
        + "\n".join(
            f'when.{year} = {{ vi = "cả năm {year}", en = "all of {year}" }}' for year in years
        )
        + f"""
target.{years[0]} = 0.5
breaks = [0.4, 0.5, 0.6, 0.7]
change_breaks = [-8, -4, 0, 4, 8]
"""
    )
    return "\n".join([*entries, text[text.index("# What is mapped and is no count") :]])


def report(listed, *, years=YEARS, teams=True, measures=(*MEASURES, "files"), platforms=MEASURES):
    """Report both years of every commune, in the columns of the template."""
    draw = np.random.default_rng(SEED + 1)
    frames = []
    lasting = draw.normal(0, 0.2, len(listed)) + 0.15 * listed["district_code"].astype(int).sub(803)
    members = draw.integers(15, 60, len(listed))
    for at, year in enumerate(years):
        people = listed["population"].astype(float).fillna(8_000)
        grown = members + at * draw.integers(0, 25, len(listed))
        density = 1000 * grown / people
        frame = listed[["code", "district"]].assign(commune=listed["name"], year=year)
        if teams:
            frame = frame.assign(teams=grown // 6, members=grown)
        frame = frame.assign(population=None, households=None)
        for name in measures:
            out_of = draw.integers(300, 900, len(listed)) if name == "files" else people
            level = 0.55 if name == "files" else platforms[name]
            rate = level * np.exp(0.05 * (density - density.mean()) + lasting + 0.1 * at)
            frame[f"{name}.count"] = np.floor(np.minimum(rate, 0.9) * out_of).astype(int)
            frame[f"{name}.out_of"] = out_of if name == "files" else None
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def write(folder, *, districts=5, years=YEARS, platforms=MEASURES, **wanted):
    """Write the four files that a user would bring: options of `hganalysis build`."""
    listed = communes(districts=districts)
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "reports": folder / "bao-cao.csv",
        "areas": folder / "ranh-gioi.geojson",
        "places": folder / "danh-sach.csv",
        "indicators": folder / "chi-tieu.toml",
    }
    wanted = {"measures": (*platforms, "files")} | wanted
    told = report(listed, years=years, platforms=platforms, **wanted)
    told.to_csv(files["reports"], index=False)
    files["areas"].write_text(outlines(listed), encoding="utf-8")
    listed.to_csv(files["places"], index=False)
    files["indicators"].write_text(catalogue(years=years, platforms=platforms), encoding="utf-8")
    return files

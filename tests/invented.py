"""Invent studies: a province that is not the shipped one, a lakeland, small counts, and a log."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hganalysis import caselog, places, study
from hganalysis.periods import find_period

DISTRICTS = {
    "801": "Thành phố Sông Mây",
    "802": "Thị xã Bến Trăng",
    "803": "Huyện Đồng Gió",
    "804": "Huyện Cù Lao",
    "805": "Huyện Núi Chàm",
}
NAMES = ["Bình", "An", "Cát", "Đông", "Giang", "Hòa"]
YEARS = (2024, 2025)
MEASURES = {
    "vneid_users": 0.5,
    "wallet_users": 0.2,
    "service_users": 0.3,
}
SEED = 80


def communes(*, districts=5, population=True):
    """List the communes as a user would."""
    draw = np.random.default_rng(SEED)
    rows = []
    named = list(DISTRICTS.items())[:districts]
    for district_number, (district, name) in enumerate(named):
        for number, short in enumerate(NAMES):
            kind = "Phường" if district_number < 2 and number < 3 else "Xã"
            # a grid of squares in the highlands
            row = {"code": f"{40000 + 100 * district_number + number}"}
            row["name"] = f"{kind} {short} {district_number + 1}"
            row |= {"district_code": district, "district": name}
            row |= {"province_code": "80", "province": "Tỉnh Sông Mây"}
            row["population"] = int(draw.integers(4_000, 15_000)) if population else None
            row["households"] = int(draw.integers(1_000, 4_000))
            row["lon"] = 108 + 0.1 * number + 0.05
            row["lat"] = 14 + 0.1 * district_number + 0.05
            rows.append(row | {"valid_from": "2020-01-01", "valid_to": "2029-12-31"})
    return pd.DataFrame(rows)


def outlines(listed):
    """Draw each commune as a square, as GeoJSON."""
    west = (listed["lon"] - 0.05).round(3)
    south = (listed["lat"] - 0.05).round(3)
    east = (west + 0.1).round(3)
    north = (south + 0.1).round(3)
    squares = shapely.box(west, south, east, north)
    shapes = gpd.GeoDataFrame({"ma_xa": listed["code"]}, geometry=squares)
    return shapes.to_json(drop_id=True)


RESIDENTS = ("dân số ngày 30/6", "residents of 30 June")


def catalogue(*, periods=YEARS, platforms=MEASURES, residents=RESIDENTS, files="files"):
    """
    Write a catalogue of other measures and years, with the quantities of the package; without
    years, measures are of those of the study.
    """
    entries = []
    for name in (*platforms, "files"):
        if name == "files":
            role = "files"
            unit = ("files", files)
            breaks = [0.4, 0.5, 0.6, 0.7]
            label = ("Hồ sơ trực tuyến", "Files online")
            counts = ("hồ sơ trực tuyến", "files online")
            out_of = ("hồ sơ tiếp nhận", "files received")
            when = ("cả năm {}", "all of {}")
        else:
            role = "headline" if name == next(iter(platforms)) else "platform"
            unit = ("people", "residents")
            breaks = [0.1, 0.2, 0.3, 0.4, 0.5]
            label = (f"Người dùng {name[:6]}", f"Users of {name[:6]}")
            counts = (f"người đã dùng {name}", f"people with {name}")
            out_of = residents
            when = ("đến 30/6/{}", "to 30 June {}")
        texts = {
            "label": label,
            "counts": counts,
            "out_of": out_of,
        }
        for period in periods:
            texts[f"when.{period}"] = [date.format(period) for date in when]
        lines = [f'{key} = {{ vi = "{vi}", en = "{en}" }}' for key, (vi, en) in texts.items()]
        target = (
            [f'target."{(periods or MONTHS)[0]}" = 0.5'] if name == "files" else ["users = true"]
        )
        entries += [f"[indicators.{name}]", f'role = "{role}"', *lines, *target]
        entries += [f'unit = "{unit[0]}"', f'denominator = "{unit[1]}"', f"breaks = {breaks}"]
        entries += ["change_breaks = [-8, -4, 0, 4, 8]", ""]
    text = study.DATA.joinpath("indicators.toml").read_text(encoding="utf-8")
    quantities = text[text.index("# What is mapped and is no count") :]
    return "\n".join([*entries, quantities])


def report(listed, *, periods=YEARS, teams=True, measures=(*MEASURES, "files"), platforms=MEASURES):
    """Report both years of every commune, in the columns of the template."""
    draw = np.random.default_rng(SEED + 1)
    frames = []
    trend = 0.15 * listed["district_code"].astype(int).sub(803)
    lasting = draw.normal(0, 0.2, len(listed)) + trend
    members = draw.integers(15, 60, len(listed))
    for step, period in enumerate(periods):
        people = listed["population"].astype(float).fillna(8_000)
        grown = members + step * draw.integers(0, 25, len(listed))
        density = 1000 * grown / people
        keys = listed[["code", "district"]]
        frame = keys.assign(commune=listed["name"], period=period)
        if teams:
            frame = frame.assign(teams=grown // 6, members=grown)
        frame = frame.assign(population=None, households=None)
        for name in measures:
            out_of = people
            if name == "files":
                out_of = draw.integers(300, 900, len(listed))
            level = 0.55 if name == "files" else platforms[name]
            gap = 0.05 * (density - density.mean())
            rate = level * np.exp(gap + lasting + 0.1 * step)
            count = np.floor(np.minimum(rate, 0.9) * out_of)
            frame[f"{name}.count"] = count.astype(int)
            frame[f"{name}.out_of"] = out_of if name == "files" else None
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def write(folder, *, districts=5, periods=YEARS, platforms=MEASURES, **options):
    """Write the four files that a user would bring: options of `hganalysis build`."""
    listed = communes(districts=districts)
    folder.mkdir(parents=True, exist_ok=True)
    names = {"reports": "bao-cao.csv", "areas": "ranh-gioi.geojson"}
    names |= {"places": "danh-sach.csv", "indicators": "chi-tieu.toml"}
    files = {name: folder / file for name, file in names.items()}
    options = {"measures": (*platforms, "files")} | options
    reports = report(listed, periods=periods, platforms=platforms, **options)
    reports.to_csv(files["reports"], index=False)
    files["areas"].write_text(outlines(listed), encoding="utf-8")
    listed.to_csv(files["places"], index=False)
    text = catalogue(periods=periods, platforms=platforms)
    files["indicators"].write_text(text, encoding="utf-8")
    return files


# --- a lakeland, nowhere near the shipped study: counties, sub-counties and post offices ---

COUNTIES = ["Northmoor", "Southmere", "Eastvale", "Westholm", "Midford"]
TREES = ["Ash", "Birch", "Cedar", "Elm", "Fern", "Hazel"]
DESCRIBED = """
name = { vi = "Xứ Hồ", en = "Lakeland" }
language = "en"
periods = ["2025-06", "2025-07"]

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


MONTHS = ["2025-06", "2025-07"]


def lake_places():
    """List the sub-counties under the headings of the study; no name has a type."""
    listed = communes()
    county = listed["district_code"].astype(int) - 801
    listed = listed.drop(columns=["province_code", "province", "valid_from", "valid_to"])
    places_of_counties = enumerate(county)
    names = [f"{TREES[number % 6]} {COUNTIES[of][:3]}" for number, of in places_of_counties]
    listed = listed.assign(code=[f"LK-{code}" for code in listed["code"]], name=names)
    listed["district_code"] = [f"L{of}" for of in county]
    listed["district"] = [COUNTIES[of] for of in county]
    return listed.assign(lon=listed["lon"] - 80, lat=listed["lat"] + 30)


HEADINGS = {
    "code": "Sub-county code",
    "name": "Sub-county",
    "commune": "Sub-county",
    "district_code": "County code",
    "district": "County",
    "period": "Month",
    "members": "Post offices",
}


def write_lakeland(folder, described=DESCRIBED):
    """Write what its owner would bring: options of `publish.lay_out`."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = lake_places()
    codes = communes()["code"]
    names = {
        "study": "study.toml",
        "places": "places.csv",
        "areas": "areas.geojson",
    }
    names |= {"indicators": "measures.toml", "reports": "report.csv"}
    files = {name: folder / file for name, file in names.items()}
    files["study"].write_text(described, encoding="utf-8")
    listed.rename(columns=HEADINGS).to_csv(files["places"], index=False)
    files["areas"].write_text(outlines(listed), encoding="utf-8")
    # one measure is out of applications; all are of the months of the study
    options = {"residents": ("dân số ([count])", "residents ([count])"), "files": "applications"}
    text = catalogue(periods=(), **options)
    files["indicators"].write_text(text, encoding="utf-8")
    sent = report(communes(), periods=MONTHS)
    sent = sent.drop(columns=["teams", "district", "commune"])
    names = listed.assign(number=codes)[["number", "code", "name", "district"]]
    sent = names.merge(sent.rename(columns={"code": "number"}), on="number")
    sent = sent.drop(columns="number").rename(columns=HEADINGS)
    sent.to_csv(files["reports"], index=False)
    return files


# --- a study of ten lines ---

ARDEN = """\
name = "Arden"
language = "en"
years = [2022, 2023]
levels.province = { one = "state", many = "states" }
levels.commune = { one = "county", many = "counties" }
[indicators.infant_deaths]
label = "Infant deaths"
counts = "children who died before their first birthday"
out_of = "live births"
per = 1000
"""
SHIRES = [
    *("Oakham", "Elmet", "Ashdown", "Rowan", "Hazelmere"),
    *("Alderley", "Willowby", "Birchley", "Hollin", "Mapleton"),
]


def write_arden(folder):
    """Write deaths out of births of ten counties, two years: options of `hganalysis build`."""
    draw = np.random.default_rng(SEED)
    code = [f"A{number:02d}" for number in range(10)]
    listed = pd.DataFrame(
        {
            "code": code,
            "name": SHIRES,
            "population": 90_000,
        }
    )
    listed["lon"] = [-80 + 0.1 * (number % 5) for number in range(10)]
    listed["lat"] = [36, 36.1] * 5
    births = draw.integers(5_000, 9_000, 10)
    sent = []
    for period, rate in ((2022, 0.007), (2023, 0.006)):
        deaths = draw.binomial(births, rate)
        columns = {
            "code": code,
            "period": period,
            "infant_deaths.count": deaths,
        }
        sent.append(pd.DataFrame({**columns, "infant_deaths.out_of": births}))
    folder.mkdir(parents=True)
    names = {
        "study": "study.toml",
        "places": "list.csv",
        "areas": "a.geojson",
        "reports": "r.csv",
    }
    files = {name: folder / file for name, file in names.items()}
    files["study"].write_text(ARDEN, encoding="utf-8")
    listed.to_csv(files["places"], index=False)
    files["areas"].write_text(outlines(listed), encoding="utf-8")
    pd.concat(sent).to_csv(files["reports"], index=False)
    return files


def coast(listed):
    """Draw each place as a square whose sides are bays of many corners, as GeoJSON."""
    drawn = listed.dropna(subset="lon")
    cells = shapely.box(drawn["lon"], drawn["lat"], drawn["lon"] + 0.1, drawn["lat"] + 0.1)

    def bend(corners):
        return corners + 0.01 * np.sin(250 * corners[:, ::-1])

    bays = shapely.transform(shapely.segmentize(cells, 0.004), bend)
    return gpd.GeoDataFrame({"code": drawn["code"]}, geometry=bays).to_json(drop_id=True)


# --- small counts, and a log ---

KEYS = ["code", "structure", "period"]
STRUCTURE = pd.Timestamp("2020-02-01")


# --- a city of wards, quarter by quarter ---

HARBOUR = """\
name = { vi = "Cảng Mới", en = "New Harbour" }
counted = { vi = "nộp hồ sơ trực tuyến", en = "online filing" }
periods = { from = "2025-Q3", to = "2026-Q2" }

[levels.province]
one = { vi = "thành phố", en = "city" }
many = { vi = "thành phố", en = "cities" }
whole = { vi = "toàn thành phố", en = "whole city" }

[levels.commune]
one = { vi = "phường", en = "ward" }
many = { vi = "phường", en = "wards" }

[residents]
origin = "census"
by = { vi = "điều tra 2024", en = "census of 2024" }

[indicators.filed_online]
label = { vi = "Hồ sơ nộp trực tuyến", en = "Files handed in online" }
counts = { vi = "hồ sơ nộp trực tuyến", en = "files handed in online" }
out_of = { vi = "hồ sơ tiếp nhận", en = "files received" }
role = "headline"
"""
QUARTERS = ["2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2"]


def write_harbour(folder, *, wards=16, quarters=QUARTERS):
    """Write files sent by ward and quarter, one ward without a point: see `publish.lay_out`."""
    draw = np.random.default_rng(SEED)
    folder.mkdir(parents=True, exist_ok=True)
    codes = [f"W{number:02}" for number in range(1, wards + 1)]
    names = [f"Pier {code[1:]}" for code in codes]
    listed = pd.DataFrame({"code": codes, "name": names})
    listed["population"] = draw.integers(8_000, 40_000, wards)
    side = int(np.ceil(wards**0.5))
    north, east = np.divmod(np.arange(wards), side)
    listed["lon"] = 10 + 0.1 * east
    listed["lat"] = 50 + 0.1 * north
    listed.loc[5, ["lon", "lat"]] = np.nan
    lasting = draw.normal(0, 0.4, wards)
    sent = []
    for step, quarter in enumerate(quarters):
        received = draw.integers(300, 900, wards)
        noise = draw.normal(0, 0.1, wards)
        share = 1 / (1 + np.exp(0.6 - 0.15 * step - lasting - noise))
        numbers = {"count": draw.binomial(received, share), "out_of": received}
        table = pd.DataFrame({"code": codes, "period": quarter, **numbers})
        sent.append(table)
    reports = pd.concat(sent).assign(indicator="filed_online", origin="reported")
    columns = ["code", "period", "indicator", "count", "out_of", "origin"]
    files = {name: folder / f"{name}.csv" for name in ("places", "reports")}
    files["study"] = folder / "study.toml"
    described = HARBOUR.replace(QUARTERS[0], quarters[0]).replace(QUARTERS[-1], quarters[-1])
    files["study"].write_text(described, encoding="utf-8")
    listed.to_csv(files["places"], index=False)
    reports[columns].to_csv(files["reports"], index=False)
    return files


def small_reports(rng, *, districts=3):
    """
    Draw reports of some districts: users of an app in two years, files, and a ratio.

    Few of a few use it, or all but a few; users grow in number, and files are of each year.
    """
    home = places.units()["compared_code"]
    chosen = rng.choice(home.unique(), districts, replace=False)
    codes = home.index[home.isin(chosen)]
    tables = []
    measures = (
        ("app_users", (2022, 2023)),
        ("files_online", (2022,)),
        ("ecommerce_guided", (2022,)),
    )
    for name, periods in measures:
        fewest = rng.choice([10, 100, 500])
        out_of = rng.integers(fewest, 1500, len(codes))
        scale = rng.choice([0.001, 0.005, 0.02, 0.3, 0.98])
        rates = scale * rng.lognormal(0, 1, len(codes))
        count = rng.binomial(out_of, np.clip(rates, 0, 1))
        draws = rng.random(len(codes))
        sent = draws < rng.choice([1, 0.9])
        for period in periods:
            if period > periods[0]:
                growth = rng.choice([0.001, 0.01, 0.2])
                count = count + rng.binomial(out_of - count, growth)
            table = {
                "code": codes,
                "period": period,
                "indicator": name,
                "count": count,
            }
            table = pd.DataFrame({**table, "out_of": out_of, "origin": "reported"})
            tables.append(table[sent])
    return pd.concat(tables, ignore_index=True)


def log(rng, *, communes=12, periods=(2022, 2023), largest=60):
    """
    Draw the rows of a log: few files or many, one platform or four, people who come again.

    Some communes have next to nothing, and whole months without a file.
    """
    chosen = rng.choice(places.units().index, communes, replace=False)
    rows = []
    names = list("ABCD")[: rng.integers(1, 5)]
    concentration = np.full(len(names), rng.choice([0.3, 1, 5]))
    weights = rng.dirichlet(concentration)
    online = rng.choice([0.1, 0.5, 0.9, 1])
    files_a_person = rng.choice([1, 1.3, 3])
    scale = rng.choice([0.3, 1, 3, 10])
    for code in chosen:
        size = rng.lognormal(0, 1)
        files = 1 + rng.poisson(scale * largest * size * len(periods))
        people = max(1, int(files / files_a_person))
        days = rng.integers(0, 365 * len(periods), files)
        first_day = pd.Timestamp(f"{periods[0]}-01-01")
        table = pd.DataFrame({"code": code, "day": first_day + pd.to_timedelta(days, unit="D")})
        table["online"] = rng.random(files) < online
        table["platform"] = rng.choice(names, files, p=weights)
        table["person"] = np.arange(files)
        if files_a_person > 1:
            table["person"] = rng.integers(0, people, files)
        rows.append(table)
    return pd.concat(rows, ignore_index=True)


def count_log(rows, period):
    """Count a log by hand, in pandas."""
    keys = [find_period(day, period).key for day in rows["day"]]
    rows = rows.assign(structure=STRUCTURE, period=keys)
    ours = rows[rows["online"]]
    files = rows.groupby(KEYS).agg(received=("online", "size"), online=("online", "sum"))
    persons = ours["code"] + "/" + ours["person"].astype("str")
    files["people"] = persons.groupby([ours[key] for key in KEYS]).nunique()
    files = files.fillna({"people": 0}).astype("int64").reset_index()
    people = ours.groupby([*KEYS, "platform"])["person"].nunique()
    by_platform = people.rename("people").reset_index()
    platforms = by_platform[["platform"]].drop_duplicates()
    all_platforms = files[KEYS].merge(platforms, how="cross")
    by_platform = all_platforms.merge(by_platform, on=[*KEYS, "platform"], how="left")
    by_platform = by_platform.fillna({"people": 0})
    return caselog.Counts(
        files=files,
        platforms=by_platform.astype({"people": "int64"}),
        faults=pd.DataFrame(columns=["fault", "rows", "example"]),
        rows=len(rows),
        period="year",
        origin="reported",
    )


# --- groups that add up to a measure ---


def described_by_groups(names, *, split=True):
    """Describe users of an app by groups; or each group as a measure of its own."""
    text = study.DATA.joinpath("study.toml").read_text(encoding="utf-8")
    text += '\n[indicators.app_users]\nlabel = "Users"\nusers = true\n'
    for by, groups in names.items():
        lines = "".join(f'{group} = "{group} people"\n' for group in groups)
        text += f"[groups.{by}]\n{lines}"
    if split:
        return text.replace("users = true", f"users = true\nby = {[*names]}")
    for group in (group for groups in names.values() for group in groups):
        text += f'[indicators.app_users_{group}]\nlabel = "{group}"\nover_time = "stock"\n'
        text += f'out_of = "{group} people"\n'
    return text


def reports_by_groups(rng, splits):
    """
    Draw users of an app in some communes of each district, by groups, few of some; two years.

    Parameters
    ----------
    splits
        By the name of each way to split people, how many groups.
    """
    home = places.units()
    chosen = [
        code
        for _, inside in home.groupby("compared_code")
        for code in rng.choice(inside.index, rng.integers(1, len(inside) + 1), replace=False)
    ]
    scale = np.exp(rng.uniform(np.log(0.01), 0))
    residents = np.maximum(30, home.loc[chosen, "population"] * scale).astype(int).to_numpy()
    shape = tuple(splits.values())
    n_cells = int(np.prod(shape))
    shares = rng.dirichlet(np.full(n_cells, 3.0))
    if rng.random() < 0.5:
        shares = np.r_[rng.uniform(0.003, 0.05), rng.dirichlet(np.full(n_cells - 1, 4.0))]
    shares = shares / shares.sum() * rng.choice([30, 300]) + 1e-3
    people = np.vstack([rng.multinomial(n, rng.dirichlet(shares)) for n in residents])
    odds = rng.uniform(-3, 1.5) + rng.normal(0, 0.8, n_cells)
    odds = odds + rng.normal(0, 0.6, (len(chosen), 1))
    first = rng.binomial(people, 1 / (1 + np.exp(-odds)))
    second = first + rng.binomial(people - first, rng.uniform(0.02, 0.3))
    made = []
    for period, counts in ((2022, first), (2023, second)):
        tables = [table.reshape(-1, *shape) for table in (counts, people)]
        axes = tuple(range(1, len(shape) + 1))
        columns = {"app_users": [table.sum(axis=axes) for table in tables]}
        for axis, (by, n_groups) in zip(axes, splits.items(), strict=True):
            other_axes = tuple(number for number in axes if number != axis)
            for group in range(n_groups):
                parts = [table.sum(axis=other_axes)[:, group] for table in tables]
                columns[f"app_users_{by}{group}"] = parts
        for name, (count, out_of) in columns.items():
            table = {
                "code": chosen,
                "period": period,
                "indicator": name,
                "count": count,
            }
            made.append(pd.DataFrame({**table, "out_of": out_of, "origin": "reported"}))
    return pd.concat(made, ignore_index=True)


def catalogue_of(measures, *, periods):
    """Write a catalogue of ratios, or what else each measure is: its name, and keys that differ."""
    tables = []
    for name, keys in measures.items():
        keys = {
            "counts": {"vi": name, "en": name},
            "label": {"vi": name, "en": name},
            "out_of": {"vi": "hồ sơ", "en": "files"},
            "unit": "files",
            "denominator": "files",
            "kind": "ratio",
            "users": False,
            "over_time": "new",
        } | keys
        when = {period: str(period) for period in keys.pop("periods", periods)}
        table = {key: value for key, value in keys.items() if value is not None}
        texts = "\n".join(f"{key} = {_toml(value)}" for key, value in table.items())
        dates = "\n".join(
            f"when.{key} = {_toml({'vi': date, 'en': date})}" for key, date in when.items()
        )
        tables.append(f"[indicators.{name}]\n{texts}\n{dates}\n")
    return "\n".join(tables)


def _toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(text)}" for key, text in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)

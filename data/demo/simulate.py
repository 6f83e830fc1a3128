"""
Simulate a province with a known answer: nobody published the campaign by commune.

`python data/demo/simulate.py` writes `reports.csv`, `teams.csv` and `truth.csv` beside itself, and
two workbooks beside the notebooks: the report of a year as many hands typed it, and mended. With
the name of a folder all of it is written there. The same bytes come out every time.
"""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from hganalysis import escaping, places, study

HERE = Path(__file__).parent
NOTEBOOKS = HERE.parents[1] / "notebooks"

# The day of the review conference; fixed before anyone looked at an estimate, and never changed.
SEED = 20230821

# Province totals of 2022 as TTXVN printed them on 21 August 2023, taken at face value: "nearly
# 173,000" app users become 173,000 and "nearly 70,000" informed become 70,000.
TEAMS = 525
MEMBERS = 3928
TOTALS = {
    "app_users": 173_000,
    "ewallet_users": 77_972,
    "online_service_users": 123_763,
    "ecommerce_guided": 1_755,
    "informed": 70_000,
}
# Published: "nearly 87 %" of files online in 2023, "up more than 36 %" on 2022, here read as
# percentage points. How many files there were was not published: these numbers are simulated.
FILES = {2022: 160_000, 2023: 180_000}
FILES_ONLINE_SHARE = {2022: 0.505, 2023: 0.869}
# No total of app users was published for 2023: a growth of 22 % is simulated.
APP_USERS_2023 = 211_060

# Log rate ratio of each platform for one standard deviation of density (members per 1,000
# residents, over the 75 communes of 2022), and for an urban commune. Urban communes have fewer
# members per resident and more uptake, so that leaving `urban` out hides part of the answer.
PLANTED = {
    "app_users": (0.25, 0.25),
    "ewallet_users": (0.15, 0.45),
    "online_service_users": (0.20, 0.20),
    "ecommerce_guided": (0.10, -0.30),
    "informed": (0.30, 0.00),
}
# For files it is a log odds ratio, in each year.
PLANTED_FILES = {2022: (0.30, 0.20), 2023: (0.15, 0.10)}

DISTRICT_SD = 0.20  # of the log rate: what all communes of a district share
SPATIAL_SD = 0.15  # what neighbouring communes share
SPATIAL_RANGE_KM = 6.0
COMMUNE_SD = 0.20  # what a commune has for itself: this makes counts far more variable than Poisson


@dataclass(frozen=True)
class Province:
    """
    A simulated province.

    `reports` has a row for each commune, year and indicator (`code, year, indicator, count,
    out_of, origin`), `teams` one for each commune and year (`code, year, teams, members,
    origin`), `truth` one for each planted quantity (`name, value, unit, note`).
    """

    reports: pd.DataFrame
    teams: pd.DataFrame
    truth: pd.DataFrame


def simulate(*, seed: int = SEED) -> Province:
    """
    Simulate teams, members and reports of every commune for 2022 and 2023.

    Everything adds up to the published totals of the province. The log rate of a platform is
    planted effect x standardised density + urban + district + spatial + commune, then a Poisson
    count; counts are scaled to the total, none above the commune's residents.

    Parameters
    ----------
    seed
        Any other than the default gives another province with the same answer.

    Examples
    --------
    >>> simulate().teams.groupby("year")["members"].sum().tolist()
    [3928, 3928]
    """
    land = places.units().sort_index()
    draw = _Draws(seed)
    teams = _teams(land, draw)
    reports = pd.concat([_platforms(land, teams, draw), _files(land, teams, draw)])
    reports = reports.sort_values(["period", "indicator", "code"], ignore_index=True)
    return Province(
        reports.assign(origin="simulated"),
        teams.assign(origin="simulated"),
        _truth(land, teams, seed),
    )


def apportion(weights: pd.Series, total: int, *, at_most: pd.Series) -> pd.Series:
    """
    Share a total out in whole numbers, in proportion to weights, none above its limit.

    What a limited place cannot take is spread over the others. Fractions go to the largest
    remainders, and among equals to the first in the index.

    Parameters
    ----------
    weights
        Not negative.
    total
        What the result adds up to.
    at_most
        Limit of each place, with the index of `weights`.

    Raises
    ------
    ValueError
        If the limits leave no room for the total, or only where the weights are 0.

    Examples
    --------
    >>> apportion(pd.Series([1, 1, 8]), 10, at_most=pd.Series([9, 9, 5])).tolist()
    [3, 2, 5]
    """
    if at_most.sum() < total:
        msg = f"a total of {total} does not fit into limits that add up to {at_most.sum()}."
        raise ValueError(msg)
    shares = pd.Series(0.0, index=weights.index)
    open_places = weights.index
    while True:
        free = total - at_most.drop(open_places).sum()
        if free and not weights[open_places].sum():
            msg = f"{free} of {total} are left over for places whose weight is 0."
            raise ValueError(msg)
        if not free:
            shares[open_places] = 0.0
            break
        shares[open_places] = free * weights[open_places] / weights[open_places].sum()
        full = open_places[shares[open_places] > at_most[open_places]]
        if full.empty:
            break
        shares[full] = at_most[full].astype(float)
        open_places = open_places.drop(full)
    whole = shares.round(9).floordiv(1).astype(int)
    rest = (shares - whole).round(9).where(whole < at_most, -1.0)
    first = rest.sort_values(ascending=False, kind="stable").index[: total - whole.sum()]
    whole[first] += 1
    return whole


class _Draws:
    """
    Random numbers that any version of numpy draws alike.

    Uniform draws of PCG64 are stable, so normal ones are made from them and rounded: another
    linear algebra library changes the sixteenth digit, never the sixth.
    """

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def normal(self, index: pd.Index, sd: float = 1.0) -> pd.Series:
        from scipy.special import ndtri

        return pd.Series(sd * ndtri(self._random.random(len(index))), index=index).round(6)

    def shared(self, groups: pd.Series, sd: float) -> pd.Series:
        """Draw one number for each group, and give it to all members."""
        return groups.map(self.normal(pd.Index(sorted(groups.unique())), sd))

    def spatial(self, land: pd.DataFrame, sd: float) -> pd.Series:
        """Draw numbers whose correlation falls exponentially with distance."""
        # A degree of latitude is 110.6 km here, one of longitude 109.7 km (at 9.8 degrees north).
        east, north = land["lon"].to_numpy() * 109.7, land["lat"].to_numpy() * 110.6
        distance = np.hypot(east[:, None] - east, north[:, None] - north)
        root = np.linalg.cholesky(np.exp(-distance / SPATIAL_RANGE_KM))
        return pd.Series(sd * (root @ self.normal(land.index).to_numpy()), land.index).round(6)

    def poisson(self, mean: pd.Series) -> pd.Series:
        from scipy.stats import poisson

        return pd.Series(poisson.ppf(self._random.random(len(mean)), mean), mean.index)


def _teams(land: pd.DataFrame, draw: _Draws) -> pd.DataFrame:
    """One team a hamlet; where the number of hamlets is known, it is the starting value."""
    known = pd.read_csv(study.current().path("published/hamlets.csv"), dtype={"code": "str"})
    hamlets = known.set_index("code")["hamlets"]
    # Larger communes have larger hamlets, hence the power.
    weights = land["households"] ** 0.7 * np.exp(draw.normal(land.index, 0.2))
    teams = hamlets.reindex(land.index)
    # District totals fill their communes first; 930 is known commune by commune, and its own
    # total (51) conflicts with their sum (53): the communes win.
    for total, inside in [
        *((hamlets[code], land["compared_code"] == code) for code in hamlets.index),
        (TEAMS, land["compared_code"] != ""),
    ]:
        gaps = teams.index[teams.isna() & inside]
        if len(gaps):
            rest = int(total - teams[inside].sum())
            teams[gaps] = apportion(weights[gaps], rest, at_most=land.loc[gaps, "households"])
    teams = teams.astype(int)
    size = np.exp(draw.normal(land.index, 0.25) - 0.15 * land["urban"])
    change = np.exp(draw.normal(land.index, 0.15))
    # At least three to a team, and no total of 2023 is known for the 525 teams of hamlets alone:
    # the total of 2022 is kept and only its distribution changes.
    rows = []
    for period, weight in ((2022, teams * size), (2023, teams * size * change)):
        extra = apportion(weight, MEMBERS - 3 * TEAMS, at_most=land["population"])
        rows.append(pd.DataFrame({"period": period, "teams": teams, "members": 3 * teams + extra}))
    return pd.concat(rows).rename_axis("code").reset_index()


def _density(land: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """Members per 1,000 residents: a row for each commune, a column for each year."""
    members = teams.pivot_table(index="code", columns="period", values="members")
    return members.div(land["population"], axis=0) * 1000


def _standardised(land: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    density = _density(land, teams)
    return (density - density[2022].mean()) / density[2022].std()


def _platforms(land: pd.DataFrame, teams: pd.DataFrame, draw: _Draws) -> pd.DataFrame:
    x = _standardised(land, teams)
    common = (
        draw.shared(land["compared_code"], DISTRICT_SD)
        + draw.spatial(land, SPATIAL_SD)
        + draw.normal(land.index, COMMUNE_SD)
    )
    rows = []
    for name, total in TOTALS.items():
        density, urban = PLANTED[name]
        # Platforms have half of what is left in common, and half of their own; the first, which
        # is the primary outcome, has all of it.
        own = common if name == "app_users" else 0.5 * common + draw.normal(land.index, COMMUNE_SD)
        log_rate = density * x[2022] + urban * land["urban"] + own
        rows.append(_count(land, name, 2022, log_rate, total, draw))
    density, urban = PLANTED["app_users"]
    growth = draw.shared(land["compared_code"], 0.05) + draw.normal(land.index, 0.08)
    log_rate = density * x[2023] + urban * land["urban"] + common + growth
    rows.append(_count(land, "app_users", 2023, log_rate, APP_USERS_2023, draw))
    return pd.concat(rows)


def _count(
    land: pd.DataFrame, name: str, period: int, log_rate: pd.Series, total: int, draw: _Draws
) -> pd.DataFrame:
    weight = land["population"] * np.exp(log_rate)
    drawn = draw.poisson(total * weight / weight.sum())
    count = apportion(drawn, total, at_most=land["population"])
    return _rows(name, period, count, land["population"])


def _files(land: pd.DataFrame, teams: pd.DataFrame, draw: _Draws) -> pd.DataFrame:
    x = _standardised(land, teams)
    volume = draw.normal(land.index, 0.2) + 0.3 * land["urban"]
    lasting = draw.shared(land["compared_code"], 0.3) + draw.normal(land.index, 0.3)
    rows = []
    for period, total in FILES.items():
        weight = land["population"] * np.exp(volume + draw.normal(land.index, 0.1))
        received = apportion(weight, total, at_most=land["population"])
        density, urban = PLANTED_FILES[period]
        log_odds = (
            density * x[period] + urban * land["urban"] + lasting + draw.normal(land.index, 0.25)
        )
        online = round(FILES_ONLINE_SHARE[period] * total)
        expected = received / (1 + np.exp(-(log_odds + _level(log_odds, received, online))))
        rows.append(
            _rows("files_online", period, apportion(expected, online, at_most=received), received)
        )
    return pd.concat(rows)


def _level(log_odds: pd.Series, received: pd.Series, online: int) -> float:
    """Find the constant at which the expected files online add up to their total."""
    from scipy.optimize import brentq

    def excess(level: float) -> float:
        return float((received / (1 + np.exp(-(log_odds + level)))).sum() - online)

    return round(float(brentq(excess, -20, 20)), 6)


def _rows(name: str, period: int, count: pd.Series, out_of: pd.Series) -> pd.DataFrame:
    table = pd.DataFrame({"period": period, "indicator": name, "count": count, "out_of": out_of})
    return table.rename_axis("code").reset_index()


def _truth(land: pd.DataFrame, teams: pd.DataFrame, seed: int) -> pd.DataFrame:
    sd = _density(land, teams)[2022].std()
    rows: list[tuple[str, float, str, str]] = [
        ("seed", seed, "", "fixed before anyone looked at an estimate"),
        ("density_sd", round(sd, 6), "members per 1,000 residents", "over the communes of 2022"),
    ]
    for name, (density, urban) in PLANTED.items():
        rows += [
            (
                f"{name}_per_sd",
                density,
                "log rate ratio",
                "per SD of density, within districts",
            ),
            (f"{name}_urban", urban, "log rate ratio", "urban commune against rural"),
        ]
    for period, (density, urban) in PLANTED_FILES.items():
        rows += [
            (
                f"files_online_{period}_per_sd",
                density,
                "log odds ratio",
                "per SD of density of 2022",
            ),
            (
                f"files_online_{period}_urban",
                urban,
                "log odds ratio",
                "urban commune against rural",
            ),
        ]
    rows += [
        ("district_sd", DISTRICT_SD, "log rate", "app users: shared by all communes of a district"),
        ("spatial_sd", SPATIAL_SD, "log rate", "app users: shared by communes near each other"),
        ("spatial_range", SPATIAL_RANGE_KM, "km", "distance at which that correlation is 1/e"),
        ("commune_sd", COMMUNE_SD, "log rate", "app users: of each commune alone"),
        ("app_users_2023", APP_USERS_2023, "people", "simulated growth; no total was published"),
        ("files_2022", FILES[2022], "files", "simulated; no total was published"),
        ("files_2023", FILES[2023], "files", "simulated; no total was published"),
    ]
    # As objects, so that whole numbers are written as such.
    return pd.DataFrame(rows, columns=["name", "value", "unit", "note"], dtype=object)


# --- the report of a year, typed by many hands ---

YEAR = 2023
HEADS = {
    "STT": None,
    "Huyện, thị xã, thành phố": None,
    "Xã, phường, thị trấn": None,
    "Năm": None,
    "Số tổ": "teams",
    "Số thành viên": "members",
    "Người dùng ứng dụng nền tảng số: số đếm": "app_users.count",
    "Hồ sơ nộp trực tuyến: số đếm": "files_online.count",
    "Hồ sơ nộp trực tuyến: trên tổng số": "files_online.out_of",
}
FIELDS = [field for field in HEADS.values() if field]

# The commune whose name has a letter too many: a person has to say which one is meant.
MISSPELT = 40
# The commune whose count has a dot: in this column nothing says whether it marks thousands.
DOTTED = 33
# What no program can mend, by the number of the row: column and what was typed.
FAULTS: dict[int, tuple[int, str | int]] = {
    9: (6, "khoảng 500"),
    17: (6, 2_500_000),
    28: (5, -4),
    52: (4, "chưa có"),
}
SHORT = {
    "Thành phố": "TP.",
    "Thị xã": "TX.",
    "Huyện": "H.",
    "Phường": "P.",
    "Thị trấn": "TT.",
    "Xã": "X.",
}


PURPOSE = (
    "Tệp mẫu, số liệu mô phỏng: một báo cáo như khi mới gửi về, để thử lệnh hganalysis check.",
    "Sổ tay 05 đọc bảng ở trang sau. Báo cáo thật không cần trang này.",
    "An example of simulated numbers: a report as it comes in, to try hganalysis check.",
    "Notebook 05 reads the table on the next sheet. A real report needs no sheet like this one.",
)


def write_report(file: Path, made: Province, *, faulty: bool) -> Path:
    """Write the report of a year: as it came in, or as its sender mended it."""
    rows = _laid_out(made)
    with escaping.create_workbook(file) as book:
        about = {"created": datetime(YEAR + 1, 1, 15), "comments": "SIMULATED, no real report"}
        book.set_properties(about)
        book.add_worksheet("Đọc trước").write_column(0, 0, PURPOSE)
        sheet = book.add_worksheet("Tổng hợp")
        title = f"BÁO CÁO KẾT QUẢ PHONG TRÀO NĂM {YEAR}"
        sheet.merge_range(0, 0, 0, len(HEADS) - 1, title, book.add_format({"bold": True}))
        sheet.write(1, 0, "(Kèm theo công văn của Ban Chỉ đạo)")
        sheet.write_row(3, 0, HEADS, book.add_format({"bold": True, "text_wrap": True}))
        at, number = 4, 0
        for _, group in rows.groupby("district", sort=False):
            for _, row in group.iterrows():
                number += 1
                names = [_typed(row["district"], number), _typed(row["name_vi"], number)]
                cells = [_number(row[field], number) for field in FIELDS]
                sheet.write_row(at, 0, [number, *names, YEAR, *cells])
                if number == MISSPELT:
                    sheet.write(at, 2, f"{row['name_vi']}h")
                if faulty and number in FAULTS:
                    sheet.write(at, *FAULTS[number])
                if faulty and number == DOTTED:
                    sheet.write(at, 6, f"{row[FIELDS[2]]:,}".replace(",", "."))
                at += 1
            sheet.write_row(at, 1, ["Cộng", "", "", *(int(group[one].sum()) for one in FIELDS)])
            at += 2  # and a blank row
        sums = [int(rows[one].sum()) for one in FIELDS]
        sheet.write_row(at, 1, ["TỔNG CỘNG TOÀN TỈNH", "", "", *sums])
    return file


def _laid_out(made: Province) -> pd.DataFrame:
    """Lay a year out as a sheet is: a row for each commune, in the order of the districts."""
    sent = made.reports[made.reports["period"] == YEAR]
    wide = sent.pivot_table(index="code", columns="indicator", values=["count", "out_of"])
    wide.columns = pd.Index([f"{pair[1]}.{pair[0]}" for pair in wide.columns])
    own = made.teams[made.teams["period"] == YEAR].set_index("code")[["teams", "members"]]
    listed = places.units()[["name_vi", "compared_code"]]
    table = listed.join(own).join(wide.astype(int)).sort_values(["compared_code", "name_vi"])
    return table.assign(district=table["compared_code"].map(places.compared()["name_vi"]))


def _typed(name: str, number: int) -> str:
    """Type a name as one of five hands does."""
    short = name
    for kind, written in SHORT.items():
        short = short.replace(kind, written)
    apart = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d"))
    bare = "".join(one for one in apart if not unicodedata.combining(one))
    return (name, short, name.upper(), bare, f"  {name} ")[number % 5]


def _number(count: int, number: int) -> str | int:
    """Type a number as one of three hands does: as a number, or as text."""
    return str(int(count)) if number % 3 == 1 else int(count)


def write(folder: Path, notebooks: Path) -> None:
    """Write the data of the province to a folder, and its two workbooks to another."""
    made = simulate()
    for name in ("reports", "teams", "truth"):
        getattr(made, name).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    write_report(notebooks / "report.xlsx", made, faulty=True)
    write_report(notebooks / "report.mended.xlsx", made, faulty=False)


if __name__ == "__main__":
    write(*[Path(name) for name in sys.argv[1:2] * 2] or (HERE, NOTEBOOKS))

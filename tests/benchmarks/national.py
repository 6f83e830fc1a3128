"""
Print how long a report of the whole country takes to check: 10,600 communes in three years.

Run `python tests/benchmarks/national.py`, with a share of it as an argument: `... national.py 0.1`.
The list of places, the catalogue and the numbers are invented; the sizes are those of the country.
"""

import itertools
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from hganalysis import indicators, intake, places, sources, words
from hganalysis.build.own import definitions, write

YEARS = (2022, 2023, 2024)
SYLLABLES = [
    *("An", "Bình", "Cát", "Đông", "Gia", "Hòa", "Khánh", "Lâm", "Minh", "Nghĩa"),
    *("Phú", "Quang", "Sơn", "Tân", "Thạnh", "Thuận", "Trung", "Vĩnh", "Xuân", "Yên"),
    *("Long", "Mỹ", "Hưng", "Lợi", "Phước", "Thắng", "Đức", "Châu", "Điền", "Hải"),
]


def country(share: float = 1.0) -> pd.DataFrame:
    """Invent a list of places: 63 provinces, 700 districts, 10,600 communes, or a share of them."""
    draw = np.random.default_rng(63)
    pairs = [" ".join(pair) for pair in itertools.permutations(SYLLABLES, 2)]
    districts = max(4, round(700 * share))
    rows = []
    for number in range(districts):
        province = number * 63 // districts
        names = draw.choice(pairs, size=15 + number % 2, replace=False)
        for name in names[: 15 + (number % 7 == 0)]:
            people = int(draw.integers(2_000, 20_000))
            rows.append((f"Xã {name}", number, province, people, people // 4))
    table = pd.DataFrame(rows, columns=["name", "district", "province", "population", "households"])
    return pd.DataFrame(
        {
            "code": [f"{code:05d}" for code in range(1, len(table) + 1)],
            "name": table["name"],
            "district_code": table["district"].map("{:03d}".format),
            "district": table["district"].map(lambda number: f"Huyện {pairs[number]}"),
            "province_code": table["province"].map("{:02d}".format),
            "province": table["province"].map(lambda number: f"Tỉnh {pairs[-1 - number]}"),
            "population": table["population"].astype(str),
            "households": table["households"].astype(str),
        }
    )


def catalogue() -> str:
    """Let every measure of the shipped catalogue be taken in three years."""
    text = sources.text("indicators.toml")
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith(("when.", "change_breaks")):
            lines.append(line)
        if line.startswith("breaks"):
            lines.append("change_breaks = [-8, -4, 0, 4, 8]")
        if line.startswith("when.2022"):
            lines += [line.replace("2022", str(year)) for year in YEARS]
    return "\n".join(lines)


def prepare(folder: Path, share: float = 1.0) -> tuple[Path, Path]:
    """Write the data folder and the report of a country."""
    land = country(share)
    (folder / "list.csv").write_text(land.to_csv(index=False), encoding="utf-8")
    (folder / "catalogue.toml").write_text(catalogue(), encoding="utf-8")
    data = folder / "data"
    write(data, definitions(folder / "list.csv", folder / "catalogue.toml"))
    return data, report(folder / "report.xlsx", land)


def report(file: Path, land: pd.DataFrame) -> Path:
    """Write a report that is right, but for one negative count in a thousand rows."""
    draw = np.random.default_rng(10_600)
    names = ["code", "district", "commune", "year", "teams", "members"]
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Báo cáo")
        measures = [(name, part) for name in indicators.names() for part in ("count", "out_of")]
        sheet.write_row(0, 0, [*names, *(f"{name}.{part}" for name, part in measures)])
        for row, (year, one) in enumerate(
            itertools.product(YEARS, land.itertuples(index=False)), start=1
        ):
            people = int(one.population)
            teams = 2 + people // 1500
            cells = [one.code, one.district, one.name, year, teams, teams * 7]
            for name, part in measures:
                files = 1000 + people // 10
                full = files if name == "files_online" else people
                told = int(full * draw.uniform(0.2, 0.3) + (year - 2022) * full * 0.15)
                cells.append(full if part == "out_of" else told)
            if row % 1000 == 0:
                cells[6] = -5
            sheet.write_row(row, 0, cells)
    return file


def run(share: float) -> dict[str, float]:
    """Check a report of that share of the country, and give it back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data, file = prepare(folder, share)
        with sources.use(data), words.use("vi"):
            places.communes()
            start, cpu = time.perf_counter(), time.process_time()
            found = intake.read(file)
            read = time.perf_counter()
            intake.give_back(found, file, to=folder / "back.xlsx")
            end = time.perf_counter()
    assert set(found.errors["rule"]) == {"negative"}
    return {
        "communes": len(country(share)),
        "rows": len(found.rows),
        "errors": len(found.errors),
        "read, s": round(read - start, 1),
        "give back, s": round(end - read, 1),
        "processor, s": round(time.process_time() - cpu, 1),
        "memory, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000,
    }


if __name__ == "__main__":
    for key, value in run(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0).items():
        print(f"{key:15} {value}")

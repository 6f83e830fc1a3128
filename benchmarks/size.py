"""
What does a study cost that has more places? 75, 534, 3,107 and 10,395, step by step.

Run: python benchmarks/size.py --csv data/benchmarks/size.csv

Each study is invented: places of 8 to 49 wholes (states of counties, provinces of communes) in two
years, with outlines, one measure with large counts and one with small counts, which are hidden.
With two levels, wholes are compared and places are their parts; with one, places are compared, and
the list has several wholes. All steps of a study run one after the other in a process of its own,
as in a build: what a step leaves in the study is used by those after it. The step `build` is
`hganalysis build` in another process, with its kernels; it has all the others in it.

A second is one of a processor, of the process and of what it started, so that what else the machine
does counts little. The peak of memory is of the process; of a build, of the largest process.
"""

from __future__ import annotations

import datetime
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

SIZES = {75: 8, 534: 9, 3_107: 49, 10_395: 34}
"""How many places, in how many wholes."""
SMALL, LARGE = 534, 3_107
MOST_GROWTH = 1.15
"""Times the growth of the places, from the small size to the large one, in each step."""
MOST_SECONDS, MOST_MB = {3_107: 600}, {3_107: 2_000, 10_395: 4_000}
LEAST = 0.5
"""Seconds below which a step is not judged: it is what a study of any size costs."""
STEP = 0.3
"""Degrees from a place to the next."""
SEED = 49
LEVELS = {
    1: """\
levels.province = { one = { vi = "bang", en = "state" }, many = { vi = "bang", en = "states" } }
""",
    2: """\
levels.province.one = { vi = "nước", en = "country" }
levels.province.many = { vi = "nước", en = "countries" }
levels.district = { one = { vi = "bang", en = "state" }, many = { vi = "bang", en = "states" } }
""",
}
"""What wholes are, by the number of levels below the largest."""
STUDY = """\
name = { vi = "Nước Vuông", en = "Squareland" }
language = "en"
years = [2022, 2023]
levels.commune = { one = { vi = "hạt", en = "county" }, many = { vi = "hạt", en = "counties" } }
LEVELS
[indicators.subscriptions]
role = "headline"
label = { vi = "Hộ có internet", en = "Households online" }
counts = { vi = "hộ có internet", en = "households online" }
out_of = { vi = "hộ được hỏi", en = "households asked" }
unit = "households"

[indicators.infant_deaths]
label = { vi = "Tử vong sơ sinh", en = "Infant deaths" }
counts = { vi = "trẻ mất trước một tuổi", en = "children who died before their first birthday" }
out_of = { vi = "trẻ sinh ra sống", en = "live births" }
per = 1000
"""


def invent(places: int, wholes: int, levels: int) -> pd.DataFrame:
    """List places in rows of cells, with the outline of each in the column `cell`."""
    import shapely

    draw = np.random.default_rng(SEED)
    # a band of wholes is six cells high, and as wide as the country
    number, high = np.arange(places), 6
    wide = max(5, round(np.sqrt(2 * places)))
    band, in_band = np.divmod(number, high * wide)
    across, up = np.divmod(in_band, high)
    # those in the west are wider, five times those in the east, as where few people live
    edges = -124 + STEP * np.cumsum(np.concatenate([[0], np.linspace(2, 0.4, wide)]))
    lon, east = edges[across], edges[across + 1]
    lat = 25 + STEP * (band * high + up)
    # the largest whole has about ten times the places of the smallest
    weights = np.linspace(1, 10, wholes)
    ends = np.ceil(np.cumsum(weights) / weights.sum() * places)
    whole = np.searchsorted(ends, number, side="right")
    table = pd.DataFrame({"code": [f"{one + 1:05d}" for one in number]})
    table["name"] = _name(number)
    of = "district" if levels == 2 else "province"
    table[f"{of}_code"] = [f"{one + 1:02d}" for one in whole]
    table[of] = [f"State of {name}" for name in _name(whole * 211 + 17)]
    table["population"] = (np.exp(draw.normal(10.2, 1.4, places)) + 400).astype(int)
    table["lon"], table["lat"] = ((lon + east) / 2).round(5), (lat + STEP / 2).round(5)
    table["cell"] = _wavy(shapely.box(lon, lat, east, lat + STEP))
    return table


PARTS = (
    ["Ash", "Birch", "Cedar", "Dun", "Elm", "Fair", "Glen", "Hart", "Iron", "King", "Long", "Mill"],
    [
        "brook",
        "bury",
        "croft",
        "dale",
        "field",
        "ford",
        "gate",
        "ham",
        "land",
        "ley",
        "port",
        "ton",
    ],
    ["", " East", " North", " South", " West", " Lower", " Upper", " Great", " Little", " New"],
)


def _name(numbers: np.ndarray) -> list[str]:
    """Name places by their numbers; a number has the same name in each country."""
    names = []
    for number in numbers.tolist():
        rest, first = divmod(number, len(PARTS[0]))
        rest, second = divmod(rest, len(PARTS[1]))
        _, third = divmod(rest, len(PARTS[2]))
        names.append(PARTS[0][first] + PARTS[1][second] + PARTS[2][third])
    return names


def _wavy(squares: np.ndarray) -> np.ndarray:
    """Give each side of a square corners of its own, the same to both neighbours."""
    import shapely

    def bend(corners: np.ndarray) -> np.ndarray:
        return (corners + STEP / 20 * np.sin(150 * corners[:, ::-1])).round(5)

    return shapely.transform(shapely.segmentize(squares, STEP / 6), bend)


def write(folder: Path, places: int, levels: int) -> dict[str, Path]:
    """Write the four files that a user would bring, as options of `hganalysis build`."""
    import geopandas as gpd

    listed = invent(places, SIZES[places], levels)
    names = {"study": "study.toml", "places": "list.csv", "areas": "areas.geojson"}
    files = {name: folder / file for name, file in {**names, "reports": "report.csv"}.items()}
    files["study"].write_text(STUDY.replace("LEVELS\n", LEVELS[levels]), encoding="utf-8")
    cells = gpd.GeoDataFrame(listed[["code"]], geometry=listed["cell"], crs="EPSG:4326")
    files["areas"].write_text(cells.to_json(drop_id=True), encoding="utf-8")
    listed = listed.drop(columns="cell")
    listed.to_csv(files["places"], index=False)
    draw = np.random.default_rng(SEED + 1)
    level = draw.normal(0.2, 0.5, len(listed))
    people = listed["population"].to_numpy()
    years = []
    for year in (2022, 2023):
        level = level + draw.normal(0.1, 0.1, len(listed))
        asked, births = people // 3 + 1, people // 85 + 1
        counts = {"subscriptions.count": draw.binomial(asked, 1 / (1 + np.exp(-level)))}
        counts |= {"subscriptions.out_of": asked}
        counts |= {"infant_deaths.count": draw.binomial(births, 0.006)}
        counts |= {"infant_deaths.out_of": births}
        keys = {"code": listed["code"], "period": year}
        years.append(pd.DataFrame({**keys, **counts}))
    pd.concat(years).to_csv(files["reports"], index=False)
    return files


def steps(folder: Path, files: dict[str, Path]) -> dict[str, Callable[[], Any]]:
    """Name each step of a build, in their order; each needs those before it."""
    import hganalysis as hg
    from hganalysis import frames, sheets
    from hganalysis.publish import answers, atlas, deck, own, pages, tables, word

    made: dict[str, Any] = {}

    def read() -> None:
        own.lay_out(folder / "data", **files)

    def use() -> None:
        hg.Study.open(folder / "data").use(language="en")
        made["measure"], *_ = hg.reported()
        made["periods"] = hg.reported()[made["measure"]]

    def rank() -> None:
        made["where"] = hg.uptake(made["measure"], made["periods"][-1])

    def draw(make: Callable[[], Any], name: str) -> Callable[[], None]:
        def keep() -> None:
            make().save(folder / f"{name}.svg")

        return keep

    def tabulate() -> None:
        hg.table(made["where"], ["count", "out_of", "share", "similar"])._repr_html_()
        kept = folder / tables.TABLES  # as of a notebook, for the workbook
        kept.mkdir()
        frames.reports().to_csv(kept / "reports.csv", index=False)

    def change() -> None:
        made["change"] = hg.compare(made["measure"], *made["periods"][-2:])

    def answer() -> None:
        made["answers"] = answers.answers()

    return {
        "reading": read,
        "hiding": lambda: (
            use(),
            frames.reports(),
            frames.hide_small(frames.reports(), of=hg.study.current()),
        ),
        "ranking": rank,
        "map": draw(lambda: made["where"].map(), "map"),
        "map of all": draw(lambda: made["where"].communes(), "communes"),
        "map in a page": lambda: made["where"].map().web()._repr_html_(),
        "order": draw(lambda: made["where"].order(), "order"),
        "table": tabulate,
        "change": change,
        "map of change": draw(lambda: made["change"].map(), "change"),
        "over time": draw(lambda: made["change"].over_time(), "time"),
        "answers": answer,
        "pictures": lambda: pages.thumbs(folder, made["answers"]),
        "workbook": lambda: tables.write_workbook(folder),
        "atlas": lambda: atlas.write(folder / "atlas.html", home=pages.INDEX),
        "sheets": lambda: sheets.write_briefs(folder / "briefs.pdf"),
        "poster": lambda: sheets.write_poster(folder / "poster.pdf"),
        "deck": lambda: deck.write(folder / "slides.pptx", ready_answers=made["answers"]),
        "brief": lambda: word.write(folder / "brief.docx", ready_answers=made["answers"]),
        "form": lambda: hg.workbook.template(folder / "form.xlsx", period=made["periods"][-1]),
    }


def run(places: int, levels: int, steps_only: bool = False) -> pd.DataFrame:
    """Run all steps of one size here, and a build beside it: one row each."""
    costs = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = write(folder, places, levels)
        for step, do in steps(folder, files).items():
            before, began = used(), time.perf_counter()
            reason = ""
            try:
                do()
            except (LookupError, ValueError) as error:  # a build says it, and goes on
                reason = str(error)
            row = {"step": step, "processor_s": used() - before, "peak_mb": peak()}
            costs.append({**row, "note": reason})
            wall = time.perf_counter() - began
            print(places, {**costs[-1], "wall": round(wall, 1)}, file=sys.stderr, flush=True)
        if not steps_only:
            costs.append({"step": "build", **build(folder, files), "note": ""})
            print(places, costs[-1], file=sys.stderr, flush=True)
    return pd.DataFrame(costs).assign(levels=levels, places=places, wholes=SIZES[places])


def build(folder: Path, files: dict[str, Path]) -> dict[str, float]:
    """Build it by the command, in a process of its own: what all of it and its kernels cost."""
    options = [part for name, file in files.items() for part in (f"--{name}", file)]
    command = [sys.executable, "-m", "hganalysis", "build", *options, "--out", folder / "outputs"]
    before = used()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"processor_s": used() - before, "peak_mb": largest * 1024 // 10**6}


def used() -> float:
    """Give the seconds of processors until now, of this process and of what it started."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak() -> int:
    """Give the peak of memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // 10**6


def bar(table: pd.DataFrame) -> pd.DataFrame:
    """Hold a run against what is demanded of it."""
    lines = []
    index, clock = ["levels", "step"], "processor_s"
    seconds = table.pivot_table(index=index, columns="places", values=clock, sort=False)
    if {SMALL, LARGE} <= {*seconds.columns}:
        for (levels, step), row in seconds[seconds[LARGE] >= LEAST].iterrows():
            growth = row[LARGE] / max(row[SMALL], LEAST * SMALL / LARGE) / (LARGE / SMALL)
            name = f"{step}, {levels} levels, times the growth of the places"
            lines.append([name, growth, MOST_GROWTH])
    for row in table[table["step"] == "build"].itertuples():
        name = f"{row.places} places, {row.levels} levels"
        if row.places in MOST_SECONDS:
            lines.append([f"{name}, s", row.processor_s, MOST_SECONDS[row.places]])
        if row.places in MOST_MB:
            lines.append([f"{name}, MB", row.peak_mb, MOST_MB[row.places]])
    demands = pd.DataFrame(lines, columns=["demand", "found", "bound"])
    return demands.assign(met=demands["found"] <= demands["bound"])


def main(
    csv: Annotated[Path | None, typer.Option(help="Where to write the table.")] = None,
    size: Annotated[int, typer.Option(help="One size only; all, unless given.")] = 0,
    levels: Annotated[int, typer.Option(help="1 or 2; both, unless given.")] = 0,
    step: Annotated[str, typer.Option(help="'all' or 'steps': one study, here.")] = "",
) -> None:
    """Run all studies, print the table and the bar, and end with a status."""
    if step:
        print(run(size, levels, steps_only=step == "steps").to_json(orient="records"))
        return
    parts = []
    command = [sys.executable, "-W", "ignore", __file__, "--step", "all"]
    for places, n_levels in itertools.product(
        [size] if size else SIZES, [levels] if levels else LEVELS
    ):
        options = ["--size", str(places), "--levels", str(n_levels)]
        done = subprocess.run([*command, *options], stdout=subprocess.PIPE, text=True, check=True)
        parts.append(pd.DataFrame(json.loads(done.stdout)))
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    table = pd.concat(parts, ignore_index=True).round({"processor_s": 2}).assign(date=today)
    if csv:
        columns = ["levels", "places", "wholes", "step", "processor_s", "peak_mb", "date"]
        table.to_csv(csv, columns=columns, index=False, lineterminator="\n")
    demands = bar(table)
    print(table.to_string(), demands.to_string(), sep="\n")
    raise typer.Exit(int(not demands["met"].all()))


if __name__ == "__main__":
    typer.run(main)

"""
How long does a whole country take, step by step? 63 provinces, 705 districts, 10,600 communes.

Run: python tests/benchmarks/national.py --write

The country is invented (`tests/country.py`), the sizes are those of ours. Each step runs in a
process of its own, on a tenth of the country and on all of it, so that its memory is its own and
its growth is seen.
"""

from __future__ import annotations

import datetime
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))
import country

from hganalysis import (
    atlas,
    change,
    effect,
    findings,
    frames,
    indicators,
    maps,
    places,
    ranks,
    rates,
    slides,
    sources,
    suppress,
    words,
    workbook,
)
from hganalysis.build import build
from hganalysis.build.command import app
from hganalysis.build.own import definitions, own, write

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "data" / "benchmarks" / "national.csv"
NOTEBOOKS = ROOT / "notebooks" / "vi"
SHARES = (0.1, 1.0)


# --- steps: each leaves in `out` what it writes, and finds in `data` what was read before ---


def read_list(folder: Path, out: Path) -> None:
    """Read the list of places."""
    write(out, definitions(folder / "danh-sach.csv", None))


def read_all(folder: Path, out: Path) -> None:
    """Read list, outlines and reports, as every command with data of one's own does."""
    own(
        out,
        reports=folder / "bao-cao.csv",
        areas=folder / "ranh-gioi.geojson",
        list_of_places=folder / "danh-sach.csv",
    )


def read_areas(folder: Path, out: Path) -> None:
    """Read the outlines of the communes, match them, and join districts of them."""
    with sources.use(folder / "listed"):
        own(out, areas=folder / "ranh-gioi.geojson", list_of_places=folder / "danh-sach.csv")


def check(folder: Path, out: Path) -> None:
    """Check a report of three years and write it back, marked."""
    with sources.use(folder / "checked"):
        found = workbook.read(folder / "report.xlsx")
        workbook.give_back(found, folder / "report.xlsx", to=out / "back.xlsx")
        assert set(found.errors["rule"]) == {"negative"}


def hide(_: Path, out: Path) -> None:
    """Hide small counts."""
    suppress.small(frames.reports()).to_csv(out / "released.csv")


def compute_rates(_: Path, out: Path) -> None:
    """Compute rates and densities of communes, districts and the whole."""
    reports, teams = frames.reports(), frames.teams()
    for add_up in (rates.uptake, rates.to_districts, rates.to_province):
        add_up(reports).to_csv(out / f"{add_up.__name__}.csv")
    for level in ("commune", "district", "province"):
        rates.density(teams, level=level).to_csv(out / f"density-{level}.csv")


def compute_changes(_: Path, out: Path) -> None:
    """Compare the two years, for districts and for communes."""
    first, last = _headlines()
    for level in ("district", "commune"):
        moved = change.difference(frames.reports(), before=first, after=last, by=level)
        moved.to_csv(out / f"{level}.csv")


def rank_districts(_: Path, out: Path) -> None:
    """Rank all districts of the country, with the ranks that are possible."""
    ranks.rank_sets(frames.reports(), indicator=_headlines()[0]).to_csv(out / "ranks.csv")


def rank_communes(_: Path, out: Path) -> None:
    """Rank the communes of each province by themselves, with the ranks that are possible."""
    reports = frames.reports()
    province = places.districts()["province_code"]
    home = places.parents(reports["code"], "district").map(province)
    for code, its in reports.groupby(home):
        found = ranks.rank_sets(its, indicator=_headlines()[0], by="commune")
        found.to_csv(out / f"{code}.csv")


def climb(_: Path, out: Path) -> None:
    """Estimate how uptake goes with density, on every rung, with errors by district."""
    units = effect.units(frames.reports(), frames.teams(), indicator=_headlines()[0])
    names = {"count": "count", "exposure": "members_per_1000", "offset": "population"}
    found = effect.ladder(
        effect.columns(units, **names, cluster="district_code", controls=["urban"])
    )
    assert found.headline.clusters == units["district_code"].nunique()
    found.table().to_csv(out / "ladder.csv")


def draw_districts(_: Path, out: Path) -> None:
    """Draw a map of the districts, as PNG and SVG."""
    _draw(rates.to_districts, "district", out)


def draw_communes(_: Path, out: Path) -> None:
    """Draw a map of the communes, as PNG and SVG."""
    _draw(rates.uptake, "commune", out)


def page_districts(_: Path, out: Path) -> None:
    """Write a map of the districts as a page of its own."""
    _page(rates.to_districts, "district", out)


def page_communes(_: Path, out: Path) -> None:
    """Write a map of the communes as a page of its own."""
    _page(rates.uptake, "commune", out)


def write_atlas(_: Path, out: Path) -> None:
    """Write the atlas: an overview, and a page for each province."""
    atlas.write(out / "atlas.html", frames.reports(), teams=frames.teams())


def _headlines() -> tuple[indicators.Indicator, indicators.Indicator]:
    reports = frames.reports()
    return frames.earlier(reports, "headline"), frames.latest(reports, "headline")


def _located(add_up: Callable[..., pd.DataFrame], level: places.Level) -> pd.DataFrame:
    table = rates.pick(add_up(frames.reports()), _headlines()[0])
    return maps.locate(table, places.areas(level))


def _draw(add_up: Callable[..., pd.DataFrame], level: places.Level, out: Path) -> None:
    one, table = _headlines()[0], _located(add_up, level)
    figure, axes = maps.sheet(title=one.label)
    maps.choropleth(table, "share", classes=indicators.classes(one.name), ax=axes[0])
    picture = maps.finish(figure, source=findings.source(table), as_of=one.when)
    for kind in ("png", "svg"):
        picture.save(out / f"map.{kind}")


def _page(add_up: Callable[..., pd.DataFrame], level: places.Level, out: Path) -> None:
    one, table = _headlines()[0], _located(add_up, level)
    classes = indicators.classes(one.name)
    page = maps.web_map(
        table,
        "share",
        classes=classes,
        title=one.label,
        source=findings.source(table),
        as_of=one.when,
    )
    page.save(out / "map.html")


def write_deck(_: Path, out: Path) -> None:
    """Write the deck: native maps, charts and tables."""
    slides.write(out / "slides.pptx", frames.reports(), frames.teams())


def run_notebook(number: str, out: Path) -> None:
    """Run one notebook in a kernel of its own, and write all that it keeps."""
    (out / "one").mkdir()
    for file in NOTEBOOKS.glob(f"{number}_*.ipynb"):
        shutil.copy(file, out / "one")
    build(out / "one", out=out / "built", data=sources.own())


def build_all(folder: Path, out: Path) -> None:
    """Run `hganalysis build` as a user does: read the files, every notebook, deck and atlas."""
    files = {
        "--reports": folder / "bao-cao.csv",
        "--areas": folder / "ranh-gioi.geojson",
        "--places": folder / "danh-sach.csv",
        "--notebooks": NOTEBOOKS,
        "--out": out / "results",
    }
    with sources.use(None):
        app(["build", *(str(one) for pair in files.items() for one in pair)], standalone_mode=False)
    names = {file.name for file in (out / "results").iterdir()}
    assert {"index.html", "atlas.html", "slides.pptx"} <= names


STEPS: dict[str, Callable[[Path, Path], None]] = {
    "list of places": read_list,
    "outlines": read_areas,
    "check of three years": check,
    "list, outlines, report": read_all,
    "small counts": hide,
    "rates": compute_rates,
    "change": compute_changes,
    "ranks of districts": rank_districts,
    "ranks of communes by province": rank_communes,
    "ladder": climb,
    "map of districts": draw_districts,
    "map of communes": draw_communes,
    "page of districts": page_districts,
    "page of communes": page_communes,
    "atlas": write_atlas,
    "deck": write_deck,
    **{
        f"notebook {number}": lambda _, out, number=number: run_notebook(number, out)
        for number in ("00", "01", "02", "03", "04")
    },
    "whole build": build_all,
}


def once(name: str, folder: Path) -> None:
    """Run one step in this process, and print what it took as JSON."""
    out = folder / "out" / name.replace(" ", "-").replace(",", "")
    out.mkdir(parents=True)
    data = folder / "data"
    with sources.use(data if data.is_dir() else None), words.use("vi"):
        start, before = time.perf_counter(), _processor()
        STEPS[name](folder, out)
        seconds, processor = time.perf_counter() - start, _processor() - before
    sizes = [file.stat().st_size for file in out.rglob("*") if file.is_file()]
    found = {
        "seconds": round(seconds, 1),
        "processor_seconds": round(processor, 1),
        "memory_mb": most_memory(),
        "files": len(sizes),
        "bytes": sum(sizes),
        "largest_bytes": max(sizes),
    }
    Console().print_json(json.dumps(found))


def _processor() -> float:
    """Say how long the processor was busy with this process and those that it started."""
    used = (resource.getrusage(one) for one in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def most_memory() -> int:
    """
    Say how much memory this process or one that it started ever held, in MB.

    Of this process itself, getrusage would count its parent too.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(int(kilobytes), started) // 1000


def run(share: float, folder: Path, chosen: list[str]) -> pd.DataFrame:
    """Run the steps on a share of the country, each in a process of its own."""
    country.write(folder, share)
    checked, _ = country.write_checked(folder, share)
    write(folder / "listed", definitions(folder / "danh-sach.csv", None))
    read_all(folder, folder / "data")
    with sources.use(checked):
        size = {"communes": len(places.communes()), "districts": len(places.districts())}
    rows = []
    for name in chosen:
        command = [sys.executable, __file__, "--one", name, "--folder", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{name}: {done.stderr}")
        found = done.stdout[done.stdout.rindex("{") :]  # after what the step itself says
        rows.append({"step": name, **size, **json.loads(found)})
        Console(stderr=True).print(rows[-1])
    return pd.DataFrame(rows)


def machine() -> str:
    """Say how large the machine is, and not which one."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB"


def _merged(table: pd.DataFrame) -> pd.DataFrame:
    """Put what was measured into the table that is kept, in the order of the steps."""
    if TABLE.is_file():
        kept = pd.read_csv(TABLE)
        again = kept.set_index(["step", "communes"]).index.isin(
            table.set_index(["step", "communes"]).index
        )
        table = pd.concat([kept[~again], table])
    order = table["step"].map(list(STEPS).index)
    return table.assign(order=order).sort_values(["order", "communes"]).drop(columns="order")


def main(
    *,
    share: Annotated[
        list[float] | None, typer.Option(help="Of the country; a tenth and all of it.")
    ] = None,
    step: Annotated[list[str] | None, typer.Option(help="Run this step only.")] = None,
    keep: Annotated[bool, typer.Option("--write", help="Write the table that is kept.")] = False,
    one: Annotated[str | None, typer.Option(hidden=True)] = None,
    folder: Annotated[Path, typer.Option(hidden=True)] = Path(),
) -> None:
    """Run the steps, print what each took, and keep the table if asked to."""
    if one:
        once(one, folder)
        return
    tables = []
    for part in share or SHARES:
        with tempfile.TemporaryDirectory() as name:
            tables.append(run(part, Path(name), step or list(STEPS)))
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    table = pd.concat(tables).assign(date=today, machine=machine())
    if keep:
        _merged(table).to_csv(TABLE, index=False, lineterminator="\n")
    shown = Table(*table)
    for row in table.itertuples(index=False):
        shown.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    Console().print(shown)


if __name__ == "__main__":
    typer.run(main)

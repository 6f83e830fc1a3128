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

import hganalysis as hg
from hganalysis import frames, places, sources, suppress, words, workbook
from hganalysis.cli import app
from hganalysis.publish import atlas, deck
from hganalysis.publish.own import definitions, own, write

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


def answer_where(_: Path, out: Path) -> None:
    """Answer where uptake is high, and whether that would hold."""
    name, years = headline()
    found = hg.uptake(name, years[-1])
    (out / "said.txt").write_text(str(found), encoding="utf-8")
    found.table.to_csv(out / "places.csv")
    found.parts.to_csv(out / "parts.csv")


def answer_change(_: Path, out: Path) -> None:
    """Answer what changed between the two years."""
    name, years = headline()
    found = hg.compare(name, *years[-2:])
    (out / "said.txt").write_text(str(found), encoding="utf-8")
    found.table.to_csv(out / "change.csv")


def answer_related(_: Path, out: Path) -> None:
    """Estimate how uptake goes with density, by every way to compare."""
    name, years = headline()
    hg.Design.of_reports(name, years[0]).ladder().table.to_csv(out / "ladder.csv")


def draw_districts(_: Path, out: Path) -> None:
    """Draw a map of the districts and their list, as PNG and SVG."""
    _draw(hg.uptake(headline()[0], headline()[1][-1]).map(), out)


def draw_communes(_: Path, out: Path) -> None:
    """Draw a map of the communes, as PNG and SVG."""
    _draw(hg.uptake(headline()[0], headline()[1][-1]).communes(), out)


def page_districts(_: Path, out: Path) -> None:
    """Write a map of the districts as a page of its own."""
    hg.uptake(headline()[0], headline()[1][-1]).map().web().save(out / "map.html")


def page_communes(_: Path, out: Path) -> None:
    """Write a map of the communes as a page of its own."""
    hg.uptake(headline()[0], headline()[1][-1]).communes().web().save(out / "map.html")


def headline() -> tuple[str, list[int]]:
    """Name the headline, and its years."""
    return next(iter(hg.reported().items()))


def _draw(picture: hg.Picture, out: Path) -> None:
    for kind in ("png", "svg"):
        picture.save(out / f"map.{kind}")


def write_atlas(_: Path, out: Path) -> None:
    """Write the atlas: an overview, and a page for each province."""
    atlas.write(out / "atlas.html")


def write_deck(_: Path, out: Path) -> None:
    """Write the deck."""
    deck.write(out / "slides.pptx")


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
    "where": answer_where,
    "change": answer_change,
    "ladder": answer_related,
    "map of districts": draw_districts,
    "map of communes": draw_communes,
    "page of districts": page_districts,
    "page of communes": page_communes,
    "atlas": write_atlas,
    "deck": write_deck,
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
        kept = kept[kept["step"].isin(STEPS)]
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

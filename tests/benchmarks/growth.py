"""
Draw what a longer log and a larger country cost, for the README.

Run: python tests/benchmarks/growth.py

From the two committed tables, `scale.csv` and `national.csv`; a test draws them anew.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "vi")
ROUTES = {"pandas": "#9aa0a6", "sql": "#5fb0a7", "caselog": "#24507f"}
INK, QUIET = "#1f2328", "#5b6168"
STEPS = {
    "check of three years": ("check three years of reports", "kiểm tra báo cáo ba năm"),
    "list, outlines, report": ("read list, outlines, reports", "đọc danh mục, ranh giới, báo cáo"),
    "small counts": ("hide small counts", "ẩn số đếm nhỏ"),
    "rates": ("rates with intervals", "tỷ lệ kèm khoảng tin cậy"),
    "change": ("change of two years", "thay đổi giữa hai năm"),
    "ranks of districts": ("ranks of districts", "hạng của các huyện"),
    "ranks of communes by province": (
        "ranks of communes, by province",
        "hạng của xã trong từng tỉnh",
    ),
    "ladder": ("ladder of models, 705 clusters", "các mô hình, 705 cụm"),
    "map of communes": ("map of all communes", "bản đồ mọi xã"),
    "page of communes": ("web map of all communes", "bản đồ web mọi xã"),
    "atlas": ("atlas, 64 pages", "atlas, 64 trang"),
}
SAID = {
    "en": {
        "left": "Counting a log: seconds by rows",
        "right": "Invented country, 10,600 communes: seconds",
        "caselog": "hganalysis",
        "sql": "the same SQL",
    },
    "vi": {
        "left": "Đếm nhật ký: số giây theo số dòng",
        "right": "Một nước giả định, 10.600 xã: số giây",
        "caselog": "hganalysis",
        "sql": "cùng câu SQL",
    },
}

ROWS = {
    "en": ("1 million", "10 million", "100 million"),
    "vi": ("1 triệu", "10 triệu", "100 triệu"),
}


def draw(language: str) -> bytes:
    """Draw both tables, as SVG: the same bytes every time."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({"svg.hashsalt": "growth", "font.size": 11, "axes.labelcolor": INK})
        figure = Figure(figsize=(11, 4.2), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=[1, 1.15])
        draw_log(left, language)
        draw_country(right, language)
        made = io.BytesIO()
        figure.savefig(made, format="svg", metadata={"Date": None, "Creator": None})
    # matplotlib leaves a space at the end of most lines
    return b"\n".join(line.rstrip() for line in made.getvalue().split(b"\n"))


def draw_log(ax: Axes, language: str) -> None:
    """Draw seconds by rows, on logarithms: what grows in proportion is a straight line."""
    said = SAID[language]
    table = pd.read_csv(ROOT / "data" / "benchmarks" / "scale.csv")
    for route, colour in ROUTES.items():
        one = table[table["route"] == route]
        ax.plot(one["rows"], one["seconds"], "o-", color=colour, lw=2, label=said.get(route, route))
    ax.set(xscale="log", yscale="log", xlim=(6e5, 1.6e8), ylim=(0.1, 200))
    ax.set_xticks([10**6, 10**7, 10**8], ROWS[language])
    ax.set_yticks([0.1, 1, 10, 100], [number(one, language) for one in (0.1, 1, 10, 100)])
    ax.minorticks_off()
    ax.legend(frameon=False, loc="upper left")
    tidy(ax, said["left"])


def draw_country(ax: Axes, language: str) -> None:
    """Draw the seconds of each step on the whole country, with the number beside it."""
    table = pd.read_csv(ROOT / "data" / "benchmarks" / "national.csv")
    table = table[table["communes"] == table["communes"].max()].set_index("step")["seconds"]
    seconds = table[list(STEPS)]
    ax.plot(seconds, range(len(seconds)), "o", color=ROUTES["caselog"], markersize=7)
    ax.grid(axis="y", color="#e6e6e6")
    ax.set_axisbelow(True)
    for at, one in enumerate(seconds):
        ax.text(one * 1.3, at, number(one, language), va="center", color=INK)
    ax.set_yticks(
        range(len(seconds)), [STEPS[step][LANGUAGES.index(language)] for step in seconds.index]
    )
    ax.set(xscale="log", xlim=(0.1, 3000))
    ax.invert_yaxis()
    ax.xaxis.set_visible(False)
    ax.minorticks_off()
    tidy(ax, SAID[language]["right"])


def tidy(ax: Axes, title: str) -> None:
    """Leave what says something."""
    ax.set_title(title, loc="left", color=INK, fontsize=12, fontweight="bold")
    ax.spines[["top", "right", "left", "bottom"]].set_color("#d9d9d9")
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(colors=QUIET, length=0)


def number(value: float, language: str) -> str:
    """Write seconds with as many digits as they are worth."""
    text = f"{value:.0f}" if value >= 10 or value == 1 else f"{value:.1f}"
    return text.replace(".", ",") if language == "vi" else text


if __name__ == "__main__":
    for language in LANGUAGES:
        file = ROOT / ".github" / f"growth.{language}.svg"
        file.write_bytes(draw(language))
        print(f"{file.name}: {file.stat().st_size:,} bytes")

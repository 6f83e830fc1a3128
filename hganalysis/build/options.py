"""Name what several commands take: files of one's own, and small counts."""

from pathlib import Path
from typing import Annotated

import typer

from .. import suppress

Reports = Annotated[
    list[Path] | None,
    typer.Option(help="Your report: xlsx, xls, ods, csv, or of counts. Again for each file of it."),
]
Areas = Annotated[
    Path | None,
    typer.Option(help="Your outlines, of either level: gpkg, shp, zip or geojson."),
]
Crs = Annotated[
    str | None,
    typer.Option(
        "--crs", help="Projection of the outlines, where their file names none: EPSG:9209."
    ),
]
Places = Annotated[
    Path | None,
    typer.Option("--places", help="Your list of places: another place, or all of a country."),
]
Indicators = Annotated[
    Path | None,
    typer.Option("--indicators", help="Your catalogue: other measures, other years (toml)."),
]

StudyFile = Annotated[
    Path | None,
    typer.Option("--study", help="Your study, described: what its levels are called (toml)."),
]
Lang = Annotated[
    str | None,
    typer.Option("--lang", help="Language, vi or en; the one of the study if none is named."),
]

LEFT_OUT = 3
"""The status of a command that accepted what it read, where columns or blocks were not read."""


Force = Annotated[
    bool,
    typer.Option("--force", help="Write over a file that was not written here, or was changed."),
]


def show_small(context: typer.Context, wanted: bool) -> None:  # noqa: FBT001  (Typer passes it by position)
    """Hide no small counts, as long as the command runs."""
    if wanted:
        context.with_resource(suppress.use(fewer_than=0))


NoSuppress = Annotated[
    bool,
    typer.Option(
        "--no-suppress",
        callback=show_small,
        help="Show small counts, for use inside the office only; every page says so.",
    ),
]

"""Name the files of one's own that commands take."""

from pathlib import Path
from typing import Annotated

import typer

Reports = Annotated[
    list[Path] | None,
    typer.Option(
        help="Your report: xlsx, xls, ods or csv, all of it accepted. Again for each file of it."
    ),
]
Areas = Annotated[
    Path | None,
    typer.Option(help="Your outlines of communes or districts: gpkg, shp, zip or geojson."),
]
Places = Annotated[
    Path | None,
    typer.Option("--places", help="Your list of places: another province, or all of them."),
]
Indicators = Annotated[
    Path | None,
    typer.Option("--indicators", help="Your catalogue: other measures, other years (toml)."),
]

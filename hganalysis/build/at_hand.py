"""Know the data of a build again: where one's own files lay, and digits of what they hold."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .. import intake, sources, suppress
from ..figures import passport
from .own import lent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Files = Mapping[str, Sequence[Path | str]]

REPORTED = (sources.REPORTS, "demo/reports.csv")
CRS = "crs"
FOLDER = "data"
"""Beside the options of the command: a folder of one's own data, laid out by `build.own`."""


def inputs(*, shipped: bool = False) -> str:
    """
    Shorten the data in use to a few digits, with the threshold below which counts are hidden.

    Parameters
    ----------
    shipped
        Only those that came with the package: nothing of one's own.
    """
    lines = [f"fewer than {suppress.threshold()}"]
    for name in sorted(sources.cards()):
        own = sources.own() if sources.is_own(name) else None
        if shipped and own is not None:
            continue
        file = (own or sources.DATA) / name
        content = file.read_bytes() if file.is_file() else b""
        if name in REPORTED:
            # What is hidden in them must not enter: trying would tell what gives these digits.
            content = intake.reports().to_csv().encode()
        lines.append(f"{name} {hashlib.sha256(content).hexdigest()}")
    return passport.digits("\n".join(lines))


def remember(out: Path, files: Files) -> str:
    """
    Write where one's own files lie, seen from the outputs: both may be moved or copied together.

    Parameters
    ----------
    out
        The outputs.
    files
        By option of the command: `reports`, `areas`, `places`, `indicators`, `study`; or `data`, a
        folder. Beside them `crs`, the name of a projection.
    """
    return json.dumps(
        {
            name: [_seen(out, one) if isinstance(one, Path) else one for one in given]
            for name, given in files.items()
            if given
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def recall(out: Path, told: str) -> dict[str, list[Path | str]]:
    """Find the files that `remember` wrote down; whether they are still there is not looked at."""
    return {
        name: [str(one) if name == CRS else out / one for one in given]
        for name, given in json.loads(told).items()
    }


def gone(files: Files) -> list[str]:
    """Name the files that are not where they were."""
    every = (one for given in files.values() for one in given)
    return [one.name for one in every if isinstance(one, Path) and not one.exists()]


@contextmanager
def reading(files: Files) -> Iterator[None]:
    """
    Use the data of these files, as a build of them would, as long as it lasts.

    Parameters
    ----------
    files
        As for `remember`; the shipped data where there are none.
    """
    paths = {name: [Path(one) for one in given] for name, given in files.items() if name != CRS}
    one = {name: given[0] for name, given in paths.items() if given}
    if FOLDER in one:
        with sources.use(one[FOLDER]):
            yield
        return
    with (
        sources.use(None),
        lent(
            reports=paths.get("reports"),
            areas=one.get("areas"),
            crs=next((str(crs) for crs in files.get(CRS, ())), None),
            list_of_places=one.get("places"),
            catalogue=one.get("indicators"),
            study=one.get("study"),
        ),
    ):
        yield


def _seen(out: Path, file: Path) -> str:
    try:
        return Path(os.path.relpath(file.resolve(), out.resolve())).as_posix()
    except ValueError:  # on another drive of Windows
        return file.name

"""Lay one's own data out as the package lays out its own, so that every notebook reads them."""

from __future__ import annotations

import csv
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REGISTER = "sources.csv"


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """
    Write files and the register of their checksums: a folder for `sources.use`.

    Parameters
    ----------
    folder
        Where to write. What another call wrote there stays unless it is named again.
    files
        The content of each file by its name below `data/`, such as `"reports/reports.csv"`.

    Returns
    -------
    folder
        The same.
    """
    known: dict[str, str] = {}
    register = folder / REGISTER
    if register.is_file():
        with register.open(encoding="utf-8", newline="") as lines:
            known = {card["file"]: card["sha256"] for card in csv.DictReader(lines)}
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        known[name] = hashlib.sha256(content).hexdigest()
    with register.open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["file", "sha256", "real_or_invented"])
        table.writerows([name, sha256, "reported"] for name, sha256 in sorted(known.items()))
    return folder

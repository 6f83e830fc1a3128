"""Write the pages that are made anew on every build: of code, of notebooks, of measured tables."""

from pathlib import Path

from . import api, gallery, house, measured

ROOT = Path(__file__).parents[2]


def write(folder: Path) -> None:
    """Write every page that is made, below the folder of those that were written by hand."""
    for name in ("api", "gallery", "made"):
        (folder / name).mkdir(exist_ok=True)
    api.write(folder / "api")
    gallery.write(folder / "gallery", ROOT / "notebooks" / "en")
    house.write(folder / "made")
    measured.write(folder / "made", ROOT)

"""Take the pictures of the gallery's examples, each with what it says to who cannot see it."""

from collections.abc import Callable
from typing import Any

from sphinx_gallery.scrapers import figure_rst

import hganalysis as hg


def taken(_: object, found: dict[str, Any], gallery: dict[str, Any]) -> str:
    """Save what an example calls `picture`, once."""
    names = found["example_globals"]
    picture = names.get("picture")
    if picture is None or picture is names.get("_taken"):
        return ""
    names["_taken"] = picture
    file = str(picture.save(next(found["image_path_iterator"]), width=hg.draw.picture.WALL))
    return str(figure_rst([file], gallery["src_dir"], picture.figure.alt))


def _get_sg_image_scraper() -> Callable[..., str]:
    return taken

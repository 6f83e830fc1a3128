"""Hold pictures that belong together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ... import findings
from ..results import keep
from ..web import leaflet
from .picture import picked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...figures import Figure
    from ..slide import Deck
    from ..web import WebMap
    from .picture import Picture


@dataclass(frozen=True)
class Album:
    """
    Pictures that belong together, as of more maps than one page holds; a notebook shows all, and
    says of which maps there is no picture.
    """

    pictures: tuple[Picture, ...]

    def __repr__(self) -> str:
        """Give the digests, one below the other."""
        return "\n\n".join([*map(repr, self.pictures), *self._said()])

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(*self.pictures, *map(findings.say, self._said()))  # type: ignore[no-untyped-call]

    def _said(self) -> list[str]:
        return [one.composed.lacks for one in self.pictures if one.composed.lacks]

    def single(self) -> Picture | Album:
        """Give the picture alone where there is one, and nothing is missing."""
        return self.pictures[0] if len(self.pictures) == 1 and not self._said() else self

    def pages(self) -> tuple[WebMap, ...]:
        """Make a web map of each map of all the pictures."""
        return tuple(page for picture in self.pictures for page in picture.pages())

    def web(self, at: int = 0) -> WebMap:
        """Make a web map of one of all maps: the first, or another by its place."""
        every = [one for picture in self.pictures for one in picture.map_figures()]
        return leaflet.place(picked(every, at))

    def save(
        self, file: str | Path, *, width: float | None = None, dpi: float | None = None
    ) -> list[Path]:
        """Write each picture as `Picture.save` does, numbered: `map.svg` is `map-1.svg` and on."""
        file = Path(file)
        return [
            one.save(file.with_stem(f"{file.stem}-{number}"), width=width, dpi=dpi)
            for number, one in enumerate(self.pictures, start=1)
        ]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Give what is drawn, for slides."""
        return tuple(one.composed for one in self.pictures)

    def slide(self, deck: Deck) -> Deck:
        """Add all to a `slides.Deck`, as `Picture.slide` does."""
        return deck.add(self)

    def keep(self, name: str) -> Album:
        """Keep all under a name among the outputs of a build, if there is one: see `build.keep`."""
        return keep(self, name)

    def files(self, name: str) -> Iterator[tuple[str, Callable[[Path], object]]]:
        """Name the files that are kept of all, each with what writes it."""
        for number, one in enumerate(self.pictures, start=1):
            yield from one.drawn(name if number == 1 else f"{name}-{number}")
        yield from leaflet.files(self.pages(), name)

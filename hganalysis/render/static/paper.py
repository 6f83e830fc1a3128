"""
Print a figure at a width in millimetres: its letters shrink with the page.

They do so until the smallest have `LEAST` points; a narrower page keeps them, and is laid out for
less room.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from ... import limits
from ...figures.passport import hold
from .. import typeset
from .layout import HALL, Page

if TYPE_CHECKING:
    from typing import Self

    from matplotlib.figure import Figure

    from ...figures.passport import Passport

LEAST = 6.5
"""Points of the smallest letters of a printed page."""
PRINT_DPI = 300
INCH = 25.4


def require_width(width: float) -> float:
    """
    Check a width in millimetres.

    Raises
    ------
    ValueError
        If it is none that a figure could be printed at.
    """
    low, high = limits.PRINTED
    if isinstance(width, bool) or not isinstance(width, int | float) or not low <= width <= high:
        msg = f"width is {width!r}; expected millimetres, from {low} (a narrow column) to {high}."
        raise ValueError(msg)
    return float(width)


def require_dpi(dpi: float, *, inches: float) -> float:
    """
    Check dots an inch, of a picture that is so many inches wide.

    Raises
    ------
    ValueError
        If they are none, or more than a picture can hold.
    """
    low, most = limits.DPI[0], min(limits.DPI[1], int(limits.MOST_DOTS / inches))
    if isinstance(dpi, bool) or not isinstance(dpi, int | float) or not low <= dpi <= most:
        msg = f"dpi is {dpi!r}; expected {low} to {most} dots an inch, {inches * INCH:.0f} mm wide."
        raise ValueError(msg)
    return float(dpi)


def scale(width: float | None, page: Page = HALL) -> float:
    """Say how much smaller than it is laid out a page is printed at a width."""
    return 1.0 if width is None else max(LEAST / typeset.SMALL, width / INCH / page.wide)


def page(width: float | None) -> Page:
    """Choose the page for a width: that of the hall, unless letters would be too small on it."""
    if width is None:
        return HALL
    wide = width / INCH / scale(width)
    return Page(wide, None) if wide < HALL.wide - 1e-6 else HALL


def tiny(width: float | None, page: Page = HALL) -> float:
    """Choose the size of what nobody reads in the hall: it is no smaller on paper than the rest."""
    return max(typeset.TINY, LEAST / scale(width, page) if width else 0.0)


def svg(drawn: bytes, small: float) -> bytes:
    """Make a drawing smaller: it says how large it is in its first element."""
    head, mark, rest = drawn.partition(b"viewBox=")
    sides = re.compile(rb'(?<= )(width|height)="([0-9.]+)pt"')
    made = sides.sub(lambda hit: b'%s="%.6gpt"' % (hit[1], small * float(hit[2])), head)
    return (head if small == 1 else made) + mark + rest


class Pdf:
    """
    A PDF that is written page by page, each smaller than it was laid out: letters, lines and all.

    Parameters
    ----------
    language
        Of its texts, for whoever has them read aloud.
    """

    def __init__(self, language: str) -> None:
        from matplotlib.backends.backend_pdf import PdfPages

        self._buffer = io.BytesIO()
        self._pages = PdfPages(self._buffer)
        self._file = _file(self._buffer, language)
        self._pages._file = self._file

    def __enter__(self) -> Self:
        """Begin it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it, whatever happened."""
        self._pages.close()  # type: ignore[no-untyped-call]

    def add(self, figure: Figure, small: float) -> None:
        """Write a page."""
        self._file.small = small
        self._pages.savefig(figure)  # type: ignore[no-untyped-call]

    def finished(self, title: str, passport: Passport) -> bytes:
        """Write its title, keep room for its passport, and give all of it."""
        about = self._pages.infodict()  # type: ignore[no-untyped-call]
        about.update(Title=title, Keywords=hold(passport))
        self._pages.close()  # type: ignore[no-untyped-call]
        return self._buffer.getvalue()


def _file(buffer: io.BytesIO, language: str) -> Any:  # noqa: ANN401
    from matplotlib.backends.backend_pdf import Op, PdfFile

    class Smaller(PdfFile):
        small = 1.0

        def newPage(self, width: float, height: float) -> None:  # noqa: N802
            super().newPage(self.small * width, self.small * height)  # type: ignore[no-untyped-call]
            # lines are cut off at the edges of the page as it is laid out
            self.width, self.height = width, height
            if self.small != 1:
                self.output(self.small, 0, 0, self.small, 0, 0, Op.concat_matrix)  # type: ignore[no-untyped-call]

        def writeObject(self, object: object, contents: object) -> None:  # noqa: A002, N802
            if object is self.rootObject and isinstance(contents, dict):
                contents = contents | {"Lang": language}
            super().writeObject(object, contents)  # type: ignore[no-untyped-call]

        def beginStream(  # noqa: N802
            self,
            id: int,  # noqa: A002
            len: object,  # noqa: A002
            extra: dict[str, object] | None = None,
            png: object = None,
        ) -> None:
            small = self.small
            if extra and extra.get("PatternType") == 1:  # a hatch does not follow its page
                extra = extra | {"Matrix": [small, 0, 0, small, 0, 72 * small * self.height]}
            super().beginStream(id, len, extra, png)  # type: ignore[no-untyped-call]

    return Smaller(buffer, metadata={"CreationDate": None})  # type: ignore[no-untyped-call]

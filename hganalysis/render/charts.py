"""Draw charts on a page in one line, with all that has to stand around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import findings, indicators
from ..figures import Figure
from . import static

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ..figures.figure import Panel
    from .static import Picture


def chart(
    *panels: Panel,
    title: str,
    subtitle: str = "",
    names: Sequence[str] = (),
    of: pd.DataFrame | None = None,
    source: str | None = None,
    as_of: str | None = None,
    width: float | None = None,
    dpi: float | None = None,
) -> Picture:
    """
    Draw a panel, or a few side by side, on a page with title, source and date.

    Parameters
    ----------
    *panels
        What `figures` composes, at most three.
    title, subtitle, names
        The finding, what it is out of, and what stands above each panel where there are several.
    of
        The rows that are shown: they say their source by `origin`, and their date by `indicator`
        and `year`.
    source, as_of
        What they do not say, or otherwise.
    width, dpi
        Millimetres on paper, and dots an inch: see `Picture.save`. Else it is a page for the hall.

    Returns
    -------
    picture
        Shown by a notebook; `picture.save("chart.svg")`, `picture.keep("chart")`.

    Raises
    ------
    ValueError
        If nothing says the source.

    Examples
    --------
    >>> import pandas as pd
    >>> from hganalysis import figures
    >>> frame = pd.DataFrame({"label": ["2022"], "rate_ratio": [1.2], "low": [1.1], "high": [1.3]})
    >>> panel = figures.coefficients(frame.assign(origin="reported"))
    >>> chart(panel, title="An estimate", source="our survey").composed.source
    'our survey'
    """
    if source is None:
        if of is None:
            msg = "a picture has to say who says so: of=..., the rows shown, or source='...'."
            raise ValueError(msg)
        source = findings.source(of)
    if as_of is None:
        as_of = "" if of is None else findings.period(*indicators.of(of))
    figure = Figure(
        title, panels, as_of, subtitle=subtitle, names=tuple(names), named_source=source
    )
    return static.place(figure, width=width, dpi=dpi)

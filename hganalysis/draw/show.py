"""Show an answer in a notebook: its sentence, then its picture."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .picture import Picture


def show(answer: object, picture: Picture | None = None) -> None:
    """
    Display a sentence, and a picture below it if there is one.

    Parameters
    ----------
    answer
        Printed, it is the sentence.
    picture
        As it shows itself.
    """
    from IPython.display import display

    said = str(answer)
    style = "font-size:1.1em;line-height:1.5;max-width:46em"
    shown = {"text/plain": said, "text/html": f'<p style="{style}">{escape(said)}</p>'}
    display(shown, raw=True)  # type: ignore[no-untyped-call]
    if picture is not None:
        display(picture)  # type: ignore[no-untyped-call]

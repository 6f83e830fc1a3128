"""
Write a deck for a conference hall: native shapes, charts and tables, one message a slide.

The title of a slide is the finding, the notes say source, method and limits, and everything can
be recoloured, moved and edited in PowerPoint: a map is one named freeform a place.

>>> from hganalysis import frames
>>> write("deck.pptx", frames.reports(), frames.teams())  # doctest: +SKIP
PosixPath('deck.pptx')

A deck of pictures of one's own:

>>> from hganalysis import maps
>>> Deck().add(maps.draw("app_users", 2023)).save("talk.pptx")  # doctest: +SKIP
PosixPath('talk.pptx')
"""

from ..render.slide import Deck
from .deck import write
from .three_answers import answers

__all__ = ["Deck", "answers", "write"]


def __dir__() -> list[str]:
    return __all__

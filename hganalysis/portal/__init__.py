"""
Read what the National Public Service Portal of Viet Nam publishes of every commune.

The portal answers in JSON, under Decision 766/QĐ-TTg. An answer becomes a study, of which
`hganalysis build` makes pages, slides and tables. Nothing is fetched: a person sends the request.

This room is provisional: the portal may change its answers any day, and the room changes with them.
"""

from .answers import Answers as Answers
from .answers import read
from .raw import PortalError as PortalError

__all__ = ["read"]

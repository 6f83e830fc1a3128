"""One place on one page: a sheet for each place, and a poster of all their parts."""

from .answer import Brief as Brief
from .answer import brief as brief
from .answer import write_briefs as write_briefs
from .poster import write_poster as write_poster

"""Who is left behind? `gap` answers with a sentence, a table, dots for each place, a map."""

from .answer import Gap as Gap
from .answer import gap as gap

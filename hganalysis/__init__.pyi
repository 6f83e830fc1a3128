"""Say what the package has, and where: `__init__.py` reads it here, as type checkers do."""

from . import caselog as caselog
from . import cli as cli
from . import countries as countries
from . import effect as effect
from . import escaping as escaping
from . import figure as figure
from . import frames as frames
from . import gaps as gaps
from . import indicators as indicators
from . import limits as limits
from . import places as places
from . import portal as portal
from . import publish as publish
from . import screening as screening
from . import sheets as sheets
from . import starts as starts
from . import study as study
from . import suppress as suppress
from . import words as words
from . import workbook as workbook
from .change import Change as Change
from .change import compare as compare
from .draw import Picture as Picture
from .draw.answer import keep as keep
from .draw.table import table as table
from .effect import Design as Design
from .effect import Refused as Refused
from .effect import coverage as coverage
from .effect import design_frame as design_frame
from .effect import tables as tables
from .gaps import Gap as Gap
from .gaps import gap as gap
from .ranking import Uptake as Uptake
from .ranking import uptake as uptake
from .ranking.maps import draw_map as map  # noqa: A004
from .ranking.maps import layer as layer
from .ranking.measure import reported as reported
from .sheets import Brief as Brief
from .sheets import brief as brief
from .starts import Plan as Plan
from .starts import Rollout as Rollout
from .starts import draw_lot as draw_lot
from .starts import plan as plan
from .starts import rollout as rollout
from .starts import verify_lot as verify_lot
from .study import Study as Study

__version__: str

# To a type checker a name that is not the name in its home is exported only if it is listed.
__all__ = ["map"]

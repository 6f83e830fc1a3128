"""
Run the notebooks, and write what a hall, a reader and a colleague need: `outputs/`.

`hganalysis build` executes every notebook in a kernel of its own and puts it back with the same
bytes on every rebuild. `answer.keep(name)`, in a notebook, is what puts a picture and a table among
the outputs. Of them and of the three answers are made an index of one screen, an atlas of one page,
a deck, a workbook, an archive.
"""

from .folders import BuildError
from .own import Files, OwnData, lay_out
from .run import build

__all__ = ["BuildError", "Files", "OwnData", "build", "lay_out"]

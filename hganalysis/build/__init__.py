"""
Run the notebooks, and write what a hall, a reader and a colleague need: `outputs/`.

`hganalysis build` executes every notebook in a kernel of its own and puts it back with the same
bytes on every rebuild. `answer.keep(name)`, in a notebook, is what puts a picture and a table among
the outputs; what is made of them and of the three answers is `hganalysis.publish`.
"""

from .folders import BuildError
from .own import Own, own
from .run import build

__all__ = ["BuildError", "Own", "build", "main", "own"]


def main() -> None:
    """Run the command line, `hganalysis`."""
    from .command import run_command

    run_command()


def __dir__() -> list[str]:
    return __all__

"""Print to a terminal, which obeys some of what it is given: only what can be read reaches it."""

from rich.console import Console
from rich.text import Text

from ..escaping import lines


def say(text: str, *, style: str = "", error: bool = False) -> None:
    """
    Print a text as it is: no control characters, no markup, no line broken by us.

    Parameters
    ----------
    text
        Perhaps with cells of somebody's file in it.
    style
        Of Rich, such as `"bold"`.
    error
        Print it where errors are printed.
    """
    Console(stderr=error, soft_wrap=True).print(Text(lines(text), style=style))

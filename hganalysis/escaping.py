"""Make text that came from somebody else harmless: it can be read, and nothing else."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import IO

    import pandas as pd

# A spreadsheet takes a text that begins so for a formula, and runs it; some of them take the wide
# signs of East Asian keyboards for the narrow ones, and pass over spaces before a sign.
_SIGN = r"[^\S\t\r\n]*[=+\-@＝＋－＠]"
# Where a cell begins, also for a program that separates cells by another sign than the program that
# wrote the file: Excel with a decimal comma, as in Viet Nam, separates them by semicolons.
_CELL = r"(^|[;\t\r\n])"
_FORMULA = re.compile(rf"{_CELL}('*{_SIGN})")
_QUOTED_FORMULA = re.compile(rf"{_CELL}'('*{_SIGN})")
# Some programs take these away before they look at how a text begins.
_BLANK = re.compile(r"'*[\t\r\n]")
_QUOTED_BLANK = re.compile(r"''*[\t\r\n]")

WORKBOOK: Mapping[str, bool] = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""How XlsxWriter has to write: no text becomes a formula, a link or a number."""

# Characters that a reader can take in, and that a cell, a comment or a terminal line can hold.
LONGEST = 300


def plain(value: object, *, longest: int = LONGEST) -> str:
    r"""
    Write a value as one line that can only be read: no control characters, bounded in length.

    Terminal escapes, line ends, characters that turn the direction of writing or are invisible,
    and halves of characters become spaces; a text that is too long ends with an ellipsis.

    Examples
    --------
    >>> plain("Xã \x1b[31mVị\u202e Đông\r\n")
    'Xã [31mVị Đông'
    >>> plain("a" * 400, longest=5)
    'aaaa…'
    """
    text = "" if value is None else str(value)[: 4 * longest]
    line = " ".join(_replace_controls(text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _replace_controls(text: str) -> str:
    """Put a space for each control sign, which nobody sees (Unicode category C)."""
    return "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text)


def lines(text: str) -> str:
    r"""
    Write a text so that it can only be read, as `plain` does, and keep its lines.

    Examples
    --------
    >>> lines("Xã:\n  \x1b[31mVị\u202e Đông")
    'Xã:\n   [31mVị  Đông'
    """
    return "\n".join(_replace_controls(line).rstrip() for line in text.split("\n"))


def runs(text: str) -> bool:
    """
    Say whether a spreadsheet would take a text, typed into a cell, for a formula.

    Examples
    --------
    >>> runs("=1+1"), runs("＝1+1"), runs(" @SUM(1)"), runs("a=b")
    (True, True, True, False)
    """
    return bool(re.match(_SIGN, text) or _BLANK.match(text))


def csv_text(value: object) -> object:
    """
    Put an apostrophe before a text that a spreadsheet would run; any other value stays.

    Examples
    --------
    >>> csv_text("=HYPERLINK()"), csv_text(-3), csv_text("Xã"), csv_text("Xã;=1+1")
    ("'=HYPERLINK()", -3, 'Xã', "Xã;'=1+1")
    """
    if not isinstance(value, str):
        return value
    quoted = _FORMULA.sub(r"\1'\2", value)
    return f"'{quoted}" if _BLANK.match(value) else quoted


def from_csv_text(text: str) -> str:
    """
    Take away the apostrophes that `csv_text` wrote.

    Examples
    --------
    >>> from_csv_text("'=HYPERLINK()"), from_csv_text("'s"), from_csv_text("Xã;'=1+1")
    ('=HYPERLINK()', "'s", 'Xã;=1+1')
    """
    if _QUOTED_BLANK.match(text):
        text = text[1:]
    return _QUOTED_FORMULA.sub(r"\1\2", text)


# Signs that mean something to LaTeX, and signs that its fonts write by a command.
_LATEX = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}"}
    | {"−": "$-$", "–": "--", "—": "---", "∞": r"$\infty$", "…": r"\ldots{}", "φ": r"$\varphi$"}
    | {"“": "``", "”": "''", "\N{NO-BREAK SPACE}": "~"}
)


def latex(text: object) -> str:
    r"""
    Write a text for LaTeX so that nothing in it is a command.

    Examples
    --------
    >>> print(latex("50 % of \\input{x} & a_b"))
    50 \% of \textbackslash{}input\{x\} \& a\_b
    """
    return plain(text).translate(_LATEX)


def csv(table: pd.DataFrame, *, digits: str | None = None) -> str:
    r"""
    Write a table as CSV for people and their spreadsheets: its texts and headers run nothing.

    Parameters
    ----------
    table
        Written without its index, lines ending with LF. Numbers stay numbers, negative ones too.
    digits
        How to write numbers that are not whole, as `"%.12g"`.

    Examples
    --------
    >>> import pandas as pd
    >>> csv(pd.DataFrame({"name": ["=1+1"], "change": [-3]}))
    "name,change\n'=1+1,-3\n"
    """
    categories = [name for name in table if table[name].dtype == "category"]
    table = table.astype(dict.fromkeys(categories, object))
    table = table.map(csv_text).rename(columns=csv_text)
    return str(table.to_csv(index=False, lineterminator="\n", float_format=digits))


def create_workbook(file: Path | IO[bytes], **options: object) -> Any:  # noqa: ANN401
    """
    Open a new workbook of XlsxWriter in which a text stays a text.

    Parameters
    ----------
    file
        Where it is written.
    **options
        Further options of XlsxWriter.
    """
    from xlsxwriter import Workbook

    return Workbook(file, {**options, **WORKBOOK})

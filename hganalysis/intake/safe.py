"""Keep text that came from somebody else from doing anything but being read."""

from __future__ import annotations

import unicodedata

# A spreadsheet takes a text that begins so for a formula, and runs it. The wide forms of East
# Asian keyboards are taken for the narrow ones by some of them.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

# What a reader can take in, and what a cell, a comment or a terminal line holds without harm.
LONGEST = 300


def plain(value: object, *, longest: int = LONGEST) -> str:
    r"""
    Write a value as one line that can only be read: no control characters, bounded in length.

    Terminal escapes, line ends, characters that turn the direction of writing or stand for
    nothing, and halves of characters become spaces; what is too long ends with an ellipsis.

    Examples
    --------
    >>> plain("Xã \x1b[31mVị\u202e Đông\r\n")
    'Xã [31mVị Đông'
    >>> plain("a" * 400, longest=5)
    'aaaa…'
    """
    text = "" if value is None else str(value)[: 4 * longest]
    seen = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text)
    line = " ".join(seen.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def csv_text(value: object) -> object:
    """
    Put an apostrophe before a text that a spreadsheet would run; everything else stays.

    Examples
    --------
    >>> csv_text("=HYPERLINK()"), csv_text(-3), csv_text("Xã")
    ("'=HYPERLINK()", -3, 'Xã')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def from_csv_text(text: str) -> str:
    """
    Take away the apostrophe that `csv_text` put there.

    Examples
    --------
    >>> from_csv_text("'=HYPERLINK()"), from_csv_text("'s")
    ('=HYPERLINK()', "'s")
    """
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text

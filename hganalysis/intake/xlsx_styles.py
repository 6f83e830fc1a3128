"""Read how the cells of an xlsx look: number formats that matter, what is struck out or raised."""

from __future__ import annotations

from dataclasses import dataclass

from . import runs
from .formats import BUILT_IN, LONGEST, matters
from .markup import parse
from .sheets import Run


@dataclass(frozen=True)
class Looks:
    """
    How cells look: the number formats of styles that matter, the styles that strike out, the
    letters of each shared text, and those of which a part is struck out, raised or lowered.
    """

    formats: dict[str, str]
    struck: frozenset[str]
    lengths: list[int]
    texts: dict[int, tuple[Run, ...]]


def looks(parts: dict[str, bytes]) -> Looks:
    """Read the styles and the shared texts of a workbook out of its parts."""
    codes = {str(at): code for at, code in BUILT_IN.items()}
    styles: list[tuple[str, str]] = []  # number format and font of each
    fonts: list[bool] = []  # whether it strikes out
    inside = ""

    def start(tag: str, at: dict[str, str]) -> None:
        nonlocal inside
        if tag == "numFmt" and inside != "dxfs":
            codes[at.get("numFmtId", "")] = at.get("formatCode", "")[:LONGEST]
        elif tag in {"cellXfs", "cellStyleXfs", "fonts", "dxfs"}:
            inside = tag
        elif tag == "font" and inside == "fonts":
            fonts.append(False)
        elif tag == "strike" and inside == "fonts" and fonts:
            fonts[-1] = _is_on(at)
        elif tag == "xf" and inside == "cellXfs":
            styles.append((at.get("numFmtId", "0"), at.get("fontId", "0")))

    def end(tag: str) -> None:
        nonlocal inside
        inside = "" if tag == inside else inside

    if "xl/styles.xml" in parts:
        parse(parts["xl/styles.xml"], start, end)
    shown = {str(at): codes.get(code, "") for at, (code, _) in enumerate(styles)}
    lengths, texts = _texts(parts.get("xl/sharedStrings.xml", b""))
    strikes = {str(at) for at, strike in enumerate(fonts) if strike}
    return Looks(
        formats={at: code for at, code in shown.items() if matters(code)},
        struck=frozenset(str(at) for at, (_, font) in enumerate(styles) if font in strikes),
        lengths=lengths,
        texts=texts,
    )


def _is_on(at: dict[str, str]) -> bool:
    return at.get("val", "1") not in {"0", "false"}


def is_rich(text: bytes) -> bool:
    """Say whether XML can hold such text at all: most files need not be looked through for it."""
    words = ("strike", "vertAlign")
    return any(word.encode(code) in text for word in words for code in ("ascii", "utf-16-le"))


def _texts(text: bytes) -> tuple[list[int], dict[int, tuple[Run, ...]]]:
    """Count the letters of each shared text; give those struck out, raised or lowered in part."""
    lengths: list[int] = []
    found: dict[int, tuple[Run, ...]] = {}
    rich = Rich() if is_rich(text) else None

    def start(tag: str, at: dict[str, str]) -> None:
        if tag == "si":
            lengths.append(0)
        if rich:
            rich.start(tag, at)

    def said(letters: str) -> None:
        if lengths:
            lengths[-1] += len(letters)
        if rich:
            rich.said(letters)

    def end(tag: str) -> None:
        if rich and tag == "si" and runs.is_marked(rich.runs):
            found[len(lengths) - 1] = tuple(rich.runs)
        if rich:
            rich.end(tag)

    if text:
        parse(text, start, end if rich else None, said)
    return lengths, found


class Rich:
    """Gather the runs of one text, shared or in its cell, while somebody walks over it."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.struck: bool | None = None
        self.place, self.text, self.aside = 0, "", False
        self.inside = False

    def start(self, tag: str, at: dict[str, str]) -> None:
        """Take in what an element says."""
        if tag in {"si", "is"}:
            self.runs = []
        elif tag == "r":
            self.struck, self.place = None, 0
        elif tag == "rPr":
            self.struck = False  # it says itself how it looks
        elif tag == "strike":
            self.struck = _is_on(at)
        elif tag == "vertAlign":
            self.place = {"superscript": 1, "subscript": -1}.get(at.get("val", ""), 0)
        elif tag == "rPh":  # how a word is spoken is no part of it
            self.aside = True
        elif tag == "t":
            self.text, self.inside = "", True

    def said(self, text: str) -> None:
        """Take in text."""
        if self.inside:
            self.text += text

    def end(self, tag: str) -> None:
        """Take in that an element ends."""
        if tag == "t":
            self.inside = False
            if self.text and not self.aside:
                self.runs.append(Run(self.text, struck=self.struck, place=self.place))
        elif tag == "rPh":
            self.aside = False
        elif tag == "r":
            self.struck, self.place = None, 0

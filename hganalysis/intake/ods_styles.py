"""Read how the cells of an ods look: number formats that matter, what is struck out or raised."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from .formats import is_percent, matters

_NUMBERS = {"number-style", "percentage-style", "currency-style", "text-style"}


@dataclass
class Looks:
    """
    The styles of a file, gathered in a walk over them.

    Number formats are written as other spreadsheets write them, so that one place reads them.
    """

    codes: dict[str, str] = field(default_factory=dict)  # number formats, by name
    formats: dict[str, str] = field(default_factory=dict)  # those of cell styles that matter
    texts: dict[str, tuple[bool | None, int]] = field(default_factory=dict)  # struck; raised
    struck: set[str] = field(default_factory=set)  # cell styles
    number: str = ""
    percentage: bool = False
    code: list[str] = field(default_factory=list)
    maps: list[str] = field(default_factory=list)
    text: str = ""
    literal: bool = False
    style: str = ""
    family: str = ""

    def start(self, tag: str, at: dict[str, str]) -> None:
        """Take in what an element of a style says."""
        if tag in _NUMBERS:
            self.number, self.code, self.maps = at.get("style:name", ""), [], []
            self.percentage = tag == "percentage-style"
        elif self.number:
            self._number(tag, at)
        elif tag == "style":
            self.style, self.family = at.get("style:name", ""), at.get("style:family", "")
            self._cell(at)
        elif tag == "text-properties" and self.style:
            self._text(at)

    def said(self, text: str) -> None:
        """Take in text between the digits."""
        if self.literal:
            self.text += text

    def end(self, tag: str) -> None:
        """Take in that an element of a style ends."""
        if tag in _NUMBERS and self.number:
            self.codes[self.number] = ";".join([*self.maps, "".join(self.code)])
            self.number = ""
        elif tag in {"text", "currency-symbol"} and self.literal:
            if tag == "currency-symbol":
                self.text = self.text or "¤"  # empty where it is that of the country
            quoted = "".join(f'"{part}"' if part else "" for part in self.text.split('"'))
            per_cent = self.percentage and "%" in self.text
            self.code.append(self.text if per_cent else quoted)
            self.literal = False
        elif tag == "style":
            self.style = ""

    def of(self, style: str, kind: str) -> str:
        """Give the number format of a cell of a style and a kind, where it matters."""
        found = self.formats.get(style, "") if kind in {"float", "percentage", "currency"} else ""
        if kind == "string":
            found = self.formats.get(style, "") if "@" in self.formats.get(style, "") else ""
        return "0%" if kind == "percentage" and not is_percent(found) else found

    def _number(self, tag: str, at: dict[str, str]) -> None:
        if tag in {"text", "currency-symbol"}:
            self.text, self.literal = "", True
        elif tag in {"number", "scientific-number", "fraction"}:
            self.code.append(_digits(at))
        elif tag == "text-content":
            self.code.append("@")
        elif tag == "map":
            condition = at.get("style:condition", "").replace("value()", "").replace("!=", "<>")
            other = self.codes.get(at.get("style:apply-style-name", ""), "")
            self.maps.append(f"[{condition}]{other}")

    def _cell(self, at: dict[str, str]) -> None:
        parent = at.get("style:parent-style-name", "")
        if self.family == "table-cell":
            data = at.get("style:data-style-name", "")
            code = self.codes.get(data, "") if data else self.formats.get(parent, "")
            if matters(code):
                self.formats[self.style] = code
            if parent in self.struck:
                self.struck.add(self.style)
        elif self.family == "text" and parent in self.texts:
            self.texts[self.style] = self.texts[parent]

    def _text(self, at: dict[str, str]) -> None:
        lines = [at.get(f"style:text-line-through-{one}") for one in ("style", "type")]
        struck = None if lines == [None, None] else any(one not in {None, "none"} for one in lines)
        if self.family == "table-cell" and struck is not None:
            (self.struck.add if struck else self.struck.discard)(self.style)
        elif self.family == "text":
            place = at.get("style:text-position", "").split(" ")[0]
            percent = place.removesuffix("%")
            number = float(percent) if percent.lstrip("-").isdigit() else 0.0
            step = {"super": 1, "sub": -1}.get(place, (number > 0) - (number < 0))
            if struck is not None or step:
                self.texts[self.style] = struck, step


def _digits(at: dict[str, str]) -> str:
    least = int(at.get("number:min-integer-digits", 1))
    decimals = min(int(at.get("number:decimal-places", 0)), 20)
    digits = "#,##0" if "number:grouping" in at else "0" * min(max(least, 1), 20)
    factor = float(at.get("number:display-factor", 1) or 1)
    times = round(math.log10(factor) / 3) if factor > 1 else 0
    return digits + ("." + "0" * decimals if decimals else "") + "," * times

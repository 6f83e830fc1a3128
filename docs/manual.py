"""
Lay out commands, keys and columns.

Options are read from the command line, keys from the schema, columns of a report from its form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from measured import table
from typer.main import get_command

from hganalysis import words
from hganalysis.cli import app
from hganalysis.study.described import SCHEMA, describe_key, name_kind
from hganalysis.workbook.template import form_columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXTS = {
    "en": {
        "option": "You write",
        "help": "What it is for",
        "how": "How",
        "required": "required",
        "repeated": "may be repeated",
        "default": "default: {value}",
        "key": "Key",
        "signs": ", without",
        "kind": "Value",
        "one_of": "one of {values}",
        "whole": "The whole file",
        "column": "Column",
        "label": "Heading in the form",
        "meaning": "Content",
        "empty": "If empty",
    },
    "vi": {
        "option": "Cách ghi",
        "help": "Dùng để làm gì",
        "how": "Lưu ý",
        "required": "bắt buộc",
        "repeated": "có thể ghi nhiều lần",
        "default": "mặc định: {value}",
        "key": "Khóa",
        "signs": ", không có ngoặc",
        "kind": "Giá trị",
        "one_of": "một trong {values}",
        "whole": "Toàn bộ tệp",
        "column": "Cột",
        "label": "Đầu cột trong mẫu",
        "meaning": "Nội dung",
        "empty": "Nếu để trống",
    },
}
"""The words of the tables."""

WORDS = "words"
"""The style of the tables: their lines may be broken."""

MEASURES = ("indicators", "quantities", "groups")
"""The tables that a catalogue of measures holds; a study may hold them, too."""


REPORTED = 2023
"""The year of the form that is laid out."""


def write(folder: Path) -> None:
    """Write the tables of commands, of keys and of a report, in both languages."""
    folder.mkdir(exist_ok=True)
    for language in TEXTS:
        with words.use(language):
            pages = {
                "commands": lay_out_commands(language),
                "study": lay_out_keys([*_study_tables()], language),
                "indicators": lay_out_keys(MEASURES, language),
                "report": lay_out_report(language),
            }
        for name, text in pages.items():
            (folder / f"{name}.{language}.txt").write_text(text, encoding="utf-8")


def lay_out_commands(language: str) -> str:
    """Lay out each command: what it does, its arguments and its options."""
    texts = TEXTS[language]
    heads = [texts["option"], texts["help"], texts["how"]]
    parts = []
    commands = get_command(app).commands
    for name, command in commands.items():
        rows = [_row_of_option(option, texts) for option in command.params]
        parts += [
            _head(f"hganalysis {name}"),
            f"{_escape(command.help)}\n",
            table(heads, rows, style=WORDS),
        ]
    return "\n".join(parts)


def _row_of_option(option: Any, texts: dict[str, str]) -> list[str]:  # noqa: ANN401
    """Lay out an option: how it is written, what its help says, whether it must be there."""
    notes = []
    if option.required:
        notes.append(texts["required"])
    if option.multiple or option.nargs == -1:
        notes.append(texts["repeated"])
    # an option without a value is off, and a missing default says nothing
    if option.default not in (None, False):
        value = getattr(option.default, "value", option.default)
        notes.append(texts["default"].format(value=f"``{value}``"))
    is_argument = option.param_type_name == "argument"
    spellings = [option.name.upper()] if is_argument else option.opts
    return [", ".join(map(_code, spellings)), _escape(option.help), "; ".join(notes)]


def _study_tables() -> Iterator[str]:
    """Name the keys of `study.toml` that a catalogue of measures does not have."""
    return (key for key in SCHEMA["properties"] if key not in MEASURES)


def lay_out_keys(names: tuple[str, ...] | list[str], language: str) -> str:
    """Lay out keys of the first level: single ones in one table, then each table of keys."""
    texts = TEXTS[language]
    heads = [texts["key"], texts["kind"], texts["help"]]
    single_rows, parts = [], []
    for name in names:
        first, *inner = _read_keys(name, SCHEMA["properties"][name], required=_required(SCHEMA))
        if inner:
            rows = [_row_of_key(key, texts) for key in inner]
            parts += [
                _head(f"[{name}]"),
                f"{_escape(first['description'])}\n",
                table(heads, rows, style=WORDS),
            ]
        else:
            single_rows.append(_row_of_key(first, texts))
    if single_rows:
        parts = [_head(texts["whole"]), table(heads, single_rows, style=WORDS), *parts]
    return "\n".join(parts)


def _read_keys(path: str, rule: dict[str, Any], *, required: set[str]) -> Iterator[dict[str, Any]]:
    """Give a key and those below it; where names are free, `NAME` stands for them."""
    target = SCHEMA["$defs"].get(rule.get("$ref", "").rpartition("/")[2], {})
    merged = {**target, **rule}
    yield {
        "path": path,
        "kind": name_kind(merged["title"]) if "title" in merged else "",
        "values": merged.get("enum", ()),
        "description": describe_key(merged),
        "required": path.rpartition(".")[2] in required,
    }
    for key, inner_rule in merged.get("properties", {}).items():
        yield from _read_keys(f"{path}.{key}", inner_rule, required=_required(merged))
    free_rule = merged.get("additionalProperties")
    if isinstance(free_rule, dict):
        yield from _read_keys(f"{path}.NAME", free_rule, required=set())


def _required(rule: dict[str, Any]) -> set[str]:
    return set(rule.get("required", ()))


def _row_of_key(key: dict[str, Any], texts: dict[str, str]) -> list[str]:
    """Lay out a key: its full name, what may stand there, what it is for."""
    values = ", ".join(_code(str(value)) for value in key["values"])
    # which signs no text may have stands once on the page
    kind, *_ = key["kind"].split(texts["signs"])
    kind = texts["one_of"].format(values=values) if values else _escape(kind)
    if key["required"]:
        kind = f"{kind}; {texts['required']}"
    return [_code(key["path"]), kind, _escape(key["description"])]


def lay_out_report(language: str) -> str:
    """Lay out the columns of the form that a study sends out, here of the one that comes along."""
    texts = TEXTS[language]
    heads = [texts[name] for name in ("column", "label", "meaning", "empty")]
    rows = [
        [_code(column.field), *map(_escape, (column.label, column.meaning, column.empty))]
        for column in form_columns(REPORTED)
    ]
    return table(heads, rows, style=WORDS)


def _head(subject: str) -> str:
    return f"{subject}\n{'-' * len(subject)}\n"


def _code(text: str) -> str:
    return f"``{text}``"


def _escape(text: str | None) -> str:
    """Leave no mark-up in a text of the code; what stands between backticks is code."""
    parts = (text or "").replace("\\", "\\\\").split("`")
    for position in range(0, len(parts), 2):
        for mark in "*|_":
            parts[position] = parts[position].replace(mark, f"\\{mark}")
    return "``".join(parts)

"""Lay out the constants and thresholds of the code: names, values and comments are read from it."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from typing import TYPE_CHECKING, NamedTuple

from measured import table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

# Modules that decide what is said, hidden, asked or refused; those that only lay out are left out.
MODULES = {
    "Levels, order and change": (
        "ranking.levels",
        "ranking.counts",
        "ranking.stability",
        "ranking.standing",
        "ranking.measure",
        "ranking.sentences",
        "ranking.clusters",
        "gaps.sentences",
        "change",
        "change.sentences",
        "change.trend",
        "ranking.volume",
    ),
    "The estimate": (
        "effect.answer",
        "effect.design",
        "effect.errors",
        "effect.frame",
        "effect.models",
        "effect.questions",
        "effect.rungs",
        "effect.sensitivity",
        "effect.sentences",
        "effect.spatial",
    ),
    "Starts": (
        "starts.answer",
        "starts.estimate",
        "starts.lots",
        "starts.panel",
        "starts.planning",
        "starts.sentences",
        "starts.starting",
        "starts.spillover",
    ),
    "Hidden counts": (
        "suppress.hide",
        "suppress.margins",
        "suppress.sums",
        "suppress.register",
    ),
    "What is asked of files": ("frames.percents", "workbook.sense", "workbook.whole"),
    "Too regular to have been counted": ("screening",),
    "How much of a file is taken in": ("limits",),
}

NUMBERS = (int, float)


class Constant(NamedTuple):
    """A constant of a module, or several that stand in one line of it."""

    module: str
    names: tuple[str, ...]
    meaning: str
    """The comment above it, or the text below it."""

    @property
    def values(self) -> tuple[object, ...]:
        """What the code has now, in the order of the names."""
        module = import_module(self.module)
        return tuple(getattr(module, name) for name in self.names)


class Rule(NamedTuple):
    """A rule of the estimate: what it is called, and its condition as the code has it."""

    kind: str
    reason: str
    condition: str


def import_module(name: str) -> ModuleType:
    """Take a module of the package."""
    return importlib.import_module(f"hganalysis.{name}")


def read_constants(name: str) -> Iterator[Constant]:
    """Read the constants of a module that are numbers, or several numbers."""
    module = import_module(name)
    source = inspect.getsource(module)
    statements = ast.parse(source).body
    for statement, following in zip(statements, [*statements[1:], None], strict=True):
        names = _names_of(statement)
        if names and all(_is_number(getattr(module, one)) for one in names):
            text = _text_below(following) or _comment_at(statement.lineno, source)
            yield Constant(name, names, text)


def _names_of(statement: ast.stmt) -> tuple[str, ...]:
    """Name what a statement assigns, if these are constants."""
    if isinstance(statement, ast.AnnAssign):
        targets: list[ast.expr] = [statement.target]
    elif isinstance(statement, ast.Assign):
        target = statement.targets[0]
        targets = list(target.elts) if isinstance(target, ast.Tuple) else [target]
    else:
        return ()
    names = tuple(target.id for target in targets if isinstance(target, ast.Name))
    return names if all(name.isupper() for name in names) else ()


def _is_number(value: object) -> bool:
    """Say whether it is a number, or several; True is none."""
    values = value if isinstance(value, tuple) else (value,)
    return bool(values) and all(type(one) in NUMBERS for one in values)


def _text_below(statement: ast.stmt | None) -> str:
    """Take a text that stands below a constant to say what it is."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Constant):
        return ""
    return " ".join(str(statement.value.value).split())


def _comment_at(line: int, source: str) -> str:
    """Take the comment above a line; where constants follow each other, above the first."""
    lines = source.splitlines()
    above = line - 2
    while re.match("_?[A-Z]", lines[above]):
        above -= 1
    comment: list[str] = []
    while lines[above].startswith("#"):
        comment.insert(0, lines[above].lstrip("# "))
        above -= 1
    return " ".join(comment)


def read_rules() -> Iterator[Rule]:
    """Read by which rules an estimate is refused, or flagged."""
    rungs = import_module("effect.rungs")
    kinds = {"REFUSALS": "refused", "FLAGS": "flagged"}
    for statement in ast.parse(inspect.getsource(rungs)).body:
        for name in _names_of(statement):
            if name not in kinds or not isinstance(statement, ast.Assign):
                continue
            for call in statement.value.elts:
                reason, condition, *_ = call.args
                yield Rule(kinds[name], reason.value, _write_condition(condition, rungs))


def _write_condition(condition: ast.expr, module: ModuleType) -> str:
    """Write a condition as the code has it, without the word for the estimate that it is of."""
    if isinstance(condition, ast.Lambda):
        text = ast.unparse(condition.body)
    else:
        function = ast.parse(inspect.getsource(getattr(module, condition.id)))
        text = ast.unparse(function.body[0].body[-1]).removeprefix("return ")
    return re.sub(r"\bs\.", "", text)


def write_value(value: object) -> str:
    """Write a number, or several."""
    if isinstance(value, tuple):
        return "; ".join(map(write_value, value))
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _escape(text: str) -> str:
    """Leave no mark-up in a comment."""
    return re.sub(r"([*|_\\`])", r"\\\1", text.replace("`", ""))


def lay_out() -> str:
    """Lay out a table for each subject, and one of the rules of the estimate."""
    parts = []
    for subject, modules in MODULES.items():
        rows = [
            [
                f"``{constant.module}``",
                ", ".join(f"``{name}``" for name in constant.names),
                write_value(constant.values),
                _escape(constant.meaning),
            ]
            for module in modules
            for constant in read_constants(module)
        ]
        parts += [_head(subject), table(["Module", "Constant", "Value", "What it is"], rows)]
    of_rules = [[rule.kind, rule.reason, f"``{rule.condition}``"] for rule in read_rules()]
    parts += [_head("Rules of the estimate"), table(["It is", "Reason", "Where"], of_rules)]
    return "\n".join(parts)


def _head(subject: str) -> str:
    return f"{subject}\n{'-' * len(subject)}\n"

"""
Measure how much code there is, how packed it is, and how much its names say.

    python .ci/density.py FOLDER [--rooms] [--limit]

One line for the folder, and with `--rooms` one for each file and folder in it:

- tokens, without comments and docstrings;
- tokens per line, and per statement, which does not depend on where lines are broken;
- the share of vague names among all names that are bound;
- the share of functions with a cognitive complexity above 15.

`--limit` exits with 1 where a limit is passed. The whole has none: the last line is its total.
"""

import argparse
import ast
import io
import sys
import token
import tokenize
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

# Words that do not say what a name holds.
VAGUE_WORDS = """
    one ones other others some both many most more again asked said told found made given held left
    kept lost gone known named called own its it this that there here at about way whose thing
    things stuff
"""
# Words that say nothing beside a vague one, as in `found_item`. Alone some are of the field.
EMPTY_WORDS = "item items data value values result results tmp obj res x y z by of to in for as"

LIMITS = {
    "tokens per line": 10.5,
    "tokens per statement": 13.0,
    "vague names": 0.01,
    "complex functions": 0.03,
}
# A function above this is complex: it needs a second reading (Campbell 2018).
MAX_COMPLEXITY = 15
# A smaller file is measured with the whole only: a few statements are its average.
MIN_TOKENS = 600

NO_TOKENS = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.ENCODING,
}
# From Python 3.12 on an f-string is many tokens; it counts as one on every Python.
FSTRING_START = getattr(token, "FSTRING_START", -1)
FSTRING_END = getattr(token, "FSTRING_END", -1)


@dataclass
class Size:
    """What was counted in a folder or a file."""

    n_tokens: int = 0
    n_lines: int = 0
    n_statements: int = 0
    n_functions: int = 0
    n_complex: int = 0
    n_names: int = 0
    vague: Counter[str] = field(default_factory=Counter)

    @property
    def measures(self) -> dict[str, float]:
        """What is limited, by its name."""
        return {
            "tokens per line": self.n_tokens / max(self.n_lines, 1),
            "tokens per statement": self.n_tokens / max(self.n_statements, 1),
            "vague names": self.vague.total() / max(self.n_names, 1),
            "complex functions": self.n_complex / max(self.n_functions, 1),
        }

    @property
    def passed_limits(self) -> list[str]:
        """The names of the limits that are passed; a small file passes none."""
        if self.n_tokens < MIN_TOKENS:
            return []
        return [name for name, measure in self.measures.items() if measure > LIMITS[name]]


def measure(path: Path) -> Size:
    """Measure a file, or all files of a folder."""
    size = Size()
    files = [path] if path.is_file() else sorted(path.rglob("*.py"))
    for file in files:
        source = file.read_text(encoding="utf-8")
        tree = ast.parse(source)
        count_tokens(source, docstring_lines(tree), size)
        count_nodes(tree, size)
    return size


def docstring_lines(tree: ast.AST) -> set[int]:
    """List the lines of all texts that are statements of their own."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        is_constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_constant and isinstance(node.value.value, str):
            lines.update(range(node.lineno, node.end_lineno + 1))
    return lines


def count_tokens(source: str, docstrings: set[int], size: Size) -> None:
    """Add the tokens of a file and its lines of code."""
    code_lines: set[int] = set()
    depth = 0  # in how many f-strings a token is
    first_line = 0
    for part in tokenize.generate_tokens(io.StringIO(source).readline):
        if depth == 0:
            first_line = part.start[0]
        if part.type == FSTRING_START:
            depth += 1
        elif part.type == FSTRING_END:
            depth -= 1
        if depth > 0 or part.type in NO_TOKENS:
            continue
        lines = set(range(first_line, part.end[0] + 1)) - docstrings
        if lines:
            size.n_tokens += 1
            code_lines |= lines
    size.n_lines += len(code_lines)


def count_nodes(tree: ast.AST, size: Size) -> None:
    """Add the statements, functions and names of a file."""
    for node in ast.walk(tree):
        is_constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.stmt) and not is_constant:
            size.n_statements += 1
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size.n_functions += 1
            if complexity(node) > MAX_COMPLEXITY:
                size.n_complex += 1
        name = bound_name(node)
        if name:
            size.n_names += 1
            if is_vague(name):
                size.vague[name] += 1


def bound_name(node: ast.AST) -> str:
    """Give the name that a value, parameter, function or class gets; else an empty text."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return node.name
    return ""


def is_vague(name: str) -> bool:
    """Say whether a name has a vague word, and beside it empty words and numbers only."""
    parts = [part.rstrip("0123456789") for part in name.strip("_").lower().split("_")]
    words = {part for part in parts if part}
    vague, empty = set(VAGUE_WORDS.split()), set(EMPTY_WORDS.split())
    return bool(words & vague) and words <= vague | empty


def complexity(node: ast.AST, nesting: int = 0) -> int:
    """Compute the cognitive complexity of a node, nearly as Campbell (2018) defines it."""
    total = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If):
            total += complexity_of_if(child, node, nesting)
        elif isinstance(child, ast.For | ast.While | ast.ExceptHandler | ast.IfExp):
            total += 1 + nesting + complexity(child, nesting + 1)
        elif isinstance(child, ast.comprehension):
            total += 1 + nesting + len(child.ifs) + complexity(child, nesting + 1)
        elif isinstance(child, ast.BoolOp):
            total += 1 + complexity(child, nesting)
        elif isinstance(child, ast.FunctionDef | ast.Lambda):
            total += complexity(child, nesting + 1)
        else:
            total += complexity(child, nesting)
    return total


def complexity_of_if(statement: ast.If, parent: ast.AST, nesting: int) -> int:
    """Compute the complexity of an `if`; an `elif` is as deep as its `if`."""
    is_elif = isinstance(parent, ast.If) and parent.orelse == [statement]
    has_elif = len(statement.orelse) == 1 and isinstance(statement.orelse[0], ast.If)
    total = 1 if is_elif else 1 + nesting
    if statement.orelse and not has_elif:
        total += 1
    return total + complexity(statement, nesting if is_elif else nesting + 1)


def row(name: str, size: Size) -> str:
    """Write the line of a folder or file: its measures, and what passes a limit."""
    per_line, per_statement, vague, complex_ = size.measures.values()
    text = f"{name:24} {size.n_tokens:9,} {per_line:9.2f} {per_statement:14.2f}"
    text += f" {vague:9.1%} {complex_:8.1%}"
    if size.passed_limits:
        text += f"  too many: {', '.join(size.passed_limits)}"
    if "vague names" in size.passed_limits:
        commonest = [f"{vague_name} {n}" for vague_name, n in size.vague.most_common(8)]
        text += f" ({', '.join(commonest)})"
    return text


def main() -> int:
    """Measure what the command line names, print it, and give the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rooms", action="store_true", help="measure each room in it, too")
    parser.add_argument("--limit", action="store_true", help="exit with 1 where a limit is passed")
    options = parser.parse_args()

    paths = [options.folder]
    if options.rooms:
        inside = sorted(options.folder.iterdir())
        paths += [path for path in inside if path.suffix == ".py" or any(path.glob("*.py"))]
    sizes = {path: measure(path) for path in paths}

    heads = f"{'tokens':>9} {'per line':>9} {'per statement':>14} {'vague':>9} {'complex':>8}"
    print(f"{'':24} {heads}")
    for path, size in sizes.items():
        print(row(path.name, size))

    print(f"{sizes[options.folder].n_tokens:,} tokens in all")
    has_failed = options.limit and any(size.passed_limits for size in sizes.values())
    return int(has_failed)


if __name__ == "__main__":
    sys.exit(main())

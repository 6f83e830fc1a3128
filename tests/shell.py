"""Run commands as a shell does, and load the script that simulated the province."""

import importlib.util
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from hganalysis import cli

# Deck and atlas have tests of their own: a build of two cells need not write them each time.
ALONE = ("--notebooks-only", "--notebooks", "notebooks")


def run(folder, *arguments):
    """Run a command in a folder, in this process: its status, and what it says."""
    output = io.StringIO()
    error_output = io.StringIO()
    status = 0
    into_texts = redirect_stdout(output), redirect_stderr(error_output)
    with pytest.MonkeyPatch.context() as patch, into_texts[0], into_texts[1]:
        patch.chdir(folder)
        patch.setenv("COLUMNS", "200")
        patch.setattr(sys, "argv", ["hganalysis", *map(str, arguments)])
        try:
            cli.main()
        except SystemExit as ended:
            status = ended.code or 0
    texts = {"stdout": output.getvalue(), "stderr": error_output.getvalue()}
    return SimpleNamespace(returncode=status, **texts)


def start(folder, *arguments, **variables):
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "hganalysis", *map(str, arguments)]
    return _run_process(command, folder, variables)


def _run_process(command, folder, variables):
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", **variables},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def require_built(out, language="vi"):
    """Take a folder of outputs, if it holds what a build of these data writes in this language."""
    index = out / "index.html"
    assert index.is_file(), f"nothing was built in {out}"
    is_in_language = f'<html lang="{language}">' in index.read_text("utf-8")
    assert is_in_language, f"what was built in {out} is not in {language!r}: build it anew"
    return out


RUN_ALL = """
import json, sys
from hganalysis.cli import main
def status(command):
    sys.argv = ["hganalysis", *command]
    try:
        return main() or 0
    except SystemExit as ended:
        return ended.code or 0
print(json.dumps([*map(status, json.loads(sys.argv[1]))]))
"""


def start_all(folder, *commands, first="", options=(), **variables):
    """
    Run commands one after the other in a process of their own.

    Returns
    -------
    statuses, lines
        Of each command; all that was said.
    """
    commands = [[str(word) for word in command] for command in commands]
    code = first + RUN_ALL
    typed = [sys.executable, *options, "-c", code, json.dumps(commands)]
    done = _run_process(typed, folder, variables)
    *lines, statuses = done.stdout.splitlines() or [done.stderr]
    return json.loads(statuses), lines + done.stderr.splitlines()


def write(folder, name, cells):
    """Write a notebook of (kind, source), as it was typed: unrun."""
    file = folder / "notebooks" / name
    file.parent.mkdir(exist_ok=True)
    new = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    metadata = {"collapsed": False}  # what editors leave behind
    notebook_cells = []
    for number, (kind, source) in enumerate(cells):
        notebook_cells.append(new[kind](source, id=f"c{number}", metadata=metadata))
    nbformat.write(nbformat.v4.new_notebook(cells=notebook_cells), file)
    return file


def tree(folder):
    """Read every file below a folder."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


SCRIPT = Path(__file__).parents[1] / "data" / "demo" / "simulate.py"


def _loaded():
    spec = importlib.util.spec_from_file_location("simulate", SCRIPT)
    module = sys.modules["simulate"] = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # nothing else lies in data/
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


demo = _loaded()

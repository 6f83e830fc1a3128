"""The script that simulated the province, beside its data, as a module."""

import importlib.util
import sys
from pathlib import Path

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

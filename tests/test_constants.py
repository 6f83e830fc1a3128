"""The table of constants is of this code: no threshold is missing, and each has its number."""

import csv
import importlib
import pkgutil
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from hganalysis.effect import rungs
from hganalysis.ranking import levels

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))
import constants

DOCS = Path(constants.__file__).parent

ROOMS = ("ranking", "gaps", "change", "effect", "starts", "suppress", "screening")
"""Rooms that decide what is said, hidden or refused."""
DRAWING = ("pictures", "maps")


def read_table():
    """Read the tables as they stand on the page, one for each heading."""
    tables, heading = {}, ""
    lines = constants.lay_out().splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if below and set(below) == {"-"}:
            heading, tables[line] = line, []
        elif line.startswith("   ") and not line.startswith("   :"):
            tables[heading] += csv.reader([line.strip().replace("``", "")])
    return {heading: rows[1:] for heading, rows in tables.items()}


@pytest.fixture
def rows():
    """Give the name of each constant with its number as written, and what it is."""
    constants = {}
    for heading, table in read_table().items():
        if heading == "Rules of the estimate":
            continue
        for module, names, values, meaning in table:
            # a constant of several numbers is alone in its line
            names = names.split(", ")
            values = [values] if len(names) == 1 else values.split("; ")
            for name, value in zip(names, values, strict=True):
                constants[f"{module}.{name}"] = value, meaning
    return constants


def value_in_code(name):
    module, _, constant = name.rpartition(".")
    return getattr(importlib.import_module(f"hganalysis.{module}"), constant)


def to_numbers(text):
    return [float(number.replace(",", "")) for number in text.split("; ")]


def test_each_number_of_the_table_is_that_of_the_code(rows):
    assert len(rows) > 120
    for name, (written, _) in rows.items():
        value = value_in_code(name)
        expected = list(value) if isinstance(value, tuple) else [value]
        assert to_numbers(written) == pytest.approx(expected, rel=1e-5), name


def test_each_constant_says_what_it_is(rows):
    assert [name for name, (_, meaning) in rows.items() if len(meaning) < 10] == []


def test_the_table_follows_the_code(monkeypatch):
    monkeypatch.setattr(levels, "SMALL", 21)
    assert any(row[1:3] == ["SMALL", "21"] for row in read_table()["Levels, order and change"])


def numbers_of_rooms():
    """Name the constants of the rooms that are numbers, but those that lay out pictures."""
    for room in ROOMS:
        package = importlib.import_module(f"hganalysis.{room}")
        modules = [f"{room}.{module.name}" for module in pkgutil.iter_modules(package.__path__)]
        for name in [room, *modules]:
            if name.endswith(DRAWING):
                continue
            path = importlib.import_module(f"hganalysis.{name}").__file__
            assigned = re.findall(
                r"^((?:_?[A-Z][A-Z_]*(?:, )?)+)(?:: \S+)? = [-(\d]",
                Path(path).read_text("utf-8"),
                re.M,
            )
            for constant in ", ".join(assigned).split(", "):
                value = constant and value_in_code(f"{name}.{constant}")
                values = value if isinstance(value, tuple) else (value,)
                if all(isinstance(number, int | float) for number in values):
                    yield f"{name}.{constant}"


def test_no_number_of_the_rooms_that_decide_is_left_out(rows):
    expected = set(numbers_of_rooms())
    assert len(expected) > 70
    assert expected - set(rows) == set()


def test_each_rule_of_the_estimate_is_listed_with_its_condition():
    table = read_table()["Rules of the estimate"]
    listed = [(kind, reason) for kind, reason, _ in table]
    assert listed == [
        *(("refused", rule.reason) for rule in rungs.REFUSALS),
        *(("flagged", rule.reason) for rule in rungs.FLAGS),
    ]
    conditions = {reason: condition for _, reason, condition in table}
    assert conditions["df below 2"] == "error.df < 2"
    assert conditions["constant exposure"].startswith("data.sd <= 1e-12")


# What the page of methods says in words is the number of the code.

CONSTANTS_BY_PATTERN = {
    r"Under (\d+) events a level is flagged": ["ranking.levels.SMALL"],
    r"left out if it is out of fewer than (\d+), if": ["ranking.levels.MIN_OUT_OF"],
    r"its interval is wider than (\d+) points, or": ["ranking.levels.MAX_WIDTH"],
    r"if that is wider than (\d+) points": ["ranking.levels.NARROW"],
    r"than (1\.3) times the share": ["ranking.levels.MAX_RELATIVE_WIDTH"],
    r"A ratio of fewer than (\d+) events is left out": ["ranking.levels.SHOWN"],
    r"With at least (\d+) places that have one": ["ranking.levels.MIN_PLACES_BY_WIDTH"],
    r"no wider than (half) the distance": ["ranking.levels.MAX_WIDTH_OF_MIDDLE"],
    r"between the (tenth) and the (ninetieth) percentile": ["ranking.levels.MIDDLE"],
    r"of fewer than (\d+) events, or one to fewer than (\d+) residents": [
        "ranking.levels.SMALL",
        "ranking.levels.FEW_RESIDENTS",
    ],
    r"where (\d+) communes or more of three districts": ["ranking.counts.MIN_PARTS"],
    r"is below (\.\d+)\\ :sup:`2` on the log odds": ["ranking.stability.SAME_STEP"],
    r"Up to (ten) places that is their lasting order": ["ranking.stability.MAX_PLACES_LASTING"],
    r"\*More than (thirty) places\*": ["ranking.standing.MANY_PLACES"],
    r"more than (five) points from the whole": ["ranking.standing.FAR_POINTS"],
    r"above (1\.25) times, or": ["ranking.standing.FAR_FACTOR"],
    r"Weeks less than (\d+) apart": ["change.sentences.WEEKS_OF_A_SEASON"],
    r"more than a (tenth) of those drawn to start": ["starts.answer.MOST_MISSING"],
    r"at p = (\.05) or less \(Holm": ["starts.estimate.LEVEL"],
    r"above a (tenth) of them there is no estimate": ["effect.design.MAX_HIDDEN_SHARE"],
    r"Counts below (five) are hidden": ["suppress.hide.FEWER_THAN"],
    r"at most (1)% of honest studies": ["screening.LEVEL"],
}
WORDS = {
    "five": 5,
    "ten": 10,
    "thirty": 30,
    "tenth": 0.1,
    "half": 0.5,
    "ninetieth": 0.9,
}


@pytest.mark.parametrize("pattern", CONSTANTS_BY_PATTERN)
def test_what_methods_say_in_words_is_the_number_of_the_code(pattern):
    text = " ".join((DOCS / "methods.rst").read_text("utf-8").split())
    match = re.search(pattern, text)
    assert match, "methods.rst does not say it any more"
    in_points = re.match("%| points, or| points and", match.string[match.end(1) :])
    percent = 100 if in_points else 1
    numbers = [WORDS.get(number) or float(number) / percent for number in match.groups()]
    assert numbers == list(
        np.hstack([value_in_code(name) for name in CONSTANTS_BY_PATTERN[pattern]])
    )


def test_the_page_of_constants_has_the_table_and_methods_name_the_page():
    page = (DOCS / "reference/constants.rst").read_text("utf-8")
    assert ".. include:: ../made/constants.txt" in page
    assert "reference/constants" in (DOCS / "methods.rst").read_text("utf-8")

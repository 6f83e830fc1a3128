"""
Check that no value is wrong or dropped in silence, whatever the layout and whatever the defect.

`python tests/defects.py 0 500` does the same for many more files, and prints the figures.
"""

from pathlib import Path

import defects
import pytest

from hganalysis import workbook

SEEDS = range(1_000, 1_030)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("defects")
    return [defects.judge(seed, folder) for seed in SEEDS]


def test_nothing_is_wrong_or_dropped_in_silence(verdicts):
    assert [line for one in verdicts for line in one.failures] == []
    assert sum(one.outcomes["right"] for one in verdicts) > 1_000


def test_defects_are_found_where_they_are(verdicts):
    planted = sum(sum(one.planted.values()) for one in verdicts)
    found = sum(sum(one.found.values()) for one in verdicts)
    assert planted > len(SEEDS) / 2
    assert found >= 0.98 * planted, [line for one in verdicts for line in one.missed]


def test_what_is_right_is_left_alone(verdicts):
    alarms = [line for one in verdicts for line in one.alarms]
    assert len(alarms) <= 0.02 * sum(one.clean for one in verdicts), alarms


def test_a_file_asks_few_questions_and_a_plain_one_none(verdicts):
    asked = sorted(one.questions for one in verdicts)
    assert asked[len(asked) // 2] <= 2
    assert asked[-1] <= 10
    plain = [one for one in verdicts if one.plain]
    assert len(plain) > 1
    assert [(one.questions, one.complete) for one in plain] == [(0, True)] * len(plain)


@pytest.mark.parametrize(
    ("delivered", "complete", "fails"),
    [("kept", True, False), ("changed", True, True), ("gone", True, True), ("gone", False, True)],
)
def test_the_judge_sees_what_a_reader_does_wrong(monkeypatch, tmp_path, delivered, complete, fails):
    """A judge that passes everything would be no test: it is shown three readers that lie."""
    real = workbook.read

    def read(file):
        found = real(file)
        teams = found.teams.copy()
        if delivered == "changed":
            teams.loc[0, "members"] += 1
        elif delivered == "gone":
            teams = teams.iloc[1:]
        uses = found.uses if complete else found.uses.assign(asked=1)
        return workbook.Checked(**{**vars(found), "teams": teams, "uses": uses})

    seed = next(seed for seed in range(100) if not defects.make(seed)[1].planted)
    monkeypatch.setattr(workbook, "read", read)
    assert bool(defects.judge(seed, Path(tmp_path)).failures) == fails

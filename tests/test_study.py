"""The study in use: a change restores its own part, and a process that is started inherits it."""

import os
import subprocess
import sys
from contextvars import copy_context

from hganalysis import places, sources, study, suppress, words


def test_each_change_restores_its_own_part_and_no_other():
    before = study.current()
    language = words.use("en")
    threshold = suppress.use(fewer_than=9)
    language.close()  # out of order: the threshold stays
    assert (words.language(), suppress.threshold()) == (before.language, 9)
    threshold.close()
    assert study.current() == before
    with words.use("en"), suppress.use(fewer_than=0), places.within("93"):
        assert study.current() != before
    assert study.current() == before


def test_what_changes_in_one_context_changes_in_no_other():
    other = copy_context()
    other.run(words.use, "en")
    assert other.run(words.language) == "en"
    assert words.language() == "vi"


def test_a_process_that_is_started_inherits_the_study(tmp_path):
    (tmp_path / "sources.csv").write_text("file,sha256\n", encoding="utf-8")
    code = (
        "from hganalysis import sources, suppress, words\n"
        "print(sources.own(), words.language(), suppress.threshold(), sep='|')"
    )
    with sources.use(tmp_path), words.use("en"), suppress.use(fewer_than=7):
        around = {**os.environ, **study.environment()}
    said = subprocess.run(
        [sys.executable, "-c", code], env=around, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == f"{tmp_path}|en|7"

"""What was asked of a study stays with it, and every thread uses the study of the main thread."""

import pickle
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

import hganalysis as hg
from hganalysis.draw import Answer

ALL_CODES_OF_2025_ARE_CODES_OF_2020 = "hau_giang_2025"
"""So an answer that forgets its study shows other names without a word."""


@pytest.fixture(scope="module")
def asked():
    """Ask in the study of July 2025, and write there what each answer says."""
    with hg.Study.open(ALL_CODES_OF_2025_ARE_CODES_OF_2020).use(language="en"):
        measure, periods = next(iter(hg.reported().items()))
        reports = hg.frames.reports().query("indicator == @measure").drop(columns="indicator")
        answers = {
            "uptake": hg.uptake(measure, periods[-1]),
            "uptake of a frame": hg.uptake(reports, source="our office"),
            "compare": hg.compare(measure, *periods[-2:]),
            "headline": hg.Design.of_reports(measure, periods[-1]).headline(),
            "brief": hg.brief("31348"),
        }
        return {name: (answer, everything_of(answer)) for name, answer in answers.items()}


def everything_of(answer):
    """Write all that an answer makes: sentence, caption, table, and each of its pictures."""
    frame = answer.table
    columns = [column for column in ("count", "share", "before", "rate_ratio") if column in frame]
    return {
        "sentence": str(answer),
        "caption": answer.caption(),
        "table": frame.to_csv(),
        "readable table": repr(hg.table(answer, columns)),
        "picture": repr(answer.picture()),
        "figures": {name: compose().digest for name, compose in answer.figures.items()},
    }


@pytest.mark.parametrize("later", [None, "kenya_2019"])
def test_an_answer_says_in_another_study_what_it_said_in_its_own(asked, later):
    with hg.Study.open(later).use(language="en"):
        for name, (answer, said_there) in asked.items():
            assert everything_of(answer) == said_there, name


def test_files_of_an_answer_are_those_of_its_study(asked, tmp_path, monkeypatch):
    answer, _ = asked["uptake of a frame"]
    files = {}
    for study in (ALL_CODES_OF_2025_ARE_CODES_OF_2020, None):
        with hg.Study.open(study).use(language="en"):
            monkeypatch.setenv("HGANALYSIS_OUT", str(tmp_path / f"{study}"))
            answer.keep("answer")
            answer.map().web().save(tmp_path / f"{study}" / "map.html")
        names = ("tables/answer.csv", "figures/answer.json", "figures/answer-page.svg")
        files[study] = [(tmp_path / f"{study}" / name).read_text("utf-8") for name in names]
    assert files[None] == files[ALL_CODES_OF_2025_ARE_CODES_OF_2020]


def test_only_the_language_of_an_answer_is_the_one_in_use(asked):
    answer, _ = asked["uptake"]
    with hg.words.use("vi"):
        assert "Trường Long Tây, 79,3" in str(answer)
    with hg.words.use("en"):
        assert "Truong Long Tay Commune, 79.3%" in str(answer)


def test_an_answer_takes_its_study_into_a_new_process(asked):
    answer, said_there = asked["compare"]
    with hg.words.use("en"):
        assert str(pickle.loads(pickle.dumps(answer))) == said_there["sentence"]


@pytest.mark.parametrize(
    "name", ["picture", "figures", "table", "describe", "sentence", "parts_of"]
)
def test_an_answer_with_smaller_counts_than_may_be_shown_now_is_refused(name):
    answer = hg.uptake("ecommerce_guided", 2022)
    picture = answer.picture()
    ask = {
        "picture": lambda: picture._repr_png_(),
        "figures": answer.figures["communes"],
        "table": lambda: answer.table,
        "describe": answer.describe,
        "sentence": lambda: str(answer),
        "parts_of": lambda: hg.table(answer, ["count"]),
    }[name]
    with hg.suppress.use(fewer_than=40), pytest.raises(ValueError, match="below 40 are hidden now"):
        ask()
    ask()


def test_an_answer_hides_on_what_was_hidden_when_it_was_asked():
    with hg.suppress.use(fewer_than=40):
        answer = hg.uptake("ecommerce_guided", 2022)
        said_there = everything_of(answer)
    assert everything_of(answer) == said_there


@pytest.mark.parametrize("ask", [hg.uptake, hg.compare, hg.gap, hg.rollout, hg.plan, hg.brief])
def test_every_kind_of_answer_is_evaluated_in_its_study(ask):
    returned = ask.__annotations__["return"]
    room = sys.modules[ask.__module__]
    kind = getattr(room, returned) if isinstance(returned, str) else returned
    assert issubclass(kind, Answer)
    for name in ("table", "figures"):
        assert vars(kind)[name].fget.__wrapped__, name


def in_use():
    return hg.study.current().name, hg.words.language(), hg.suppress.threshold()


def test_a_thread_uses_what_the_main_thread_uses():
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(in_use).result() == in_use()
        with hg.Study.open("kenya_2019").use(language="en"), hg.suppress.use(fewer_than=20):
            assert pool.submit(in_use).result() == in_use() == ("Kenya", "en", 20)
        assert pool.submit(in_use).result() == in_use()


def test_a_thread_changes_nothing_for_others_and_gives_back_what_it_changed():
    def in_kenya():
        with hg.Study.open("kenya_2019").use(language="en"), hg.suppress.use(fewer_than=20):
            with hg.words.use("vi"):
                inside = in_use()
            return inside, in_use(), main_thread_uses.submit(in_use).result()

    before = in_use()
    with ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(1) as main_thread_uses:
        assert pool.submit(in_kenya).result() == (("Kenya", "vi", 20), ("Kenya", "en", 20), before)
        assert pool.submit(in_use).result() == in_use() == before
        with hg.words.use("en"):  # a thread that gave all back follows the main thread again
            assert pool.submit(in_use).result() == in_use()


def test_a_spawned_process_starts_with_the_study_of_its_environment(monkeypatch):
    with hg.Study.open("kenya_2019").use(language="en"), hg.suppress.use(fewer_than=20):
        for name, value in hg.study.environment().items():
            monkeypatch.setenv(name, value)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            assert pool.submit(in_use).result() == ("Kenya", "en", 20)

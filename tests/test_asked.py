"""What was asked of a study stays with it, and every thread uses the study of the main thread."""

import ast
import contextlib
import inspect
import pickle
import re
import shutil
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from multiprocessing import get_context

import pandas as pd
import pptx
import pytest
from IPython.utils import capture
from refusal_texts import says
from trials import bring
from typer.testing import CliRunner

import hganalysis as hg
from hganalysis import cli
from hganalysis.draw import Answer, OfStudy, Picture
from hganalysis.figure import Figure, Map

ALL_CODES_OF_2025_ARE_CODES_OF_2020 = "hau_giang_2025"
"""So an answer that forgets its study shows other names without a word."""


@pytest.fixture(scope="module", autouse=True)
def few_worlds():
    with bring.few_worlds():
        yield


@pytest.fixture(scope="module")
def answers_with_texts():
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
def test_an_answer_says_in_another_study_what_it_said_in_its_own(answers_with_texts, later):
    with hg.Study.open(later).use(language="en"):
        for name, (answer, texts) in answers_with_texts.items():
            assert everything_of(answer) == texts, name


def test_files_of_an_answer_are_those_of_its_study(answers_with_texts, tmp_path, monkeypatch):
    answer, _ = answers_with_texts["uptake of a frame"]
    files = {}
    for study in (ALL_CODES_OF_2025_ARE_CODES_OF_2020, None):
        with hg.Study.open(study).use(language="en"):
            monkeypatch.setenv("HGANALYSIS_OUT", str(tmp_path / f"{study}"))
            answer.keep("answer")
            answer.map().web().save(tmp_path / f"{study}" / "map.html")
        names = ("tables/answer.csv", "figures/answer.json", "figures/answer-page.svg")
        files[study] = [(tmp_path / f"{study}" / name).read_text("utf-8") for name in names]
    assert files[None] == files[ALL_CODES_OF_2025_ARE_CODES_OF_2020]


def test_a_table_of_a_frame_has_the_names_that_the_frame_has(answers_with_texts):
    frame = answers_with_texts["uptake"][0].table
    with hg.words.use("en"):
        assert hg.table(frame).texts.iloc[:, 0].tolist() == frame["name"].tolist()
        assert hg.table(frame.drop(columns="name")).texts.iloc[:, 0].tolist() != [*frame["name"]]


def test_only_the_language_of_an_answer_is_the_one_in_use(answers_with_texts):
    answer, _ = answers_with_texts["uptake"]
    with hg.words.use("vi"):
        assert "Trường Long Tây, 79,3" in str(answer)
    with hg.words.use("en"):
        assert "Truong Long Tay Commune, 79.3%" in str(answer)


def test_an_answer_takes_its_study_into_a_new_process(answers_with_texts):
    answer, texts = answers_with_texts["compare"]
    with hg.words.use("en"):
        assert str(pickle.loads(pickle.dumps(answer))) == texts["sentence"]


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
    lower = says("draw_errors.threshold", limit=40, limit_then=5)
    with hg.suppress.use(fewer_than=40), pytest.raises(ValueError, match=lower):
        ask()
    ask()


def test_an_answer_hides_on_what_was_hidden_when_it_was_asked():
    with hg.suppress.use(fewer_than=40):
        answer = hg.uptake("ecommerce_guided", 2022)
        texts = everything_of(answer)
    assert everything_of(answer) == texts


# All that can be asked of an answer, in every medium

KINDS = {
    "Uptake": ("hau_giang_2025", lambda: hg.uptake("app_users", "2026-Q2")),
    "Change": ("hau_giang_2025", lambda: hg.compare("app_users", "2026-Q1", "2026-Q2")),
    "Gap": ("hau_giang_groups", lambda: hg.gap("app_users", 2023, by="sex")),
    "Rollout": ("santa_clara", lambda: hg.rollout("fields_filled")),
    "Plan": ("hau_giang_2025", lambda: hg.plan("app_users", PLANNED, {"2026-Q4": 14})),
    "Brief": ("hau_giang_2025", lambda: hg.brief("31348")),
    "Design": ("hau_giang_2025", lambda: hg.Design.of_reports("app_users", "2026-Q2")),
    "DesignAnswer": (
        "hau_giang_2025",
        lambda: hg.Design.of_reports("app_users", "2026-Q2").headline(),
    ),
    "Picture": ("hau_giang_2025", lambda: hg.map("app_users", "2026-Q2")),
}
"""Each kind by its name: the study in which it is asked, and how."""
PLANNED = ["2026-Q3", "2026-Q4"]

# What a method must be told; what is written into files has tests of its own.
ARGUMENTS = {
    "bootstrap": [99],
    "comparison": ["place"],
    "draw": ["734120"],
    "map": ["734120"],
    "name_of": ["women"],
    "outcomes": [["app_users"]],
    "placebos": ["2026-Q2"],
    "power_of": [1.2],
    "simulate": ["734120"],
    "title_clause": [None],
    "with_one_wave": [5],
}
OF_FILES = {"in_its_study", "later", "keep", "save", "seal", "slide"}


def test_every_kind_that_is_of_a_study_is_asked_here():
    kinds = {*OfStudy.__subclasses__(), *Answer.__subclasses__()} - {Answer}
    assert {kind.__name__ for kind in kinds if kind.__module__.startswith("hganalysis")} == {*KINDS}


def ask_everything(answer):
    """Ask an answer for each of its public properties and methods, and for its files."""
    texts = {"print": repr(answer), "files": [*files_of(answer)]}
    for name, member in inspect.getmembers_static(type(answer)):
        if name.startswith("_") or name in OF_FILES or isinstance(member, classmethod):
            continue
        try:
            texts[name] = getattr(answer, name)
            if callable(texts[name]):
                needed = inspect.signature(texts[name]).parameters.values()
                is_needed = any(argument.default is argument.empty for argument in needed)
                texts[name] = texts[name](*(ARGUMENTS[name] if is_needed else ()))
        except (LookupError, ValueError, AttributeError) as refused:
            texts[name] = f"{type(refused).__name__}: {refused}"
    return {name: as_text(value) for name, value in texts.items()}


def files_of(answer):
    """Give what a notebook, a page, a slide and a web map show of it."""
    if hasattr(answer, "_ipython_display_"):
        with capture.capture_output() as shown:
            answer._ipython_display_()
        yield from (sorted(output.data.items()) for output in shown.outputs)
    picture = answer if isinstance(answer, Picture) else None
    if isinstance(answer, Answer):
        yield hg.table(answer)._repr_html_()
        picture = answer.picture()
    if picture:
        deck = pptx.Presentation()
        picture.slide(deck)
        yield [shape.text_frame.text for shape in deck.slides[0].shapes if shape.has_text_frame]


def as_text(answered):
    """Write what was given, so that two are alike if all that a reader sees is alike."""
    if isinstance(answered, pd.DataFrame | pd.Series):
        return answered.to_csv()
    if isinstance(answered, Figure):
        return answered.digest
    if isinstance(answered, Picture):
        maps = [answered.web()] if isinstance(answered.figure.panels[0], Map) else []
        return repr(answered), *(page._repr_html_() for page in maps)
    if isinstance(answered, Answer):
        figures = {name: compose().digest for name, compose in answered.figures.items()}
        return (
            repr(answered),
            answered.caption(),
            answered.table.to_csv(),
            repr(hg.table(answered)),
            figures,
        )
    if isinstance(answered, dict):
        return {name: as_text(value) for name, value in answered.items()}
    if isinstance(answered, list | tuple):
        return [as_text(value) for value in answered]
    if inspect.isfunction(answered) or hasattr(answered, "func"):
        return as_text(answered())
    return repr(answered).split(" object at ")[0].split(" at 0x")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_all_of_an_answer_is_in_other_studies_what_it_was_in_its_own(kind):
    name, ask = KINDS[kind]
    with hg.Study.open(name).use(language="en"):
        texts = ask_everything(ask())
        same_answer = ask()
    # Hậu Giang has the codes of these studies, for other places: who forgets says false names
    with hg.Study.open().use(language="en"):
        assert ask_everything(same_answer) == texts


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


def test_a_thread_hides_what_the_main_thread_hides():
    def smallest():
        reports = hg.frames.reports()
        return reports.loc[~hg.suppress.is_hidden(reports), "count"].min()

    assert smallest() < 40
    smallest_counts = []
    with hg.suppress.use(fewer_than=40), ThreadPoolExecutor(1) as pool:
        thread = threading.Thread(target=lambda: smallest_counts.append(smallest()))
        thread.start()
        thread.join()
        smallest_counts.append(pool.submit(smallest).result())
    assert min(smallest_counts) >= 40


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


# What was computed of a study is its own, and is of the files as they are

EDITED = ["study.toml", "indicators.toml", "places/communes.csv", "places/districts.csv"]
QUESTIONS = {
    "measures": hg.indicators.names,
    "places": hg.places.units,
    "name": lambda: hg.places.short("01-01"),
    "candidates": lambda: hg.places.propose("Mombasa", level="district"),
    "reports": hg.frames.reports,
    "uptake": lambda: hg.uptake("internet_users", 2019),
}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("name", EDITED)
def test_an_edited_description_or_list_is_refused_once_it_was_read(name, question, tmp_path):
    shutil.copytree(hg.study.find("kenya_2019"), tmp_path, dirs_exist_ok=True)
    ask = QUESTIONS[question]
    file = tmp_path / name
    before = file.read_bytes()
    with hg.Study.open(tmp_path).use(language="en"):
        codes = hg.places.compared().index
        with contextlib.suppress(LookupError):
            ask()
        file.write_bytes(before + b"\n")
        with pytest.raises(ValueError, match=says("study_errors.changed", file=file)):
            ask()
        file.write_bytes(before)  # written again as it was: it is the same file
        assert [*hg.places.compared().index] == [*codes]


def ask_in(name, barrier):
    """Ask a study in a thread of its own, while other threads ask others."""
    tables = {}
    with hg.Study.open(name).use(language="en"):
        barrier.wait()
        for measure, periods in [*hg.reported().items()][:2]:
            answer = hg.uptake(measure, periods[-1])
            tables[measure] = [str(answer), answer.table.to_csv(), repr(hg.table(answer))]
            tables[measure].append(hg.indicators.measure_label(measure))
        tables["places"] = hg.places.units().to_csv()
        tables["reports"] = hg.frames.reports().to_csv()
        tables["nouns"] = hg.words.strings()
        tables["labels"] = [hg.places.short(code) for code in hg.places.units().index]
    return tables


def test_studies_asked_in_threads_at_once_say_each_its_own(monkeypatch):
    # pandas hushes a warning there for every thread, and lets another thread raise it
    monkeypatch.delattr(pd.DataFrame, "query")
    studies = [ALL_CODES_OF_2025_ARE_CODES_OF_2020, None, "kenya_2019", "hau_giang_groups"]
    alone = [ask_in(name, threading.Barrier(1)) for name in studies]
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        hg.study._share_memory.cache_clear()  # each reads its files while the others read theirs
        together = threading.Barrier(len(studies))
        with ThreadPoolExecutor(len(studies)) as pool:
            at_once = [*pool.map(ask_in, studies, [together] * len(studies))]
    finally:
        sys.setswitchinterval(switch)
    assert at_once == alone


def test_a_thread_that_outlives_a_block_keeps_the_study_that_it_took_along():
    block_is_left = threading.Event()

    def ask(study):
        with study.use() if study else contextlib.nullcontext():
            block_is_left.wait()
            return in_use()[0]

    with ThreadPoolExecutor(2) as pool:
        with hg.Study.open("kenya_2019").use(language="en"):
            taken = pool.submit(ask, hg.study.current())
            not_taken = pool.submit(ask, None)
        block_is_left.set()
        assert (taken.result(), not_taken.result()) == ("Kenya", in_use()[0])


# Who may read the study in use: public doors alone, and each reads it once

MAY_READ = {
    "cli": "SharedOptions.messages",
    "draw.asked": "OfStudy.__new__ OfStudy.in_its_study in_one_study.answer",
    "effect.design": "Design.of_reports",
    "effect.frame": "design_frame",
    "frames.density": "density",
    "frames.loading": "planted_coefficient printed published read_file reports residents teams",
    "frames.targets": "read_targets",
    "grid": "read",
    "indicators": "catalogue describe_density get periods",
    "places.lists": (
        "cluster_column compared crosswalk former label labels levels name official_code parents"
        " province provinces short units"
    ),
    "places.outlines": "read_areas",
    "places.own": "describe_compared read_described read_list require_levels",
    "places.search": "gazetteer",
    "places.shapes": "are_generalised areas has_areas is_tiled",
    "publish.answers": "answers",
    "publish.atlas": "write",
    "publish.deck": "pictures",
    "publish.notebook": "needs unmet with_nouns",
    "publish.verify": "inputs registered",
    "ranking.answer": "uptake",
    "ranking.maps": "draw_map",
    "starts.starting": "rollout",
    "study": "Study.use_here environment use",
    "suppress.hide": "refuse_small threshold",
    "suppress.published": "is_published list_sources read_published",
    "words.texts": "language of_study strings term",
    "words.times": "period short_period",
    "workbook.template": "measured_periods number_fields template",
    "workbook.vocabulary": "gather_vocabulary",
}
"""The functions that read the study in use, by module: what users call, and what a room offers to
others. A private function takes a study."""

OF_THE_PROCESS = {"current", "_read_process", "_in_process", "_IN_THREAD"}
"""What the study in use is read by; all but the first in its own module alone."""


def readers_of(source, module=""):
    """Name each function of a source that refers to the study in use, by whatever name."""
    tree = ast.parse(source)
    modules = set()
    names = {"current"} if module == "study" else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            is_of_study = (node.module or "").split(".")[-1] == "study"
            for alias in node.names:
                bound = alias.asname or alias.name
                if is_of_study and alias.name in OF_THE_PROCESS:
                    names.add(bound)
                elif alias.name == "study":
                    modules.add(bound)

    def search(node, inside):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from search(child, [*inside, child.name])
                continue
            is_name = isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load)
            is_attribute = isinstance(child, ast.Attribute) and child.attr in OF_THE_PROCESS
            owner = ast.unparse(child.value).split(".")[-1] if is_attribute else ""
            if (is_name and child.id in names) or owner in modules:
                yield ".".join(inside) or "the module itself"
            yield from search(child, inside)

    return set(search(tree, []))


def test_public_doors_alone_read_the_study_in_use():
    readers = {}
    for file in hg.study.PACKAGE.rglob("*.py"):
        path = file.relative_to(hg.study.PACKAGE).with_suffix("")
        module = ".".join(part for part in path.parts if part != "__init__")
        readers[module] = readers_of(file.read_text("utf-8"), module)
    expected = {module: {*names.split()} for module, names in MAY_READ.items()}
    assert {module: names for module, names in readers.items() if names} == expected
    parts = {part for names in expected.values() for name in names for part in name.split(".")}
    assert [part for part in parts if part.startswith("_")] == ["__new__"]


@pytest.mark.parametrize(
    "line",
    [
        "from ..study import current\ndef _draw(): current()",
        "from ..study import current as now\ndef _draw(study=now()): pass",
        "from .. import study\ndef _draw(): return [study.current().name]",
        "from hganalysis import study as studies\ndef _draw(): return map(studies.current, [])",
        "import hganalysis as hg\nfrom . import study\ndef _draw(): hg.study._read_process()",
        "def _draw():\n    from ..study import _IN_THREAD\n    return _IN_THREAD.get()",
    ],
)
def test_a_private_function_that_reads_the_study_in_use_is_seen_by_any_name(line):
    assert readers_of(line) == {"_draw"}


OWN_FRAME = pd.DataFrame(
    {
        "county": [county for county in ("Kitui", "Lamu", "Meru", "Nairobi") for _ in range(8)],
        "people": range(9000, 12200, 100),
        "offices": [place * 7 % 5 for place in range(32)],
        "letters": [900 + 10 * place + 90 * (place * 7 % 5) for place in range(32)],
    }
)
NAMES_OF_COLUMNS = {
    "count": "letters", "exposure": "offices", "offset": "people", "cluster": "county"
}  # fmt: skip
DOORS = {name: KINDS[name] for name in KINDS if name != "DesignAnswer"} | {
    "Design of a frame": (
        "hau_giang_2025",
        lambda: hg.Design(OWN_FRAME, **NAMES_OF_COLUMNS, origin="reported", source="a survey"),
    ),
}
"""What is asked of a study, by its kind: the study, and how."""


@contextlib.contextmanager
def read_once(in_use):
    """Let the process use a study, and another one as soon as that was read."""
    studies = [hg.Study.open("kenya_2019"), in_use]
    reads = []

    def read():
        reads.append(studies.pop() if len(studies) > 1 else studies[0])
        return reads[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hg.study, "_read_process", read)
        yield
    assert len(reads) == 1


@pytest.mark.parametrize("door", DOORS)
def test_a_question_reads_the_study_of_the_process_once_whatever_becomes_of_it(door):
    name, ask = DOORS[door]
    with hg.Study.open(name).use(language="en"):
        alone = as_text(ask())
        with read_once(hg.study.current()):
            answer = ask()
        assert as_text(answer) == alone


@pytest.mark.parametrize("command", ["template", "check", "verify"])
def test_a_command_reads_the_study_of_the_process_once(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # no build lies here
    form = hg.workbook.template(tmp_path / "form.xlsx")
    picture = hg.uptake("app_users", 2023).map().save(tmp_path / "map.svg")
    file = {
        "template": tmp_path / "new.xlsx",
        "check": form,
        "verify": picture,
    }[command]
    with read_once(hg.study.current()):
        done = CliRunner().invoke(cli.app, [command, str(file), "--lang", "vi"])
    assert "Kenya" not in done.output
    assert done.exit_code == {"template": 0, "check": 1, "verify": 2}[command], done.output


def test_what_is_kept_outside_a_study_has_its_reason():
    for file in hg.study.PACKAGE.rglob("*.py"):
        lines = file.read_text("utf-8").splitlines()
        for before, line in pairwise(lines):
            if re.match(r" *@(functools\.)?(lru_)?cache\b", line):
                assert "  # " in line or before.lstrip().startswith("# "), f"{file}: {line}"

"""Refusals are written in the language in use, and none of them in the code."""

import ast
import re
from pathlib import Path

import pandas as pd
import pytest
from refusal_texts import says

import hganalysis as hg
from hganalysis import frames, indicators, periods, refusals, study, suppress, words
from hganalysis.places import layers
from hganalysis.wording import read_texts, write_refusal

PACKAGE = Path(hg.__file__).parent
# Python itself asks for this one, of a module.
OF_PYTHON = {("__init__.py", "__getattr__")}
# Words of Vietnamese that no English sentence has.
VIETNAMESE = re.compile(r"\b(?:không|phải|hãy|có|của|là|thiếu|chưa|chỉ)\b", re.IGNORECASE)


def is_literal(node):
    """Say whether an expression is a text that stands in the code."""
    if isinstance(node, ast.BinOp):
        return is_literal(node.left) or is_literal(node.right)
    if isinstance(node, ast.JoinedStr):
        return any(map(is_literal, ast.iter_child_nodes(node)))
    return isinstance(node, ast.Constant) and re.search("[a-z]{2}", str(node.value)) is not None


def literal_refusals(source):
    """List the functions that raise a text of the code, directly or by a name for it."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in functions:
        assigned = {
            target.id: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(function):
            if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
                continue
            for argument in node.exc.args[:1]:
                text = assigned.get(argument.id) if isinstance(argument, ast.Name) else argument
                if text is not None and is_literal(text):
                    yield function.name


def test_no_refusal_is_written_in_the_code():
    refused = {
        (path.name, name)
        for path in PACKAGE.rglob("*.py")
        for name in literal_refusals(path.read_text("utf-8"))
    }
    assert refused == OF_PYTHON


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f():\n    raise ValueError('no such place')", ["f"]),
        ("def f(x):\n    msg = f'there is no {x}'\n    raise ValueError(msg)", ["f"]),
        ("def f(x):\n    raise ValueError(words.term('places_errors.no_file', file=x))", []),
        ("def f(x):\n    raise ValueError(f'{x}: {x}')", []),
    ],
)
def test_a_text_of_the_code_is_found_and_a_key_is_none(source, names):
    assert list(literal_refusals(source)) == names


def test_each_text_of_a_refusal_is_used():
    source = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    sections = {name: texts for name, texts in read_texts().items() if name.endswith("_errors")}
    used = set(re.findall(r'"(\w+_errors\.\w+)"', source))
    begun = set(re.findall(r'"(\w+_errors\.\w*)\{', source))
    begun |= {"uptake_errors.map_", "uptake_errors.", "portal_errors."}
    unused = [
        f"{section}.{key}"
        for section, texts in sections.items()
        for key in texts
        if f"{section}.{key}" not in used
        and not any(f"{section}.{key}".startswith(start) for start in begun)
    ]
    assert unused == []


FRAME = pd.DataFrame({"place": ["H. Vị Thủy"], "share": [0.3]})
# What a user may write wrongly, at each door, and the text that says so.
MISTAKES = {
    "indicators_errors.unknown": lambda: hg.uptake("app_user", 2023),
    "indicators_errors.not_taken": lambda: indicators.get("app_users", period=2021),
    "uptake_errors.map_name": lambda: hg.map("x"),
    "uptake_errors.map_column": lambda: hg.map(FRAME, "rate", origin="reported", source="us"),
    "frames_errors.no_origin": lambda: hg.map(FRAME, "share"),
    "frames_errors.no_source": lambda: hg.map(FRAME, "share", origin="reported"),
    "frames_errors.kind": lambda: frames.kind_of(FRAME, "rate"),
    "frames_errors.not_printed": lambda: frames.printed("nothing"),
    "refusals.columns": lambda: frames.require_reports(FRAME),
    "refusals.no_frame": lambda: refusals.require_columns([], ["code"]),
    "period_errors.no_period": lambda: periods.read_period("soon"),
    "period_errors.school_year": lambda: periods.read_period("năm học 2024-2025"),
    "period_errors.not_later": lambda: hg.compare("app_users", 2023, 2022),
    "places_errors.no_file": lambda: layers.read_layer(PACKAGE / "nowhere.geojson"),
    "study_errors.unknown": lambda: study.Study.open("nowhere"),
    "suppress_errors.threshold": lambda: suppress.use(fewer_than=-1),
    "words_errors.language": lambda: words.use("fr"),
    "draw_errors.keep_name": lambda: hg.keep(FRAME, "Ảnh 1"),
    "draw_errors.width": lambda: hg.map("app_users", 2023).save("x.svg", width=3),
}


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("key", MISTAKES)
def test_a_mistake_is_refused_in_the_language_in_use(key, language):
    with words.use(language), pytest.raises(Exception, match=says(key)) as refusal:
        MISTAKES[key]()
    assert bool(VIETNAMESE.search(str(refusal.value))) == (language == "vi")


def test_a_study_that_cannot_be_opened_is_refused_in_the_language_of_the_environment(monkeypatch):
    monkeypatch.setattr(study, "_in_process", None)
    monkeypatch.setenv("HGANALYSIS_DATA", "nowhere")
    for language in words.LANGUAGES:
        monkeypatch.setenv("HGANALYSIS_LANG", language)
        with pytest.raises(FileNotFoundError) as refusal:
            study.current()
        assert bool(VIETNAMESE.search(str(refusal.value))) == (language == "vi")
        assert write_refusal("period_errors.quarter") == {"vi": "quý", "en": "quarter"}[language]

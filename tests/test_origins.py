"""A table of an answer says where its numbers come from, and keeps saying it."""

import importlib
import inspect
import pkgutil

import pandas as pd
import pytest
from refusal_texts import says
from test_starts import LOT, PLANNED, ask, draw_starts, world

import hganalysis as hg
from hganalysis import frames, indicators, screening, study
from hganalysis.draw.answer import Answer
from hganalysis.effect.answer import DesignAnswer


def answer_types():
    """List the types of answers of every room, so that no new one is forgotten."""
    for module in pkgutil.walk_packages(hg.__path__, "hganalysis."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    types = list(Answer.__subclasses__())
    for kind in types:
        types += kind.__subclasses__()
    return {kind.__name__: kind for kind in types if kind.__module__.startswith("hganalysis.")}


def uptake_of_clusters():
    with study.Study.open("hau_giang_2025").use():
        return hg.uptake("app_users", "2026-Q2")


def gap():
    with study.Study.open("hau_giang_groups").use():
        return hg.gap("app_users", by="sex")


def design_answers():
    """Ask every question that a design answers without more to say."""
    design = hg.Design.of_reports("app_users", 2022)
    arguments = {
        "bootstrap": [99],
        "placebos": [2023],
        "outcomes": [["ewallet_users"]],
    }
    for name, question in inspect.getmembers(design, inspect.ismethod):
        if "DesignAnswer" in str(question.__annotations__.get("return")):
            yield question(*arguments.get(name, []))


ANSWERS = {
    "Uptake": lambda: [hg.uptake("app_users", 2023), uptake_of_clusters()],
    "Change": lambda: [hg.compare("app_users", 2022, 2023)],
    "Gap": lambda: [gap()],
    "DesignAnswer": lambda: [*design_answers()],
    "Brief": lambda: [hg.brief("930")],
    "Rollout": lambda: [ask(world(draw_starts()), draw_starts(), lot=LOT, protocol="x")[0]],
    "Plan": lambda: [hg.plan("app_users", PLANNED, {2025: 25, 2026: 25})],
}
"""By the name of each type, answers about simulated numbers."""
NO_NUMBERS = {("Uptake", "above"), ("Rollout", "flow")}
"""Which pairs keep their order; how many places a lot drew: nothing in them was simulated."""


def frames_of(kind, answer):
    """Give every frame that an answer of a type has, or makes, by its name."""
    names = {name for base in kind.__mro__ for name in getattr(base, "__annotations__", {})}
    for name in sorted(names | {*dir(kind)}):
        if name.startswith("_") or (kind.__name__, name) in NO_NUMBERS:
            continue
        member = getattr(answer, name)
        if callable(member) and "DataFrame" in str(member.__annotations__.get("return")):
            member = member("734120")  # the number that a lot is drawn by
        if isinstance(member, pd.DataFrame):
            yield name, member


def hold(table, where):
    """Hold a table to say in each row that its numbers are simulated, and to stay marked."""
    if table.empty:
        return
    assert table["origin"].eq("simulated").all(), where
    assert ",simulated" in table.to_csv(), where
    for column in table.select_dtypes("number"):
        with pytest.raises(ValueError, match=says("frames_errors.simulated", column=column)):
            hg.map(table.reset_index(drop="code" in table), column, origin="reported", source="us")


@pytest.mark.parametrize("name", answer_types())
def test_every_frame_of_every_answer_says_that_its_numbers_are_simulated(name):
    kind = answer_types()[name]
    names_of_tables = []
    for answer in ANSWERS[name]():
        for member, table in frames_of(kind, answer):
            hold(table, (name, member))
            names_of_tables += [member] * (not table.empty)
    assert "table" in names_of_tables
    assert {*names_of_tables} >= {"Change": {"shares"}, "Uptake": {"parts", "by_cluster"}}.get(
        name, set()
    )
    if kind is DesignAnswer:
        assert len(names_of_tables) >= 20


def test_frames_of_a_study_say_that_their_numbers_are_simulated():
    reports = frames.reports()
    teams = frames.teams()
    measure = indicators.get("app_users", period=2022)
    rounded = reports.assign(count=reports["count"] // 10 * 10)
    tables = {
        "reports": reports,
        "teams": teams,
        "density": frames.density(teams),
        "design": hg.design_frame(reports, teams, indicator=measure),
        "findings": screening.screen(rounded),
    }
    with study.Study.open("hau_giang_2025").use():
        tables["carried"] = frames.reports()
    assert not any(table.empty for table in tables.values())
    for name, table in tables.items():
        assert table["origin"].eq("simulated").all(), name
        drawable = table.assign(value=1.0)
        with pytest.raises(ValueError, match=says("frames_errors.simulated", column="value")):
            hg.map(drawable, "value", origin="reported", source="us")


def test_a_table_of_published_numbers_says_so():
    with study.Study.open("phu_tho_2026").use():
        table = hg.uptake("paid_online", "2026-Q3").table
    assert len(table) == 148
    assert table["origin"].eq("published").all()


@pytest.mark.parametrize("origin", ["reported", "census", "published"])
def test_simulated_rows_are_not_drawn_as_of_another_origin(origin):
    table = hg.uptake("app_users", 2023).table
    of_all = says("frames_errors.simulated", number=8, rows=8, origin=origin)
    with pytest.raises(ValueError, match=of_all):
        hg.map(table, "share", origin=origin, source="us")
    mixed = table.assign(origin=["simulated", *["reported"] * 7])
    of_single_row = says("frames_errors.simulated", number=1, rows=8, origin=origin)
    with pytest.raises(ValueError, match=of_single_row):
        hg.map(mixed, "share", origin=origin, source="us")


def test_simulated_rows_are_drawn_with_their_strip_and_real_rows_as_they_are_called():
    table = hg.uptake("app_users", 2023).table
    by_column = hg.map(table, "share", source="us").figure
    by_argument = hg.map(table, "share", origin="simulated", source="us").figure
    assert by_column.banner == by_argument.banner != ""
    real = table.assign(origin="census")
    assert not hg.map(real, "share", origin="reported", source="us").figure.banner
    bare = pd.DataFrame(table.drop(columns="origin"))
    assert not hg.map(bare, "share", origin="reported", source="us").figure.banner

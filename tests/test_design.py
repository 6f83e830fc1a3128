"""A frame of one's own: what it must say, how an answer is shown and kept, tables for a paper."""

import re
from xml.etree import ElementTree as ET

import docx
import numpy as np
import pandas as pd
import pytest

import hganalysis as hg
from hganalysis import escaping, frames, places, words

COLUMNS = {
    "count": "letters",
    "exposure": "post_offices_per_10000",
    "offset": "people",
    "cluster": "county",
}
SAID = {"source": "a postal survey", "as_of": "2024"}
COUNTIES = ["Nairobi", "Kitui", "Lamu", "Meru", "Mombasa", "Kisumu", "Garissa", "Narok"]


def invented(*, counties=COUNTIES, each=8, slope=0.05, seed=4):
    """Invent units of counties: post offices go with letters, the coast and roads do, too."""
    rng = np.random.default_rng(seed)
    county = np.repeat(np.arange(len(counties)), each)
    size = len(county)
    people = np.round(9000 * np.exp(0.35 * rng.normal(size=size)))
    offices = np.maximum(rng.poisson(6, size), 1)
    zone = np.array(["coast", "highland", "arid"])[rng.integers(0, 3, size)]
    rate = -1.8 + slope * 10_000 * offices / people + 0.2 * (zone == "coast")
    rate = rate + 0.3 * rng.normal(size=len(counties))[county] + 0.25 * rng.normal(size=size)
    return pd.DataFrame(
        {
            "county": np.array(counties)[county],
            "people": people,
            "post_offices": offices,
            "post_offices_per_10000": 10_000 * offices / people,
            "zone": zone,
            "road_km": rng.gamma(3, 10, size),
            "letters": rng.poisson(people * np.exp(rate)),
        },
        index=[f"ward {number}" for number in range(size)],
    )


FRAME = invented()


def design(frame=FRAME, *, origin="reported", controls=("road_km",), **others):
    return hg.Design(frame, **{**COLUMNS, "controls": controls, "origin": origin, **SAID, **others})


def test_texts_are_what_dummies_made_by_hand_are():
    made = pd.get_dummies(FRAME["zone"], drop_first=True).astype(float)
    by_hand = design(FRAME.join(made), controls=["coast", "highland"]).headline().table
    texts = design(controls=["zone"]).headline().table
    assert texts["term"].tolist()[1:] == ["zone: coast", "zone: highland"]
    for column in ("log_rate_ratio", "standard_error", "df"):
        np.testing.assert_allclose(texts[column], by_hand[column], rtol=1e-9)
    codes = FRAME.assign(zone=FRAME["zone"].map({"coast": "1", "highland": "2", "arid": "3"}))
    for frame in (codes, FRAME.assign(zone=FRAME["zone"].astype("category"))):
        terms = design(frame, controls=["zone"]).headline().table["term"]
        assert len(terms) == 3
    with pytest.raises(ValueError, match="rename them"):
        design(FRAME.assign(**{"zone: coast": 1}), controls=["zone"])


def test_the_study_in_use_keeps_its_words_and_its_source():
    demo = hg.Design.of_reports("app_users", 2022)
    assert "dân số" in str(demo.headline())
    assert demo.related().figure.source.startswith("Nguồn: số mô phỏng")
    other = demo.data.frame.assign(wells=np.arange(75) % 7)
    columns = {"count": "count", "exposure": "wells", "offset": "out_of"}
    wells = hg.Design(other, cluster="district_code", **columns)  # no source is asked for
    with words.use("en"):
        assert "1 more of wells" in str(wells.headline()) or "wells" in str(wells.headline())
        assert "communes of the same district" in str(wells.headline())
        assert "member" not in str(wells.headline())
    # A frame of one's own may have a column of that name: then it is not that of the study.
    mine = design(
        FRAME.rename(columns={"post_offices_per_10000": "members_per_1000"}),
        exposure="members_per_1000",
    )
    with words.use("en"):
        assert "team" not in str(mine.headline())
        assert mine.related().figure.source.startswith("Source: a postal survey")


def test_clusters_are_called_as_the_frame_calls_them_even_by_a_code_of_the_list():
    codes = list(places.districts().index)
    coded = FRAME.assign(county=FRAME["county"].map(dict(zip(COUNTIES, codes, strict=True))))
    assert places.label(codes[0]) not in str(design(coded).leave_one_out())


def test_a_notebook_shows_sentence_and_picture(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda one, **_: shown.append(one))
    answer = design().headline()
    answer._ipython_display_()
    assert shown[0]["text/plain"] == str(answer) == repr(answer)
    assert isinstance(shown[1], hg.Picture)
    few = design(FRAME[FRAME["county"].isin(COUNTIES[:3])]).headline()
    few._ipython_display_()
    assert len(shown) == 3  # a refusal has no picture


def test_an_answer_is_kept_with_picture_and_table(tmp_path, monkeypatch):
    monkeypatch.setenv("HGANALYSIS_OUT", str(tmp_path))
    answer = design().headline()
    assert answer.keep("mine") is answer
    kept = pd.read_csv(tmp_path / "tables" / "mine.csv")
    assert kept["rate_ratio"].iloc[0] == pytest.approx(answer.table["rate_ratio"].iloc[0])
    assert (tmp_path / "figures" / "mine-slide.png").is_file()


def test_every_answer_has_the_one_layout():
    asked = design(controls=["zone"])
    answers = [asked.headline(), asked.ladder(), asked.leave_one_out(), asked.denominators()]
    answers += [asked.bootstrap(draws=99), asked.sensitivity(), asked.power(), asked.naive()]
    few = design(FRAME[FRAME["county"].isin(COUNTIES[:3])])
    answers += [few.headline(), few.power()]
    common = set.intersection(*(set(one.table) for one in answers))
    expected = {
        "rung",
        "term",
        "rate_ratio",
        "low",
        "high",
        "log_rate_ratio",
        "standard_error",
        "df",
    }
    expected |= {"log_low", "log_high", "p_value", "sd", "units", "clusters", "flags", "reason"}
    assert common == expected | {"origin", "outcome"}
    for one in answers:
        assert one.table.dtypes["rate_ratio"] == "float64"
        known = one.table.dropna(subset="rate_ratio")
        np.testing.assert_allclose(np.log(known["rate_ratio"]), known["log_rate_ratio"])


def test_where_numbers_come_from_is_asked_for():
    with pytest.raises(ValueError, match=", ".join(frames.ORIGINS)):
        design(origin=None)
    assert design(FRAME.assign(origin="simulated"), origin=None).origin == "simulated"
    mixed = FRAME.assign(origin=["simulated", *["census"] * 63])
    assert design(mixed, origin=None).origin == "simulated"
    with pytest.raises(ValueError, match="'hearsay' \\(64 rows\\)"):
        design(FRAME.assign(origin="hearsay"), origin=None)
    with pytest.raises(ValueError, match="source='who counted letters'") as said:
        design(source=None)
    assert "picture" not in str(said.value)


# -- models side by side


@pytest.fixture(scope="module")
def models():
    return design(origin="simulated", controls=["zone"]).headline(), design(controls=()).headline()


def cells(table):
    return [list(row) for row in (*table.coefficients, *table.foot)]


def test_a_column_a_model_with_interval_below_and_what_it_is(models):
    with words.use("en"):
        table = hg.tables(*models, labels=["with zones", "plain"])
        assert table.head == ("", "with zones", "plain")
        rows = {row[0]: row[1:] for row in cells(table) if row[0]}
        for at, answer in enumerate(models):
            row = answer.table.iloc[0]
            ratio, low, high = words.ratios(row["rate_ratio"], row["low"], row["high"])
            assert rows["post_offices_per_10000"][at] == ratio
            assert table.coefficients[1][at + 1] == f"({low}, {high})"
            assert rows["df"][at] == words.number(row["df"], decimals=1)
        assert rows["zone: coast"][1] == ""
        assert rows["Units"] == ["64", "64"]
        assert rows["Method"] == ["Within clusters, CR2"] * 2
        assert rows["Outcome"] == ["letters / people"] * 2
        assert table.notes[0] == hg.tables(*models[::-1]).notes[0] == "SIMULATED DATA"
        assert "SIMULATED" not in repr(hg.tables(models[1]))
    assert re.fullmatch(r"\(\d,\d+; \d,\d+\)", hg.tables(*models).coefficients[1][1])


def test_ratios_may_be_per_standard_deviation(models):
    row = models[0].table.iloc[0]
    ratio = words.number(row["rate_ratio"] ** row["sd"], decimals=2)
    assert hg.tables(models[0], per="sd").coefficients[0][1] == ratio
    assert hg.tables(models[0]).coefficients[0][1] != ratio
    with pytest.raises(ValueError, match="per is 'log'; expected 'unit' or 'sd'"):
        hg.tables(models[0], per="log")


def test_a_ladder_has_a_column_a_way_and_a_refused_model_a_dash_with_its_reason():
    few = design(FRAME[FRAME["county"].isin(COUNTIES[:3])]).headline()
    with words.use("en"):
        table = hg.tables(design(controls=["zone"]).ladder(), few)
    assert len(table.head) == 1 + 3 + 1
    assert [row[-1] for row in table.coefficients[:2]] == ["–", "–"]
    assert any(note.startswith("(4): There are 3 clusters") for note in table.notes)
    assert any(note.startswith("(3): 8 clusters carry") for note in table.notes)


def test_what_is_no_model_and_labels_that_do_not_match_are_refused(models):
    asked = design()
    for answer in (asked.power(), asked.naive(), asked.leave_one_out(), asked.denominators()):
        with pytest.raises(ValueError, match="only headlines and ladders"):
            hg.tables(answer)
    assert repr(hg.tables(asked)) == repr(hg.tables(asked.headline()))
    with pytest.raises(ValueError, match="2 models and 1 labels"):
        hg.tables(*models, labels=["one"])
    with pytest.raises(ValueError, match="0 models"):
        hg.tables()


HOSTILE = [r"50 % of \input{/etc/passwd} & a_b $x$ #1 ~ ^ <b>", "<script>x</script> \x1b[31m −∞"]


@pytest.fixture(scope="module")
def hostile(models):
    names = {"post_offices_per_10000": r"x_{1} & \def", "zone": "<i>zone</i>", "letters": "<b>&"}
    columns = {**COLUMNS, "exposure": names["post_offices_per_10000"], "count": "<b>&"}
    other = hg.Design(
        FRAME.rename(columns=names),
        **columns,
        controls=["<i>zone</i>"],
        origin="reported",
        source="x",
    )
    with words.use("en"):
        return hg.tables(models[0], other.headline(), labels=HOSTILE)


def test_latex_holds_the_table_and_runs_nothing(hostile):
    text = hostile.to_latex()
    body = re.search(r"\\toprule\n(.*)\\bottomrule", text, re.DOTALL)[1]
    rows = [line for line in body.splitlines() if not line.startswith(r"\midrule")]
    assert len(rows) == 1 + len(hostile.coefficients) + len(hostile.foot)
    for row in rows:
        assert len(re.findall(r"(?<!\\)&", row)) == 2
        assert row.endswith(r" \\")
    commands = set(re.findall(r"\\[a-z]+", text))
    known = {"begin", "end", "toprule", "midrule", "bottomrule", "par", "small"}
    known |= {"textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater"}
    assert commands <= {rf"\{name}" for name in known | {"infty"}}
    assert text.count(r"\begin{tabular}{lcc}") == text.count(r"\end{tabular}") == 1
    assert re.sub(r"\\[{}]", "", text).count("{") == re.sub(r"\\[{}]", "", text).count("}")
    unescaped = re.findall(r"(?<!\\)[%#_]", text)
    assert unescaped == []
    assert "\x1b" not in text
    written = r"50 \% of \textbackslash{}input\{/etc/passwd\} \& a\_b \$x\$ \#1 \textasciitilde{} "
    assert escaping.latex(HOSTILE[0]) == written + r"\textasciicircum{} \textless{}b\textgreater{}"
    assert escaping.latex(HOSTILE[0]) in text
    assert r"x\_\{1\} \& \textbackslash{}def & " in text


def test_html_holds_the_table_and_no_markup_of_the_data(hostile):
    page = ET.fromstring(hostile.to_html())
    rows = [["".join(cell.itertext()) for cell in row] for row in page.iter("tr")]
    assert rows[0] == list(hostile.head)
    assert rows[1 : -len(hostile.notes)] == cells(hostile)
    assert {one.tag for one in page.iter()} == {
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
    }
    assert hostile._repr_html_() == hostile.to_html()


def test_word_opens_and_holds_the_same_numbers(hostile, tmp_path):
    file = hostile.to_word(tmp_path / "table.docx")
    document = docx.Document(str(file))
    [table] = document.tables
    found = [[cell.text for cell in row.cells] for row in table.rows]
    assert found == [list(hostile.head), *cells(hostile)]
    assert [one.text for one in document.paragraphs if one.text] == list(hostile.notes)
    xml = document.element.xml
    ruled = [
        number
        for number, row in enumerate(xml.split("<w:tr>")[1:])
        if 'w:bottom w:val="single"' in row
    ]
    parts = (0, len(hostile.coefficients), len(hostile.coefficients) + len(hostile.foot))
    assert tuple(ruled) == parts
    with pytest.raises(ValueError, match=r"end with \.docx"):
        hostile.to_word(tmp_path / "table.doc")

"""Take the same figures out of tables, pages, reports, atlas and deck, and compare them."""

import re
import shutil
from html import unescape

import agreement
import pandas as pd
import pytest
from pptx import Presentation

from hganalysis import atlas, findings, indicators, places, words

ROW = re.compile(r'<tr data-code="(\d+)"><th scope="row">[^<]*</th>(.*?)</tr>')
PICTURE = re.compile(r"data:[a-z/+]+;base64,[A-Za-z0-9+/=]+")
ENDS = r"từ ([\d,]+) đến ([\d,]+)"
EXTREMES = (
    r"Cao nhất là (.+?), ([\d,]+) %; thấp nhất là (.+?), ([\d,]+) %\. "
    rf"Biên dao động \(95 %\) của hai nơi này: {ENDS} %; {ENDS} %\."
)


def numbers(text):
    """List the figures of a text, however their signs and blanks are written."""
    return tuple(figure.lstrip("+−-") for figure in agreement.figures(text))


# Each reader gives what an artefact says: (what, year, code) -> figures as they are written.


def tables(out):
    found = {}

    def read(name):
        return pd.read_csv(out / "tables" / f"{name}.csv", dtype={"code": "str"})

    for name in ("headline-before", "headline"):
        for row in read(name).itertuples():
            key = (row.year, row.code)
            found["share", *key] = numbers(words.percent(row.share))
            span = words.span(row.share_low, row.share_high, "share")
            found["interval", *key] = numbers(span)
            found["count", *key] = (words.number(row.count), words.number(row.out_of))
    for row in read("change-people").itertuples():
        ends = (row.change_pp, row.change_low_pp, row.change_high_pp)
        told = [words.number(abs(end), decimals=1) for end in ends]
        found["change", 2023, row.code] = tuple(told[:1])
        found["interval of change", 2023, row.code] = tuple(told[1:])
    for row in read("headline-emulation").itertuples():
        found["rank", 2023, row.code] = (str(row.rank), str(row.rank_low), str(row.rank_high))
    dense = indicators.classes("members_per_1000")
    for row in read("density").itertuples():
        found["density", 2022, row.code] = numbers(words.value(row.members_per_1000, dense))
    rungs = read("ladder").query("term == 'members_per_1000'")
    best = rungs.set_index("rung").loc[2]
    ends = (best["rate_ratio"], best["low"], best["high"])
    found["estimate", 2022, "93"] = tuple(words.number(end, decimals=2) for end in ends)
    return found


def pages(out):
    """Read the tables beside the web maps."""
    found = {}

    def rows(name):
        page = (out / "web" / f"{name}.html").read_text(encoding="utf-8")
        for code, cells in ROW.findall(page):
            yield code, re.findall(r"<td>(.*?)</td>", unescape(cells))

    for name, year in (("headline-1", 2022), ("headline-2", 2023)):
        for code, (share, count, *_, chance, _note) in rows(name):
            found["share", year, code] = numbers(share)
            found["count", year, code] = numbers(count)
            found["interval", year, code] = numbers(chance)
    for code, (value, _, chance) in rows("change-people"):
        found["change", 2023, code] = numbers(value)
        found["interval of change", 2023, code] = numbers(chance)
    return found


def reports(out):
    """Read the sentences of the reports, and the table of ranks."""
    found = {}

    def text(name):
        page = PICTURE.sub("", (out / f"{name}.html").read_text(encoding="utf-8"))
        plain = re.sub(r"(?<=<t[dh]) class=\"\w+\"|</?span>", "", page)
        return unescape(plain).replace("\xa0", " ").replace("\N{WORD JOINER}", "")

    where = text("01_where_uptake_is_high")
    whole = re.search(
        r"đến 31/12/2023: toàn tỉnh đạt ([\d,]+) %, tức ([\d.]+) trên ([\d.]+)\.", where
    )
    codes = {findings.common.in_sentence(code): code for code in places.districts().index}
    found["share", 2023, "93"] = (whole[1],)
    found["count", 2023, "93"] = (whole[2], whole[3])
    told = re.search(EXTREMES, where[whole.start() :].partition("<")[0])
    for at, ends in ((1, (5, 6)), (3, (7, 8))):
        code = codes[told[at]]
        found["share", 2023, code] = (told[at + 1],)
        found["interval", 2023, code] = tuple(told[end] for end in ends)
    for code in places.districts().index:
        name = re.escape(places.name(code))
        order = re.findall(rf"<th>{name}</th>\n((?:<td>[^<]*</td>\n)+)", where)
        ranked = [re.findall(r"<td>(.*?)</td>", row) for row in order]
        (cells,) = [cells for cells in ranked if re.fullmatch(r"từ \d+ đến \d+", cells[-1])]
        found["rank", 2023, code] = (cells[-2], *numbers(cells[-1]))
    best = re.search(
        r"gấp ([\d,]+) lần \(khoảng tin cậy 95 %: ([\d,]+)–([\d,]+)", text("03_teams_and_uptake")
    )
    found["estimate", 2022, "93"] = best.groups()
    return found


def of_atlas(out):
    table = atlas.figures((out / "atlas.html").read_text(encoding="utf-8"))
    table = table[(table["language"] == "vi") & (table["level"] == "district")]
    names = {"value": "share", "chance": "interval", "rank": "rank", "count": "count"}
    found = {}
    for row in table[table["indicator"] == "app_users"].itertuples():
        if row.fact in names and row.when in ("2022", "2023"):
            found[names[row.fact], int(row.when), row.code] = numbers(row.text.replace("–", " "))
        if row.fact == "change":
            value, low, high = numbers(row.text)
            found["change", 2023, row.code] = (value,)
            found["interval of change", 2023, row.code] = (low, high)
    for row in table[table["indicator"] == "members_per_1000"].itertuples():
        if row.fact == "value":
            found["density", int(row.when), row.code] = numbers(row.text)
    return found


def deck(out):
    codes = {places.label(code): code for code in places.districts().index}
    found = {}
    _, where, changed, estimate, _, head, sure, _, platforms, teams, *_ = agreement.slides(
        Presentation(out / "slides.pptx")
    )
    *_, share = (text for text in head.texts if re.fullmatch(r"[\d,]+\s%", text))
    *_, span = (text for text in head.texts if "biên dao động" in text and "2023" in text)
    found["share", 2023, "93"] = numbers(share)
    found["interval", 2023, "93"] = numbers(span.split("biên dao động")[1].replace("–", " "))
    for year, said in ((2023, where.maps[0]), (2022, where.maps[1])):
        found |= {("share", year, code): numbers(text) for code, text in said.items()}
    for label, code in codes.items():
        place = label.replace("\xa0", " ")
        title = where.title.replace("\xa0", " ")
        if told := re.search(rf"{place}, ([\d,]+) % \(([\d,]+)–([\d,]+) %\)", title):
            found["interval", 2023, code] = told.groups()[1:]
        # what stands at the end of a line: the share, its change, the name
        (end,) = (text for text in changed.texts if text.endswith(f"  {label}"))
        found["change", 2023, code] = numbers(end.split("%")[1].removesuffix(label))
    for label, first, *_ in platforms.tables[0][1:-2]:  # a note and the banner end it
        share, low, high = numbers(first.replace("–", " "))
        found["interval", 2022, codes[label]] = (low, high)
        assert found["share", 2022, codes[label]] == (share,)
    found |= {("density", 2022, code): numbers(text) for code, text in teams.maps[0].items()}
    for label, rank, _, possible, *_ in sure.tables[0][1:-2]:
        found["rank", 2023, codes[label]] = (rank, *numbers(possible.replace("–", " ")))
    found["estimate", 2022, "93"] = numbers(
        re.search(r"gấp .*? lần \(.*?\)", estimate.title)[0].replace("–", " ")
    )
    return found


READERS = {
    "tables": tables,
    "pages": pages,
    "reports": reports,
    "atlas": of_atlas,
    "deck": deck,
}


def disagreements(told):
    """List every fact that two artefacts tell differently."""
    wrong = []
    for fact in sorted({fact for found in told.values() for fact in found}):
        said = {name: found[fact] for name, found in told.items() if fact in found}
        if len(set(said.values())) > 1:
            wrong.append((fact, said))
    return wrong


@pytest.fixture(scope="module")
def told(built):
    return {name: read(built) for name, read in READERS.items()}


def test_no_two_artefacts_disagree(told):
    assert disagreements(told) == []


def test_every_fact_is_told_by_several_artefacts(told):
    """What is not read cannot disagree: each kind of figure is found where it has to stand."""
    where = pd.DataFrame(
        [(name, what, year, code) for name, found in told.items() for what, year, code in found],
        columns=["artefact", "what", "year", "code"],
    )
    counted = pd.crosstab(where["what"], where["artefact"])
    districts = len(places.districts())
    assert districts == 8
    for what, artefacts in {
        "share": {"tables": 16, "pages": 16, "reports": 3, "atlas": 18, "deck": 17},
        "interval": {"tables": 16, "pages": 16, "reports": 2, "atlas": 18, "deck": 11},
        "count": {"tables": 16, "pages": 16, "reports": 1, "atlas": 18},
        "change": {"tables": 8, "pages": 8, "atlas": 9, "deck": 8},
        "interval of change": {"tables": 8, "pages": 8, "atlas": 9},
        "rank": {"tables": 8, "reports": 8, "atlas": 16, "deck": 8},
        "density": {"tables": 8, "atlas": 18, "deck": 8},
        "estimate": {"tables": 1, "reports": 1, "deck": 1},
    }.items():
        assert {name: n for name, n in counted.loc[what].items() if n} == artefacts, what


CHANGES = {
    "tables": ("tables/headline.csv", "0.372466856546", "0.382466856546"),
    "pages": ("web/headline-2.html", "<td>37,2\xa0%</td>", "<td>38,2\xa0%</td>"),
    "reports": ("01_where_uptake_is_high.html", ", 37,2\xa0%; thấp", ", 38,2\xa0%; thấp"),
    "atlas": ("atlas.html", "37,2\xa0%", "38,2\xa0%"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_one_changed_figure_is_seen(built, told, name, tmp_path):
    part, old, new = CHANGES[name]
    kept = {"tables": "tables", "pages": "web"}.get(name)
    if kept:
        shutil.copytree(built / kept, tmp_path / kept)
    for file in built.glob("*.html"):
        shutil.copy(file, tmp_path)
    text = (tmp_path / part).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / part).write_text(text.replace(old, new), encoding="utf-8")
    wrong = disagreements({**told, name: READERS[name](tmp_path)})
    assert {fact for fact, _ in wrong} == {("share", 2023, "932")}


def test_a_changed_figure_of_the_deck_is_seen(built, told, tmp_path):
    presentation = Presentation(built / "slides.pptx")
    changed = 0
    for shape in agreement.every_shape(presentation.slides[1].shapes):
        for cell in shape._element.xpath(".//p:cNvPr[contains(@descr, ': 37,2')]"):
            cell.set("descr", cell.get("descr").replace("37,2", "38,2"))
            changed += 1
    assert changed
    presentation.save(tmp_path / "slides.pptx")
    wrong = disagreements({**told, "deck": deck(tmp_path)})
    assert {fact for fact, _ in wrong} == {("share", 2023, "932")}

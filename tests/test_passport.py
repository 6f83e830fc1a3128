"""Figures say what they are, give away no more, and are known again: same, changed, unknown."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from pptx import Presentation
from typer.testing import CliRunner

import hganalysis
from hganalysis import figures, frames, indicators, maps, places, rates, sources, suppress, words
from hganalysis.build import folders, verify
from hganalysis.build.command import app
from hganalysis.figures import classify, passport
from hganalysis.indicators import Classes
from hganalysis.render import static

CLASSES = indicators.classes("app_users")
AFTER = indicators.get("app_users", year=2023)


@pytest.fixture(scope="module")
def reports():
    return frames.reports()


@pytest.fixture(scope="module")
def located(reports):
    return maps.locate(rates.pick(rates.to_districts(reports), AFTER), places.areas())


def figure(frame, *, classes=CLASSES, title="Uptake", as_of="2023", column="share"):
    fig, axes = maps.sheet(title=title)
    maps.choropleth(frame, column, classes=classes, ax=axes[0])
    return maps.finish(fig, source="test", as_of=as_of)


@pytest.fixture(scope="module")
def picture(located):
    return figure(located)


@pytest.fixture(scope="module")
def saved(picture, tmp_path_factory):
    """One file of each kind, all with a passport."""
    folder = tmp_path_factory.mktemp("saved")
    for kind in ("png", "svg", "pdf"):
        picture.save(folder / f"map.{kind}")
    picture.pages()[0].save(folder / "map.html")
    deck = io.BytesIO()
    Presentation().save(deck)
    stamped = passport.stamp(deck.getvalue(), picture.passport, kind="pptx")
    (folder / "map.pptx").write_bytes(stamped)
    return folder


def shown(**columns):
    table = {"code": ["930", "931"], "share": [0.31, 0.25], "state": ["known", "known"]}
    return pd.DataFrame(table | columns)


# What the hash is of


def test_the_same_data_give_the_same_hash_in_any_order():
    table = shown()
    mixed = table.iloc[::-1][["state", "code", "share"]]
    assert passport.of(mixed).hash == passport.of(table).hash
    assert passport.of(table.set_index("code")).hash == passport.of(table).hash
    assert passport.of(shown(share=[0.31 + 1e-12, 0.25])).hash == passport.of(table).hash


@pytest.mark.parametrize(
    "other",
    [
        {"share": [0.32, 0.25]},
        {"code": ["930", "932"]},
        {"state": ["known", "unreliable"]},
        {"year": [2022, 2022]},
        {"indicator": ["app_users"] * 2},
    ],
)
def test_other_data_give_another_hash(other):
    assert passport.of(shown(**other)).hash != passport.of(shown()).hash


def test_a_value_that_is_shown_is_in_the_hash_however_unreliable():
    unsure = shown(state=["unreliable", "known"])
    assert passport.of(unsure.assign(share=[0.32, 0.25])).hash != passport.of(unsure).hash


def test_the_classes_are_in_the_hash():
    one, other = Classes("x", (0.2, 0.3), "share"), Classes("x", (0.2, 0.4), "share")
    assert passport.of(shown(), classes=[one]).hash != passport.of(shown(), classes=[other]).hash
    assert passport.of(shown(), classes=[one, one]).hash == passport.of(shown(), classes=[one]).hash


@pytest.mark.parametrize("state", ["suppressed", "no data", "not comparable"])
def test_what_is_not_shown_is_not_in_the_hash(state, located):
    def hidden(share, count):
        return shown(share=[share, 0.25], count=[count, 10], state=[state, "known"])

    # Else whoever knows the other places could try counts until the hash fits.
    assert passport.of(hidden(0.01, 1)).hash == passport.of(hidden(0.04, 4)).hash
    frames = [located.copy(), located.copy()]
    for frame, count in zip(frames, (100, 400), strict=True):
        frame.loc["930", ["count", "share"]] = [count, count / 73322]
        frame.loc["930", "state"] = state
    first, second = (figure(frame) for frame in frames)
    assert first.passport == second.passport
    assert first.pages()[0].page == second.pages()[0].page


def test_a_map_gives_away_no_more_than_it_shows(located):
    finer = located.assign(share=located["share"] + 1e-5)  # the same to a tenth of a per cent
    as_shown = [classify.value_text(one, CLASSES) for one in located["share"]]
    assert as_shown == [classify.value_text(one, CLASSES) for one in finer["share"]]
    assert figure(finer).passport.hash == figure(located).passport.hash
    changed = located.assign(share=located["share"] + 0.002)
    assert figure(changed).passport.hash != figure(located).passport.hash


def test_a_map_has_the_same_hash_in_both_languages(located, picture):
    with words.use("en"):
        english = figure(located)
    assert english.passport.hash == picture.passport.hash
    assert english.pages()[0].page != picture.pages()[0].page
    assert english.passport.language == "en"


def test_measure_year_and_classes_of_a_map_are_in_its_hash(located, picture):
    hashes = [
        picture.passport.hash,
        figure(located.assign(year=2022)).passport.hash,
        figure(located.assign(indicator="ewallet_users")).passport.hash,
        figure(located, classes=Classes("app_users", (0.2, 0.3), "share")).passport.hash,
        figure(located.rename(columns={"share": "other"}), column="other").passport.hash,
    ]
    assert len(set(hashes)) == len(hashes)


def test_title_and_date_are_the_recipe_and_not_the_data(located, picture):
    other = figure(located, title="Another")
    assert other.passport.hash == picture.passport.hash
    assert other.passport.recipe != picture.passport.recipe
    assert figure(located, as_of="2024").passport.recipe != picture.passport.recipe


def test_a_chart_has_a_passport_of_what_it_draws(reports):
    def chart(table):
        fig, axes = maps.sheet(title="Chart", legend=False)
        static.draw(figures.intervals(table, indicator=AFTER), axes[0])
        return maps.finish(fig, source="test", as_of="2023").passport

    table = rates.to_districts(reports)
    assert chart(table) == chart(table)
    assert chart(table).hash != chart(table.assign(share=table["share"] * 1.02)).hash


# Where it stands


def test_the_footer_says_hash_version_and_classes(picture):
    [text] = [one for one in picture.figure.texts if one.get_gid() == "passport"]
    assert picture.passport.hash in text.get_text()
    assert hganalysis.__version__ in text.get_text()
    assert "15; 20; 25; 30; 35\N{NO-BREAK SPACE}%" in text.get_text()
    picture.figure.draw_without_rendering()
    boxes = [one.get_window_extent() for one in picture.figure.texts if one.get_text()]
    own = text.get_window_extent()
    assert own.y0 > 0
    assert own.x1 < picture.figure.bbox.x1
    assert sum(own.overlaps(box) for box in boxes) == 1  # with itself


def test_a_footer_that_would_be_too_long_leaves_the_classes_to_the_file(located):
    fine = Classes("app_users", tuple(np.linspace(0.001, 0.9, 40)), "share")
    long = figure(located, classes=fine)
    [text] = [one.get_text() for one in long.figure.texts if one.get_gid() == "passport"]
    assert text.endswith(hganalysis.__version__)
    assert long.passport.classes.count(",") == 39


@pytest.mark.parametrize("kind", passport.KINDS)
def test_every_kind_of_file_carries_it(saved, picture, kind):
    found = passport.read(saved / f"map.{kind}")
    assert found.reason == ""
    assert found.passport.version == hganalysis.__version__
    assert found.passport.classes == "app_users:0.15,0.2,0.25,0.3,0.35"
    if kind != "html":  # a page tells more than a map, so its hash is another
        assert found.passport.hash == picture.passport.hash


def test_files_with_a_passport_still_open(saved):
    with Image.open(saved / "map.png") as image:
        image.load()
        assert image.size == (1920, 1080)
        assert image.text["hganalysis"].startswith("hganalysis/")
    assert Presentation(str(saved / "map.pptx")).core_properties.identifier.startswith("hganalysis")
    from defusedxml import ElementTree

    root = ElementTree.parse(saved / "map.svg").getroot()
    assert root.find("{http://www.w3.org/2000/svg}metadata[@id='passport']") is not None
    pdf = (saved / "map.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    start = int(pdf.rsplit(b"startxref", 1)[1].split()[0])
    assert pdf[start:].startswith(b"xref")


def test_the_picture_in_a_notebook_carries_it_too(picture, tmp_path):
    (tmp_path / "cell.png").write_bytes(picture._repr_png_()[0])
    assert passport.read(tmp_path / "cell.png").passport.hash == picture.passport.hash


def test_the_same_bytes_every_time(picture, saved, tmp_path):
    for kind in ("png", "svg", "pdf"):
        again = picture.save(tmp_path / f"map.{kind}")
        assert again.read_bytes() == (saved / f"map.{kind}").read_bytes()


# Who touched it


@pytest.mark.parametrize("kind", passport.KINDS)
@pytest.mark.parametrize("where", [0.3, 0.5, 0.7, 0.98])
def test_a_file_that_was_touched_is_not_believed(saved, kind, where, tmp_path):
    content = bytearray((saved / f"map.{kind}").read_bytes())
    content[int(where * len(content))] ^= 1
    touched = tmp_path / f"map.{kind}"
    touched.write_bytes(content)
    found = passport.read(touched)
    assert found.passport is None
    assert found.reason in {"altered", "none"}


@pytest.mark.parametrize("kind", passport.KINDS)
def test_a_passport_that_was_touched_is_not_believed(saved, kind, tmp_path):
    content = (saved / f"map.{kind}").read_bytes()
    digits = passport.read(saved / f"map.{kind}").passport.hash.encode()
    forged = bytes(reversed(digits))
    touched = tmp_path / f"map.{kind}"
    if kind == "pptx":
        written = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w") as new:
            for one in old.infolist():
                new.writestr(one, old.read(one).replace(digits, forged))
        content = written.getvalue()
    elif kind == "png":
        [stamp] = [data for name, data in passport.files._chunks(content) if b"hganalysis" in data]
        new = stamp.replace(digits, forged)
        chunk = passport.files._chunk
        content = content.replace(chunk(b"tEXt", stamp), chunk(b"tEXt", new))
    else:
        # in the passport only: the footer of a page says the hash as well
        content = content.replace(b"data/" + digits, b"data/" + forged)
    assert content != (saved / f"map.{kind}").read_bytes()
    touched.write_bytes(content)
    assert passport.read(touched).reason == "altered"


def test_a_picture_saved_again_by_another_program_has_none(saved, tmp_path):
    Image.open(saved / "map.png").save(tmp_path / "again.png")
    assert passport.read(tmp_path / "again.png").reason == "none"


def test_two_passports_are_none(saved, tmp_path):
    page = (saved / "map.html").read_bytes()
    stamp = page[page.index(b'<meta name="hganalysis"') :].split(b"\n")[0] + b"\n"
    (tmp_path / "two.html").write_bytes(page.replace(stamp, stamp + stamp))
    assert passport.read(tmp_path / "two.html").reason == "altered"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"hganalysis/0.1.0", "kind"),
        ("a.png", b"", "none"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "none"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"\xff" * 40, "altered"),
        ("a.pptx", b"PK nothing", "altered"),
        ("a.html", b'<meta name="hganalysis" content="<script>">', "none"),
        ("a.html", b'<meta name="hganalysis" content="hganalysis/1 x seal/0">', "altered"),
        ("a.svg", b'<metadata id="passport">' + b"x" * 5000, "none"),
        ("a.pdf", b"/Keywords (maps, 2023)", "none"),
    ],
)
def test_hostile_files_are_read_safely(name, content, reason, tmp_path):
    (tmp_path / name).write_bytes(content)
    assert passport.read(tmp_path / name).reason == reason


def test_a_deck_that_would_burst_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(passport.files, "LARGEST", 100_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("docProps/core.xml", b"0" * 1_000_000)
    (tmp_path / "bomb.pptx").write_bytes(packed.getvalue())
    assert passport.read(tmp_path / "bomb.pptx").reason == "altered"


def test_a_file_of_another_kind_is_not_stamped(picture):
    for kind in passport.KINDS:
        with pytest.raises((ValueError, zipfile.BadZipFile)):
            passport.stamp(b"nothing of that kind", picture.passport, kind=kind)


# hganalysis verify


@pytest.fixture(scope="module")
def built(saved, tmp_path_factory):
    out = tmp_path_factory.mktemp("outputs")
    for part, names in (("figures", ["map.png", "map.svg"]), ("web", ["map.html"])):
        (out / part).mkdir()
        for name in names:
            (out / part / name).write_bytes((saved / name).read_bytes())
    (out / "report.html").write_text("no passport", encoding="utf-8")
    verify.write_passports(out)
    return out


def run(file, out, *more):
    answer = CliRunner().invoke(app, ["verify", str(file), "--out", str(out), *more])
    return answer.exit_code, " ".join(answer.output.split())


def test_a_figure_of_the_data_at_hand_is_the_same(saved, built):
    for kind in ("png", "svg", "pdf", "html"):  # the hash is what counts, not the file
        code, said = run(saved / f"map.{kind}", built)
        assert (code, said.split(":")[0]) == (0, "KHÔNG ĐỔI"), said
    assert run(saved / "map.png", built, "--lang", "en")[1].startswith("SAME: map.png")


def test_a_figure_of_other_data_or_classes_has_changed(located, built, tmp_path):
    for number, other in enumerate(
        [
            figure(located.assign(share=located["share"] * 1.1)),
            figure(located, classes=Classes("app_users", (0.2, 0.3), "share")),
        ]
    ):
        file = other.save(tmp_path / f"old-{number}.png")
        code, said = run(file, built, "--lang", "en")
        assert code == 1
        assert said.startswith("CHANGED")
        assert "figures/map.png" in said


def test_what_is_not_known_is_unknown(saved, located, built, tmp_path):
    (tmp_path / "plain.png").write_bytes(b"")
    assert run(tmp_path / "plain.png", built)[0] == 2
    # There is no build; the build has no such figure; there is no such file.
    code, said = run(saved / "map.png", tmp_path, "--lang", "en")
    assert (code, "Run hganalysis build" in said) == (2, True)
    stranger = figure(located.assign(share=0.5), title="Another").save(tmp_path / "other.png")
    assert run(stranger, built)[0] == 2
    assert run(tmp_path / "nowhere.png", built)[0] == 2
    assert run(saved / "map.png", built, "--lang", "fr")[0] == 2


def test_a_build_of_other_data_is_no_witness(saved, built, monkeypatch, tmp_path):
    monkeypatch.setattr(sources, "DATA", tmp_path)  # every file is gone
    code, said = run(saved / "map.png", built, "--lang", "en")
    assert (code, "changed after the build" in said) == (2, True)


def test_a_build_with_another_threshold_is_no_witness(saved, built):
    digits = set()
    for limit in (0, 3, 4, 5, 6):
        with suppress.use(fewer_than=limit):
            digits.add(verify.inputs())
            code, said = run(saved / "map.png", built, "--lang", "en")
            assert code == (0 if limit == suppress.FEWER_THAN else 2), said
            assert (f"hides counts below {suppress.FEWER_THAN}" in said) == (code == 2)
    assert len(digits) == 5


def test_names_of_files_cannot_write_on_the_terminal(built, tmp_path):
    file = tmp_path / "red\x1b[31m[bold].png"
    file.write_bytes(b"")
    answer = CliRunner().invoke(app, ["verify", str(file), "--out", str(built)])
    assert "\x1b" not in answer.output
    assert "[bold]" in answer.output


def test_the_table_lists_what_carries_a_passport(built):
    table = pd.read_csv(built / folders.TABLE, keep_default_na=False)
    figures = table[table["hash"] != ""]
    assert figures["file"].tolist() == ["figures/map.png", "figures/map.svg", "web/map.html"]
    assert tuple(table) == folders.COLUMNS
    assert (table["sha256"] != "").all()
    assert set(table["inputs"]) == {verify.inputs()}


def test_every_verdict_has_its_words():
    keys = {"same", "changed", "no_build", "stale", "no_like", "other_files"}
    keys |= {"gone", "refused", "threshold"}
    keys |= {f"no_passport_{reason}" for reason in ("kind", "none", "altered")}
    have = {key.removeprefix("verify.why_") for key in words.strings() if "verify.why_" in key}
    assert have == keys


def test_no_title_gets_into_the_line(located, tmp_path):
    hostile = figure(located, title='<b>)("</metadata>')
    for kind in ("svg", "pdf"):
        found = passport.read(hostile.save(tmp_path / f"map.{kind}"))
        assert found.passport.hash == figure(located).passport.hash

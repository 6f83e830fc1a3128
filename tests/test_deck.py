"""A deck of one's own: pictures on slides all that goes with them, nothing written over."""

import agreement
import pandas as pd
import pytest
from pptx import Presentation

import hganalysis as hg
from hganalysis import figures, words
from hganalysis.figures.model import Bar, Bars, Part

SAID = {"origin": "reported", "source": "our survey"}


def opened(deck, file):
    """Write a deck, and read it: what each slide shows, and its notes."""
    deck.save(file)
    return agreement.slides(Presentation(file))


@pytest.fixture
def frame():
    place = ["TP. Vị Thanh", "H. Vị Thủy", "TX. Long Mỹ"]
    return pd.DataFrame({"place": place, "share": [0.4, 0.3, 0.2], "other": [10.5, 20.5, 30.5]})


def test_each_slide_has_its_figure_banner_source_number_and_notes(frame, tmp_path):
    change = hg.compare("app_users", 2022, 2023)
    deck = hg.slides.Deck()
    for one in (hg.map("app_users", [2022, 2023]), change.map(), change.slopes()):
        assert one.slide(deck) is deck
    hg.map(frame, "share", subtitle="of adults", **SAID).slide(deck)
    seen = opened(deck, tmp_path / "talk.pptx")
    assert [len(one.maps) for one in seen] == [2, 1, 0, 1]
    assert [len(one.charts) for one in seen] == [0, 0, 1, 0]
    for number, (one, (figure, _)) in enumerate(zip(seen, deck.slides, strict=True), start=1):
        texts = " ".join([*one.texts, *one.above])
        assert (words.term("words.simulated") in texts) == figure.simulated == (number < 4)
        assert figure.source_line in one.notes
        assert figure.passport.text in one.notes
        assert figure.left_out() in one.notes
        assert figure.outlines in one.notes
        assert f"{figure.passport.hash} " in texts
    assert "of adults" in seen[3].texts
    assert seen[0].maps[0] != seen[0].maps[1]


def test_an_answer_and_a_chart_stand_on_slides(tmp_path):
    frame = pd.DataFrame({"label": ["A", "B"], "rate_ratio": [1.2, 1.4], "low": [1.1, 1.2]})
    panel = figures.coefficients(frame.assign(high=[1.3, 1.6], origin="simulated"))
    deck = hg.slides.Deck("A talk").add(
        hg.chart(panel, title="Ratios", source="us"), notes=["Speak slowly."]
    )
    [one] = opened(deck, tmp_path / "talk.pptx")
    assert one.title == "Ratios"
    assert one.notes.index("Speak slowly.") < one.notes.index("us")
    assert Presentation(tmp_path / "talk.pptx").core_properties.title == "A talk"


def test_maps_that_share_no_legend_stand_on_slides_of_their_own(frame, tmp_path):
    frame = frame.assign(third=[1.5, 2.5, 3.5])
    deck = hg.map(frame, ["share", "other", "third"], title="T", **SAID).slide(hg.slides.Deck())
    assert [one.title for one in opened(deck, tmp_path / "a.pptx")] == [
        "T: share",
        "T: other",
        "T: third",
    ]


def test_what_is_no_picture_or_not_native_is_refused_before_anything_is_added(tmp_path):
    deck = hg.slides.Deck()
    with pytest.raises(TypeError, match="a str is no picture"):
        deck.add("map.png")
    bars = Bars((Bar("A", (Part(1.0, "a", "1", "#123456"),)),), simulated=False)
    with pytest.raises(TypeError, match="native in PowerPoint, not for Bars"):
        hg.chart(bars, title="T", source="us").slide(deck)
    with pytest.raises(ValueError, match="no slide yet"):
        deck.save(tmp_path / "talk.pptx")


def test_what_somebody_else_wrote_is_not_written_over(tmp_path):
    deck = hg.map("app_users", 2023).slide(hg.slides.Deck())
    file = deck.save(tmp_path / "talk.pptx")
    written = file.read_bytes()
    assert deck.save(file).read_bytes() == written
    file.write_bytes(b"a week of work")
    with pytest.raises(FileExistsError, match=r"holds something else.*force=True"):
        deck.save(file)
    assert file.read_bytes() == b"a week of work"
    assert deck.save(file, force=True).read_bytes() == written
    with pytest.raises(ValueError, match=r"let it end in \.pptx"):
        deck.save(tmp_path / "talk.ppt")

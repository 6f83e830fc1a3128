"""What a deck and an atlas show of the province and of two other studies, line by line."""

import invented
import pandas as pd
import pytest
import stored
from pptx import Presentation

from hganalysis import atlas, frames, slides, sources, words
from hganalysis.build.own import own


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Three years of an invented province; in one some sent nothing."""
    folder = tmp_path_factory.mktemp("other")
    files = invented.write(folder / "in", years=(2023, 2024, 2025))
    sent = pd.read_csv(files["reports"])
    gone = (sent["year"] == 2024) & sent["commune"].str.contains("An")
    sent[~gone].to_csv(files["reports"], index=False)
    return own(
        folder / "data",
        reports=[files["reports"]],
        areas=files["areas"],
        list_of_places=files["places"],
        catalogue=files["indicators"],
    )


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_deck_of_the_province(language, tmp_path):
    with words.use(language):
        made = slides.write(tmp_path / "deck.pptx", frames.reports(), frames.teams())
    stored.hold(stored.deck(Presentation(made)), f"deck.{language}")


def test_the_deck_of_another_province(other, tmp_path):
    with sources.use(other.folder), words.use("vi"):
        made = slides.write(tmp_path / "deck.pptx", frames.reports(), frames.teams())
    stored.hold(stored.deck(Presentation(made)), "deck.other")


def test_every_text_of_the_atlas(tmp_path, other):
    for name, folder in (("province", None), ("other", other.folder)):
        with sources.use(folder):
            [page] = atlas.write(tmp_path / f"{name}.html", frames.reports(), teams=frames.teams())
        table = atlas.figures(page.read_text(encoding="utf-8"))
        lines = table.astype(str).agg(" | ".join, axis=1).tolist()
        stored.hold(sorted(lines), f"atlas.{name}")

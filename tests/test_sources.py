"""Check that a data file is opened only if no byte of it has changed."""

import hashlib
import shutil

import pytest

from hganalysis import sources

FILE = "places/communes.csv"


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """Work on a copy of the data."""
    data = tmp_path / "data"
    shutil.copytree(sources.DATA, data)
    monkeypatch.setattr(sources, "DATA", data)
    return data


@pytest.mark.parametrize("name", sorted(sources.cards()))
def test_every_described_file_opens(name):
    assert sources.path(name).is_file()
    assert sources.text(name)


def test_a_changed_byte_is_refused(copy):
    raw = bytearray((copy / FILE).read_bytes())
    raw[-2] ^= 1
    (copy / FILE).write_bytes(raw)
    with pytest.raises(ValueError, match="is not the file that data/sources") as told:
        sources.path(FILE)
    message = str(told.value)
    assert f"data/{FILE}" in message
    assert f"expected sha256 {sources.cards()[FILE]['sha256']}" in message
    assert f"found    sha256 {hashlib.sha256(raw).hexdigest()}" in message
    assert f"git checkout -- data/{FILE}" in message


def test_other_line_ends_are_another_file(copy):
    (copy / FILE).write_bytes((copy / FILE).read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(ValueError, match=FILE):
        sources.text(FILE)


def test_a_missing_file_is_refused(copy):
    (copy / FILE).unlink()
    with pytest.raises(ValueError, match="found    sha256 no file"):
        sources.path(FILE)


def test_another_file_can_be_opened_all_the_same(copy):
    (copy / FILE).unlink()
    assert sources.path("places/districts.csv").parent == copy / "places"


@pytest.mark.parametrize("name", ["places/villages.csv", "README.md", "../pyproject.toml", ""])
def test_an_unknown_file_is_refused(name):
    with pytest.raises(LookupError, match=r"not in data/sources\.csv\. Known files: .*communes"):
        sources.path(name)


def test_text_is_read_as_utf_8():
    assert "Tỉnh Hậu Giang" in sources.text("places/province.csv")

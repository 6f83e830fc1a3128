"""Hold what is studied and how it is told: one setting for all, which a kernel inherits."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal

from .. import countries
from ..countries import Country
from .described import (
    BELOW,
    CATALOGUE,
    CONTROLS,
    FILE,
    LANGUAGES,
    MOST_BYTES,
    PER,
    StudyError,
    faults,
    in_language,
    keys,
    read_description,
    read_measures,
    require,
    schema,
    write,
)
from .nouns import Blanks, blanks, fill, kinds, plain

__all__ = [
    "BELOW", "CATALOGUE", "CONTROLS", "DATA", "FILE", "FOLDER", "LANGUAGE",
    "LANGUAGES", "PACKAGE", "PER", "SOURCES", "SUPPRESS", "Blanks", "Study", "StudyError",
    "blanks", "checked", "current", "environment", "faults", "fill", "find",
    "given", "in_language", "keys", "kinds", "language", "plain", "read_description",
    "read_measures", "redescribed", "register", "require", "schema", "use", "write"
]  # fmt: skip

PACKAGE = Path(__file__).parents[1]
# Inside a wheel the data lie in the package, in a checkout beside it.
DATA = PACKAGE / "data" if (PACKAGE / "data").is_dir() else PACKAGE.parent / "data"
SOURCES = "sources.csv"
STUDIES = "studies"
"""Where further studies are shipped, a folder each: below `DATA`."""

FOLDER, LANGUAGE, SUPPRESS = "HGANALYSIS_DATA", "HGANALYSIS_LANG", "HGANALYSIS_SUPPRESS"
"""Variables of the environment: a folder of one's own data, the language, the threshold."""

# What speaks of the shipped study only: another list of places takes all of it away, and one's own
# reports take away the simulated ones. Nothing of one study is ever mixed with another's.
OF_THE_STUDY = ("places/", "census/", "published/", "demo/")
LIST, REPORTS = "places/communes.csv", "reports/reports.csv"

Cards = Mapping[str, Mapping[str, str]]
Level = Literal["district", "commune"]


@dataclass(frozen=True)
class Study:
    """
    What is studied, and how it is told.

    A study is a folder laid out as `data/`, described by its `study.toml`: `Study.open` reads it,
    and `use` puts it in use for everything that follows.
    """

    folder: Path | None = None
    """Of one's own data; none: those of the shipped study."""
    written: str = field(default="", repr=False)
    """The text of its `study.toml`."""
    cards: Cards = field(default_factory=dict, repr=False, compare=False)
    """The files in use, by name."""
    own: Cards = field(default_factory=dict, repr=False, compare=False)
    """Those of them that lie in the folder."""
    province: str | None = None
    """Code of the one that is spoken of, where the list has several."""
    language: str = "vi"
    fewer_than: int | None = None
    """Counts below it are hidden; none: that of the environment, else five."""

    @classmethod
    def open(cls, folder: Path | str | None = None) -> Study:
        """
        Read and check a folder of data.

        Parameters
        ----------
        folder
            Laid out as `data/`, with its own `sources.csv`; what it has no file for is taken from
            the package. A text is understood as `find` does: a bare name is a shipped study. Hậu
            Giang if none is named.

        Returns
        -------
        study
            Not yet in use; its language is the one that `study.toml` names.

        Raises
        ------
        FileNotFoundError
            If the folder has no `sources.csv`, or no study has that name.
        ValueError
            With every fault of its `study.toml`, or every file that is not as it was described.

        Examples
        --------
        >>> for name in (None, "kenya_2019"):
        ...     with Study.open(name).use():
        ...         print(current().name)
        Hậu Giang
        Kenya
        """
        written, cards = _shipped()
        if folder is None:
            return cls(written=written, cards=cards, language=_language(written))
        place = find(folder)
        own = register(place)
        gone = OF_THE_STUDY if LIST in own else ()
        if REPORTS in own:
            gone = (*gone, *read_description(written).get("simulated", {}).get("files", []))
        if FILE in own:
            written = (place / FILE).read_text(encoding="utf-8")
        _require(place, own, written)
        if FILE in own and not {"country", CATALOGUE} & {*read_description(written)[""], *own}:
            gone = (*gone, CATALOGUE)  # what is counted in one country is not in another
        left = {name: card for name, card in cards.items() if not name.startswith(gone)}
        return cls(place, written, left | own, own, language=_language(written))

    def use(self) -> ExitStack:
        """
        Put it in use, in its language, for everything that follows.

        Returns
        -------
        previous
            May be ignored; as a context manager it goes back to what was in use.
        """
        parts = ("folder", "written", "cards", "own", "province", "language")
        return use(**{name: getattr(self, name) for name in parts})

    @property
    def name(self) -> str:
        """The name of the study, in the language in use."""
        return in_language(self.described[""]["name"], self.language)

    @property
    def described(self) -> dict[str, Any]:
        """What its `study.toml` says: `described.read_description`."""
        return read_description(self.written)

    def says(self, table: str, key: str) -> Any:  # noqa: ANN401
        """Give what its `study.toml` says in a table, such as `"residents"`; none if nothing."""
        return self.described.get(table, {}).get(key)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels of places below the whole, the larger first."""
        return tuple(one for one in BELOW if f"levels.{one}" in self.described)

    @property
    def per(self) -> int:
        """For how many residents its exposure is counted: one more of it is one more for these."""
        return self.says("exposure", "per") or PER[0]

    @property
    def density(self) -> str:
        """The column of its exposure for so many residents, such as `members_per_1000`."""
        return f"members_per_{self.per}"

    @property
    def controls(self) -> dict[str, str]:
        """What an estimate holds equal besides: columns of its list of places, and their names."""
        table = self.described.get(CONTROLS, {})
        return {column: in_language(text, self.language) for column, text in table.items()}

    @property
    def country(self) -> Country:
        """The country whose types, codes and spelling are known; of none, what is so anywhere."""
        return countries.find_country(self.says("", "country"))


_IN_USE: ContextVar[Study] = ContextVar("study")


def current() -> Study:
    """Give the study in use; at the start of a process, that of its environment."""
    found = _IN_USE.get(None)
    if found is None:
        folder = os.environ.get(FOLDER)
        found = Study.open(folder or None)
        found = replace(found, language=os.environ.get(LANGUAGE) or _twin() or found.language)
        _IN_USE.set(found)
    return found


def _twin() -> str:
    """Name the language of the notebook that runs here: its folder is `notebooks/vi` or `en`."""
    here = Path.cwd()
    return here.name if here.name in LANGUAGES and here.parent.name == "notebooks" else ""


class _Restore(ExitStack):
    """Restore what was in use before. As the last line of a cell it shows nothing."""

    def _ipython_display_(self) -> None:
        pass


def use(**changes: Any) -> ExitStack:  # noqa: ANN401
    """
    Change a part of the study in use, for everything that follows.

    Parameters
    ----------
    **changes
        Fields of `Study`.

    Returns
    -------
    previous
        May be ignored; as a context manager it restores those fields, and no other.
    """
    before = current()
    restore = _Restore()
    restore.callback(use, **{name: getattr(before, name) for name in changes})
    _IN_USE.set(replace(before, **changes))
    return restore


def environment() -> dict[str, str]:
    """Name the study in use to a process that is started: its folder, language and threshold."""
    found = current()
    named = {FOLDER: str(found.folder or ""), LANGUAGE: found.language}
    return named if found.fewer_than is None else {**named, SUPPRESS: str(found.fewer_than)}


@cache
def _shipped() -> tuple[str, Cards]:
    """Read the description and the register of the shipped study, once."""
    cards = register(DATA)
    return checked(DATA, FILE, cards[FILE]["sha256"]).read_text(encoding="utf-8"), cards


def _language(written: str) -> str:
    return str(read_description(written)[""].get("language", LANGUAGES[0]))


def find(named: Path | str) -> Path:
    """
    Find a study by its name or its path.

    Parameters
    ----------
    named
        A text without a slash is the name of a study that is shipped, or else of a file or folder
        where the program runs; all else is a path.

    Raises
    ------
    FileNotFoundError
        If nothing has that name, with the names of the studies that are shipped.

    Examples
    --------
    >>> find("kenya_2019").name, find("mine/study.toml").name
    ('kenya_2019', 'study.toml')
    """
    place = Path(named)
    if isinstance(named, Path) or place.name != named:
        return place
    shipped = sorted(one.name for one in (DATA / STUDIES).iterdir() if one.is_dir())
    if named in shipped:
        return DATA / STUDIES / named
    if not place.exists():
        msg = (
            f"there is no study {named!r}. Shipped are {', '.join(shipped)}; of your own, name the "
            f"folder or its {FILE}: ./mine, mine/{FILE}."
        )
        raise FileNotFoundError(msg)
    return place


def _require(folder: Path, own: Cards, written: str) -> None:
    """Refuse a folder with files that are missing or were changed, or a fault in what it says."""
    wrong = []
    if LIST in own and FILE not in own:
        wrong.append(f"{folder} has a list of places and no {FILE}, which says what they are.")
    checks: list[Callable[[], object]]
    checks = [partial(checked, folder, one, card["sha256"]) for one, card in own.items()]
    checks.append(partial(require, written))
    if CATALOGUE in own and (folder / CATALOGUE).is_file():
        checks.append(partial(require, (folder / CATALOGUE).read_text("utf-8"), CATALOGUE))
    for check in checks:
        try:
            check()
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        raise ValueError("\n".join(wrong))


def given(file: Path, name: str = FILE) -> dict[str, bytes]:
    """
    Read a study or a catalogue that somebody described.

    Parameters
    ----------
    file
        Laid out as `data/study.toml`, or a folder with one, or a folder of data.
    name
        `"indicators.toml"` where it holds measures alone.

    Returns
    -------
    files
        The content of each file by its name below `data/`.

    Raises
    ------
    StudyError
        If it cannot be read, or with the faults that it has.
    """
    try:
        if (file / SOURCES).is_file():
            return {one: (file / one).read_bytes() for one in Study.open(file).own}
        found = file / name if file.is_dir() else file
        if found.stat().st_size > MOST_BYTES:
            msg = f"{found.name} is larger than {MOST_BYTES} bytes: no description is."
            raise StudyError(msg)
        written = found.read_bytes().decode("utf-8-sig")
        return {name: require(written, name).encode()}
    except ValueError as error:
        msg = f"{file}: {error}"
        raise StudyError(msg) from error


def language(file: Path) -> str:
    """Name the language of a study that somebody described."""
    files = given(file)
    return _language(files[FILE].decode() if FILE in files else _shipped()[0])


def redescribed(*without: str, **said: str) -> dict[str, bytes]:
    """
    Describe the study in use anew.

    Parameters
    ----------
    *without
        Tables that are left out, such as `"levels.commune"`.
    **said
        What it says besides, such as `projection`.
    """
    found, measures = current(), read_measures(current().written)
    tables = {at: table for at, table in found.described.items() if at not in without}
    tables[""] = {**tables[""], **said}
    tables |= {f"{of}.{name}": one for of, some in measures.items() for name, one in some.items()}
    return {FILE: write(tables)}


def register(folder: Path) -> dict[str, dict[str, str]]:
    """
    Read the card of each file in a folder, by its name.

    Raises
    ------
    FileNotFoundError
        If the folder has no `sources.csv`.
    """
    if not (folder / SOURCES).is_file():
        msg = f"{folder} holds no data of yours: it has no {SOURCES}. hganalysis build makes one."
        raise FileNotFoundError(msg)
    with (folder / SOURCES).open(encoding="utf-8", newline="") as file:
        return {card["file"]: card for card in csv.DictReader(file)}


def checked(folder: Path, name: str, expected: str) -> Path:
    """Find a file, and refuse it unless it is, byte for byte, the one that its card describes."""
    file = folder / name
    found = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "no file"
    if found != expected:
        msg = (
            f"{file} was changed since its checksum was taken:\n"
            f"  expected sha256 {expected}\n  found    sha256 {found}\n"
            f"Restore it, or build it anew; a change that is meant has its checksum in {SOURCES}."
        )
        raise ValueError(msg)
    return file

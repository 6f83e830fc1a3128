"""Keep the study in use, its language and its threshold; a kernel inherits them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache, partial, wraps
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, TypeVarTuple

from .. import countries, wording
from ..countries import Country
from ..periods import Grain, PeriodKey
from ..wording import LANGUAGE, LANGUAGES, write_refusal
from .described import (
    BELOW,
    CATALOGUE,
    CONTROLS,
    FILE,
    MOST_BYTES,
    PER,
    StudyError,
    in_language,
    keys,
    needs_residents,
    read_description,
    read_measures,
    read_periods,
    require,
    write,
)
from .files import (
    DATA,
    PACKAGE,
    SOURCES,
    STUDIES,
    find,
    read_stamp,
    register,
    require_unchanged,
)
from .nouns import Blanks, blanks, default_description, fill, find_grain, text_variants

__all__ = [
    "BELOW", "CATALOGUE", "CONTROLS", "DATA", "FILE", "LANGUAGE", "LANGUAGES", "PACKAGE",
    "SOURCES", "STUDIES", "SUPPRESS", "Study", "StudyError", "blanks", "current",
    "default_description", "environment", "fill", "find", "in_language", "keys", "language",
    "needs_residents", "once_each", "read_description", "read_files", "read_measures", "register",
    "rewrite_description", "text_variants", "use", "write"
]  # fmt: skip

FOLDER, SUPPRESS = "HGANALYSIS_DATA", "HGANALYSIS_SUPPRESS"
"""Variables of the environment: a folder of one's own data, the language, the threshold."""

# Files about the shipped study only: with another list of places all of them are left out, and with
# reports of one's own the simulated ones. Nothing of one study is ever mixed with another's.
OF_THE_STUDY = ("places/", "census/", "published/", "demo/")
PLACES = "places/"
LIST = "places/communes.csv"
REPORTS, RESIDENTS = "reports/reports.csv", "reports/residents.csv"
BEFORE = "reports/before.csv"
"""What former places reported, carried to the places of the study."""
TARGETS = "places/targets.csv"
"""The targets of each place and period."""

SIMULATED = "simulated"
"""What the card of a file says if its numbers are invented."""
READ_SIMULATED = "HGANALYSIS_READ_SIMULATED"
"""The variable of the environment that names a file: a kernel makes it when it reads simulated
numbers."""

Cards = Mapping[str, Mapping[str, str]]
Level = Literal["district", "commune"]
Inputs = TypeVarTuple("Inputs")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Study:
    """
    One area, its places and measures, and the language in which it is described.

    A study is a folder laid out as `data/`, described by its `study.toml`: `Study.open` reads it,
    and `use` puts it in use for everything that follows.
    """

    folder: Path | None = None
    """The folder of one's own data; missing for the shipped study."""
    written: str = field(default="", repr=False)
    """The text of its `study.toml`."""
    cards: Cards = field(default_factory=dict, repr=False, compare=False)
    """The files in use, by name."""
    own: Cards = field(default_factory=dict, repr=False, compare=False)
    """Those files that are in the folder."""
    province: str | None = None
    """Code of the whole, if the list of places has several provinces."""
    language: str = "vi"
    fewer_than: int | None = None
    """Counts below it are hidden; if missing, that of the environment, or five."""

    @classmethod
    def open(cls, folder: Path | str | None = None) -> Study:
        """
        Read and check a folder of data.

        Parameters
        ----------
        folder
            Laid out as `data/`, with its own `sources.csv`; files that it lacks are taken from the
            package. A text is read as by `find`: a bare name is a shipped study. The default is
            Hậu Giang.

        Returns
        -------
        study
            Not yet in use; its language is the one that `study.toml` names.

        Raises
        ------
        FileNotFoundError
            If the folder has no `sources.csv`, or no study has that name.
        ValueError
            With every fault of its `study.toml`, and every file that was changed.

        Examples
        --------
        >>> for name in (None, "kenya_2019"):
        ...     with Study.open(name).use():
        ...         print(current().name)
        Hậu Giang
        Kenya
        """
        text, shipped_cards = _shipped()
        if folder is None:
            return cls(written=text, cards=shipped_cards, language=_language(text))
        path = find(folder)
        own_cards = register(path)
        left_out = [*OF_THE_STUDY] if LIST in own_cards else []
        if REPORTS in own_cards:
            left_out += read_description(text).get("simulated", {}).get("files", [])
        if FILE in own_cards:
            text = (path / FILE).read_text(encoding="utf-8")
        _require(path, own_cards, text)
        has_country = "country" in read_description(text)[""]
        if FILE in own_cards and CATALOGUE not in own_cards and not has_country:
            left_out.append(CATALOGUE)  # another country counts other things
        cards = {
            name: card
            for name, card in shipped_cards.items()
            if not name.startswith(tuple(left_out))
        }
        return cls(path, text, cards | own_cards, own_cards, language=_language(text))

    def use(self, *, language: str | None = None) -> ExitStack:
        """
        Use this study for everything that follows.

        Parameters
        ----------
        language
            `"vi"` or `"en"`; by default the language of the study.

        Returns
        -------
        previous
            May be ignored; as a context manager it goes back to what was in use.

        Examples
        --------
        >>> import hganalysis as hg
        >>> with Study.open().use(language="en"):
        ...     hg.places.compared()["name_en"].iloc[0]
        'Vi Thanh City'
        """
        return use(**self._area(), language=language or self.language)

    @contextmanager
    def use_here(self, *, language: str | None = None) -> Iterator[None]:
        """
        Use this study and its threshold in this thread alone.

        Parameters
        ----------
        language
            `"vi"` or `"en"`; by default the one in use stays.

        Examples
        --------
        >>> with Study.open("kenya_2019").use_here():
        ...     current().name
        'Kenya'
        """
        language = language or current().language
        shown = self if language == self.language else replace(self, language=language)
        changed = frozenset([*self._area(), "fewer_than"])
        token = _IN_THREAD.set(_InThread(shown, changed))
        try:
            yield
        finally:
            _IN_THREAD.reset(token)

    def _area(self) -> dict[str, Any]:
        """Give the fields that say which area and measures it is about."""
        parts = ("folder", "written", "cards", "own", "province")
        return {name: getattr(self, name) for name in parts}

    def path(self, name: str) -> Path:
        """
        Find a data file, and check that it is byte for byte the file that was described.

        If its numbers are simulated and a build runs, a file tells the build, and its page says so.

        Parameters
        ----------
        name
            Path below `data/`, such as `"places/communes.csv"`.

        Raises
        ------
        LookupError
            If `sources.csv` has no such file, or the data in use leave it out.
        ValueError
            If the file is missing or its checksum differs.

        Examples
        --------
        >>> Study.open().path("places/communes.csv").name
        'communes.csv'
        """
        if name not in self.cards:
            key = "shipped" if name in register(DATA) else "no_card"
            raise LookupError(write_refusal(f"study_errors.{key}", name=name))
        card = self.cards[name]
        signal = os.environ.get(READ_SIMULATED)
        if signal and card.get("real_or_invented") == SIMULATED:
            Path(signal).touch()
        folder = self.folder if name in self.own else None
        return require_unchanged(folder or DATA, name, card["sha256"])

    @cached_property
    def _memory(self) -> _Memory:
        """What was computed of its files: the same in whatever language, for whatever province."""
        return _share_memory(self.folder, self.written, self._checksums)

    @cached_property
    def _checksums(self) -> tuple[str, ...]:
        return tuple(card["sha256"] for card in self.cards.values())

    def __getstate__(self) -> dict[str, Any]:
        """Take its fields along into another process, and none of what was computed of them."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def remember(self, function: Callable[..., Result], *inputs: object) -> Result:
        """
        Call a function of this study and of some inputs once, and then give what it gave.

        Parameters
        ----------
        function
            It depends on the files of the study, the province in use and its inputs, and on
            nothing else: if it writes texts, one of its inputs is the language.
        *inputs
            What it is called with, after this study.

        Examples
        --------
        >>> Study.open("kenya_2019").remember(lambda of, noun: f"{noun} of {of.name}", "counties")
        'counties of Kenya'
        """
        results = self._memory.results
        key = (function, self.province, *inputs)
        if key not in results:
            results[key] = function(self, *inputs)
        result: Result = results[key]
        return result

    def require_unchanged(self) -> None:
        """
        Refuse a description, catalogue or list of places that was changed since it was opened.

        The bytes of a file are read again only if it was written since. Of a file that is gone,
        what was read of it still holds.

        Examples
        --------
        >>> Study.open("santa_clara").require_unchanged()
        """
        stamps = self._memory.stamps
        for name, path in self._watched.items():
            stamp = read_stamp(path)
            if stamp and stamps.get(name) != stamp:
                folder = Path(path.removesuffix(name))
                require_unchanged(folder, name, self.cards[name]["sha256"])
                stamps[name] = stamp

    @cached_property
    def _watched(self) -> dict[str, str]:
        """The path of each file that an open study may not change, by name."""
        paths = {}
        for name in self.cards:
            if name in {FILE, CATALOGUE} or name.startswith(PLACES):
                folder = (self.folder if name in self.own else None) or DATA
                paths[name] = f"{folder}/{name}"
        return paths

    def text(self, name: str) -> str:
        """
        Read a checked data file as UTF-8 text.

        Examples
        --------
        >>> Study.open().text("places/communes.csv")[:12]
        'code,name_vi'
        """
        return self.path(name).read_text(encoding="utf-8")

    @property
    def name(self) -> str:
        """The name of the study, in the language in use."""
        return in_language(self.described[""]["name"], self.language)

    @cached_property
    def described(self) -> dict[str, Any]:
        """The tables of its `study.toml`, see `described.read_description`."""
        return read_description(self.written)

    @cached_property
    def measures(self) -> dict[str, Any]:
        """The measures and quantities that its `study.toml` itself lists."""
        return read_measures(self.written)

    def nouns(self, language: str) -> Blanks:
        """
        Give the nouns that fill the blanks of texts in a language, see `nouns.blanks`.

        Examples
        --------
        >>> Study.open("kenya_2019").nouns("en")["whole"]
        'whole country'
        """
        return blanks(self.written, language)

    def says(self, table: str, key: str) -> Any:  # noqa: ANN401
        """
        Give the value of a key of its `study.toml`, in a table such as `"residents"`.

        Examples
        --------
        >>> Study.open("santa_clara").says("starts", "file")
        'starts.csv'
        """
        return self.described.get(table, {}).get(key)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels of places below the whole, the larger first."""
        return tuple(level for level in BELOW if f"levels.{level}" in self.described)

    @cached_property
    def periods(self) -> list[PeriodKey]:
        """The periods of every measure that names none of its own, first to last."""
        return read_periods(self.written)

    @property
    def grain(self) -> Grain:
        """How long its periods are."""
        return find_grain(self.written)

    @property
    def per(self) -> int:
        """For how many residents its exposure is counted."""
        return self.says("exposure", "per") or PER[0]

    @property
    def density(self) -> str:
        """The column of its exposure for so many residents, such as `members_per_1000`."""
        return f"members_per_{self.per}"

    @property
    def controls(self) -> dict[str, str]:
        """Controls of an estimate: columns of its list of places, and their names."""
        table = self.described.get(CONTROLS, {})
        return {column: in_language(text, self.language) for column, text in table.items()}

    @property
    def cluster(self) -> str:
        """The column of its list of places that an estimate compares within; "" for the level."""
        return self.says("cluster", "column") or ""

    @property
    def own_columns(self) -> list[str]:
        """The columns of its list of places that it names itself."""
        return [*self.controls, *filter(None, [self.cluster])]

    @cached_property
    def country(self) -> Country:
        """The country whose types, codes and spelling are used; without one, those of any."""
        return countries.find_country(self.says("", "country"))


@dataclass(frozen=True)
class _Memory:
    """What was computed of the files of a study, and when these were written."""

    results: dict[object, Any] = field(default_factory=dict)
    stamps: dict[str, tuple[int, int]] = field(default_factory=dict)


@lru_cache(maxsize=8)  # of so many studies all that was computed is kept
def _share_memory(*_content: object) -> _Memory:
    """Give all studies of the same files one memory, so that a study is opened twice at no cost."""
    return _Memory()


class _InThread(NamedTuple):
    """The study of one thread, and which of its fields differ from the process."""

    study: Study
    names: frozenset[str]


def name_language() -> str:
    """Name the language in use, without opening the study of the environment for it."""
    in_thread = _IN_THREAD.get()
    study = in_thread.study if in_thread else _in_process
    return study.language if study else wording.read_language()


wording.name_language = name_language

_in_process: Study | None = None
"""What the main thread uses, and with it every thread that changes nothing itself."""
_IN_THREAD: ContextVar[_InThread | None] = ContextVar("in_thread", default=None)
"""The study of another thread, or of an answer while it shows itself."""


def current() -> Study:
    """
    Give the study in use; when a process starts, the study of its environment.

    Examples
    --------
    >>> current().periods
    [2022, 2023]
    """
    in_thread = _IN_THREAD.get()
    return in_thread.study if in_thread else _read_process()


def _read_process() -> Study:
    return _in_process or _open_first()


def _open_first() -> Study:
    """Put the study of the environment in use."""
    global _in_process
    study = Study.open(os.environ.get(FOLDER) or None)
    language = os.environ.get(LANGUAGE) or _notebook_language()
    _in_process = replace(study, language=language or study.language)
    return _in_process


def _notebook_language() -> str:
    """Name the language of the notebook that runs here: its folder is `notebooks/vi` or `en`."""
    folder = Path.cwd()
    is_of_notebooks = folder.parent.name == "notebooks"
    return folder.name if is_of_notebooks and folder.name in LANGUAGES else ""


class _Restore(ExitStack):
    """Restore what was in use before; it shows nothing as the last line of a cell."""

    def _ipython_display_(self) -> None:
        pass


def use(**changes: Any) -> ExitStack:  # noqa: ANN401
    """
    Change a part of the study in use, for everything that follows.

    What the main thread changes holds in every thread; what another thread changes, in it alone.
    A thread that changes a part keeps the rest as it was until it takes the change back. A thread
    that changes nothing and outlives a `with` block of the main thread goes on with what the main
    thread uses then; to keep its study, it begins with `with study.use():`. A
    process that is forked goes on with what was in use. One that is spawned starts with its
    environment: write `os.environ |= environment()` before, to hand on what is in use here. Tasks
    of one thread share it, too, as cells of a notebook do: what one of them changes while it waits,
    in a `with` block around an `await`, all others see.

    Parameters
    ----------
    **changes
        Fields of `Study`.

    Returns
    -------
    previous
        May be ignored; as a context manager it restores only these fields.
    """
    restore = _Restore()
    study = current()
    changed = replace(study, **changes)
    before = {name: getattr(study, name) for name in changes}
    in_thread = _IN_THREAD.get()
    if in_thread or threading.current_thread() is not threading.main_thread():
        names = in_thread.names if in_thread else frozenset()
        restore.callback(_restore_here, before, changes.keys() - names)
        _IN_THREAD.set(_InThread(changed, names | changes.keys()))
        return restore
    global _in_process
    restore.callback(use, **before)
    _in_process = changed
    return restore


def _restore_here(before: Mapping[str, Any], names: Set[str]) -> None:
    """Take changes of this thread back; without any it uses what the process uses."""
    in_thread = _IN_THREAD.get()
    if not in_thread:
        return
    names_before = in_thread.names - names
    restored = replace(in_thread.study, **before)
    _IN_THREAD.set(_InThread(restored, names_before) if names_before else None)


def once_each(
    function: Callable[[Study, *Inputs], Result],
) -> Callable[[Study, *Inputs], Result]:
    """
    Call a function of a study once, and then give what it gave: see `Study.remember`.

    It refuses a description or a list of places that was changed since.
    """

    @wraps(function)
    def recall(study: Study, *inputs: *Inputs) -> Result:
        study.require_unchanged()
        return study.remember(function, *inputs)

    return recall


def environment() -> dict[str, str]:
    """Give the variables that tell a new process the folder, language and threshold in use."""
    study = current()
    variables = {FOLDER: str(study.folder or ""), LANGUAGE: study.language}
    if study.fewer_than is not None:
        variables[SUPPRESS] = str(study.fewer_than)
    return variables


@cache  # they are files of the package, which no study changes
def _shipped() -> tuple[str, Cards]:
    """Read the description and the register of the shipped study, once."""
    cards = register(DATA)
    file = require_unchanged(DATA, FILE, cards[FILE]["sha256"])
    return file.read_text(encoding="utf-8"), cards


def _language(text: str) -> str:
    return str(read_description(text)[""].get("language", LANGUAGES[0]))


def _require(folder: Path, own_cards: Cards, text: str) -> None:
    """Refuse a folder with missing or changed files, or with faults in its description."""
    messages = []
    if LIST in own_cards and FILE not in own_cards:
        messages.append(write_refusal("study_errors.list_alone", folder=folder, file=FILE))
    checks: list[Callable[[], object]] = [
        partial(require_unchanged, folder, name, card["sha256"]) for name, card in own_cards.items()
    ]
    checks.append(partial(require, text))
    if CATALOGUE in own_cards and (folder / CATALOGUE).is_file():
        checks.append(partial(require, (folder / CATALOGUE).read_text("utf-8"), CATALOGUE))
    for check in checks:
        try:
            check()
        except ValueError as error:
            messages.append(str(error))
    if messages:
        raise ValueError("\n".join(messages))


def read_files(file: Path, name: str = FILE) -> dict[str, bytes]:
    """
    Read the files of a study or a catalogue that somebody described.

    Parameters
    ----------
    file
        A file laid out as `data/study.toml`, or a folder with such a file, or a folder of data.
    name
        `"indicators.toml"` if it holds measures alone.

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
            return {path: (file / path).read_bytes() for path in Study.open(file).own}
        path = file / name if file.is_dir() else file
        if path.stat().st_size > MOST_BYTES:
            refusal = write_refusal("study_errors.too_large", file=path.name, most=MOST_BYTES)
            raise StudyError(refusal)
        text = path.read_bytes().decode("utf-8-sig")
        return {name: require(text, name).encode()}
    except UnicodeDecodeError as error:
        reason = wording.explain_error(error)
        refusal = write_refusal("study_errors.unreadable", file=name, error=reason)
        msg = f"{file}: {refusal}"
        raise StudyError(msg) from error
    except ValueError as error:
        msg = f"{file}: {error}"
        raise StudyError(msg) from error


def language(file: Path) -> str:
    """Name the language of a study that somebody described."""
    files = read_files(file)
    text = files[FILE].decode() if FILE in files else _shipped()[0]
    return _language(text)


def rewrite_description(of: Study, *without: str, **new_values: str) -> dict[str, bytes]:
    """
    Write the description of a study with changes.

    Parameters
    ----------
    of
        The study.
    *without
        Tables that are left out, such as `"levels.commune"`.
    **new_values
        Keys that are set, such as `projection`.

    Returns
    -------
    files
        The text of its `study.toml`, by the name of the file.
    """
    tables = {name: table for name, table in of.described.items() if name not in without}
    tables[""] = {**tables[""], **new_values}
    for kind, measures in of.measures.items():
        for name, table in measures.items():
            tables[f"{kind}.{name}"] = table
    return {FILE: write(tables)}

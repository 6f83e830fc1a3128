"""Lay one's own data out as the package lays out its own, so that every notebook reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import frames, indicators, places, study, suppress, words, workbook
from ..escaping import plain
from ..frames.loading import read_file
from ..indicators import CATALOGUE
from ..places.shapes import is_enough_for_map
from ..study import FILE, LIST, Study, read_files, rewrite_description
from ..workbook import sense
from ..workbook.faults import cell_name, comment, mask_counts, mask_digits, unmark
from ..workbook.headings import unsaid
from . import folders
from .folders import BuildError

if TYPE_CHECKING:
    import geopandas as gpd

    from ..workbook import Checked

FIRST = 5
"""Faults of each kind that are told; the workbook that goes back has all."""


@dataclass(frozen=True)
class OwnData:
    """A folder of one's own data, for `Study.open`, and what is to be known of them."""

    folder: Path
    notes: tuple[str, ...]
    has_unread: bool = False
    """Whether something in the reports was not read; the notes say what."""


@dataclass(frozen=True)
class Files:
    """
    One's own files, by the names that the commands have for them; each may be none.

    A text is the path of a file, or the name of a study.

    Attributes
    ----------
    reports
        A report, as `workbook.read` reads it, or its files. All of it has to be accepted.
    areas
        Outlines of districts or communes, as `places.read_areas` reads them; those of communes
        are joined to districts. Without them, with a list of one's own, places are drawn as
        squares where the list says where they lie, and else there are no maps.
    crs
        The projection of the outlines, such as `"EPSG:9209"`, where their file names none.
    places
        Another province, or the whole country, as `places.read_list` reads it.
    indicators
        Other measures, other periods: laid out as `data/indicators.toml`.
    study
        What is studied, and what its parts are called: laid out as `data/study.toml`, or a folder
        laid out as `data/`, of which the others take the place of what they name. Without it, a
        list of Viet Nam is called as the shipped one is.
    """

    reports: Path | str | Sequence[Path | str] | None = None
    areas: Path | str | None = None
    crs: str | None = None
    places: Path | str | None = None
    indicators: Path | str | None = None
    study: Path | str | None = None

    @property
    def report_paths(self) -> list[Path]:
        """The files of the report."""
        reports = self.reports or []
        if isinstance(reports, Path | str):
            reports = [reports]
        return [Path(file) for file in reports]


def lay_out(folder: Path, **files: Any) -> OwnData:  # noqa: ANN401  (see `Files`)
    """
    Read one's own files, check every number in them, and lay them out as `data/` is.

    Parameters
    ----------
    folder
        Where to write: a new folder.
    **files
        As `Files` names them.

    Returns
    -------
    data
        The folder, and notes in the language in use: what was inferred, and what to look at.

    Raises
    ------
    BuildError
        If a file is refused, with what is wrong in it; the originals are never changed.
    TypeError
        If a name is none of these.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import hganalysis as hg
    >>> sent = hg.frames.reports().query("period == 2023 and indicator == 'app_users'")
    >>> sent = sent[["code", "period", "count"]].rename(columns={"count": "app_users.count"})
    >>> with hg.words.use("en"), tempfile.TemporaryDirectory() as folder:
    ...     sent.to_csv(Path(folder, "report.csv"), index=False)
    ...     print(lay_out(Path(folder, "mine"), reports=Path(folder, "report.csv")).notes[-1])
    Everything was accepted.
    """
    return _read_and_write(folder, Files(**files), hides_small_counts=False)


def _read_and_write(folder: Path, files: Files, *, hides_small_counts: bool) -> OwnData:
    """Read files and lay them out; a folder that is only lent never holds a small count."""
    notes: list[str] = []
    reports = files.report_paths
    try:
        described = definitions(files.places, files.indicators, files.study)
        in_use = Study.open(write(folder, described))
        with in_use.use(language=words.language()):
            frames.read_targets()  # refuses those that cannot be used
            if files.study is not None:
                in_use = _use_former(in_use, folder, study.find(files.study))
            if workbook.is_of_compared(*reports):
                in_use = _use_folder(write(folder, places.describe_compared()))
                notes.append(words.term("own.by_district"))
            read = workbook.read(*reports) if reports else None
            if not places.levels():
                notes.append(words.term("places.whole_alone"))
            elif files.areas is not None:
                outlines, outline_notes = _outlines(in_use, Path(files.areas), files.crs)
                notes += outline_notes
                in_use = _use_folder(write(folder, outlines))
            elif not places.has_areas("district"):
                is_tiled = places.is_tiled()
                notes.append(words.term("own.no_areas_tiles") if is_tiled else places.no_outlines())
            if read is None:
                if study.REPORTS in in_use.cards:
                    notes += _note_hiding(read_file(study.REPORTS))
                return OwnData(folder, tuple(notes))
            if not read.is_sound:
                raise BuildError(_refusal(read, files))
            # what was left out is in its account; faults are told by the measures as given
            warnings = read.faults.drop(read.left_out.index)
            notes += [*workbook.account(read), *first_faults(read, warnings)]
            notes += _note_hiding(read.reports)
            # class borders are shown: they are chosen by what may be
            shown = frames.hide_small(frames.require_reports(read.reports), of=in_use)
            breaks = indicators.with_breaks(shown)
            origins = read.reports["origin"]
            origin = frames.worst_origin(origins) if len(origins) else "reported"
            # a process that is killed leaves these files where they are
            written = shown if hides_small_counts else read.reports
            write(folder, _report_files(read, written), origin=origin)
            if breaks:
                write(folder, {CATALOGUE: breaks})
            if study.BEFORE in in_use.cards:
                _use_folder(folder)
                frames.reports()  # refuses a period of former places in the report
    except (ValueError, LookupError) as error:
        raise BuildError(error.args[0] if error.args else str(error)) from error
    return OwnData(folder, tuple(notes), not read.is_complete)


def _note_hiding(reports: pd.DataFrame) -> list[str]:
    """Say what is not hidden, for it is published, and what is hidden more, for it adds up."""
    if reports.empty or not suppress.threshold():
        return []
    is_bare = reports[~suppress.is_hidden(reports.fillna({"pool": ""}))]
    return [*suppress.note_published(is_bare), *suppress.note_relations(is_bare)]


def _use_folder(folder: Path) -> Study:
    """Open a folder of data and use it, in the language in use."""
    opened = Study.open(folder)
    opened.use(language=words.language())
    return opened


@contextmanager
def lend_files(files: Mapping[str, bytes]) -> Iterator[None]:
    """Use files, if any, as long as a block runs, in place of those in use."""
    if not files:
        yield
        return
    with folders.temporary() as folder:
        lent = Study.open(write(folder, files))
        with lent.use(language=words.language()):
            yield


@contextmanager
def lend_data(**files: Any) -> Iterator[OwnData | None]:  # noqa: ANN401
    """
    Use one's own data as long as a command runs, and leave none of them behind.

    Parameters
    ----------
    **files
        As for `lay_out`; without any, the data in use stay.
    """
    own_files = Files(**files)
    if own_files.crs is not None and own_files.areas is None:
        raise BuildError(words.term("own.crs_alone", crs=own_files.crs))
    if own_files.places and not own_files.reports:
        raise BuildError(words.term("own.reports_needed"))
    if not any(files.values()):
        yield None
        return
    with folders.temporary() as folder:
        data = _read_and_write(folder, own_files, hides_small_counts=True)
        with Study.open(data.folder).use(language=words.language()):
            yield data


def definitions(
    list_of_places: Path | str | None, catalogue: Path | str | None, description: Path | str | None
) -> dict[str, bytes]:
    """
    Lay what describes a study, its list of places and its catalogue out as `data/` is.

    Parameters
    ----------
    list_of_places, catalogue, description
        As `places`, `indicators` and `study` of `Files`.

    Returns
    -------
    files
        The content of each file by its name below `data/`.
    """
    files = {}
    if description is not None:
        path = study.find(description)
        files = read_files(path)
        if (path / study.SOURCES).is_file():
            files[study.SOURCES] = (path / study.SOURCES).read_bytes()
        elif FILE in files:
            files |= _read_targets(path, files[FILE].decode())
    if catalogue is not None:
        files |= read_files(Path(catalogue), CATALOGUE)
    if list_of_places is not None:
        described = files.get(FILE), files.get(CATALOGUE, b"")
        listed, description_of_list = places.read_described(Path(list_of_places), *described)
        for name in ("province", "districts", "communes", "old_names"):
            files[f"places/{name}.csv"] = _csv(getattr(listed, name))
        files[FILE] = description_of_list
    elif FILE in files and LIST not in files:
        places.require_levels(files[FILE])
    return files


def _read_targets(path: Path, description: str) -> dict[str, bytes]:
    """Read the file with the targets of places, if a study names one."""
    name = study.read_description(description)[""].get("targets")
    if name is None:
        return {}
    file = _file_beside(path, name)
    if not file.is_file():
        raise ValueError(words.term("own.no_targets", file=name))
    return {study.TARGETS: file.read_bytes()}


def _file_beside(path: Path, name: str) -> Path:
    """Find a file that the description of a study names; refuse one outside its folder."""
    folder = _folder_of(path)
    file = folder / name
    if not file.resolve().is_relative_to(folder.resolve()):
        raise ValueError(words.term("own.outside", file=name))
    return file


def _folder_of(path: Path) -> Path:
    """Give the folder in which the description of a study lies."""
    return path if path.is_dir() else path.parent


def _use_former(in_use: Study, folder: Path, path: Path) -> Study:
    """Carry the reports of former places, if the study names them, to those of the study in use."""
    before = in_use.described.get("before")
    if before is None or (path / study.SOURCES).is_file():
        return in_use
    beside = _folder_of(path)
    former = beside / before["study"]
    if not former.is_dir():
        former = study.find(before["study"])
    carried = frames.carry_former(former, _file_beside(path, before["crosswalk"]))
    origin = frames.worst_origin(carried["origin"])
    return _use_folder(write(folder, {study.BEFORE: _csv(carried)}, origin=origin))


def _outlines(in_use: Study, file: Path, crs: str | None) -> tuple[dict[str, bytes], list[str]]:
    """Read outlines; most districts must be there, communes are drawn only if all are there."""
    read = places.read_areas(file, crs=crs)
    areas = read.areas
    notes = list(read.notes.values())
    files = {}
    if read.level == "commune":
        if len(areas) == len(places.units()):
            files[places.OUTLINES["commune"]] = _geojson(areas)
        else:
            notes.append(words.term("own.communes_as_circles", known=len(areas)))
        # Joined here and not read again: where communes lie tells the projection for certain.
        areas = areas.dissolve("compared_code")
    every_district = places.compared().index
    missing = sorted(set(every_district) - set(areas.index))
    if not is_enough_for_map(len(every_district) - len(missing), len(every_district)):
        names = ", ".join(places.name(code) for code in missing)
        msg = words.term("own.no_outline", file=file.name, number=len(missing), names=names)
        # Why they are not there: what was left out, and in which projection the file was read.
        raise BuildError("\n".join([msg, *notes]))
    projection = {}
    if areas.crs != places.province()["crs"]:
        projection["projection"] = areas.crs.to_string()
    # what the shipped study says of its outlines is not true of others
    removed = [] if FILE in in_use.own else ["outlines"]
    files |= rewrite_description(in_use, *removed, **projection)
    files[places.OUTLINES["district"]] = _geojson(areas)
    return files, notes


def _geojson(areas: gpd.GeoDataFrame) -> bytes:
    shapes = areas[["geometry"]].rename_axis("code").to_crs("EPSG:4326")
    return str(shapes.reset_index().to_json(drop_id=True)).encode()


def _report_files(read: Checked, reports: pd.DataFrame) -> dict[str, bytes]:
    """Lay out reports, and the teams and residents that were read with them."""
    files = {study.REPORTS: _csv(reports), frames.TEAMS: _csv(read.teams)}
    if not read.residents.empty:
        files[study.RESIDENTS] = _csv(read.residents)
    return files


def _refusal(read: Checked, files: Files) -> str:
    """Say that a report is not accepted, show its first faults, and where to see all."""
    reports = files.report_paths
    n_rejected = words.number(len(read.rejected))
    n_accepted = words.number(len(read.accepted))
    names = ", ".join(file.name for file in reports)
    head = words.term("own.refused", file=names, rejected=n_rejected, accepted=n_accepted)
    options = ""
    for name in ("places", "indicators", "study"):
        file = getattr(files, name)
        if file:
            options += f" --{name} {file}"
    faulty_sheets = "\n".join(read.errors["sheet"])
    commands = [
        words.term("own.check_first", command=f"{file}{options}")
        for file in reports
        if len(reports) == 1 or file.name in faulty_sheets
    ]
    faults = first_faults(read, read.errors)
    return "\n".join([head, *faults, *workbook.not_read(read), *commands])


def first_faults(read: Checked, faults: pd.DataFrame) -> Iterator[str]:
    """Write the first of each kind of some faults, errors first, and how many more there are."""
    shown = printable_faults(read)
    shown = shown[shown.index.isin(faults.index)].sort_values("severity", kind="stable")
    shown = shown.groupby(["severity", "rule"], sort=False).head(FIRST)
    for fault in shown.to_dict("records"):
        cell = f"{plain(fault['sheet'], longest=40)}!{cell_name(fault['column'], fault['row'])}"
        first_line, *lines = comment(fault)
        yield f"{cell.strip('!')}  {first_line}"
        yield from (f"    {line}" for line in lines)
    if len(faults) > len(shown):
        yield words.term("check.more", number=words.number(len(faults) - len(shown)))


def printable_faults(read: Checked) -> pd.DataFrame:
    """
    Give the faults of a report as they may be printed: a screen is read by others, a log kept.

    Only what a report says is taken out of a sentence, and where it is put in: small numbers, and
    all numbers of a cell that is hidden, refused or not read. A number that is shown elsewhere is
    not taken out for being equal to one that is hidden: that would tell it. A fault that only says
    that a count is small is left out. The workbook has all.
    """
    threshold = suppress.threshold()
    if not threshold:
        return read.faults
    digits = read.faults["found"].str.replace(r"\D", "", regex=True)
    is_small = pd.to_numeric(digits, errors="coerce") < threshold
    faults = read.faults[(read.faults["rule"] != "unusually_low") | ~is_small].copy()
    masks = _Masks(read)
    texts = ["message", "expected", "suggestion"]
    for number, fault in faults.iterrows():
        mask = masks.choose(fault)
        for name in texts:
            text = plain(unmark(fault["marked"][name], mask))
            is_empty = not text.strip("… ")
            faults.loc[number, name] = "" if is_empty else text
    return faults


class _Masks:
    """Ways to leave numbers of a report unsaid, by the cell that they are in."""

    def __init__(self, read: Checked) -> None:
        self.hidden = _hidden_cells(read)
        self.codes = read.rows.set_index(["sheet", "row"])["code"].to_dict()
        self.refused = set(zip(read.rejected["sheet"], read.rejected["row"], strict=True))
        # a report may have residents of its own, in rows that are refused
        has_known_residents = read.residents.empty and not read.accepted.empty
        self.populations = {}
        if has_known_residents:
            self.populations = places.units()["population"].to_dict()

    def choose(self, fault: pd.Series) -> Callable[[str], str]:
        """Choose the mask of what a fault quotes."""
        measure, _, part = fault["field"].partition(".")
        row = fault["sheet"], fault["row"]
        code = self.codes.get(row) or ""
        if fault["rule"] == "share_alone" or not fault["field"]:
            # nobody knows what these numbers count
            return mask_counts
        if not part:
            return unsaid
        if row not in self.refused:
            is_hidden = (measure, code) in self.hidden
            return mask_counts if is_hidden else unsaid
        if sense.is_out_of_residents(measure) and code in self.populations:
            # beside known residents, only a number that is near them may tell the rest
            residents = int(self.populations[code])
            threshold = suppress.threshold()
            near = range(residents - threshold, residents + threshold + 1)
            return partial(unsaid, hidden=near)
        # nobody has asked yet whether a count of a row that is refused is to be hidden
        return mask_digits


def _hidden_cells(read: Checked) -> frozenset[tuple[str, str]]:
    """
    List measures with places of which some count is hidden.

    Where any is, a row of no single place, as of a total, is held for hidden.
    """
    if not len(read.reports):
        return frozenset()
    is_hidden = suppress.is_hidden(suppress.hide_counts(read.reports))
    hidden = read.reports[is_hidden]
    cells = zip(hidden["indicator"], hidden["code"], strict=True)
    of_no_place = [(name, "") for name in hidden["indicator"]]
    return frozenset([*cells, *of_no_place])


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode()


def write(folder: Path, files: Mapping[str, bytes], *, origin: str = "reported") -> Path:
    """
    Write files and the register of their checksums: a folder for `Study.open`.

    Parameters
    ----------
    folder
        Where to write. What another call wrote there stays unless it is named again.
    files
        The content of each file by its name below `data/`, such as `"reports/reports.csv"`. With a
        register, a file that it describes keeps its origin.
    origin
        Of the numbers of other files.

    Returns
    -------
    folder
        The same.
    """
    register = folder / study.SOURCES
    folder.mkdir(parents=True, exist_ok=True)
    if study.SOURCES in files:
        register.write_bytes(files[study.SOURCES])
    cards = study.register(folder) if register.is_file() else {}
    for name in set(files) - {study.SOURCES}:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(files[name])
        digits = hashlib.sha256(files[name]).hexdigest()
        if cards.get(name, {}).get("sha256") != digits:
            cards[name] = {"file": name, "sha256": digits, "real_or_invented": origin}
    # of a file that a publisher gave, whose it is and when it was captured stay, too
    columns = ["file", "sha256", "real_or_invented", "origin", "url", "captured"]
    table = pd.DataFrame(cards.values(), columns=columns).sort_values("file")
    register.write_bytes(_csv(table))
    return folder

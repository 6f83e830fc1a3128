"""Ask a frame how a count goes with an exposure, its columns named once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from .. import effect, escaping, places, render, study, words
from ..countries.letters import bare
from ..effect.columns import Names, read, require_names
from ..effect.rules import DOUBT, require_comparable
from ..maps.draw import said
from . import questions
from .questions import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..figures.figure import Panel
    from ..indicators import Indicator
    from ..maps import Picture


@dataclass(frozen=True)
class Dummies:
    """What became of one control that holds texts."""

    control: str
    reference: str
    """What each dummy is compared with: the first text in alphabetical order."""
    columns: tuple[str, ...]
    """One for every other text; none where all rows have the same."""

    def said(self) -> str:
        """Say in the language in use what became of it."""
        key = "findings.dummies" if self.columns else "findings.dummies_one"
        return words.term(key, name=escaping.plain(self.control), reference=self.reference)


def dummies(
    frame: pd.DataFrame, controls: Sequence[str]
) -> tuple[pd.DataFrame, tuple[str, ...], tuple[Dummies, ...]]:
    """
    Give each control that holds texts, or categories, a column of 0 and 1 for each but the first.

    Parameters
    ----------
    frame
        Any; it is left as it is.
    controls
        Names of its columns. One of numbers stays.

    Returns
    -------
    frame, controls, made
        The frame with the dummies, named `control: text`; the controls with these in place of
        the texts; and what was made. A missing text is missing in each of its dummies.

    Raises
    ------
    ValueError
        If the frame has a column of that name already.

    Examples
    --------
    >>> frame = pd.DataFrame({"zone": ["north", "coast", "north"], "people": [3, 2, 1]})
    >>> table, controls, _ = dummies(frame, ["zone", "people"])
    >>> controls, table["zone: north"].tolist()
    (('zone: north', 'people'), [1.0, 0.0, 1.0])
    """
    named: list[str] = []
    made = []
    for control in controls:
        if (frame.columns == control).sum() != 1 or not _holds_texts(frame[control]):
            named.append(control)
            continue
        reference, *others = sorted(set(_texts(frame[control]).dropna()), key=_alphabetical) or [""]
        one = Dummies(control, reference, tuple(f"{control}: {text}" for text in others))
        taken = [name for name in one.columns if name in frame.columns]
        if taken:
            msg = (
                f"the texts of {control!r} become columns of 0 and 1, and the frame has columns "
                f"{', '.join(map(repr, taken))} already. Rename these."
            )
            raise ValueError(msg)
        named += one.columns
        made.append(one)
    return again(frame, made), tuple(named), tuple(made)


def again(frame: pd.DataFrame, made: Sequence[Dummies]) -> pd.DataFrame:
    """
    Give a frame the dummies that were made of another, as of an earlier year.

    Raises
    ------
    ValueError
        If it holds a text that the other does not: it would be taken for the reference.
    """
    columns: dict[str, pd.Series] = {}
    for one in made:
        if one.control not in frame.columns:
            msg = f"No such column: {one.control!r}. The frame has {list(frame.columns)}."
            raise LookupError(msg)
        texts = _texts(frame[one.control])
        names = f"{one.control}: " + texts
        strange = sorted(set(texts[~names.isin(one.columns)].dropna()) - {one.reference})
        if strange:
            msg = (
                f"{one.control!r} holds {', '.join(map(repr, strange))}, and the other frame does "
                "not. Write each text in one way in both, or leave this control out."
            )
            raise ValueError(msg)
        columns |= {name: (names == name).astype(float).mask(texts.isna()) for name in one.columns}
    return frame.assign(**columns)


def _holds_texts(column: pd.Series) -> bool:
    """Say whether a column is of categories, or holds a text: digits that are a code are one."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return True
    return bool(column.map(lambda one: isinstance(one, str)).any())


def _texts(column: pd.Series) -> pd.Series:
    """Read each text as one line, blanks at its ends gone; what is missing stays so."""
    return column.astype(object).map(escaping.plain, na_action="ignore")


def _alphabetical(text: str) -> tuple[str, str]:
    """Sort as a reader does: letters with marks stand with those without."""
    return bare(text.lower()), text


class Design:
    """
    How a count with a known denominator goes with an exposure, when there are few clusters.

    Each method asks one question and gives an `Answer`: printed it is a sentence in the language
    in use, `Answer.table` is a tidy frame, `Answer.plot` draws it. Where the data cannot carry an
    answer, the sentence says why, and nothing is put in its place.

    Parameters
    ----------
    frame
        One row a unit, named by its index; of `effect.units`, or any frame. It is left as it is.
    count, exposure, offset, cluster
        Names of its columns: the counts; the exposure, in any unit; the denominator of the counts,
        itself and not its log; what units share shocks with.
    controls
        Columns to hold equal. One of texts, or of categories, becomes dummy variables, each
        compared with the first text in alphabetical order; answers say so.
    doubt
        What the denominator may be off by; see `effect.columns`.
    origin, source
        Where the numbers come from, one of `frames.ORIGINS` (needed unless the frame has a column
        `origin`), and who says so (needed unless all units are places of the list in use).
    as_of
        The date or period of the data, in words.
    neighbours
        Pairs of units, as of `places.neighbours`, for errors that know who is near whom. None:
        those of the list in use where all units are its communes, else there are none.

    Raises
    ------
    LookupError
        If a column is not in the frame.
    ValueError
        If a value can be none (each is listed), or origin or source is not said.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import hganalysis as hg
    >>> place = np.arange(32)
    >>> frame = pd.DataFrame({
    ...     "county": np.repeat(["Kitui", "Lamu", "Meru", "Nairobi"], 8),
    ...     "people": 9000 + 100 * place,
    ...     "post_offices": place * 7 % 5,
    ...     "letters": (900 + 10 * place) * 1.1 ** (place * 7 % 5) * (1 + place * 11 % 7 / 50),
    ... })
    >>> design = Design(frame, count="letters", exposure="post_offices", offset="people",
    ...                 cluster="county", origin="reported", source="a survey of our own")
    >>> with hg.words.use("en"):
    ...     print(str(design.headline())[:68])
    Among units of the same county, the rate of letters to people is 1.1
    >>> design.headline().table[["term", "df", "clusters"]].round(1).to_numpy().tolist()
    [['post_offices', 3.0, 4]]
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        *,
        count: str,
        exposure: str,
        offset: str,
        cluster: str,
        controls: Sequence[str] = (),
        doubt: float = DOUBT,
        origin: str | None = None,
        source: str | None = None,
        as_of: str = "",
        neighbours: pd.DataFrame | None = None,
    ) -> None:
        require_names(count, controls)
        listed = _is_listed(frame, cluster)
        # Of the places of a study in use its own sources are told, where a picture is drawn.
        table, self._source = said(
            frame, count, origin=origin, source="" if listed and source is None else source
        )
        table, terms, self.dummies = dummies(table, controls)
        self.data = read(table, Names(count, exposure, offset, cluster, terms), doubt)
        self.frame = (
            None
            if listed and f"exposures.{exposure}" in words.strings()
            else study.Frame(
                count=escaping.plain(count),
                out_of=escaping.plain(offset),
                cluster=escaping.plain(cluster),
                exposure=escaping.plain(exposure),
                listed=listed,
            )
        )
        self._as_of = as_of
        self._measure: Indicator | None = None
        self._neighbours = places.neighbours() if neighbours is None and listed else neighbours

    @classmethod
    def of_reports(
        cls, reports: pd.DataFrame, teams: pd.DataFrame, *, indicator: Indicator
    ) -> Design:
        """
        Ask how a measure of the reports in use goes with the exposure of the study, by district.

        Parameters
        ----------
        reports, teams, indicator
            As for `effect.units`. Where there are urban and rural places, that is held equal, and
            so are the controls that the study names.

        Raises
        ------
        Refused
            If no place has that measure and its exposure in that year.
        """
        made = cls(
            (frame := effect.units(reports, teams, indicator=indicator)),
            count="count",
            exposure=study.current().density,
            offset="population",
            cluster="district_code",
            controls=effect.varying(frame, ["urban", *study.current().controls]),
            as_of=indicator.when,
        )
        made._measure = indicator
        return made

    @property
    def label(self) -> str:
        """What the catalogue calls the outcome; "" where it is no measure of it."""
        return "" if self._measure is None else self._measure.label

    def on(self, frame: pd.DataFrame) -> Design:
        """Ask the same of another frame with the same columns, of the same source."""
        names = self.data.names
        made = Design(
            frame,
            count=names.count,
            exposure=names.exposure,
            offset=names.offset,
            cluster=names.cluster,
            controls=names.controls,
            doubt=self.data.doubt,
            origin=None if "origin" in frame else self.data.origin,
            source=self._source,
            as_of=self._as_of,
            neighbours=self._neighbours,
        )
        made._measure = self._measure
        return made

    def __repr__(self) -> str:
        names = self.data.names
        terms = " + ".join([names.exposure, *names.controls])
        return f"Design({names.count} / {names.offset} ~ {terms}, by {names.cluster})"

    @cached_property
    def rungs(self) -> effect.Ladder:
        """Every way to compare that the data carry, and why not of the others."""
        return self.climb(None)

    def climb(self, before: pd.DataFrame | None) -> effect.Ladder:
        """Estimate every rung; with the frame of an earlier year, its comparison too."""
        require_comparable(self.data)
        if before is not None:
            before = again(before, self.dummies)
            if "origin" not in before.columns:
                before = before.assign(origin=self.data.origin)
        return effect.ladder(self.data, before=before, neighbours=self._neighbours)

    def headline(self) -> Answer:
        """
        Estimate by the rule fixed in advance: clusters compared with themselves where they can be.

        Returns
        -------
        answer
            Its table has a row for the exposure and one for each control; see `effect.tidy`.
        """
        return self._ask(questions.headline)

    def ladder(self, *, before: pd.DataFrame | None = None, truth: float | None = None) -> Answer:
        """
        Estimate in every way that the data carry, and say of the others why they do not.

        Parameters
        ----------
        before
            Frame of the earlier year, with the same columns and units, to compare each unit with
            itself. Where it does not say its origin, that is the origin of the later one.
        truth
            Of simulated data, the log rate ratio for one unit that was planted: a dashed line.

        Returns
        -------
        answer
            Its table has the rows of `headline` for each rung; of a refused one, the reason.
        """
        return self._ask(lambda asked: questions.ladder(asked, before=before, truth=truth))

    def alternatives(self, *, bootstrap: int = 9999) -> Answer:
        """
        Set other intervals for the same question beside the headline's.

        Parameters
        ----------
        bootstrap
            Draws of the wild cluster bootstrap; 0 leaves it out.

        Returns
        -------
        answer
            Its table has a row for the headline and for each other way; `shape` says where an
            interval is unbounded or in pieces, and `log_low` and `log_high` are its outer ends.
        """
        return self._ask(lambda asked: questions.alternatives(asked, bootstrap=bootstrap))

    def influence(self) -> Answer:
        """
        Leave out one cluster at a time; this is answered where the headline is refused, too.

        Returns
        -------
        answer
            Its table has a row for each cluster left out: that of `effect.leave_one_out`, beside
            `effect.leverage` where units are compared.
        """
        return self._ask(questions.influence)

    def denominators(self, *, members: str | None = None) -> Answer:
        """
        Ask how much of the estimate errors in the denominator alone could make.

        Parameters
        ----------
        members
            The column that the exposure counts over the denominator; by default it is looked for.

        Returns
        -------
        answer
            Its table has a row for the estimate and each of the questions of
            `effect.denominator_test`, named by `question`.
        """
        return self._ask(lambda asked: questions.denominators(asked, members=members))

    def sensitivity(self) -> Answer:
        """
        Ask how strong something unmeasured must be to take the relation away.

        Returns
        -------
        answer
            Its table has a row for the least-squares twin, with its robustness values and the
            E-values of the headline, and one for each control and multiple of its strength.
        """
        return self._ask(questions.sensitivity)

    def power(self, *, clusters: Sequence[int] = ()) -> Answer:
        """
        Say which difference this design would detect, before anyone looks at what it found.

        Parameters
        ----------
        clusters
            Designs of as many clusters of the same kind, to be set beside this one.

        Returns
        -------
        answer
            Its table has a row for each true rate ratio and design: how often it is detected.
        """
        return self._ask(lambda asked: questions.power(asked, clusters=clusters))

    def picture(self, title: str, panel: Panel, *, subtitle: str) -> Picture:
        """Draw a chart on a page with its finding, what that is of, and its source."""
        return render.chart(
            panel,
            title=title,
            subtitle=subtitle,
            of=self.data.frame,
            source=self._source or None,
            as_of=self._as_of,
        )

    def _ask(self, question: Callable[[Design], Answer]) -> Answer:
        """Answer a question, or say why there is no answer."""
        try:
            return question(self)
        except effect.Refused as refused:
            return questions.refusal(self, refused)


def _is_listed(frame: pd.DataFrame, cluster: str) -> bool:
    """Say whether all units and clusters of a frame are places of the list in use, by code."""
    if (frame.columns == cluster).sum() != 1:
        return False
    clusters = set(frame[cluster].astype(str))
    units = set(frame.index)
    return units <= set(places.communes().index) and clusters <= set(places.districts().index)

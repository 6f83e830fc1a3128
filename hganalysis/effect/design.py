"""Ask a frame how a count goes with an exposure, its columns named once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import figure, frames, indicators, places, study, suppress
from ..draw import Picture
from ..draw.picture import Shown
from . import denominator, pictures, questions, rungs, sentences, spatial
from .frame import Data, Names, Refused, read, say, units

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class Answer(Shown):
    """
    One answer: `str(answer)` is a sentence in the language in use.

    A notebook shows the sentence, and the picture below it.
    """

    asked: Design
    rows: list[questions.Record]
    says: Callable[[Design, pd.DataFrame], str]
    draws: Callable[[Design, pd.DataFrame, str], Figure] | None
    refused: Refused | None = None
    """Why there is no answer; else None."""

    @property
    def table(self) -> pd.DataFrame:
        """Tidy, one row an estimate, nothing rounded; where there is no answer, its `reason`."""
        names = self.asked.data.names
        outcome = f"{names.count} / {names.offset}"
        return questions.tidy(self.rows, outcome=outcome, origin=self.asked.origin)

    @property
    def model(self) -> Any:  # noqa: ANN401
        """What statsmodels made of the headline: `answer.model.summary()`."""
        return None if self.refused else self.asked.rung.results

    def said(self) -> str:
        """Say it without its origin."""
        if self.refused:
            return say("effect.none", reason=str(self.refused))
        return self.says(self.asked, self.table)

    def __str__(self) -> str:
        return figure.prefixed(self.said(), frames.worst_origin(self.table["origin"]))

    def picture(self) -> Picture | None:
        """Draw the answer; None where there is nothing to draw, as where it is refused."""
        if self.draws is None or not any("b" in row for row in self.rows):
            return None
        return Picture(self.draws(self.asked, self.table, self.said()))


class Design:
    """
    How a count with a known denominator goes with an exposure, when there are few clusters.

    Each method asks one question and gives an `Answer`: printed it is a sentence in the language
    in use, `.table` a tidy frame, `.picture()` a picture. Where the data cannot carry an answer,
    the sentence says why, and nothing is put in its place.

    Parameters
    ----------
    frame
        One row a unit, named by its index; of `hg.units`, or any frame. It is left as it is. Units
        whose count is hidden (column `state` or `pool`) are left out, and sentences say so.
    count, exposure, offset, cluster
        Names of its columns: the counts; the exposure, in any unit; the denominator of the counts,
        itself and not its log; what units share shocks with.
    controls
        Columns to hold equal. One of texts, or of categories, becomes dummy variables, each
        compared with the first text in alphabetical order; answers say so.
    doubt
        What the denominator may be off by, where you know (a coefficient of variation: 0.02 is
        2 %). An estimate that such errors could make is withheld. Where nobody says, 10 % is
        assumed and what that would make stands beside the estimate.
    origin, source
        Where the numbers come from, one of `frames.ORIGINS` (needed unless the frame has a column
        `origin`), and who says so (needed unless all units are places of the list in use).
    neighbours
        Pairs `code`, `neighbour`, in both directions, with `x_km` and `y_km` of `code`. None: those
        of the list in use where all units are its communes, else there are none.

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
    ...     print(str(design.headline()).partition(" (")[0])
    Within county, 1 more of post_offices goes with letters per people 10% higher
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
        doubt: float | None = None,
        origin: str | None = None,
        source: str | None = None,
        neighbours: pd.DataFrame | None = None,
    ) -> None:
        if not isinstance(count, str):
            raise Refused(reason="sum over platforms", count=", ".join(map(repr, count)))
        if isinstance(controls, str):
            msg = f"controls is a tuple of column names: controls=({controls!r},)."
            raise TypeError(msg)
        if doubt is not None and not 0 <= doubt < 1:
            msg = f"doubt is what {offset!r} may be off by, from 0 to below 1: {doubt}"
            raise ValueError(msg)
        listed = _is_listed(frame, cluster)
        hidden = suppress.is_hidden(frame)
        self.hidden, self.all = int(hidden.sum()), len(frame)
        known = frame[~hidden.to_numpy()] if self.hidden else frame
        names = Names(count, exposure, offset, cluster, tuple(controls), listed)
        self.data: Data = read(known, names)
        said = source or ("the study" if listed else None)
        told = frames.require_said(frame, count, origin=origin, source=said)["origin"]
        self.origin = frames.worst_origin(told)
        self.source, self.doubt = source or "", doubt
        if neighbours is None and listed:
            near = places.neighbours()
            there = near[["code", "neighbour"]].isin(self.data.units.index).all(axis="columns")
            neighbours = near if there.any() else None
        self.neighbours = neighbours

    @classmethod
    def of_reports(cls, measure: str, year: int, *, doubt: float | None = None) -> Design:
        """
        Ask how a measure of the reports in use goes with the exposure of the study, by district.

        Its offset is what the measure is out of. Where there are urban and rural places, that is
        held equal, and so are the controls that the study names.

        Parameters
        ----------
        measure, year
            Of the catalogue.
        doubt
            As of `Design`.

        Raises
        ------
        Refused
            If no place has that measure and its exposure in that year.
        """
        asked = indicators.get(measure, year=year)
        frame = units(frames.reports(), frames.teams(), indicator=asked)
        known, held = frame[~suppress.is_hidden(frame)], ("urban", *study.current().controls)
        made = cls(
            frame,
            count="count",
            exposure=study.current().density,
            offset="out_of",
            cluster="district_code",
            controls=[one for one in held if len(set(known[one])) > 1],
            doubt=doubt,
        )
        made.data = replace(made.data, names=replace(made.data.names, measure=(measure, year)))
        return made

    @cached_property
    def rung(self) -> rungs.Rung:
        """The way to compare that is reported, fixed by rule; no other is put in its place."""
        return rungs.Rung(self.data, rungs.headline(self.data.within_share))

    @cached_property
    def moran(self) -> spatial.Moran | None:
        """Whether residuals of neighbours are alike; None where nobody knows who they are."""
        if self.neighbours is None or self.rung.number != 2:
            return None
        return spatial.moran(self.rung.results, self.rung.data.units.index, self.neighbours)

    @property
    def assumed(self) -> float:
        """What the denominator may be off by, as stated or as assumed."""
        return denominator.DOUBT if self.doubt is None else self.doubt

    def headline(self) -> Answer:
        """
        Estimate by the rule fixed in advance; one model is fitted.

        Returns
        -------
        answer
            Its table has a row for the exposure and one for each control; `answer.model` is the
            results object of statsmodels.
        """
        return self._ask(questions.headline, sentences.headline, draws=pictures.related)

    def ladder(self, before: pd.DataFrame | int | None = None) -> Answer:
        """
        Estimate in every way that the data carry, and say of the others why they do not.

        Parameters
        ----------
        before
            Frame of the earlier year, with the same columns and units, to compare each unit with
            itself; or, of a measure of the catalogue, that year.

        Returns
        -------
        answer
            A row for the exposure in each way to compare (column `way`; "spatial" is the second
            opinion where neighbours are alike); of a refused one, the reason.
        """
        return self._ask(questions.ladder, sentences.ladder, before)

    def leave_one_out(self) -> Answer:
        """
        Fit again without each cluster; this is answered where the headline is refused, too.

        Returns
        -------
        answer
            A row for each cluster left out (column `left_out`): its estimate, by how many standard
            errors of the headline that moves, and whether it turns the sign or moves more than one.
        """
        return self._ask(questions.leave_one_out, sentences.left_out)

    def denominators(self) -> Answer:
        """
        Ask how much of the estimate errors in the denominator alone could make.

        Returns
        -------
        answer
            A row for the estimate and each question (column `question`): errors of 5, 10 and 15 %
            alone; log numerator and log denominator with free coefficients; the count without those
            whom the exposure counts.
        """
        return self._ask(questions.denominators, sentences.denominators)

    def bootstrap(self, draws: int = 9999, weights: str = "webb") -> Answer:
        """
        Set jackknife, least-squares twin and wild cluster bootstrap beside the headline.

        Parameters
        ----------
        draws
            Of Webb's weights.
        weights
            `"webb"`, or `"rademacher"` to count all signs (6 to 16 clusters).

        Returns
        -------
        answer
            A row for each method; a set of the bootstrap in pieces has one for each, and an
            unbounded one infinite ends.
        """
        return self._ask(questions.bootstrap, sentences.opinions, draws, weights)

    def sensitivity(self) -> Answer:
        """
        Ask how strong something unmeasured must be to take the relation away.

        Returns
        -------
        answer
            A row for the least-squares twin, with its robustness values and the E-values of the
            headline, and one for each control and multiple of its strength.
        """
        return self._ask(questions.strength, sentences.strength)

    def power(self) -> Answer:
        """
        Say which difference this design would detect, before anyone looks at what it found.

        Returns
        -------
        answer
            A row for each `power` (.5, .8, .9, .95) with the smallest ratio that is detected so
            often; there is no picture.
        """
        return self._ask(questions.power, sentences.power, draws=None)

    def naive(self) -> Answer:
        """
        Compute what people reach for first, beside the headline. Never report these.

        Returns
        -------
        answer
            A row for each `method`: the headline, cluster-robust errors with the normal
            distribution, quasi-Poisson and the model's own errors; `phi` says how many times as
            much as the model assumes the counts vary.
        """
        return self._ask(questions.naive, sentences.naive)

    def placebos(self, later: str | int) -> Answer:
        """
        Ask of an exposure that cannot have acted: it should show nothing.

        Parameters
        ----------
        later
            Column of next year's exposure; or, of a measure of the catalogue, that year. This
            year's is held equal: densities last, and next year's alone would only repeat it.

        Returns
        -------
        answer
            A row for the headline, and one for the later exposure.
        """
        return self._ask(questions.placebos, sentences.later, later)

    def outcomes(self, others: Sequence[str]) -> Answer:
        """
        Ask the same of other outcomes, their p-values put right for being many (Holm).

        Parameters
        ----------
        others
            Columns of counts over the same denominator; or, of a measure of the catalogue, other
            measures of that year, each over its own.

        Returns
        -------
        answer
            A row for the headline, and one for each other outcome, with its `p_holm`.
        """
        return self._ask(questions.outcomes, sentences.outcomes, others)

    def related(self) -> Picture:
        """
        Show each unit beside its own cluster, and the line that was fitted.

        Raises
        ------
        Refused
            If there is no headline.
        """
        return self._picture(pictures.related)

    def ways(self, before: pd.DataFrame | int | None = None) -> Picture:
        """
        Show ways to compare, denominators and leaving one out, as ratios in one figure.

        Parameters
        ----------
        before
            As of `ladder`.

        Raises
        ------
        Refused
            If there is no headline.
        """
        return self._picture(pictures.ways, before)

    def _picture(self, draws: Callable[..., Figure], *args: object) -> Picture:
        if refused := self.headline().refused:
            raise refused
        return Picture(draws(self, *args))

    def _ask(
        self,
        question: Callable[..., list[questions.Record]],
        says: Callable[[Design, pd.DataFrame], str],
        *args: object,
        draws: Callable[..., Figure] | None = pictures.ratios,
    ) -> Answer:
        """Answer, or say why there is no answer: nothing is put in its place."""
        common = {"rung": self.rung.number, "term": self.data.names.exposure, "sd": self.data.sd}
        try:
            questions.require_known(self)
            return Answer(self, [common | row for row in question(self, *args)], says, draws)
        except Refused as why:
            return Answer(self, [common | {"why": why}], says, None, why)


def _is_listed(frame: pd.DataFrame, cluster: str) -> bool:
    """Say whether all units and clusters of a frame are places of the list in use, by code."""
    if (frame.columns == cluster).sum() != 1:
        return False
    communes, districts = set(places.communes().index), set(places.districts().index)
    return set(frame.index) <= communes and set(frame[cluster].astype(str)) <= districts

"""Ask a frame how a count is related to an exposure. Its columns are named once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

import pandas as pd

from .. import figure, frames, indicators, places, study, suppress, words
from ..draw import OfStudy, Picture, in_one_study
from ..periods import PeriodKey
from . import pictures, questions, sensitivity, sentences, spatial
from .answer import DesignAnswer, ask
from .frame import Data, Names, Refused, design_frame, read_data
from .rungs import WITHIN, Specification, check, choose_headline

# Above this share of hidden counts the others do not speak for all: of 60 in 100 hidden and filled
# with the mean of their group a log ratio moved by 36 %.
MAX_HIDDEN_SHARE = 0.1

# Neighbours are called alike if noise is as much alike as they are in at most this share of draws.
ALIKE_P_VALUE = 0.05


class Design(OfStudy):
    """
    How a count with a known denominator goes with an exposure, when there are few clusters.

    Each method asks one question and gives an answer: printed it is a sentence in the language
    in use, `.table` a tidy frame, `.picture()` a picture. Where the data cannot carry an answer,
    the sentence says why, and no other estimate takes its place.

    Parameters
    ----------
    frame
        One row for each unit, named by its index; of `hg.design_frame`, or any frame. It is not
        changed.
        Units whose count is hidden (column `state` or `pool`) are left out, and sentences say so.
    count, exposure, offset, cluster
        Names of its columns: the counts; the exposure, in any unit; the denominator of the counts,
        itself and not its log; what units share shocks with.
    controls
        Columns to hold equal, or one. Texts, or categories, become dummy variables, each compared
        with the first text in alphabetical order; answers say so.
    doubt
        What the denominator may be off by, where you know (a standard deviation, independent
        between units: 0.02 is 2 %). An estimate that such errors could make is withheld. By default
        10 % is assumed, and what that would make is shown beside the estimate.
    kind
        `"share"` if each count is part of its denominator, `"ratio"` if it may be more, as acts
        are. By default what the frame says (column `kind`), else a share.
    exposure_per
        Name of the column that the exposure is counted per: of `offset`, where errors of that
        column are in both; `""` if it is counted per nothing. By default it is `offset` where a
        column of the frame is the exposure times `offset`, up to a unit; else nobody knows, and a
        `doubt` is refused.
    origin, source
        Where the numbers come from, one of `frames.ORIGINS` (needed unless the frame has a column
        `origin`), and who says so (needed unless all units are places of the list in use).
    neighbours
        Pairs `code`, `neighbour`, in both directions, with `x_km` and `y_km` of `code`. By default
        those of the list in use, if all units are its communes, else none.

    Raises
    ------
    LookupError
        If a column is not in the frame.
    ValueError
        If a value is impossible (each is listed), a count of a share is more than its denominator,
        or origin or source is missing.

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
    Within county, 1 more of post_offices is associated with 10% higher letters per people
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
        kind: str | None = None,
        exposure_per: str | None = None,
        origin: str | None = None,
        source: str | None = None,
        neighbours: pd.DataFrame | None = None,
    ) -> None:
        if not isinstance(count, str):
            raise Refused(reason="sum over platforms", count=", ".join(map(repr, count)))
        if doubt is not None and not 0 <= doubt < 1:
            msg = words.term(
                "effect_errors.doubt",
                offset=offset,
                doubt=doubt,
            )
            raise ValueError(msg)
        controls = (controls,) if isinstance(controls, str) else tuple(controls)
        # hidden counts are left out, and counted
        is_hidden = suppress.is_hidden(frame).to_numpy()
        self.n_hidden, self.n_units = int(is_hidden.sum()), len(frame)
        kind = frames.kind_of(frame, kind)
        names = Names(count, exposure, offset, cluster, controls, kind, exposure_per, self.study)
        self.data: Data = read_data(frame[~is_hidden], names)
        frames.refuse_percents(frame, count, offset)

        # who counted, and how far residents may be off
        has_study_places = self.data.names.has_study_places
        required_source = source or ("the study" if has_study_places else None)
        rows = frames.require_provenance(frame, count, origin=origin, source=required_source)
        self.origin = frames.worst_origin(rows["origin"])
        self.source, self.doubt = source or "", doubt
        self.denominator_error = sensitivity.DENOMINATOR_ERROR if doubt is None else doubt

        # who borders whom, for places of the study
        if neighbours is None and has_study_places:
            pairs = places.neighbours()
            is_unit = pairs[["code", "neighbour"]].isin(self.data.units.index)
            if is_unit.all(axis="columns").any():
                neighbours = pairs
        self.neighbours = neighbours

    def __repr__(self) -> str:
        """Write the question, in the language in use."""
        return sentences.write_question(self.data)

    @classmethod
    @in_one_study
    def of_reports(cls, measure: str, period: PeriodKey, *, doubt: float | None = None) -> Design:
        """
        Ask how a measure of the reports in use goes with the exposure of the study.

        Places are compared within the cluster that the study names, or else the level above them.
        The offset is what the measure is out of. If there are urban and rural places, that is held
        equal, and so are the controls that the study names.

        Parameters
        ----------
        measure, period
            Of the catalogue.
        doubt
            As of `Design`.

        Raises
        ------
        Refused
            If no place has that measure and its exposure in that period.

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> design.headline().table.loc[0, ["units", "clusters"]].tolist()
        [75, 8]
        """
        indicator = indicators.get(measure, period=period)
        frame = design_frame(frames.reports(), frames.teams(), indicator=indicator)
        shown = frame[~suppress.is_hidden(frame)]
        in_use = study.current()
        controls = ("urban", *in_use.controls)
        # whoever read the reports was asked whether they are per cents
        design = cls(
            frame.assign(are_counts=True),
            count="count",
            exposure=in_use.density,
            offset="out_of",
            cluster=places.name_cluster_column(in_use),
            controls=[control for control in controls if len(set(shown[control])) > 1],
            doubt=doubt,
            exposure_per="population",
        )
        names = replace(design.data.names, measure=(measure, period))
        design.data = replace(design.data, names=names)
        return design

    @property
    def credited(self) -> list[str]:
        """The names of what was counted by whom the study says: a measure, and the exposure."""
        names = self.data.names
        return [names.measure[0], names.exposure] if names.measure else []

    @cached_property
    def specification(self) -> Specification:
        """The way to compare that is reported, fixed by rule; no other is put in its place."""
        if self.n_hidden > MAX_HIDDEN_SHARE * self.n_units:
            facts = {"hidden": self.n_hidden, "all": self.n_units}
            raise Refused(self.data.names, reason="hidden counts", **facts)
        return Specification(self.data, choose_headline(self.data.within_share))

    @cached_property
    def are_alike(self) -> bool:
        """Whether residuals of neighbours are alike, where it is known who they are."""
        specification, pairs = self.specification, self.neighbours
        if pairs is None or specification.rung != WITHIN:
            return False
        test = spatial.moran(specification.fit, specification.data.units.index, pairs)
        return test.p_value <= ALIKE_P_VALUE

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """What is weak about the headline, in few English words, for programs."""
        flags = check(self.specification)
        if self.are_alike:
            flags.append("neighbours alike")
        return tuple(flags)

    def headline(self) -> DesignAnswer:
        """
        Estimate by the rule fixed in advance; one model is fitted.

        Returns
        -------
        answer
            Its table has a row for the exposure and one for each control; `answer.model` is the
            results object of statsmodels.

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> ratio = design.headline().table.loc[0, ["rate_ratio", "low", "high"]]
        >>> ratio.astype(float).round(2).tolist()
        [1.19, 1.15, 1.24]
        """
        return ask(self, "headline", questions.compute_headline, sentences.describe_headline)

    def ladder(self, before: pd.DataFrame | PeriodKey | None = None) -> DesignAnswer:
        """
        Estimate in every way that the data carry, and say of the others why they do not.

        Parameters
        ----------
        before
            Frame of the earlier period, with the same columns and units, to compare each unit with
            itself; or, of a measure of the catalogue, that period.

        Returns
        -------
        answer
            A row for the exposure in each way to compare (column `way`; "spatial" is the second
            opinion where neighbours are alike); of a refused one, the reason.

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> design.ladder().table[["rung", "rate_ratio"]].round(2).values.tolist()
        [[1, 1.19], [2, 1.19], [2, 1.21], [5, 1.13]]
        """
        return ask(self, "ladder", questions.compute_ladder, sentences.describe_ladder, before)

    def leave_one_out(self) -> DesignAnswer:
        """
        Fit again without each cluster; this is answered where the headline is refused, too.

        Returns
        -------
        answer
            A row for each cluster left out (column `left_out`): its estimate, by how many standard
            errors of the headline that moves, and whether it turns the sign or moves more than one.

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> table = design.leave_one_out().table
        >>> table[["left_out", "rate_ratio"]].round(2).head(2).values.tolist()
        [['930', 1.18], ['931', 1.2]]
        """
        return ask(
            self, "leave_one_out", questions.compute_leave_one_out, sentences.describe_leave_one_out
        )

    def denominators(self) -> DesignAnswer:
        """
        Ask how much of the estimate errors in the denominator alone could make.

        Returns
        -------
        answer
            A row for the estimate and each question (column `question`): errors of 5, 10 and 15 %
            alone; log numerator and log denominator with free coefficients; the count without those
            whom the exposure counts.

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> alone = design.denominators().table.query("question == 'errors alone'")
        >>> alone["rate_ratio"].round(2).tolist()
        [1.01, 1.03, 1.08]
        """
        return ask(
            self, "denominators", sensitivity.compute_denominators, sentences.describe_denominators
        )

    def bootstrap(self, draws: int = 9999, weights: str = "webb") -> DesignAnswer:
        """
        Compare the headline interval with a jackknife, least squares and a wild bootstrap.

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

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> design.bootstrap(draws=99).table["method"].tolist()
        ['cr2', 'cv3', 'twin', 'webb']
        """
        return ask(
            self,
            "bootstrap",
            questions.compute_bootstrap,
            sentences.describe_bootstrap,
            draws,
            weights,
        )

    def sensitivity(self) -> DesignAnswer:
        """
        Ask how strong something unmeasured must be to take the relation away.

        Returns
        -------
        answer
            A row for the least-squares twin, with its robustness values and the E-values of the
            headline, and one for each control and multiple of its strength.

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> float(design.sensitivity().table.loc[0, "robustness_value"].round(2))
        0.66
        """
        return ask(
            self, "sensitivity", sensitivity.compute_sensitivity, sentences.describe_sensitivity
        )

    def power(self) -> DesignAnswer:
        """
        Say which difference this design would detect, before anyone looks at what it found.

        Returns
        -------
        answer
            A row for each `power` (.5, .8, .9, .95) with the smallest ratio that is detected so
            often; there is no picture.

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> design.power().table[["power", "rate_ratio"]].round(2).values.tolist()
        [[0.5, 1.04], [0.8, 1.07], [0.9, 1.09], [0.95, 1.11]]
        """
        return ask(self, "power", questions.compute_power, sentences.describe_power)

    def naive(self) -> DesignAnswer:
        """
        Compute common but unsuitable intervals for comparison. Do not report these.

        Returns
        -------
        answer
            A row for each `method`: the headline, cluster-robust errors with the normal
            distribution, quasi-Poisson and the model's own errors; `phi` says how many times as
            much as the model assumes the counts vary.

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> design.naive().table[["method", "low", "high"]].round(2).values.tolist()
        [['headline', 1.15, 1.24], ['z', 1.16, 1.23], ['quasi', 1.15, 1.24], ['model', 1.19, 1.2]]
        """
        return ask(self, "naive", questions.compute_naive, sentences.describe_naive)

    def placebos(self, later: str | int) -> DesignAnswer:
        """
        Ask whether an exposure that cannot have acted shows a relation all the same.

        It shows one, or its interval leaves out the headline's ratio, or the data cannot tell.

        Parameters
        ----------
        later
            Column of next period's exposure; or, of a measure of the catalogue, that period. This
            period's is held equal: densities last, and next period's alone would only repeat it.

        Returns
        -------
        answer
            A row for the headline, and one for the later exposure.

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> design.placebos(2023).table[["exposure", "rate_ratio"]].round(2).values.tolist()
        [['now', 1.19], ['later', 1.14]]
        """
        return ask(self, "placebos", questions.compute_placebos, sentences.describe_placebos, later)

    def outcomes(self, others: Sequence[str]) -> DesignAnswer:
        """
        Ask the same of other outcomes, with p-values corrected for their number (Holm).

        Parameters
        ----------
        others
            Columns of counts over the same denominator; or, of a measure of the catalogue, other
            measures of that period, each over its own.

        Returns
        -------
        answer
            A row for the headline, and one for each other outcome, with its `p_holm`.

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> table = design.outcomes(["ewallet_users"]).table
        >>> table[["count", "rate_ratio"]].round(2).values.tolist()
        [['app_users', 1.19], ['ewallet_users', 1.14]]
        """
        return ask(
            self, "outcomes", questions.compute_outcomes, sentences.describe_outcomes, others
        )

    def by_unit(self) -> Specification:
        """
        Give the headline where units are compared: some questions can be asked of it only.

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> design.by_unit().rung
        2
        """
        check(self.specification)
        if self.specification.rung != WITHIN:
            raise Refused(self.data.names, reason="compared by cluster only")
        return self.specification

    def related(self) -> Picture:
        """
        Show each unit beside its own cluster, and the line that was fitted.

        Raises
        ------
        Refused
            If there is no headline.

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> picture = design.related()
        """
        return self._picture(pictures.compose_related)

    def ways(self, before: pd.DataFrame | PeriodKey | None = None) -> Picture:
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

        Examples
        --------
        >>> import hganalysis as hg
        >>> design = hg.Design.of_reports("app_users", 2022)
        >>> picture = design.ways()
        """
        return self._picture(pictures.compose_ways, before)

    def _picture(self, compose: Callable[..., figure.Figure], *arguments: object) -> Picture:
        """Draw a picture of the headline, if there is one."""
        refusal = self.headline().refused
        if refusal:
            raise refusal
        return Picture(compose(self, *arguments))

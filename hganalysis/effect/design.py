"""Ask a frame how a count goes with an exposure, its columns named once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial

import numpy as np
import pandas as pd

from .. import figure, frames, indicators, places, study, suppress, words
from ..draw import Picture
from . import models, pictures, sensitivity, sentences, spatial
from .answer import question
from .errors import StandardError, cluster_robust, cr2, cv3, wild_bootstrap
from .frame import Data, Names, Refused, read_data, units
from .models import Record, record_or_refusal
from .rungs import (
    NOTHING_TO_COMPARE,
    Specification,
    check,
    choose_headline,
    coefficient_record,
    match_years,
)

# Above this share of hidden counts the others do not speak for all: of 60 in 100 hidden and filled
# with the mean of their pool a log ratio moved by 36 %.
HIDDEN = 0.1
# From here on half of the variation of the exposure could be errors of its denominator.
DOUBTFUL = 0.5
# Neighbours are called alike where noise is that seldom as much alike as they are.
ALIKE = 0.05
POWERS = (0.5, 0.8, 0.9, 0.95)


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
        Columns to hold equal, or one. Texts, or categories, become dummy variables, each compared
        with the first text in alphabetical order; answers say so.
    doubt
        What the denominator may be off by, where you know (a standard deviation, independent
        between units: 0.02 is 2 %). An estimate that such errors could make is withheld. Where
        nobody says, 10 % is assumed and what that would make stands beside the estimate.
    kind
        `"share"` if each count is part of its denominator, `"ratio"` if it may be more, as acts
        are. By default what the frame says (column `kind`), else a share.
    exposure_per
        Name of the column that the exposure is counted per: of `offset`, where errors of that
        column are in both; `""` if it is counted per nothing. By default that is worked out from
        the frame where it can be, and a `doubt` is refused where it cannot.
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
        If a value can be none (each is listed), a count of a share is more than its denominator,
        or origin or source is not said.

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
        kind: str | None = None,
        exposure_per: str | None = None,
        origin: str | None = None,
        source: str | None = None,
        neighbours: pd.DataFrame | None = None,
    ) -> None:
        if not isinstance(count, str):
            raise Refused(reason="sum over platforms", count=", ".join(map(repr, count)))
        if doubt is not None and not 0 <= doubt < 1:
            msg = f"doubt is what {offset!r} may be off by, from 0 to below 1: {doubt}"
            raise ValueError(msg)
        held = (controls,) if isinstance(controls, str) else tuple(controls)
        hidden = suppress.is_hidden(frame).to_numpy()
        self.hidden, self.all = int(hidden.sum()), len(frame)
        names = Names(count, exposure, offset, cluster, held, exposure_per=exposure_per)
        names = replace(names, kind=frames.kind_of(frame, kind))
        self.data: Data = read_data(frame[~hidden], names)
        listed = self.data.names.has_study_places
        said = source or ("the study" if listed else None)
        told = frames.require_said(frame, count, origin=origin, source=said)["origin"]
        self.origin = frames.worst_origin(told)
        self.source, self.doubt = source or "", doubt
        self.assumed = sensitivity.DOUBT if doubt is None else doubt
        if neighbours is None and listed:
            near = places.neighbours()
            there = near[["code", "neighbour"]].isin(self.data.units.index).all(axis="columns")
            neighbours = near if there.any() else None
        self.neighbours = neighbours

    def __repr__(self) -> str:
        """Write the question, in the language in use."""
        return sentences.write_question(self.data)

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
            exposure_per="population",
        )
        made.data = replace(made.data, names=replace(made.data.names, measure=(measure, year)))
        return made

    @cached_property
    def rung(self) -> Specification:
        """The way to compare that is reported, fixed by rule; no other is put in its place."""
        if self.hidden > HIDDEN * self.all:
            raise Refused(self.data.names, reason="hidden counts", hidden=self.hidden, all=self.all)
        return Specification(self.data, choose_headline(self.data.within_share))

    @cached_property
    def alike(self) -> bool:
        """Whether residuals of neighbours are alike, where it is known who they are."""
        specification, pairs = self.rung, self.neighbours
        if pairs is None or specification.number != 2:
            return False
        return (
            spatial.moran(specification.results, specification.data.units.index, pairs)[1] <= ALIKE
        )

    @question
    def headline(self) -> list[Record]:
        """
        Estimate by the rule fixed in advance; one model is fitted.

        Returns
        -------
        answer
            Its table has a row for the exposure and one for each control; `answer.model` is the
            results object of statsmodels.
        """
        first = coefficient_record(self.rung)
        if self.alike:
            first["flags"] = "; ".join(filter(None, [first["flags"], "neighbours alike"]))
        if self.doubt:
            self._require_less(self.doubt)
        return [
            first,
            *(coefficient_record(self.rung, str(one)) for one in self.rung.data.controls),
        ]

    def _require_less(self, doubt: float) -> None:
        """Refuse where errors of the denominator that are stated could make the headline."""
        specification, part = self.rung, sensitivity.part_of(self.rung, doubt)
        if sensitivity.has_shared_denominator(self.data) is None:
            raise Refused(self.data.names, reason="exposure per what")
        if part is None:
            return
        made, share = part.log_rate_ratio, min(part.share, 1.0)
        told = {"doubt": partial(words.percent, doubt), "share": partial(words.percent, share)}
        if part.share >= DOUBTFUL:
            raise Refused(self.data.names, reason="denominator in doubt", **told)
        if specification.interval[0] > 0 and specification.log_rate_ratio <= made:
            alone = partial(sentences.reading(specification).ratio, made)
            raise Refused(self.data.names, reason="denominator could make it", alone=alone, **told)

    @question
    def ladder(self, before: pd.DataFrame | int | None = None) -> list[Record]:
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
        ways = ["1", "2", *["spatial"] * self.alike, *["4"] * (before is not None), "5"]
        rows = [record_or_refusal(self._way, way, before) | {"way": way} for way in ways]
        return [{"rung": 2 if row["way"] == "spatial" else int(row["way"])} | row for row in rows]

    def _way(self, way: str, before: pd.DataFrame | int | None) -> Record:
        """Compare in one way of the ladder."""
        if way == "4" and before is not None:
            then = self._frame_of(before)
            origins = pd.Series([self.origin, *then.get("origin", ())])
            return coefficient_record(match_years(self.data, then)) | {
                "origin": frames.worst_origin(origins)
            }
        if way == "spatial" and self.neighbours is not None:
            b, error = spatial.fit_spatial_errors(self.rung.data, self.neighbours)
            return coefficient_record(self.rung) | {
                "log_rate_ratio": b,
                "error": error,
                "flags": "",
            }
        same = way == str(self.rung.number)
        return coefficient_record(self.rung if same else Specification(self.data, int(way)))

    def _frame_of(self, before: pd.DataFrame | int) -> pd.DataFrame:
        """Take the frame of the year before, without what is hidden in it."""
        if not isinstance(before, pd.DataFrame):
            if self.data.names.measure is None:
                msg = "an earlier year can be named of a measure of the catalogue; "
                msg += "else give its frame."
                raise ValueError(msg)
            name, year = self.data.names.measure
            then, now = (indicators.get(name, year=int(one)) for one in (before, year))
            indicators.require_comparable(then, now)
            before = units(frames.reports(), frames.teams(), indicator=then)
        return before[~suppress.is_hidden(before).to_numpy()]

    @question
    def leave_one_out(self) -> list[Record]:
        """
        Fit again without each cluster; this is answered where the headline is refused, too.

        Returns
        -------
        answer
            A row for each cluster left out (column `left_out`): its estimate, by how many standard
            errors of the headline that moves, and whether it turns the sign or moves more than one.
        """
        check(self.rung, NOTHING_TO_COMPARE)
        clusters = self.rung.data.units["cluster"]
        size, rows = clusters.value_counts().sort_index(), []
        for one, many in size.items():
            row = {"left_out": one, "clusters": len(size) - 1, "units": len(clusters) - many}
            rows.append(
                row | {"turns": False, "moves": False} | record_or_refusal(self._without, str(one))
            )
        return rows

    def _without(self, one: str) -> Record:
        """Fit again without a cluster."""
        specification, clusters = self.rung, self.rung.data.units["cluster"]
        keep = (clusters != one).to_numpy()
        refit = models.refit(specification.results, keep)
        scale = models.log_rate_scale(refit)
        b = scale * float(
            refit.params.get(specification.exposure, np.nan)
        )  # nothing may be left of it
        moved = (b - specification.log_rate_ratio) / specification.error.standard_error
        row: Record = {"log_rate_ratio": b, "shift_in_errors": moved}
        row |= {"turns": b * specification.log_rate_ratio < 0, "moves": abs(moved) > 1}
        # Of fewer there is no cluster-robust error, and hundreds would take a minute.
        if 4 <= clusters[keep].nunique() < models.MANY_CLUSTERS and not np.isnan(b):
            row["error"] = cr2(refit, clusters[keep], specification.exposure).times(scale)
        return row

    @question
    def denominators(self) -> list[Record]:
        """
        Ask how much of the estimate errors in the denominator alone could make.

        Returns
        -------
        answer
            A row for the estimate and each question (column `question`): errors of 5, 10 and 15 %
            alone; log numerator and log denominator with free coefficients; the count without those
            whom the exposure counts.
        """
        check(self.rung, NOTHING_TO_COMPARE)
        return sensitivity.denominators(self.rung, self.assumed)

    @question
    def bootstrap(self, draws: int = 9999, weights: str = "webb") -> list[Record]:
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
        specification = self.rung
        check(specification)
        cluster, name = specification.data.units["cluster"], specification.exposure
        p, pieces, drawn = wild_bootstrap(
            specification.results, cluster, name, draws=draws, weights=weights
        )
        jack = cv3(specification.results, cluster, name).times(specification.scale)
        both = {"cr2": specification.error, "cv3": jack}.items()
        rows: list[Record] = [
            {"method": key, "log_rate_ratio": specification.log_rate_ratio, "error": one}
            for key, one in both
        ]
        if specification.number == 2 and (specification.data.units["count"] > 0).all():
            error = cr2(specification.twin, cluster, name)
            rows.append(
                {
                    "method": "twin",
                    "log_rate_ratio": float(specification.twin.params[name]),
                    "error": error,
                }
            )
        found = {
            "method": weights,
            "draws": drawn,
            "log_rate_ratio": specification.log_rate_ratio,
            "p_value": p,
        }
        return [
            *rows,
            *(found | {"ends": tuple(specification.scale * np.array(one))} for one in pieces),
        ]

    @question
    def sensitivity(self) -> list[Record]:
        """
        Ask how strong something unmeasured must be to take the relation away.

        Returns
        -------
        answer
            A row for the least-squares twin, with its robustness values and the E-values of the
            headline, and one for each control and multiple of its strength.
        """
        return sensitivity.strength(self.by_unit())

    @question
    def power(self) -> list[Record]:
        """
        Say which difference this design would detect, before anyone looks at what it found.

        Returns
        -------
        answer
            A row for each `power` (.5, .8, .9, .95) with the smallest ratio that is detected so
            often; there is no picture.
        """
        check(self.rung)
        size = {"units": len(self.data.units), "clusters": self.rung.n_clusters}
        error = self.rung.error
        return [
            size | {"power": one, "log_rate_ratio": sensitivity.detectable(error, one)}
            for one in POWERS
        ]

    @question
    def naive(self) -> list[Record]:
        """
        Compute what people reach for first, beside the headline. Never report these.

        Returns
        -------
        answer
            A row for each `method`: the headline, cluster-robust errors with the normal
            distribution, quasi-Poisson and the model's own errors; `phi` says how many times as
            much as the model assumes the counts vary.
        """
        specification = self.by_unit()
        results, own = (
            specification.results,
            float(specification.results.bse[specification.exposure]),
        )
        phi = float(results.pearson_chi2 / results.df_resid)
        z = cluster_robust(
            results, specification.data.units["cluster"], specification.exposure
        ).standard_error
        usual = {"z": z, "quasi": own * np.sqrt(phi), "model": own}
        errors = {
            key: StandardError(specification.scale * one, np.inf) for key, one in usual.items()
        }
        every = {"headline": specification.error, **errors}.items()
        return [
            {
                "log_rate_ratio": specification.log_rate_ratio,
                "phi": phi,
                "method": key,
                "error": one,
            }
            for key, one in every
        ]

    @question
    def placebos(self, later: str | int) -> list[Record]:
        """
        Ask of an exposure that cannot have acted whether it shows a relation all the same.

        It shows one, or its interval leaves the headline's ratio out, or the data cannot tell.

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
        specification, names = self.by_unit(), self.data.names
        frame, name = self.data.frame, str(later)
        if not isinstance(later, str):
            dense = frames.density(frames.teams().query("year == @later")).set_index("code")
            name = f"{names.exposure}, {later}"
            frame = frame.assign(**{name: dense[names.exposure]}).dropna(subset=name)
        held = (names.exposure, *names.controls)
        other = Specification(read_data(frame, replace(names, exposure=name, controls=held)), 2)
        return [
            coefficient_record(specification) | {"exposure": "now"},
            coefficient_record(other) | {"exposure": "later"},
        ]

    @question
    def outcomes(self, others: Sequence[str]) -> list[Record]:
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
        from statsmodels.stats.multitest import multipletests

        names = self.data.names
        asked = [others] if isinstance(others, str) else others
        own = names.measure[0] if names.measure else names.count
        rows: list[Record] = [{"count": own, "p_holm": np.nan} | coefficient_record(self.rung)]
        rows += [
            {"count": one, "p_holm": np.nan} | record_or_refusal(self._other, one) for one in asked
        ]
        tested = [row for row in rows[1:] if "log_rate_ratio" in row]
        p = [row["error"].p_value(row["log_rate_ratio"]) for row in tested]
        for row, one in zip(tested, multipletests(p, method="holm")[1] if p else (), strict=True):
            row["p_holm"] = float(one)
        return rows

    def _other(self, count: str) -> Record:
        """Compare another outcome in the same way; a measure has to be of the same year."""
        names = self.data.names
        if names.measure is None:
            return coefficient_record(
                Specification(
                    read_data(self.data.frame, replace(names, count=count)), self.rung.number
                )
            )
        year = names.measure[1]
        if count in indicators.names() and year not in indicators.years(count):
            told = f"{indicators.measure_label(count)} ({year})"
            raise Refused(reason="nothing beside it", measure=told)
        return coefficient_record(type(self).of_reports(count, year).rung)

    def by_unit(self) -> Specification:
        """Give the headline where units are compared: some cannot be asked of any other."""
        check(self.rung)
        if self.rung.number != 2:
            raise Refused(self.data.names, reason="compared by cluster only")
        return self.rung

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

    def _picture(self, draws: Callable[..., figure.Figure], *args: object) -> Picture:
        if refused := self.headline().refused:
            raise refused
        return Picture(draws(self, *args))

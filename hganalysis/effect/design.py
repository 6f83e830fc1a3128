"""Ask a frame how a count goes with an exposure, its columns named once."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import escaping, frames, indicators, places, study, suppress, words
from ..draw import Picture
from . import denominator, layout, models, pictures, rules, sensitivity, sentences, spatial, years
from .answer import Answer, refusal
from .bootstrap import wild_bootstrap
from .errors import Error, cluster_robust, cr2, cv3
from .frame import Data, read
from .rungs import Rung
from .texts import Names, Refused, say
from .units import units, varying

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..figure import Figure

# Above this share of hidden counts the others do not speak for all: of 60 in 100 hidden and filled
# with the mean of their pool a log ratio moved by 36 %.
HIDDEN = 0.1
# From here on half of the variation of the exposure could be errors of its denominator.
DOUBTFUL = 0.5
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
        Columns to hold equal. One of texts, or of categories, becomes dummy variables, each
        compared with the first text in alphabetical order; answers say so.
    doubt
        What the denominator may be off by, where you know (a coefficient of variation: 0.02 is
        2 %). An estimate that such errors could make is withheld. Where nobody says, 10 % is
        assumed and what that would make stands beside the estimate.
    origin, source
        Where the numbers come from, one of `frames.ORIGINS` (needed unless the frame has a column
        `origin`), and who says so (needed unless all units are places of the list in use).
    as_of
        The date or period of the data, in words.
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
    Within county, 1 more post_offices goes with letters per people 10% higher
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
        as_of: str = "",
        neighbours: pd.DataFrame | None = None,
    ) -> None:
        if not isinstance(count, str):
            raise Refused(reason="sum over platforms", count=", ".join(map(repr, count)))
        if isinstance(controls, str):
            msg = f"controls is a tuple of column names: controls=({controls!r},)."
            raise TypeError(msg)
        if doubt is not None and not 0 <= doubt < 1:
            msg = (
                f"doubt is what {offset!r} may be off by, from 0 to below 1 (0.1 is 10 %): {doubt}"
            )
            raise ValueError(msg)
        listed = _is_listed(frame, cluster)
        names = Names(count, exposure, offset, cluster, tuple(controls), listed)
        hidden = suppress.is_hidden(frame)
        self._units, self._hidden = len(frame), int(hidden.sum())
        self.data: Data = read(frame[~hidden.to_numpy()] if hidden.any() else frame, names)
        self.origin = _origin(frame, count, origin)
        if source is None and not listed:
            msg = f"a picture has to say who says so: source='...', who counted {count!r}."
            raise ValueError(msg)
        self.source, self.as_of, self.doubt = source or "", as_of, doubt
        self._neighbours = places.neighbours() if neighbours is None and listed else neighbours

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
        indicator = indicators.get(measure, year=year)
        frame = units(frames.reports(), frames.teams(), indicator=indicator)
        known = frame[~suppress.is_hidden(frame)]
        made = cls(
            frame,
            count="count",
            exposure=study.current().density,
            offset="out_of",
            cluster="district_code",
            controls=varying(known, ["urban", *study.current().controls]),
            as_of=indicator.when,
            doubt=doubt,
        )
        made.data = replace(made.data, names=replace(made.data.names, measure=(measure, year)))
        return made

    def __repr__(self) -> str:
        names = self.data.names
        terms = " + ".join([names.exposure, *names.controls])
        return f"Design({names.count} / {names.offset} ~ {terms}, by {names.cluster})"

    @cached_property
    def rung(self) -> Rung:
        """The way to compare that is reported, fixed by rule."""
        return Rung(self.data, rules.headline(self.data.within_share))

    def headline(self) -> Answer:
        """
        Estimate by the rule fixed in advance; one model is fitted.

        Returns
        -------
        answer
            Its table has a row for the exposure and one for each control; `answer.model` is the
            results object of statsmodels.
        """
        return self._ask(self._headline)

    def _headline(self) -> Answer:
        rung = self.rung
        found = self._carried()
        terms = [rung.name, *rung.data.controls]
        rows = [layout.of_rung(rung, found if one == rung.name else (), one) for one in terms]
        doubt = denominator.DOUBT if self.doubt is None else self.doubt
        left_out = self._hidden, self._units

        def says() -> str:
            said = sentences.headline(rung, found, doubt, left_out)
            names = self.data.names
            return " ".join(
                filter(None, [said, sentences.texts_of_controls(names, self.data.texts)])
            )

        return self._answer(rows, says, lambda: pictures.related(self), model=rung.results)

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
        return self._ask(lambda: self._ladder(before))

    def _ladder(self, before: pd.DataFrame | int | None) -> Answer:
        earlier = self._frame_of(before) if before is not None else None
        names, rows = self.data.names, []
        for way in ("1", "2", "spatial", "4", "5"):
            try:
                row = self._way(way, earlier)
            except Refused as why:
                row = layout.refused(why, int(way) if way != "spatial" else 2, names.exposure)
            rows += [row | {"way": way}] if row else []
        origin = self.origin
        if earlier is not None and "origin" in earlier:
            origin = frames.worst_origin(pd.Series([origin, *earlier["origin"].unique()]))

        def says() -> str:
            if not pd.Series([row.get("b", np.nan) for row in rows]).notna().any():
                return say("effect.no_way") + "."
            said = sentences.ladder(answer.table, self.rung)
            told = sentences.planted(self.rung) if origin == "simulated" else ""
            return " ".join(filter(None, [said, told]))

        draws = pictures.ladder if any("b" in row for row in rows) else None
        answer = self._answer(rows, says, (lambda: draws(self, answer.table)) if draws else None)
        return replace(answer, origin=origin, table=answer.table.assign(origin=origin))

    def _way(self, way: str, before: pd.DataFrame | None) -> layout.Record:
        """Estimate one way to compare; nothing where it is not asked for."""
        if way == "spatial":
            if self._neighbours is None or self._alike is None or self._alike.p_value > ALIKE:
                return {}
            rules.check(self.rung)
            at = spatial.positions(self.rung.data.units.index, self._neighbours)
            b, error = spatial.second_opinion(self.rung.data, at, fixed_effects=True)
            row = {"rung": 2, "term": self.rung.name, "b": b, "error": error, "sd": self.data.sd}
            return row | {"units": len(self.rung.data.units), "clusters": self.rung.clusters}
        if way == "4":
            if before is None:
                return {}
            rung = years.two_years(self.data, before)
        else:
            rung = self.rung if int(way) == self.rung.number else Rung(self.data, int(way))
        return layout.of_rung(rung, rules.check(rung))

    def leave_one_out(self) -> Answer:
        """
        Fit again without each cluster; this is answered where the headline is refused, too.

        Returns
        -------
        answer
            A row for each cluster left out (column `left_out`): its estimate, by how many standard
            errors of the headline that moves, and whether it turns the sign or moves more than one.
        """
        return self._ask(self._leave_one_out)

    def _leave_one_out(self) -> Answer:
        rung, rows = self.rung, []
        rules.require_comparable(rung)
        clusters = rung.data.units["cluster"]
        for one in sorted(clusters.unique()):
            keep = (clusters != one).to_numpy()
            row: layout.Record = {"rung": rung.number, "term": rung.name, "left_out": one}
            row |= {"units": int(keep.sum()), "clusters": clusters[keep].nunique()}
            try:
                refit = models.again(rung.results, keep)
            except Refused as why:
                rows.append(row | layout.refused(why, rung.number, rung.name))
                continue
            if rung.name in refit.params:
                scale = models.to_log_rate(refit)
                row["b"] = scale * float(refit.params[rung.name])
                if row["clusters"] >= 4:  # of fewer there is no cluster-robust error
                    row["error"] = cr2(refit, clusters[keep], rung.name).times(scale)
            rows.append(row)
        for row in rows:
            moved = (row.get("b", np.nan) - rung.b) / rung.error.error
            turns = bool(np.sign(row.get("b", rung.b)) != np.sign(rung.b))
            row |= {"shift_in_errors": moved, "turns": turns, "moves": bool(abs(moved) > 1)}
        answer = self._answer(
            rows,
            lambda: sentences.left_out(answer.table, rung),
            lambda: pictures.left_out(self, answer.table),
        )
        return answer

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
        return self._ask(self._denominators)

    def _denominators(self) -> Answer:
        rung = self.rung
        rules.require_comparable(rung)
        doubt = denominator.DOUBT if self.doubt is None else self.doubt
        common = {"rung": rung.number, "term": rung.name, "sd": self.data.sd}
        rows = [common | row for row in denominator.questions(rung)]
        answer = self._answer(
            rows,
            lambda: sentences.denominators(answer.table, rung, doubt),
            lambda: pictures.denominators(self, answer.table, doubt),
        )
        return answer

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
        return self._ask(lambda: self._bootstrap(draws, weights))

    def _bootstrap(self, draws: int, weights: str) -> Answer:
        rung = self.rung
        rules.check(rung)
        cluster, name = rung.data.units["cluster"], rung.name
        common = {"rung": rung.number, "term": name, "sd": self.data.sd}
        jack = cv3(rung.results, cluster, name).times(rung.scale)
        rows = [{"method": "cr2", "b": rung.b, "error": rung.error}]
        rows.append({"method": "cv3", "b": rung.b, "error": jack})
        if rung.number == 2 and (rung.data.units["count"] > 0).all():
            twin = models.log_rates(rung.data, fixed_effects=True)
            error = cr2(twin, cluster, name)
            rows.append({"method": "twin", "b": float(twin.params[name]), "error": error})
        wild = wild_bootstrap(rung.results, cluster, name, draws=draws, weights=weights)
        for low, high in wild.pieces:
            ends = (rung.scale * low, rung.scale * high)
            found = {"b": rung.b, "ends": ends, "p_value": wild.p_value}
            rows.append({"method": weights, "draws": wild.draws} | found)
        answer = self._answer(
            [common | row for row in rows],
            lambda: sentences.opinions(answer.table, rung),
            lambda: pictures.opinions(self, answer.table),
        )
        return answer

    def sensitivity(self) -> Answer:
        """
        Ask how strong something unmeasured must be to take the relation away.

        Returns
        -------
        answer
            A row for the least-squares twin, with its robustness values and the E-values of the
            headline, and one for each control and multiple of its strength.
        """
        return self._ask(self._sensitivity)

    def _sensitivity(self) -> Answer:
        rung = self._by_unit()
        rows = []
        for row in sensitivity.strength(rung):
            why = row.pop("refused", None)
            told = layout.refused(why, rung.number, rung.name) if why else {}
            rows.append({"rung": rung.number, "term": rung.name, "sd": self.data.sd} | row | told)
        answer = self._answer(
            rows,
            lambda: sentences.strength(answer.table, rung),
            lambda: pictures.strength(self, answer.table),
        )
        return answer

    def power(self) -> Answer:
        """
        Say which difference this design would detect, before anyone looks at what it found.

        Returns
        -------
        answer
            A row for each `power` (.5, .8, .9, .95) with the smallest ratio that is detected so
            often.
        """
        return self._ask(self._power)

    def _power(self) -> Answer:
        rung = self.rung
        rules.check(rung)
        least = {power: sensitivity.detectable(rung.error, power) for power in POWERS}
        common = {"rung": rung.number, "term": rung.name, "sd": self.data.sd}
        common |= {"units": len(rung.asked.units), "clusters": rung.clusters}
        rows = [common | {"power": power, "b": b} for power, b in least.items()]
        return self._answer(rows, lambda: sentences.power(rung))

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
        return self._ask(self._naive)

    def _naive(self) -> Answer:
        rung = self._by_unit()
        results, normal = rung.results, float("inf")
        phi = float(results.pearson_chi2 / results.df_resid)
        own = float(results.bse[rung.name])
        z = cluster_robust(results, rung.data.units["cluster"], rung.name).error
        usual = {"z": z, "quasi": own * np.sqrt(phi), "model": own}
        errors = {key: Error(one, normal).times(rung.scale) for key, one in usual.items()}
        common = {"rung": rung.number, "term": rung.name, "b": rung.b, "phi": phi}
        common |= {"sd": self.data.sd}
        every = {"headline": rung.error} | errors
        rows = [common | {"method": key, "error": one} for key, one in every.items()]
        answer = self._answer(
            rows,
            lambda: sentences.naive(answer.table, rung, phi),
            lambda: pictures.naive(self, answer.table, phi),
        )
        return answer

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
        return self._ask(lambda: self._placebos(later))

    def _placebos(self, later: str | int) -> Answer:
        rung, names = self._by_unit(), self.data.names
        frame, name = self.data.frame, str(later)
        if isinstance(later, int):
            teams = frames.teams()
            dense = frames.density(teams[teams["year"] == later], level="commune")
            name = f"{names.exposure}, {later}"
            frame = frame.assign(**{name: dense.set_index("code")[names.exposure]})
            frame = frame.dropna(subset=name)
        held = (names.exposure, *names.controls)
        data = read(frame, replace(names, exposure=name, controls=held, measure=None))
        other = Rung(replace(data, names=replace(data.names, measure=names.measure)), 2)
        rows = [layout.of_rung(rung, rules.check(rung)), layout.of_rung(other, rules.check(other))]
        answer = self._answer(
            rows,
            lambda: sentences.later(answer.table, rung),
            lambda: pictures.later(self, answer.table),
        )
        return answer

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
        return self._ask(lambda: self._outcomes(others))

    def _outcomes(self, others: Sequence[str]) -> Answer:
        from statsmodels.stats.multitest import multipletests

        if isinstance(others, str):
            msg = f"others is a list of names: others=[{others!r}]."
            raise TypeError(msg)
        rung, measure, rows = self.rung, self.data.names.measure, []
        rows.append(layout.of_rung(rung, rules.check(rung)) | {"count": self.data.names.count})
        for one in others:
            try:
                asked = self._of_other(one)
                row = layout.of_rung(asked, rules.check(asked))
            except Refused as why:
                row = layout.refused(why, rung.number, rung.name)
            rows.append(row | {"count": one})
        if measure:
            rows[0]["count"] = measure[0]
        p = {at: row["error"].p_value(row["b"]) for at, row in enumerate(rows) if at and "b" in row}
        holm = multipletests(list(p.values()), method="holm")[1] if p else []
        for at, one in zip(p, holm, strict=True):
            rows[at]["p_holm"] = float(one)
        for row in rows:
            row.setdefault("p_holm", np.nan)

        def labels() -> list[str]:
            called = [str(row["count"]) for row in rows]
            if measure is None:
                return list(map(escaping.plain, called))
            return [indicators.get(one, year=measure[1]).label for one in called]

        answer = self._answer(
            rows,
            lambda: sentences.outcomes(answer.table, rung, labels()),
            lambda: pictures.outcomes(self, answer.table, labels()),
        )
        return answer

    def _of_other(self, count: str) -> Rung:
        if measure := self.data.names.measure:
            return Design.of_reports(count, measure[1]).rung
        return Rung(self.data.other(count=count), self.rung.number)

    def related(self) -> Picture:
        """
        Show each unit beside its own cluster, and the line that was fitted.

        Raises
        ------
        Refused
            If there is no headline.
        """
        self._require_known()
        self._carried()
        return Picture(pictures.related(self))

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
        self._require_known()
        self._carried()
        return Picture(pictures.ways(self, before))

    @cached_property
    def _alike(self) -> spatial.Moran | None:
        """Ask whether neighbours are alike; None where nobody knows who they are."""
        if self._neighbours is None or self.rung.number != 2:
            return None
        return spatial.moran(self.rung.results, self.rung.data.units.index, self._neighbours)

    def _carried(self) -> list[str]:
        """Refuse where data, or a doubt that is stated, do not allow a headline; give its flags."""
        rung, names = self.rung, self.data.names
        found = rules.check(rung)
        if self._alike is not None and self._alike.p_value <= ALIKE:
            found.append("neighbours alike")
        part = denominator.part_of(rung, self.doubt) if self.doubt else None
        if part is None:
            return found
        doubt = part.doubt
        told = {"doubt": lambda: words.percent(doubt, decimals=0)}
        if part.share >= DOUBTFUL:
            share = min(part.share, 1.0)
            told["share"] = lambda: words.percent(share, decimals=0)
            raise Refused(names, reason="denominator in doubt", **told)
        if rung.error.interval(rung.b)[0] > 0 and rung.b <= part.log_rate_ratio:
            made = part.log_rate_ratio
            told["alone"] = lambda: sentences.reading(rung).ratio(made)
            raise Refused(names, reason="denominator could make it", **told)
        return found

    def _by_unit(self) -> Rung:
        """Give the headline where units are compared: this cannot be asked of any other."""
        rules.check(self.rung)
        if self.rung.number != 2:
            raise Refused(self.data.names, reason="compared by cluster only")
        return self.rung

    def _frame_of(self, before: pd.DataFrame | int) -> pd.DataFrame:
        """Take the frame of the year before, without what is hidden in it."""
        measure = self.data.names.measure
        if isinstance(before, int):
            if measure is None:
                msg = "an earlier year can be named of a measure of the catalogue; else its frame."
                raise ValueError(msg)
            then, now = (indicators.get(measure[0], year=one) for one in (before, measure[1]))
            indicators.require_comparable(then, now)
            before = units(frames.reports(), frames.teams(), indicator=then)
        return before[~suppress.is_hidden(before).to_numpy()]

    def _require_known(self) -> None:
        if self._hidden > HIDDEN * self._units:
            told = {"hidden": lambda: words.number(self._hidden)}
            told["all"] = lambda: words.number(self._units)
            raise Refused(self.data.names, reason="hidden counts", **told)

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        try:
            self._require_known()
            return question()
        except Refused as why:
            row = layout.refused(why, self.rung.number, self.data.names.exposure)
            return refusal(why, self._table([row]), self.origin, self.data.names)

    def _table(self, rows: Sequence[layout.Record]) -> pd.DataFrame:
        names = self.data.names
        return layout.tidy(rows, outcome=f"{names.count} / {names.offset}", origin=self.origin)

    def _answer(
        self,
        rows: Sequence[layout.Record],
        says: Callable[[], str],
        draws: Callable[[], Figure] | None = None,
        *,
        model: models.Results = None,
    ) -> Answer:
        return Answer(self._table(rows), self.origin, self.data.names, says, draws, model)


ALIKE = 0.05
"""Neighbours are called alike where noise is as often as alike as they are."""


def _is_listed(frame: pd.DataFrame, cluster: str) -> bool:
    """Say whether all units and clusters of a frame are places of the list in use, by code."""
    if (frame.columns == cluster).sum() != 1:
        return False
    communes, districts = set(places.communes().index), set(places.districts().index)
    return set(frame.index) <= communes and set(frame[cluster].astype(str)) <= districts


def _origin(frame: pd.DataFrame, count: str, origin: str | None) -> str:
    """Ask where the numbers of a frame come from."""
    if origin is None and "origin" not in frame:
        msg = (
            f"nobody knows where {count!r} comes from, so nobody could tell simulated numbers "
            f"from real ones. Say origin=..., one of {', '.join(frames.ORIGINS)}."
        )
        raise ValueError(msg)
    found = pd.Series([origin]) if origin is not None else frame["origin"]
    strange = sorted({str(one) for one in found if one not in frames.ORIGINS})
    if strange:
        raise Refused(reason="unknown origin", strange=strange, known=", ".join(frames.ORIGINS))
    return frames.worst_origin(found)

"""Add the reports of a study up anew, in plain pandas: what is told and not hidden is that."""

from itertools import pairwise

import pandas as pd

import hganalysis as hg
from hganalysis import frames, places, suppress

from .files import codes

KEYS = ["code", "year", "indicator"]


def sums(made):
    """Add up what was sent, by code, year and measure: each place, its district, and the whole."""
    study = made.study
    sent = study.reports.assign(code=study.reports["code"].map(codes(study)))
    parts = [sent]
    if study.traits.places == "both":
        home = dict(study.listed[["code", "district_code"]].to_numpy())
        parts.append(sent.assign(code=study.reports["code"].map(home)))
    if study.traits.places != "whole":
        parts.append(sent.assign(code=""))
    return pd.concat(parts).groupby(KEYS)[["count", "out_of"]].sum()


def unlike_reported(made, media):
    """What answers and the atlas tell of a place is what its places sent."""
    known = sums(made)
    for name, year, table in told():
        for row in table.dropna(subset="count").itertuples():
            yield from _unlike(known, (row.code, year, name), row, "answer")
            if abs(row.share - row.count / row.out_of) > 1e-12:
                yield f"answer: {row.code} {year} {name} has a share that its count has not"
    for row in media.cells.dropna(subset="count").itertuples():
        code = "" if row.level == "whole" else row.code
        if code or len(places.provinces()) < 2:
            yield from _unlike(known, (code, row.year, row.indicator), row, "atlas")


def told():
    """Ask for every measure and year: of places, and of their parts."""
    for name, years in hg.reported().items():
        for year in years:
            found = hg.uptake(name, year)
            yield name, year, found.table
            yield name, year, found.parts


def _unlike(known, key, row, where):
    code, year, name = key
    if made_of(key, known) is None:
        yield f"{where}: {code} {year} {name} was never reported"
        return
    count, out_of = made_of(key, known)
    if abs(row.count - count) > 1e-6 or abs(row.out_of - out_of) > 1e-6:
        sent = f"{count} of {out_of}"
        yield f"{where}: {code} {year} {name} is {row.count} of {row.out_of}, not {sent}"


def made_of(key, known):
    """Give what was sent; the whole of a study of the whole alone is its one place."""
    if key in known.index:
        return known.loc[key]
    code, year, name = key
    alone = known[(known.index.get_level_values("year") == year)
                  & (known.index.get_level_values("indicator") == name)]  # fmt: skip
    return alone.iloc[0] if code == "" and len(alone) == 1 else None


def changes(made, media):  # noqa: ARG001  (as the other laws)
    """A change is the difference of two levels, and told where both are."""
    for name, years in hg.reported().items():
        for before, after in pairwise(years):
            try:
                found = hg.compare(name, before, after)
            except ValueError:
                continue  # refused in words: no place has both
            levels = [
                hg.uptake(name, at).table.set_index("code")["share"] for at in (before, after)
            ]
            expected = 100 * (levels[1] - levels[0])
            table = found.table.set_index("code")["change_pp"]
            wrong = table.index[(table - expected.reindex(table.index)).abs() > 1e-9]
            if len(wrong) or (table.isna() != expected.reindex(table.index).isna()).any():
                yield f"{name} from {before} to {after}: {list(wrong)}"


def hidden_reports():
    """Read the reports in use, and say which are hidden."""
    reports = frames.reports()
    return reports.assign(pool=reports.get("pool", ""))[suppress.is_hidden(reports)]

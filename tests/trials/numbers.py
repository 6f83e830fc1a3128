"""Hold one medium to another: one number is one number, and it is the one that was reported."""

import contextlib
import re
from functools import lru_cache

import pandas as pd

from hganalysis import findings, frames, indicators, places, rates, suppress, words
from hganalysis.figures.classify import value_text

from .files import codes
from .media import plain, rows

LEVELS = ("commune", "district", "province")
UNLIKE = 1e-7
"""The atlas writes so many digits."""
# Maps of what no report says.
OTHERS = ("census", "residuals")
PERCENT = r"[−+]?\d[\d.,]*\s?%"


def label(name):
    """Name a measure in the language in use."""
    return indicators.measure_label(name)


@lru_cache(maxsize=1)
def kept(folder):  # noqa: ARG001  (the key)
    """Read the reports of the folder in use, once."""
    return frames.reports()


@lru_cache(maxsize=1)
def reference(folder):
    """Compute every rate of the data in use: `level`, `code`, `year`, `indicator`, `share`, ..."""
    reports, made = kept(folder), []
    for level, compute in zip(
        LEVELS, (rates.uptake, rates.to_districts, rates.to_province), strict=True
    ):
        try:
            table = compute(reports)
        except (ValueError, LookupError):  # a study without this level
            continue
        if "code" not in table:
            table = table.assign(code=places.province()["code"])
        made.append(table.assign(level=level))
    table = pd.concat(made, ignore_index=True)
    return table.drop_duplicates(["code", "year", "indicator"])


def texts(table):
    """Write each rate as people read it, by measure, year and code."""
    found = {}
    for row in table.itertuples():
        classes = indicators.classes(row.indicator)
        text = "" if pd.isna(row.share) else plain(value_text(row.share, classes))
        found.setdefault((row.indicator, row.year), {})[row.code] = text
    return found


def disagreements(made, media):
    """Compare tables, pages, maps of the deck, atlas and sentences with the rates."""
    table = reference(made.data)
    written = texts(table)
    densities = _densities(media)
    yield from _tables(table, media)
    yield from _atlas(table, written, media)
    maps = {**written, **densities, **_drawn(media)}
    for name, page in media.pages.items():
        if name.startswith((*OTHERS, "change")):
            continue
        shown = {code: facts[0] for code, facts in rows(page).items() if facts}
        yield from _a_map(f"page {name}", shown, maps)
    for number, slide in enumerate(media.slides, start=1):
        for shown in slide.maps:
            values = {code: plain(text).partition(" (")[0] for code, text in shown.items()}
            yield from _a_map(f"slide {number}", values, maps)
    yield from _sentences(table, media)


def _densities(media):
    """Take densities from the tables that the notebooks keep and the atlas holds."""
    found = {}
    if media.atlas is not None:
        table = media.atlas[~media.atlas["indicator"].isin(indicators.names())]
        for row in table.itertuples():
            text = (
                ""
                if pd.isna(row.value)
                else plain(value_text(row.value, indicators.classes(row.indicator)))
            )
            found.setdefault((row.indicator, row.year), {})[row.code] = text
    for table in media.tables.values():
        for name in ("members_per_1000", "teams_per_1000_households"):
            if {"code", "year", name} <= set(table):
                classes = indicators.classes(name)
                for row in table[["code", "year", name]].dropna().itertuples(index=False):
                    column = found.setdefault((name, row[1]), {})
                    column.setdefault(row[0], plain(value_text(row[2], classes)))
    return found


def _drawn(media):
    """Take shares that are drawn towards others from the tables that the notebooks keep."""
    found = {}
    for table in media.tables.values():
        if "shrunken_share" in table:
            for row in table.dropna(subset="shrunken_share").itertuples():
                text = plain(value_text(row.shrunken_share, indicators.classes(row.indicator)))
                found.setdefault(("shrunken_share", row.indicator, row.year), {})[row.code] = text
    return found


def _a_map(where, shown, written):
    """A map shows one measure of one year: all its texts are those of that column."""
    valued = {code: text for code, text in shown.items() if re.search(r"\d", text)}
    best, fewest = None, None
    for key, column in written.items():
        wrong = {code: (text, column.get(code)) for code, text in valued.items()
                 if text != column.get(code)}  # fmt: skip
        if fewest is None or len(wrong) < len(fewest):
            best, fewest = key, wrong
    if fewest:
        yield f"{where}: {len(fewest)} of {len(valued)} values are others than in {best}: {fewest}"


def _tables(table, media):
    keys = ["code", "year", "indicator"]
    known = table.set_index(keys)
    for name, found in media.tables.items():
        if not set(keys) <= set(found) or "share" not in found:
            continue
        for row in found.itertuples():
            key = (row.code, row.year, row.indicator)
            if key not in known.index:
                if pd.notna(row.share):
                    yield f"table {name}: {key} has a share that nobody reported"
                continue
            for column in ("count", "out_of", "share", "share_low", "share_high"):
                if column in found and _differ(getattr(row, column), known.loc[key, column]):
                    yield f"table {name}: {column} of {key} is {getattr(row, column)!r}"


def _differ(one, other):
    if pd.isna(one) or pd.isna(other):
        return bool(pd.isna(one)) != bool(pd.isna(other))
    return abs(one - other) > UNLIKE * max(1, abs(other))


def _atlas(table, written, media):
    if media.atlas is None:
        return
    known = table.set_index(["code", "year", "indicator"])
    for row in media.atlas.itertuples():
        key = (row.code, row.year, row.indicator)
        if row.indicator not in indicators.names():
            continue
        share = known["share"].get(key, float("nan"))
        if _differ(row.value, share):
            yield f"atlas: {key} is {row.value!r} and not {share!r}"
    figures = media.figures[media.figures["language"] == words.language()]
    for row in figures[figures["fact"] == "value"].itertuples():
        column = written.get((row.indicator, int(row.when))) if row.when.isdecimal() else None
        if column and row.code in column and plain(row.text) != column[row.code]:
            yield f"atlas: {row.code} reads {row.text!r} and not {column[row.code]!r}"


def _sentences(table, media):
    """
    A share that stands right behind the name of a place is one of its shares.

    A table of several measures may write it with fewer decimals than a map of one: it is rounded.
    """
    shares = table.dropna(subset=["share"]).groupby("code")["share"].agg(list).to_dict()
    listed = places.districts()
    beside = [(listed["urban_population"] / listed["population"]).dropna()]
    for kept in media.tables.values():
        if "shrunken_share" in kept:
            beside.append(kept.set_index("code")["shrunken_share"].dropna())
    beside = pd.concat(beside)
    names = {}
    for code in shares:
        for write in (places.name, places.label, findings.common.in_sentence):
            with contextlib.suppress(LookupError):
                names.setdefault(plain(write(code)), set()).add(code)
    if not names:
        return
    longest = sorted(names, key=len, reverse=True)
    pattern = re.compile(
        f"({'|'.join(map(re.escape, longest))})"
        rf"(?: với| at| with|,)? ({PERCENT})(?! \w*(?:trong|of))"
    )
    spoken = {f"report {name}": text for name, text in media.reports.items()}
    for number, slide in enumerate(media.slides, start=1):
        spoken[f"slide {number}"] = plain(f"{slide.title} {slide.notes}")
    for where, text in spoken.items():
        for name, value in pattern.findall(text):
            known = [share for code in names[name] for share in shares[code]]
            if where == "report 06_appendix":  # how urban a place is, and what is drawn together
                known += beside[beside.index.isin(names[name])].tolist()
            if not any(rounded(value, share) for share in known):
                yield f"{where}: {name} reads {value!r}, which is none of its shares"


def rounded(text, share):
    """Say whether a text is a share, rounded to the decimals that the text has, one at least."""
    figure = re.sub(r"[^\d.,]", "", text).rstrip(".,")
    decimals = len(figure.partition("," if words.language() == "vi" else ".")[2])
    return decimals > 0 and words.number(100 * share, decimals=decimals) == figure


def unlike_reported(made, media):  # noqa: ARG001  (as the other laws)
    """Add the reports of the study up anew: what is shown and not hidden is that."""
    study = made.study
    sent = study.reports.assign(code=study.reports["code"].map(codes(study)))
    known = reference(made.data)
    hidden = suppress.is_hidden(known)
    home = study.listed.set_index("code")["district_code"]
    whole = places.province()["code"]
    parts = [sent]
    if study.traits.places != "whole":
        parts.append(sent.assign(code=whole))
    if study.traits.places == "both":
        parts.append(sent.assign(code=sent["code"].map(home)))
    keys = ["code", "year", "indicator"]
    sums = pd.concat(parts).groupby(keys)[["count", "out_of"]].sum()
    for row in known[~hidden & known["share"].notna()].itertuples():
        key = (row.code, row.year, row.indicator)
        if key not in sums.index:
            yield f"{key} was never reported, and has a share"
            continue
        count, out_of = sums.loc[key]
        wrong = _differ(row.count, count) or _differ(row.out_of, out_of)
        if wrong and row.level != "commune" and "pool" not in known:
            # a sum that holds a part of what is hidden may be taken out of its sum
            wrong = row.state != "suppressed"
        if wrong:
            yield f"{key} is {row.count} of {row.out_of}; reported were {count} of {out_of}"

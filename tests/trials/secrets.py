"""Try to have back what is hidden: by reading, by subtraction, by what is left over."""

import math
import re

import pandas as pd

from hganalysis import frames, places, suppress
from hganalysis.suppress import ALONE

from .files import codes

LIMIT = suppress.FEWER_THAN
# A shorter number may be a coordinate.
LONG = 10_000
NEAR = 1e-6
COUNTED = {"count", "out_of", "share", "low", "high", "rank"}


def hidden(made):
    """List the rows that are hidden, with what was reported: `small` says which side is few."""
    study = made.study
    sent = study.reports.assign(code=study.reports["code"].map(codes(study)))
    kinds = {one.name: one.kind for one in study.measures}
    keys = ["code", "period", "indicator"]
    gone = hidden_reports()[[*keys, "pool"]]
    found = sent.merge(gone, on=keys)
    rest = found["out_of"] - found["count"]
    share = found["indicator"].map(kinds) == "share"
    return found.assign(
        few=found["count"] < LIMIT,
        few_over=share & (rest < LIMIT),
        of=found["indicator"].map({one.name: one.of for one in study.measures}),
    )


def shown(made, media):
    """A hidden row has no number in a table, an answer, the atlas; long ones stand in no file."""
    gone = hidden(made)
    small = made.study.reports.assign(code=made.study.reports["code"].map(codes(made.study)))
    kinds = {one.name: one.kind for one in made.study.measures}
    few = (small["count"] < LIMIT) | (
        (small["out_of"] - small["count"] < LIMIT) & (small["indicator"].map(kinds) == "share")
    )
    keys = set(zip(gone["code"], gone["period"], gone["indicator"], strict=True))
    for row in small[few].itertuples():
        if (row.code, row.period, row.indicator) in keys:
            continue
        yield f"{row.code} {row.period} {row.indicator}: {row.count} of {row.out_of} is not hidden"
    frames = {**media.tables, "atlas": media.cells[media.cells["level"] == "commune"]}
    for name, period, table in made.answers:
        frames[f"answer on {name} {period}, {len(frames)}"] = table.assign(
            indicator=name, period=period
        )
    for name, table in frames.items():
        if not {"code", "period", "indicator"} <= set(table):
            continue
        numbers = [column for column in table if column in COUNTED]
        for row in table.to_dict("records"):
            if (row["code"], row["period"], row["indicator"]) in keys:
                said = {one: row[one] for one in numbers if pd.notna(row[one])}
                if said:
                    yield f"{name}: {row['code']} {row['period']} {row['indicator']} shows {said}"
    yield from _needles(made, media, gone)


def _needles(made, media, gone):
    """Search every file for long numbers that only hidden rows have."""
    of_people = gone["of"] == "people"
    numbers = {*gone["count"], *gone.loc[~of_people, "out_of"]}
    public = {*media.cells["count"].dropna(), *media.cells["out_of"].dropna()}
    for _, _, table in made.answers:
        public |= {*table["count"].dropna(), *table["out_of"].dropna()}
    people = made.study.listed.set_index("district_code")[["households", "population"]]
    public |= {*people.to_numpy().flat, *people.groupby(level=0).sum().to_numpy().flat}
    public |= {*made.study.residents["population"]}
    public |= {int(code) for code in codes(made.study).values() if code.isdigit()}
    # What is hidden together has a sum that may be told: where the others are 0, it is one's own.
    together = gone[gone["pool"] != ALONE]
    pools = together.groupby(["period", "indicator", "pool"])["count"]
    public |= set(pools.sum()[pools.size() > 1])
    needles = {int(one) for one in numbers if one >= LONG} - {int(one) for one in public}
    if not needles:
        return
    written = [form for one in needles for form in _written(one, made.study)]
    # within a colour (#37474f) or a checksum it is no number
    pattern = re.compile(rf"(?<![\w.,#])(?:{'|'.join(map(re.escape, written))})(?!\w)")
    files = [one for one in sorted(made.out.rglob("*")) if one.suffix in {".html", ".svg", ".json"}]
    # nor is where a place stands in the atlas
    texts = {one.name: re.sub(r'"at":\[[^]]*]', "", one.read_text("utf-8")) for one in files}
    for name, text in [*texts.items(), *media.readable()]:
        if hit := pattern.search(text):
            yield f"{name} holds the hidden number {hit[0]}"


def _written(number, study):
    """Write a number as people and programs do, but not as a coordinate of the study."""
    yield f"{number}"
    for at in (study.listed["lon"], study.listed["lat"]):
        if at.min() - 1 < number / 1000 < at.max() + 1:
            return
    yield f"{number:,}"
    yield f"{number:,}".replace(",", ".")


def found_out(made, media):
    """
    Bound each small count by all sums that were released, and by what the others may be.

    A commune is in one district, and all are in the province: the sums are nested, so that
    interval arithmetic is exact, and a linear programme would tell no more.
    """
    gone = hidden(made)
    if gone.empty:
        return
    released = _released(made, media)
    sent = _with_home(made)
    whole = places.province()["code"]
    kinds = {one.name: one.kind for one in made.study.measures}
    for (period, name), rows in gone.groupby(["period", "indicator"]):
        known = rows["of"].iloc[0] == "people"
        every = sent[(sent["period"] == period) & (sent["indicator"] == name)]
        sums = {place: found for (place, *about), found in released.items()
                if about == [period, name]}  # fmt: skip
        for side, flag in (("count", "few"), ("rest", "few_over")):
            if rows[flag].any():
                unknown = every[every["code"].isin(rows["code"])]
                unknown = unknown.assign(
                    most=unknown["out_of"] if known and kinds[name] == "share" else math.inf,
                    secret=unknown["code"].isin(rows.loc[rows[flag], "code"]),
                )
                told = {place: found[side] for place, found in sums.items()}
                others = every[~every["code"].isin(rows["code"])]
                for code, low, high in narrowed(unknown, others, side, told, whole=whole):
                    yield f"{code} {period} {name}: the {side} is between {low:g} and {high:g}"


def narrowed(unknown, others, side, told, *, whole):
    """
    Give each small number that sums bring nearer than the rule does: `code`, `low`, `high`.

    `unknown` and `others` have `code`, `home` and `side`; `unknown` the largest that each may be,
    `most`, and whether it is a `secret`; `told` has the sums by place.
    """
    shown = others.groupby("home")[side].sum()
    groups = {}
    for home, part in unknown.groupby("home"):
        groups.setdefault(home if home in told else None, []).append((home, part))
    for released, parts in groups.items():
        part = pd.concat([one for _, one in parts])
        if released is not None:
            total = told[released] - shown.get(released, 0)
        elif whole in told:
            # what is left of the province where districts with a sum of their own are taken away
            total = told[whole] - sum(told[home] for home in groups if home is not None)
            away = others[~others["home"].isin([home for home in groups if home is not None])]
            total -= away[side].sum()
        else:
            continue
        for row in part[part["secret"]].itertuples():
            low = max(0.0, total - part["most"].drop(row.Index).sum())
            high = min(row.most, total)
            if low > NEAR or high < min(LIMIT - 1, row.most) - NEAR:
                yield row.code, low, high


def _with_home(made):
    study = made.study
    names = codes(study)
    home = {names[code]: district for code, district in
            zip(study.listed["code"], study.listed["district_code"], strict=True)}  # fmt: skip
    if study.traits.places != "both":
        home = dict.fromkeys(home, "-")
    sent = study.reports.assign(code=study.reports["code"].map(names))
    return sent.assign(home=sent["code"].map(home), rest=sent["out_of"] - sent["count"])


def _released(made, media):
    """Collect every count and total that an answer or the atlas gives, by place, year, measure."""
    found = {}
    cells = media.cells.assign(code=media.cells["code"].replace("", places.province()["code"]))
    tables = [
        cells,
        *(table.assign(indicator=name, period=period) for name, period, table in made.answers),
    ]
    for table in tables:
        for row in table[["code", "period", "indicator", "count", "out_of"]].dropna().itertuples():
            sides = {"count": row.count, "rest": row.out_of - row.count}
            found[row.code, row.period, row.indicator] = sides
    return found


def hidden_reports():
    """Read the reports in use, and say which are hidden."""
    reports = frames.reports()
    return reports.assign(pool=reports.get("pool", ""))[suppress.is_hidden(reports)]

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


def hidden(trial):
    """List the rows that are hidden, with what was reported: `small` says which side is few."""
    study = trial.study
    codes_sent = study.reports["code"].map(codes(study))
    sent = study.reports.assign(code=codes_sent)
    kinds = {measure.name: measure.kind for measure in study.measures}
    keys = ["code", "period", "indicator"]
    keys_hidden = hidden_reports()[[*keys, "pool"]]
    rows = sent.merge(keys_hidden, on=keys)
    rest = rows["out_of"] - rows["count"]
    share = rows["indicator"].map(kinds) == "share"
    denominators = {measure.name: measure.of for measure in study.measures}
    rows = rows.assign(few=rows["count"] < LIMIT, few_over=share & (rest < LIMIT))
    return rows.assign(of=rows["indicator"].map(denominators))


def shown(trial, media):
    """A hidden row has no number in a table, an answer, the atlas; long ones stand in no file."""
    hidden_rows = hidden(trial)
    reports = trial.study.reports
    small = reports.assign(code=reports["code"].map(codes(trial.study)))
    kinds = {measure.name: measure.kind for measure in trial.study.measures}
    is_share = small["indicator"].map(kinds) == "share"
    complement = small["out_of"] - small["count"]
    few = (small["count"] < LIMIT) | (is_share & (complement < LIMIT))
    names = hidden_rows["indicator"]
    keys = set(zip(hidden_rows["code"], hidden_rows["period"], names, strict=True))
    for row in small[few].itertuples():
        if (row.code, row.period, row.indicator) in keys:
            continue
        yield f"{row.code} {row.period} {row.indicator}: {row.count} of {row.out_of} is not hidden"
    cells_of_communes = media.cells[media.cells["level"] == "commune"]
    frames = {**media.tables, "atlas": cells_of_communes}
    for name, period, table in trial.answers:
        frames[f"answer on {name} {period}, {len(frames)}"] = table.assign(
            indicator=name, period=period
        )
    for name, table in frames.items():
        if not {"code", "period", "indicator"} <= set(table):
            continue
        numbers = [column for column in table if column in COUNTED]
        for row in table.to_dict("records"):
            if (row["code"], row["period"], row["indicator"]) in keys:
                numbers_shown = {name: row[name] for name in numbers if pd.notna(row[name])}
                if numbers_shown:
                    key = f"{row['code']} {row['period']} {row['indicator']}"
                    yield f"{name}: {key} shows {numbers_shown}"
    yield from _needles(trial, media, hidden_rows)


def _needles(trial, media, hidden_rows):
    """Search every file for long numbers that only hidden rows have."""
    of_people = hidden_rows["of"] == "people"
    numbers = {*hidden_rows["count"], *hidden_rows.loc[~of_people, "out_of"]}
    public = set()
    for table in (media.cells, *(table for _, _, table in trial.answers)):
        for column in ("count", "out_of"):
            public |= {*table[column].dropna()}
    people = trial.study.listed.set_index("district_code")[["households", "population"]]
    sums = people.groupby(level=0).sum()
    public |= {*people.to_numpy().flat, *sums.to_numpy().flat}
    public |= {*trial.study.residents["population"]}
    all_codes = codes(trial.study).values()
    public |= {int(code) for code in all_codes if code.isdigit()}
    # What is hidden together has a sum that may be told: where the others are 0, it is one's own.
    together = hidden_rows[hidden_rows["pool"] != ALONE]
    pools = together.groupby(["period", "indicator", "pool"])["count"]
    public |= set(pools.sum()[pools.size() > 1])
    needles = {int(number) for number in numbers if number >= LONG}
    needles -= {int(number) for number in public}
    if not needles:
        return
    written = [form for number in needles for form in _written(number, trial.study)]
    # within a colour (#37474f) or a checksum it is no number
    pattern = re.compile(rf"(?<![\w.,#])(?:{'|'.join(map(re.escape, written))})(?!\w)")
    kinds = {".html", ".svg", ".json"}
    files = [file for file in sorted(trial.out.rglob("*")) if file.suffix in kinds]
    # nor is where a place stands in the atlas
    texts = [(file.name, file.read_text("utf-8")) for file in files]
    texts = [(name, re.sub(r'"at":\[[^]]*]', "", text)) for name, text in texts]
    for name, text in [*texts, *media.readable()]:
        if hit := pattern.search(text):
            yield f"{name} holds the hidden number {hit[0]}"


def _written(number, study):
    """Write a number as people and programs do, but not as a coordinate of the study."""
    yield f"{number}"
    for coordinates in (study.listed["lon"], study.listed["lat"]):
        is_near = coordinates.min() - 1 < number / 1000 < coordinates.max() + 1
        if is_near:
            return
    yield f"{number:,}"
    yield f"{number:,}".replace(",", ".")


def found_out(trial, media):
    """
    Bound each small count by all sums that were released, and by what the others may be.

    A commune is in one district, and all are in the province: the sums are nested, so that
    interval arithmetic is exact, and a linear programme would tell no more.
    """
    hidden_rows = hidden(trial)
    if hidden_rows.empty:
        return
    released = _released(trial, media)
    sent = _with_home(trial)
    whole = places.province()["code"]
    kinds = {measure.name: measure.kind for measure in trial.study.measures}
    for (period, name), rows in hidden_rows.groupby(["period", "indicator"]):
        is_public = rows["of"].iloc[0] == "people"
        is_of_cell = (sent["period"] == period) & (sent["indicator"] == name)
        all_rows = sent[is_of_cell]
        sums = {}
        for (place, *cell), sides in released.items():
            if cell == [period, name]:
                sums[place] = sides
        for side, flag in (("count", "few"), ("rest", "few_over")):
            if rows[flag].any():
                unknown = all_rows[all_rows["code"].isin(rows["code"])]
                is_bounded = is_public and kinds[name] == "share"
                secret_codes = rows.loc[rows[flag], "code"]
                unknown = unknown.assign(
                    most=unknown["out_of"] if is_bounded else math.inf,
                    secret=unknown["code"].isin(secret_codes),
                )
                sums_of_side = {place: sides[side] for place, sides in sums.items()}
                other_rows = all_rows[~all_rows["code"].isin(rows["code"])]
                narrow = narrowed(unknown, other_rows, side, sums_of_side, whole=whole)
                for code, low, high in narrow:
                    yield f"{code} {period} {name}: the {side} is between {low:g} and {high:g}"


def narrowed(unknown, other_rows, side, sums_of_side, *, whole):
    """
    Give each small number that sums bring nearer than the rule does: `code`, `low`, `high`.

    `unknown` and `others` have `code`, `home` and `side`; `unknown` the largest that each may be,
    `most`, and whether it is a `secret`; `told` has the sums by place.
    """
    shown = other_rows.groupby("home")[side].sum()
    groups = {}
    for home, part in unknown.groupby("home"):
        key = home if home in sums_of_side else None
        groups.setdefault(key, []).append((home, part))
    for released, parts in groups.items():
        part = pd.concat([rows_of_home for _, rows_of_home in parts])
        if released is not None:
            total = sums_of_side[released] - shown.get(released, 0)
        elif whole in sums_of_side:
            # what is left of the province where districts with a sum of their own are taken away
            homes = [home for home in groups if home is not None]
            total = sums_of_side[whole] - sum(sums_of_side[home] for home in homes)
            away = other_rows[~other_rows["home"].isin(homes)]
            total -= away[side].sum()
        else:
            continue
        for row in part[part["secret"]].itertuples():
            rest = part["most"].drop(row.Index).sum()
            low = max(0.0, total - rest)
            high = min(row.most, total)
            if low > NEAR or high < min(LIMIT - 1, row.most) - NEAR:
                yield row.code, low, high


def _with_home(trial):
    study = trial.study
    names = codes(study)
    pairs = zip(study.listed["code"], study.listed["district_code"], strict=True)
    home = {names[code]: district for code, district in pairs}
    if study.traits.places != "both":
        home = dict.fromkeys(home, "-")
    codes_sent = study.reports["code"].map(names)
    sent = study.reports.assign(code=codes_sent)
    rest = sent["out_of"] - sent["count"]
    return sent.assign(home=sent["code"].map(home), rest=rest)


def _released(trial, media):
    """Collect every count and total that an answer or the atlas gives, by place, year, measure."""
    sides_by_cell = {}
    whole = places.province()["code"]
    tables = [media.cells.assign(code=media.cells["code"].replace("", whole))]
    for name, period, table in trial.answers:
        tables.append(table.assign(indicator=name, period=period))
    for table in tables:
        columns = ["code", "period", "indicator", "count", "out_of"]
        for row in table[columns].dropna().itertuples():
            sides = {"count": row.count, "rest": row.out_of - row.count}
            sides_by_cell[row.code, row.period, row.indicator] = sides
    return sides_by_cell


def hidden_reports():
    """Read the reports in use, and say which are hidden."""
    reports = frames.reports()
    with_pool = reports.assign(pool=reports.get("pool", ""))
    return with_pool[suppress.is_hidden(reports)]

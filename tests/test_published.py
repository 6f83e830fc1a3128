"""What a source has published is neither hidden nor replaced; a word in a column is no proof."""

import hashlib
import json
from itertools import product

import attacker
import numpy as np
import pandas as pd
import pytest
from invented import catalogue_of
from refusal_texts import says

import hganalysis as hg
from hganalysis import frames, places, study, suppress
from hganalysis.publish import verify
from hganalysis.publish.own import lay_out, write

CODES = list(places.units().index)
RAW = "published/answer.json"
CITED = "published/counts.csv"
CARD = {
    "real_or_invented": "real",
    "origin": "The portal",
    "url": "https://example.org/counts",
    "captured": "2026-09-26",
}
FIELDS = {"count_field": "paid", "out_of_field": "due"}


def reports(counts, *, name="paid", period=2022, out_of=400, origin="published"):
    """Give one report for each commune."""
    columns = {
        "code": CODES,
        "period": period,
        "indicator": name,
        "count": counts,
    }
    table = pd.DataFrame(columns)
    return table.assign(out_of=out_of, origin=origin)


def vary_counts(seed=1, *, lowest=0, highest=90):
    random = np.random.default_rng(seed)
    return random.integers(lowest, highest, len(CODES))


def answer(rows):
    """Give the answer of a portal that has these reports."""
    offices = []
    for row in rows.itertuples():
        office = {"office": f"H.{row.code}", "level": "COMMUNE"}
        offices.append({**office, "paid": row.count, "due": row.out_of})
    return json.dumps({"data": {"children": offices}}).encode()


def cite(rows, file=RAW):
    """Say where each report stands in the answer."""
    keys = rows[["code", "period", "indicator"]]
    cited = keys.assign(file=file, record="H." + rows["code"])
    return cited.assign(**FIELDS)


def as_csv(table):
    """Write a table as a file of a study."""
    return table.to_csv(index=False).encode()


def lay_out_study(folder, rows, *, file=RAW, raw=None, cited=None, card=CARD, measures=None):
    """Write a study whose published rows stand in the answer of a portal, and open it."""
    published = rows[rows["origin"] == "published"]
    breaks = {"breaks": [0.05, 0.1, 0.15, 0.2]}
    names = measures or dict.fromkeys(rows["indicator"].unique(), breaks)
    citation = cite(published, file) if cited is None else cited
    files = {
        study.CATALOGUE: catalogue_of(names, periods=rows["period"].unique()).encode(),
        study.REPORTS: as_csv(rows),
        file: answer(published) if raw is None else raw,
        CITED: as_csv(citation),
    }
    digits = hashlib.sha256(files[file]).hexdigest()
    files[study.SOURCES] = as_csv(pd.DataFrame([{"file": file} | card | {"sha256": digits}]))
    return study.Study.open(write(folder, files))


# What is published is shown


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_nothing_published_is_hidden_or_replaced(tmp_path, kind):
    rows = reports(vary_counts())
    assert (rows["count"] < 5).sum() > 3
    raw = answer(rows)
    if kind == "csv":
        offices = json.loads(raw)["data"]["children"]
        raw = as_csv(pd.DataFrame(offices))
    with lay_out_study(tmp_path, rows, file=f"published/answer.{kind}", raw=raw).use():
        shown = frames.reports()
        assert "pool" not in shown
        columns = ["code", "count", "out_of", "origin"]
        pd.testing.assert_frame_equal(shown[columns], rows[columns], check_dtype=False)
        hg.uptake("paid", 2022).communes()
        hg.map(shown, "count", origin="published", source="The portal")


def test_build_and_register_say_whose_counts_are_shlay_out(tmp_path):
    opened = lay_out_study(tmp_path / "study", reports(vary_counts()))
    with study.use(language="en"):
        notes = lay_out(tmp_path / "own", study=opened.folder).notes
    words_of_note = ("75 reports", "The portal", "example")
    assert any(all(word in note for word in words_of_note) for note in notes)
    released = verify.registered(tmp_path / "out", file="deck.pptx")
    with study.Study.open(tmp_path / "own").use(), released:
        pass
    register = pd.read_csv(tmp_path / "out" / suppress.REGISTER, dtype="str")
    source = register["source"].item()
    digits = opened.cards[RAW]["sha256"]
    assert all(text in source for text in (RAW, digits, "2026-09-26", "https://example.org"))


# What only says that it is


def test_a_word_in_a_column_hides_nothing_less(tmp_path):
    rows = reports(vary_counts())
    honest = reports(vary_counts(), origin="reported")
    no_citation = cite(rows).head(0)
    with lay_out_study(tmp_path, rows, cited=no_citation).use():
        shown = suppress.hide_counts(rows)
        expected = suppress.hide_counts(honest)
        assert shown["pool"].tolist() == expected["pool"].tolist()
        origins = shown.loc[shown["pool"] != "", "origin"]
        assert set(origins) == {"reported"}
        for origin in ("published", "census"):
            with pytest.raises(ValueError, match=says("suppress_errors.small", limit=5)):
                hg.map(rows.assign(origin=origin), "count", source="us")


LIES = {
    "no publisher": {"card": CARD | {"origin": " "}},
    "no address": {"card": CARD | {"url": "the portal"}},
    "no day": {"card": CARD | {"captured": ""}},
    "no such day": {"card": CARD | {"captured": "2026-13-45"}},
    "a day to come": {"card": CARD | {"captured": "2999-01-01"}},
    "simulated": {"card": CARD | {"real_or_invented": "simulated"}},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_file_of_nobody_publishes_nothing(tmp_path, lie):
    rows = reports(vary_counts())
    opened = lay_out_study(tmp_path, rows, **LIES[lie])
    with opened.use():
        assert not suppress.published.is_published(rows).any()
        is_hidden = suppress.is_hidden(frames.reports())
        assert (is_hidden >= (rows["count"] < 5)).all()


CITATIONS = {
    "another's record": lambda cited: cited.assign(record=np.roll(cited["record"], 1)),
    "one record for all": lambda cited: cited.assign(record=cited["record"].iloc[0]),
    "what all records share": lambda cited: cited.assign(record="COMMUNE"),
    "another field": lambda cited: cited.assign(count_field="due"),
    "no field": lambda cited: cited.assign(count_field="women"),
    "two pairs of fields": lambda cited: cited.assign(
        count_field=np.where(np.arange(len(cited)) % 2, "paid", "due")
    ),
    "each row twice": lambda cited: pd.concat([cited, cited]),
    "another measure": lambda cited: cited.assign(indicator="women"),
    "another period": lambda cited: cited.assign(period=2023),
}


@pytest.mark.parametrize("lie", CITATIONS)
def test_a_citation_that_does_not_hold_publishes_nothing(tmp_path, lie):
    rows = reports(vary_counts())
    false_citation = CITATIONS[lie](cite(rows))
    with lay_out_study(tmp_path, rows, cited=false_citation).use():
        n_published = suppress.published.is_published(rows).sum()
        shown = frames.reports()
        assert n_published == 0
        is_hidden = suppress.is_hidden(shown)
        assert (is_hidden >= (rows["count"] < 5)).all()


def test_ones_own_rows_among_published_ones_are_hidden(tmp_path):
    rows = reports(vary_counts(lowest=20))
    laundered = rows.copy()
    small = laundered.index[::5]
    laundered.loc[small, "count"] = 3
    with lay_out_study(tmp_path, laundered, raw=answer(rows)).use():
        shown = frames.reports()
        assert suppress.is_hidden(shown)[small].all()
        assert set(shown.loc[small, "origin"]) == {"reported"}


def test_a_kept_file_that_was_changed_is_refused(tmp_path):
    opened = lay_out_study(tmp_path, reports(vary_counts()))
    changed = opened.folder / RAW
    changed.write_bytes(changed.read_bytes().replace(b"COMMUNE", b"commune"))
    was_changed = says("study_errors.changed", file=changed)
    with opened.use(), pytest.raises(ValueError, match=was_changed):
        frames.reports()


def test_two_measures_or_periods_of_one_field_are_not_both_published(tmp_path):
    """A record says what it is once: else a second measure had any numbers that are alike."""
    rows = reports(vary_counts())
    seconds = (rows.assign(indicator="women"), rows.assign(period=2023))
    for second in seconds:
        two = pd.concat([rows, second], ignore_index=True)
        folder = tmp_path / str(second["period"].iloc[0])
        with lay_out_study(folder, two, raw=answer(rows)).use():
            assert not suppress.published.is_published(two).any()


# Own rows beside what is published


def own_and_published():
    """Give reports of which every second is published, with small counts in both."""
    rows = reports(vary_counts(3))
    is_own = np.arange(len(rows)) % 2 == 0
    return rows.assign(origin=np.where(is_own, "reported", "published"))


def test_what_is_published_covers_nothing(tmp_path):
    rows = own_and_published()
    is_own = rows["origin"] == "reported"
    with lay_out_study(tmp_path, rows).use():
        mixed = frames.reports()
        alone = suppress.hide_counts(rows[is_own])
        assert (alone["pool"] != "").sum() > 5
        expected = alone["pool"].tolist()
        assert mixed.loc[is_own, "pool"].tolist() == expected
        assert (mixed.loc[~is_own, "pool"] == "").all()


def recover(rows, shown, *, sums, insider):
    """Attack what is shown of one's own rows; `sums` adds up keys of counts that are published."""
    is_own = rows["origin"] == "reported"
    system = attacker.System()
    shown = shown.assign(pool=shown.get("pool", ""))
    truth, rules = attacker.hear_reports(
        system, rows[is_own], shown[is_own], limit=5, insider=insider
    )
    for keys, value in sums:
        system.total(keys, value)
    return attacker.attack(system, truth, rules, insider=insider)


def parts_of(total, n_parts, *, rare, seed):
    """Divide counts into parts of which the last is rare, or in other places nearly all."""
    rng = np.random.default_rng(seed)
    rates = rng.choice([rare, 1 - rare], len(total))
    last = rng.binomial(total, rates)
    rest = total - last
    parts = [last]
    for n_left in range(n_parts - 1, 1, -1):
        part = rng.binomial(rest, 1 / n_left)
        parts.append(part)
        rest = rest - part
    return [*parts, rest]


def sums_of(names, total):
    """Give the keys of measures that add up in each commune, and to what."""
    sums = []
    for code, value in zip(CODES, total, strict=True):
        keys = [("count", 2022, name, code) for name in names]
        sums.append((keys, value))
    return sums


CASES = [*product(range(2), (2, 3), (0.02, 0.1))]


@pytest.mark.parametrize(("seed", "n_parts", "rare"), CASES)
def test_own_groups_beside_a_published_total_do_not_come_back(tmp_path, seed, n_parts, rare):
    total = vary_counts(seed, lowest=20, highest=60)
    names = ["women", "men", "others"][:n_parts]
    tables = [reports(total, out_of=1000)]
    parts = parts_of(total, n_parts, rare=rare, seed=seed)
    for name, part in zip(names, parts, strict=True):
        tables.append(reports(part, name=name, out_of=1000, origin="reported"))
    rows = pd.concat(tables, ignore_index=True)
    sums = sums_of(names, total)
    with lay_out_study(tmp_path, rows).use():
        shown = frames.reports()
        assert not suppress.is_hidden(shown)[rows["indicator"] == "paid"].any()
        for insider in (False, True):
            attack_table = recover(rows, shown, sums=sums, insider=insider)
            assert len(attack_table) > 10
            assert not attack_table["exact"].any()


def test_a_file_that_is_no_answer_is_refused_with_what_to_do(tmp_path):
    opened = lay_out_study(tmp_path, reports(vary_counts()), raw=b'{"data": ')
    unreadable = says("suppress_errors.published", file="answer.json")
    refused = pytest.raises(ValueError, match=unreadable)
    with opened.use(), refused:
        frames.reports()


def test_sums_of_groups_are_not_told_where_the_published_totals_leave_one_number(tmp_path):
    """Of 30 all are women and of 40 there are 4: with the sum of both, 4 is the least there is."""
    ward = places.units().query("compared_code == '930'").sort_values("population").index
    second, first = ward[:2]  # the place with fewest residents is hidden with the first
    women = pd.Series(vary_counts(lowest=40, highest=60), CODES)
    total = women + vary_counts(2, lowest=40, highest=60)
    total[[first, second]] = (40, 30)
    women[[first, second]] = (4, 30)
    groups = {"women": women, "men": total - women}
    tables = [reports(total.to_numpy())]
    for name, count in groups.items():
        own_reports = reports(count.to_numpy(), name=name, origin="reported")
        tables.append(own_reports)
    rows = pd.concat(tables, ignore_index=True)
    sums = sums_of(groups, total[CODES])
    with lay_out_study(tmp_path, rows).use():
        attack_table = recover(rows, frames.reports(), sums=sums, insider=True)
    assert len(attack_table) >= 2
    assert not attack_table["near"].any()


@pytest.mark.parametrize("seed", range(2))
def test_own_months_beside_a_published_quarter_do_not_come_back(tmp_path, seed):
    period = "2026-09"
    total = vary_counts(seed, lowest=40, highest=150)
    months = ["2026-06", "2026-07", "2026-08", "2026-09"]
    tables = [reports(total, period=period)]
    three_parts = parts_of(total, 3, rare=0.05, seed=seed)
    parts = [vary_counts(7, lowest=10), *three_parts]
    for month, part in zip(months, parts, strict=True):
        own_reports = reports(part, name="own", period=month, origin="reported")
        tables.append(own_reports)
    rows = pd.concat(tables, ignore_index=True)
    measures = {"paid": {"periods": [period]}, "own": {"periods": months}}
    sums = []
    for code, value in zip(CODES, total, strict=True):
        keys = [("count", month, "own", code) for month in months[1:]]
        sums.append((keys, value))
    with lay_out_study(tmp_path, rows, measures=measures).use():
        shown = frames.reports()
        for insider in (False, True):
            attack_table = recover(rows, shown, sums=sums, insider=insider)
            assert len(attack_table) > 10
            assert not attack_table["exact"].any()


@pytest.mark.parametrize("n_own", [0, 1])
def test_sums_are_published_where_all_of_their_parts_are(tmp_path, n_own):
    """Of each district and of the whole: one own report, and its district is no longer known."""
    rows = reports(1)
    rows.loc[: n_own - 1, "origin"] = "reported"
    with lay_out_study(tmp_path, rows).use():
        district = rows["code"].map(places.units()["compared_code"])
        sums = rows[rows["origin"] == "published"].assign(code=district)
        keys = ["code", "period", "indicator", "origin"]
        sums = sums.groupby(keys, as_index=False).sum()
        whole = sums.assign(code="93").groupby(keys).sum().reset_index()
        n_published = suppress.published.is_published(sums).sum()
        assert n_published == len(sums) - n_own
        is_published = suppress.published.is_published(whole)
        assert is_published.all() == (n_own == 0)


@pytest.mark.parametrize("name", ["santa_clara", "kenya_2019", "india_2023"])
def test_published_counts_are_shown_with_and_without_districts_and_in_several_periods(
    tmp_path, name
):
    """Each shipped study of real counts, if it kept what its source gave; with a high threshold."""
    shipped = study.DATA / study.STUDIES / name
    files = study.read_files(shipped)
    table = pd.read_csv(shipped / study.REPORTS, dtype={"code": "str"}).assign
    rows = table(origin="published")
    names = rows["code"] + " " + rows["period"].astype("str")
    office = pd.DataFrame({"office": names, "measure": rows["indicator"]})
    numbers = office.assign(count=rows["count"], out_of=rows["out_of"])
    wide = numbers.pivot(index="office", columns="measure")
    wide.columns = [" ".join(column) for column in wide.columns]
    raw = wide.astype("Int64").to_csv().encode()
    keys = rows[["code", "period", "indicator"]]
    cited = keys.assign(file="published/a.csv", record=names)
    cited["count_field"] = "count " + cited["indicator"]
    cited["out_of_field"] = "out_of " + cited["indicator"]
    files |= {"published/a.csv": raw, CITED: as_csv(cited)}
    files[study.REPORTS] = as_csv(rows)
    digits = hashlib.sha256(raw).hexdigest()
    card = CARD | {"file": "published/a.csv", "sha256": digits}
    files[study.SOURCES] = as_csv(pd.DataFrame([card]))
    limit = int(rows["count"].median())
    opened = study.Study.open(write(tmp_path, files))
    with opened.use(), suppress.use(fewer_than=limit):
        shown = frames.reports()
        assert (shown["count"] < limit).any()
        assert not suppress.is_hidden(shown).any()
        expected = rows["count"].dropna()
        counts = shown["count"].dropna()
        pd.testing.assert_series_equal(counts, expected, check_dtype=False, check_index=False)
        name = rows["indicator"].iloc[0]
        period = rows["period"].iloc[-1]
        uptake = hg.uptake(name, period)
        assert (uptake.table["count"].notna()).sum() > 5
        for table in (uptake, uptake.table, uptake.parts):
            hg.keep(table, "a-table")
        hg.table(uptake)
        uptake.order()

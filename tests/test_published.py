"""What a source has published is neither hidden nor replaced; a word in a column is no proof."""

import hashlib
import json
from itertools import product

import attacker
import numpy as np
import pandas as pd
import pytest
from invented import catalogue_of

import hganalysis as hg
from hganalysis import frames, places, study, suppress
from hganalysis.publish import verify
from hganalysis.publish.own import lay_out, write

CODES = list(places.units().index)
RAW, CITED = "published/answer.json", "published/counts.csv"
CARD = {
    "real_or_invented": "real",
    "origin": "The portal",
    "url": "https://example.org/counts",
    "captured": "2026-09-26",
}
FIELDS = {"count_field": "paid", "out_of_field": "due"}


def reports(counts, *, name="paid", period=2022, out_of=400, origin="published"):
    """Give one report for each commune."""
    table = pd.DataFrame({"code": CODES, "period": period, "indicator": name, "count": counts})
    return table.assign(out_of=out_of, origin=origin)


def varied(seed=1, *, least=0, most=90):
    return np.random.default_rng(seed).integers(least, most, len(CODES))


def answer(rows):
    """Give the answer of a portal that has these reports."""
    offices = [
        {"office": f"H.{row.code}", "level": "COMMUNE", "paid": row.count, "due": row.out_of}
        for row in rows.itertuples()
    ]
    return json.dumps({"data": {"children": offices}}).encode()


def cite(rows, file=RAW):
    """Say where each report stands in the answer."""
    cited = rows[["code", "period", "indicator"]].assign(file=file, record="H." + rows["code"])
    return cited.assign(**FIELDS)


def lay_out_study(folder, rows, *, file=RAW, raw=None, cited=None, card=CARD, measures=None):
    """Write a study whose published rows stand in the answer of a portal, and open it."""
    published = rows[rows["origin"] == "published"]
    names = measures or {
        name: {"breaks": [0.05, 0.1, 0.15, 0.2]} for name in rows["indicator"].unique()
    }
    files = {
        study.CATALOGUE: catalogue_of(names, periods=rows["period"].unique()).encode(),
        study.REPORTS: rows.to_csv(index=False).encode(),
        file: answer(published) if raw is None else raw,
        CITED: (cite(published, file) if cited is None else cited).to_csv(index=False).encode(),
    }
    card = {"file": file} | card | {"sha256": hashlib.sha256(files[file]).hexdigest()}
    files[study.SOURCES] = pd.DataFrame([card]).to_csv(index=False).encode()
    return study.Study.open(write(folder, files))


# What is published is shown


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_nothing_published_is_hidden_or_replaced(tmp_path, kind):
    rows = reports(varied())
    assert (rows["count"] < 5).sum() > 3
    raw = answer(rows)
    if kind == "csv":
        raw = pd.DataFrame(json.loads(raw)["data"]["children"]).to_csv(index=False).encode()
    with lay_out_study(tmp_path, rows, file=f"published/answer.{kind}", raw=raw).use():
        shown = frames.reports()
        assert "pool" not in shown
        columns = ["code", "count", "out_of", "origin"]
        pd.testing.assert_frame_equal(shown[columns], rows[columns], check_dtype=False)
        hg.uptake("paid", 2022).communes()
        hg.map(shown, "count", origin="published", source="The portal")


def test_build_and_register_say_whose_counts_are_shown(tmp_path):
    opened = lay_out_study(tmp_path / "study", reports(varied()))
    with study.use(language="en"):
        notes = lay_out(tmp_path / "own", study=opened.folder).notes
    assert any(
        "75 reports" in note and "The portal" in note and "example" in note for note in notes
    )
    released = verify.registered(tmp_path / "out", file="deck.pptx")
    with study.Study.open(tmp_path / "own").use(), released:
        pass
    source = pd.read_csv(tmp_path / "out" / suppress.REGISTER, dtype="str")["source"].item()
    digits = opened.cards[RAW]["sha256"]
    assert all(text in source for text in (RAW, digits, "2026-09-26", "https://example.org"))


# What only says that it is


def test_a_word_in_a_column_hides_nothing_less(tmp_path):
    rows = reports(varied())
    honest = reports(varied(), origin="reported")
    with lay_out_study(tmp_path, rows, cited=cite(rows).head(0)).use():
        shown, expected = suppress.hide_counts(rows), suppress.hide_counts(honest)
        assert shown["pool"].tolist() == expected["pool"].tolist()
        assert set(shown.loc[shown["pool"] != "", "origin"]) == {"reported"}
        for origin in ("published", "census"):
            with pytest.raises(ValueError, match="count below 5"):
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
    rows = reports(varied())
    opened = lay_out_study(tmp_path, rows, **LIES[lie])
    with opened.use():
        assert not suppress.published.is_published(rows).any()
        assert (suppress.is_hidden(frames.reports()) >= (rows["count"] < 5)).all()


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
    rows = reports(varied())
    with lay_out_study(tmp_path, rows, cited=CITATIONS[lie](cite(rows))).use():
        n_published = suppress.published.is_published(rows).sum()
        shown = frames.reports()
        assert n_published == 0
        assert (suppress.is_hidden(shown) >= (rows["count"] < 5)).all()


def test_ones_own_rows_among_published_ones_are_hidden(tmp_path):
    rows = reports(varied(least=20))
    laundered = rows.copy()
    small = laundered.index[::5]
    laundered.loc[small, "count"] = 3
    with lay_out_study(tmp_path, laundered, raw=answer(rows)).use():
        shown = frames.reports()
        assert suppress.is_hidden(shown)[small].all()
        assert set(shown.loc[small, "origin"]) == {"reported"}


def test_a_kept_file_that_was_changed_is_refused(tmp_path):
    opened = lay_out_study(tmp_path, reports(varied()))
    changed = opened.folder / RAW
    changed.write_bytes(changed.read_bytes().replace(b"COMMUNE", b"commune"))
    with opened.use(), pytest.raises(ValueError, match=r"answer\.json was changed"):
        frames.reports()


def test_two_measures_or_periods_of_one_field_are_not_both_published(tmp_path):
    """A record says what it is once: else a second measure had any numbers that are alike."""
    rows = reports(varied())
    for other in (rows.assign(indicator="women"), rows.assign(period=2023)):
        both = pd.concat([rows, other], ignore_index=True)
        with lay_out_study(tmp_path / str(other["period"].iloc[0]), both, raw=answer(rows)).use():
            assert not suppress.published.is_published(both).any()


# Own rows beside what is published


def own_and_published():
    """Give reports of which every second is published, with small counts in both."""
    rows = reports(varied(3))
    is_own = np.arange(len(rows)) % 2 == 0
    return rows.assign(origin=np.where(is_own, "reported", "published"))


def test_what_is_published_covers_nothing(tmp_path):
    rows = own_and_published()
    is_own = rows["origin"] == "reported"
    with lay_out_study(tmp_path, rows).use():
        mixed = frames.reports()
        alone = suppress.hide_counts(rows[is_own])
        assert (alone["pool"] != "").sum() > 5
        assert mixed.loc[is_own, "pool"].tolist() == alone["pool"].tolist()
        assert (mixed.loc[~is_own, "pool"] == "").all()


def recover(rows, shown, *, sums, insider):
    """Attack what is shown of one's own rows; `sums` adds up keys of counts that are published."""
    is_own = rows["origin"] == "reported"
    system = attacker.System()
    shown = shown.assign(pool=shown.get("pool", ""))
    hear = attacker.hear_reports(system, rows[is_own], shown[is_own], limit=5, insider=insider)
    for keys, value in sums:
        system.total(keys, value)
    return attacker.attack(system, *hear, insider=insider)


def parts_of(total, n_parts, *, rare, seed):
    """Divide counts into parts of which the last is rare, or in other places nearly all."""
    rng = np.random.default_rng(seed)
    last = rng.binomial(total, rng.choice([rare, 1 - rare], len(total)))
    rest = total - last
    parts = [last]
    for left in range(n_parts - 1, 1, -1):
        part = rng.binomial(rest, 1 / left)
        parts.append(part)
        rest = rest - part
    return [*parts, rest]


@pytest.mark.parametrize(("seed", "n_parts", "rare"), [*product(range(2), (2, 3), (0.02, 0.1))])
def test_own_groups_beside_a_published_total_do_not_come_back(tmp_path, seed, n_parts, rare):
    total = varied(seed, least=20, most=60)
    names = ["women", "men", "others"][:n_parts]
    tables = [reports(total, out_of=1000)]
    for name, part in zip(names, parts_of(total, n_parts, rare=rare, seed=seed), strict=True):
        tables.append(reports(part, name=name, out_of=1000, origin="reported"))
    rows = pd.concat(tables, ignore_index=True)
    sums = [
        ([("count", 2022, name, code) for name in names], value)
        for code, value in zip(CODES, total, strict=True)
    ]
    with lay_out_study(tmp_path, rows).use():
        shown = frames.reports()
        assert not suppress.is_hidden(shown)[rows["indicator"] == "paid"].any()
        for insider in (False, True):
            found = recover(rows, shown, sums=sums, insider=insider)
            assert len(found) > 10
            assert not found["exact"].any()


def test_a_file_that_is_no_answer_is_refused_with_what_to_do(tmp_path):
    opened = lay_out_study(tmp_path, reports(varied()), raw=b'{"data": ')
    with (
        opened.use(),
        pytest.raises(ValueError, match=r"answer\.json cannot be read.*Keep the file"),
    ):
        frames.reports()


def test_sums_of_groups_are_not_told_where_the_published_totals_leave_one_number(tmp_path):
    """Of 30 all are women and of 40 there are 4: with the sum of both, 4 is the least there is."""
    ward = places.units().query("compared_code == '930'").sort_values("population").index
    second, first = ward[:2]  # the place with fewest residents is hidden with the first
    women = pd.Series(varied(least=40, most=60), CODES)
    total = women + varied(2, least=40, most=60)
    total[[first, second]], women[[first, second]] = (40, 30), (4, 30)
    groups = {"women": women, "men": total - women}
    tables = [reports(total.to_numpy())]
    for name, count in groups.items():
        tables.append(reports(count.to_numpy(), name=name, origin="reported"))
    rows = pd.concat(tables, ignore_index=True)
    sums = [([("count", 2022, name, code) for name in groups], total[code]) for code in CODES]
    with lay_out_study(tmp_path, rows).use():
        found = recover(rows, frames.reports(), sums=sums, insider=True)
    assert len(found) >= 2
    assert not found["near"].any()


@pytest.mark.parametrize("seed", range(2))
def test_own_months_beside_a_published_quarter_do_not_come_back(tmp_path, seed):
    period = "2026-09"
    total = varied(seed, least=40, most=150)
    months = ["2026-06", "2026-07", "2026-08", "2026-09"]
    tables = [reports(total, period=period)]
    parts = [varied(7, least=10), *parts_of(total, 3, rare=0.05, seed=seed)]
    for month, part in zip(months, parts, strict=True):
        tables.append(reports(part, name="own", period=month, origin="reported"))
    rows = pd.concat(tables, ignore_index=True)
    measures = {"paid": {"periods": [period]}, "own": {"periods": months}}
    sums = [
        ([("count", month, "own", code) for month in months[1:]], value)
        for code, value in zip(CODES, total, strict=True)
    ]
    with lay_out_study(tmp_path, rows, measures=measures).use():
        shown = frames.reports()
        for insider in (False, True):
            found = recover(rows, shown, sums=sums, insider=insider)
            assert len(found) > 10
            assert not found["exact"].any()


@pytest.mark.parametrize("n_own", [0, 1])
def test_sums_are_published_where_all_of_their_parts_are(tmp_path, n_own):
    """Of each district and of the whole: one own report, and its district is no longer known."""
    rows = reports(1)
    rows.loc[: n_own - 1, "origin"] = "reported"
    with lay_out_study(tmp_path, rows).use():
        district = rows["code"].map(places.units()["compared_code"])
        sums = rows[rows["origin"] == "published"].assign(code=district)
        sums = sums.groupby(["code", "period", "indicator", "origin"], as_index=False).sum()
        whole = sums.assign(code="93").groupby(["code", "period", "indicator", "origin"]).sum()
        n_published = suppress.published.is_published(sums).sum()
        assert n_published == len(sums) - n_own
        assert suppress.published.is_published(whole.reset_index()).all() == (n_own == 0)


@pytest.mark.parametrize("name", ["santa_clara", "kenya_2019", "india_2023"])
def test_published_counts_are_shown_with_and_without_districts_and_in_several_periods(
    tmp_path, name
):
    """Each shipped study of real counts, if it kept what its source gave; with a high threshold."""
    shipped = study.DATA / study.STUDIES / name
    files = study.read_files(shipped)
    rows = pd.read_csv(shipped / study.REPORTS, dtype={"code": "str"}).assign(origin="published")
    names = rows["code"] + " " + rows["period"].astype("str")
    office = pd.DataFrame({"office": names, "measure": rows["indicator"]})
    wide = office.assign(count=rows["count"], out_of=rows["out_of"]).pivot(
        index="office", columns="measure"
    )
    wide.columns = [" ".join(column) for column in wide.columns]
    raw = wide.astype("Int64").to_csv().encode()
    cited = rows[["code", "period", "indicator"]].assign(file="published/a.csv", record=names)
    cited["count_field"] = "count " + cited["indicator"]
    cited["out_of_field"] = "out_of " + cited["indicator"]
    files |= {"published/a.csv": raw, CITED: cited.to_csv(index=False).encode()}
    files[study.REPORTS] = rows.to_csv(index=False).encode()
    card = CARD | {"file": "published/a.csv", "sha256": hashlib.sha256(raw).hexdigest()}
    files[study.SOURCES] = pd.DataFrame([card]).to_csv(index=False).encode()
    limit = int(rows["count"].median())
    with (
        study.Study.open(write(tmp_path, files)).use(),
        suppress.use(fewer_than=limit),
    ):
        shown = frames.reports()
        assert (shown["count"] < limit).any()
        assert not suppress.is_hidden(shown).any()
        pd.testing.assert_series_equal(
            shown["count"].dropna(), rows["count"].dropna(), check_dtype=False, check_index=False
        )
        uptake = hg.uptake(rows["indicator"].iloc[0], rows["period"].iloc[-1])
        assert (uptake.table["count"].notna()).sum() > 5
        for table in (uptake, uptake.table, uptake.parts):
            hg.keep(table, "a-table")
        hg.table(uptake)
        uptake.order()

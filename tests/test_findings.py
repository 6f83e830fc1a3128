"""Sentences: what they say is in the frames, what they must not say is nowhere."""

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from hganalysis import (
    change,
    effect,
    figures,
    findings,
    frames,
    indicators,
    places,
    ranks,
    rates,
    suppress,
    words,
)

EFFECT = Path(effect.__file__).parent
COLUMNS = {
    "count": "count",
    "exposure": "members_per_1000",
    "offset": "population",
    "cluster": "district_code",
    "controls": ["urban"],
}


@pytest.fixture(scope="module")
def reports():
    return frames.reports()


@pytest.fixture(scope="module")
def people():
    return indicators.get("app_users", year=2022), indicators.get("app_users", year=2023)


@pytest.fixture(scope="module")
def files():
    return indicators.get("files_online", year=2022), indicators.get("files_online", year=2023)


@pytest.fixture(scope="module")
def communes(reports, people):
    return effect.units(reports, frames.teams(), indicator=people[0])


@pytest.fixture(scope="module")
def ladder(communes):
    return effect.ladder(effect.columns(communes, **COLUMNS))


@pytest.fixture(scope="module")
def sentences(reports, people, files, communes, ladder):
    """Every sentence that the demo province can give, made once in each language."""
    made = {}

    def say() -> dict[str, str]:
        language = words.language()
        if language not in made:
            made[language] = say_all()
        return made[language]

    def say_all() -> dict[str, str]:
        difference = {
            by: change.difference(reports, before=people[0], after=people[1], by=by)
            for by in ("district", "province")
        }
        teams = rates.density(frames.teams(), level="district")
        return {
            "distinct_users": findings.distinct_users(rates.distinct_users(reports)),
            "uptake": findings.uptake(reports, indicator=people[0]),
            "order": findings.order(ranks.rank_sets(reports, indicator=people[0])),
            "reliability": findings.reliability(rates.pick(rates.uptake(reports), files[1])),
            "change": findings.change(
                difference["district"],
                difference["province"],
                before=people[0],
                after=people[1],
            ),
            "decomposition": findings.decomposition(
                change.decompose(reports, before=files[0], after=files[1])
            ),
            "ranks": findings.ranks(change.rank_shift(reports, before=people[0], after=files[1])),
            "target": findings.target(
                change.target_gap(reports, indicator=files[0]), indicator=files[0]
            ),
            "density": findings.density(teams[teams["year"] == 2022]),
            "headline": findings.headline(ladder),
            "planted": findings.planted(ladder.headline, frames.truth(), indicator=people[0]),
            "influence": findings.influence(
                effect.leave_one_out(effect.columns(communes, **COLUMNS)), ladder.headline
            ),
            "denominator": findings.denominator(
                effect.denominator_test(effect.columns(communes, **COLUMNS), members="members")
            ),
            "detectable": findings.detectable(ladder.headline),
            **trust(reports, people, communes),
            **one_line_each(reports, people, files, communes, ladder, difference),
        }

    return say


def one_line_each(reports, people, files, communes, ladder, difference):
    districts = rates.to_districts(reports)
    whole = rates.to_province(reports)
    teams = rates.density(frames.teams(), level="district")
    titles = findings.titles
    return {
        "title headline": titles.headline(
            rates.pick(whole, people[1]),
            indicator=people[1],
            change=difference["province"],
            before=people[0],
        ),
        "title headline of files": titles.headline(rates.pick(whole, files[1]), indicator=files[1]),
        "title where": titles.where(rates.pick(districts, people[1]), indicator=people[1]),
        "title change": titles.change(
            difference["district"], difference["province"], before=people[0], after=people[1]
        ),
        "title platforms": titles.platforms(districts, measures=[people[0], files[0]]),
        "title density": titles.density(teams[teams["year"] == 2022]),
        "title both": titles.density_and_uptake(
            teams[teams["year"] == 2022].set_index("code").assign(share=0.5, state="known"),
            indicator=people[0],
        ),
        "title extremes": titles.extremes(places.districts(), "population"),
        "title funnel": titles.funnel(ranks.funnel(reports, indicator=people[1])),
        "title denominators": titles.denominators(
            effect.denominator_test(effect.columns(communes, **COLUMNS), members="members"),
            ladder.headline,
        ),
        "title estimate": titles.estimate(ladder),
        "title rungs": titles.rungs(ladder),
        "title robustness": titles.robustness(
            effect.robustness(effect.columns(communes, **COLUMNS)),
            benchmarks=effect.benchmarks(effect.columns(communes, **COLUMNS), benchmark="urban"),
            covariate="urban",
        ),
        "title robustness alone": titles.robustness(
            effect.robustness(effect.columns(communes, **COLUMNS))
        ),
        "title order": titles.order(ranks.rank_sets(reports, indicator=people[0])),
    }


@pytest.mark.parametrize(
    ("apart", "said"),
    [
        ((), "Chỉ tính được một cách so sánh, "),
        ((1e-7,), "2 cách so sánh đều cho "),
        ((0.4,), "2 cách so sánh cho kết quả từ "),
    ],
)
def test_ways_that_are_alike_are_no_range(ladder, apart, said):
    found = ladder.headline
    others = [replace(found, rung=1, log_rate_ratio=found.log_rate_ratio + one) for one in apart]
    title = findings.titles.rungs(replace(ladder, estimates=(*others, found)))
    assert title.startswith(said)
    assert re.search(r"từ ([\d,]+) đến \1", title) is None


def test_refits_that_are_nearly_alike_are_told_apart(ladder, communes):
    found = ladder.headline
    refits = effect.leave_one_out(effect.columns(communes, **COLUMNS))
    near = found.rate_ratio + 1e-4 * (refits["rate_ratio"] - found.rate_ratio)
    title = findings.titles.left_out(refits.assign(rate_ratio=near), found)
    low, high = re.search(r"từ ([\d,]+) đến ([\d,]+)", title).groups()
    assert low != high
    usual = findings.titles.left_out(refits, found)
    assert words.ratios(found.rate_ratio, found.rate_ratio_low, found.rate_ratio_high)[0] in usual


def trust(reports, people, communes):
    later = effect.units(reports, frames.teams(), indicator=people[1])
    wide = communes.assign(later=later["members_per_1000"], twice=2 * communes["count"] // 3)
    ladder = effect.ladder(effect.columns(communes, **COLUMNS), bootstrap=199)
    panel = effect.ladder(effect.columns(later, **COLUMNS), before=communes, indicators=people)
    pairs = places.neighbours(places.points())
    origin = communes["origin"]
    return {
        "opinions": findings.opinions(ladder),
        "dispersion": findings.dispersion(ladder.headline),
        "neighbours": findings.neighbours(
            effect.ladder(effect.columns(communes, **COLUMNS), neighbours=pairs).headline
        ),
        "robustness": findings.robustness(
            effect.robustness(effect.columns(communes, **COLUMNS)),
            effect.benchmarks(effect.columns(communes, **COLUMNS), benchmark="urban"),
            covariate="urban",
            origin=origin,
        ),
        "later": findings.later(effect.placebos(effect.columns(wide, **COLUMNS), later="later")),
        "platforms": findings.platforms(
            effect.across_outcomes(effect.columns(wide, **COLUMNS), others=["twice"]),
            labels={"count": "A", "twice": "B"},
        ),
        "two_years": findings.two_years(panel.second),
    }


@pytest.mark.parametrize(
    ("language", "prefix"), [("vi", "Số liệu mô phỏng. "), ("en", "Simulated data. ")]
)
def test_every_line_from_simulated_numbers_says_so_first(sentences, language, prefix):
    with words.use(language):
        for name, sentence in sentences().items():
            for line in sentence.splitlines():
                # a title stands on a figure, whose banner says it once
                assert line.startswith(prefix) != name.startswith("title "), name


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_banner_comes_before_a_title_that_does_not_say_it(reports, people, language):
    whole = rates.pick(rates.to_province(reports), people[1])
    with words.use(language):
        title = findings.titles.headline(whole, indicator=people[1])
        panel = figures.shares([whole], measures=[people[1]])
        figure = figures.Figure(title, (panel,), people[1].when, rows=(whole,))
        banner = words.term("words.simulated")
        assert figure.about[:2] == [banner, title]
        assert figure.alt.startswith(f"{banner}. {title}")


def test_real_reports_are_not_called_simulated(reports, people):
    real = reports.assign(origin="reported")
    assert findings.uptake(real, indicator=people[0]).startswith(people[0].label)


def test_one_simulated_commune_makes_the_sentence_simulated(reports, people):
    mixed = reports.assign(origin="reported")
    row = mixed.index[(mixed["indicator"] == "app_users") & (mixed["year"] == 2022)][40]
    mixed.loc[row, "origin"] = "simulated"
    assert findings.uptake(mixed, indicator=people[0]).startswith("Số liệu mô phỏng.")


# METHODS: never "drives", "proves", "per person"; in Vietnamese never "làm tăng" or "nhờ".
FORBIDDEN = re.compile(
    r"\b(làm tăng|nhờ|chứng minh|tác động|drives?|proves?|per person|because of|leads? to)\b",
    re.IGNORECASE,
)


def test_no_sentence_claims_a_cause():
    texts = [
        (key, text)
        for key, entry in words.strings().items()
        if key.startswith("findings.")
        for text in entry.values()
    ]
    assert len(texts) > 50
    assert [key for key, text in texts if FORBIDDEN.search(text)] == []
    assert FORBIDDEN.search("members drive"), "the check must be able to fail"


def test_uptake_names_the_extremes_with_their_numbers(reports, people):
    found = rates.pick(rates.to_districts(reports), people[0]).set_index("code")
    sentence = findings.uptake(reports, indicator=people[0])
    for code in (found["share"].idxmax(), found["share"].idxmin()):
        assert findings.common.in_sentence(code) in sentence
        assert words.percent(found["share"].loc[code]) in sentence
        low, high = found["share_low"].loc[code], found["share_high"].loc[code]
        assert words.interval(low, high, "share") in sentence
    assert "173.000 trên 733.017" in sentence


def test_within_a_sentence_the_type_of_a_place_is_written_small(reports, people):
    """In Vietnamese, and not before a number; English writes it as it is."""
    shown = rates.pick(rates.to_districts(reports), people[0])
    for language, typed in (("vi", "thành phố Vị Thanh"), ("en", "Vi Thanh City")):
        with words.use(language):
            said = findings.uptake(reports, indicator=people[0])
            assert typed in said
            assert findings.common.in_sentence("930") == typed
            assert findings.table(shown).index[0] == places.name("930")
    assert findings.common.in_sentence("31318").startswith("Phường")
    assert findings.common.in_sentence("31333") == "xã Vị Tân"


def test_a_census_is_named_below_what_was_counted_in_it():
    shown = places.districts().rename(columns={"origin_of_residents": "origin"})
    assert findings.titles.counted(shown) == "Tổng điều tra 1/4/2019."
    with words.use("en"):
        assert findings.titles.counted(shown) == "Census of 1 April 2019."
    assert findings.titles.counted(shown.assign(origin="reported")) == ""


@pytest.mark.parametrize("number", [1, 5, 6])
def test_who_lacks_a_measure_is_named_and_of_many_their_number(reports, people, number):
    assert findings.partial(reports) == words.term("findings.complete", communes=75)
    of_it = (reports["indicator"] == people[0].name) & (reports["year"] == people[0].year)
    gone = reports[of_it].index[:number]
    codes = reports.loc[gone, "code"]
    for some in (reports.drop(index=gone), reports.assign(count=reports["count"].drop(gone))):
        said = findings.partial(some)
        assert said.count("\n") == 0
        assert f"{75 - number} trong 75 xã có báo cáo" in said
        named = [places.name(code) in said.partition("Chưa có số")[0] for code in codes]
        assert named == [number <= 5] * number


def test_a_district_without_complete_reports_is_not_an_extreme(reports, people):
    lowest = "934"
    communes = places.communes()
    gone = communes.index[communes["district_code"] == lowest][0]
    sentence = findings.uptake(reports[reports["code"] != gone], indicator=people[0])
    assert places.name(lowest).casefold() not in sentence.casefold()


def test_order_counts_the_pairs_that_are_apart():
    table = pd.DataFrame(
        {"rank": [1, 2, 3, None], "rank_low": [1, 2, 3, 1], "origin": "reported"},
        index=["930", "931", "932", "933"],
    )
    for third, apart in ((3, 3), (2, 2), (1, 1)):  # as many as are surely above each
        table.loc["932", "rank_low"] = third
        assert f"Trong 3 cặp đơn vị cấp huyện, {apart} cặp" in findings.order(table)
        assert findings.titles.order(table).startswith(f"Chỉ {apart} trong 3 cặp huyện")
    table["rank_low"] = 1
    assert findings.titles.order(table) == "Chưa có cặp huyện nào hơn kém nhau rõ rệt"


def test_the_place_that_leads_is_said_with_how_sure_its_lead_is(reports, people):
    rows = rates.pick(rates.to_districts(reports), people[1])
    found = ranks.rank_sets(reports, indicator=people[1])
    without = findings.titles.where(rows, indicator=people[1])
    assert findings.titles.where(rows, indicator=people[1], ranks=found) == (
        f"{without}; chưa có cặp huyện nào hơn kém nhau rõ rệt"
    )
    found["rank_low"] = found["rank"]
    assert "chỉ 28 trong 28" in findings.titles.where(rows, indicator=people[1], ranks=found)


def test_gate_speaks_both_ways(people, files):
    closed, opened = findings.gate(people[0], files[1]), findings.gate(*people)
    assert closed.startswith("Không so sánh trực tiếp được.")
    assert people[0].counts in closed
    assert files[1].counts in closed
    assert opened.endswith("nên được trừ cho nhau.")


def test_both_readings_are_carried():
    sentence = findings.two_readings(change.two_readings(frames.published()))
    assert "51\N{NO-BREAK SPACE}%" in sentence
    assert "64\N{NO-BREAK SPACE}%" in sentence


def test_ledger_counts_what_is_there_and_would_notice_local_figures():
    published = frames.published()
    assert findings.ledger(published).startswith("Tìm được 62 số liệu")
    assert "Không có số liệu nào" in findings.ledger(published)
    local = published.assign(unit_code=published["unit_code"].where(published.index != 6, "930"))
    assert local.loc[6, "indicator"] == "app_users"
    assert "app_users" in findings.ledger(local)


def test_contradictions_hold_what_the_sources_print():
    lines = findings.contradictions(frames.published()).splitlines()
    assert len(lines) == 3
    assert all(one in lines[1] for one in ("3.740", "3.928", "hơn 4.000"))


def test_head_count_adds_up_the_components():
    sentence = findings.head_count(frames.published(), frames.published_counts())
    assert "446.490" in sentence
    assert "hơn 445.300" in sentence


def test_estimate_carries_its_interval_df_and_n(ladder):
    headline = ladder.headline
    sentence = findings.estimate(headline)
    for value in (headline.rate_ratio, headline.rate_ratio_low, headline.rate_ratio_high):
        assert words.number(value, decimals=2) in sentence
    assert f"{words.number(headline.df, decimals=1)} bậc tự do; 8 huyện, 75 xã" in sentence
    assert "Chưa thấy mối liên hệ" not in sentence
    limit = "chưa phải bằng chứng rằng thêm thành viên thì mức sử dụng sẽ thay đổi."
    assert 0 < sentence.index(limit) < sentence.index("bốn trong năm lần")


@pytest.mark.parametrize("key", ["maps.under", "maps.under_change", "slides.under"])
def test_a_line_below_a_finding_begins_with_a_capital_and_says_what_it_is_out_of(key):
    for language in words.LANGUAGES:
        with words.use(language):
            measure = indicators.get("app_users", year=2023)
            line = findings.titles.subtitle(measure, key)
            assert line[0].isupper()
            assert measure.over in line[0].lower() + line[1:]


def test_an_interval_that_covers_one_is_never_called_no_effect(ladder):
    unclear = replace(ladder.headline, log_rate_ratio=0.01)
    assert unclear.low < 0 < unclear.high
    assert "Chưa thấy mối liên hệ rõ rệt. Số liệu chỉ cho phép loại trừ" in findings.estimate(
        unclear
    )


def test_district_data_name_no_communes(ladder):
    between = next(one for one in ladder if one.rung == 5)
    assert "Giữa 8 đơn vị cấp huyện" in findings.estimate(between)
    assert "xã)" not in findings.estimate(between)


def test_flags_are_said(ladder):
    flagged = replace(ladder.headline, flags=("df below 3",))
    assert "Lưu ý: dưới 3 bậc tự do." in findings.estimate(flagged)


def test_planted_says_in_or_out(ladder, people):
    truth = frames.truth()
    assert "chứa giá trị này" in findings.planted(ladder.headline, truth, indicator=people[0])
    truth.loc["app_users_per_sd", "value"] = 2.0
    assert "không chứa" in findings.planted(ladder.headline, truth, indicator=people[0])


def test_a_refused_headline_says_why(communes):
    few = communes[communes["district_code"].isin(["930", "931", "932"])]
    ladder = effect.ladder(effect.columns(few, **COLUMNS))
    assert findings.headline(ladder) == "Không đưa ra ước lượng: có ít hơn 4 huyện."


def test_influence_names_a_district_that_carries_the_estimate(communes, ladder):
    refits = effect.leave_one_out(effect.columns(communes, **COLUMNS))
    assert "Không có huyện nào một mình" in findings.influence(refits, ladder.headline)
    refits.loc["932", "conclusion_changes"] = True
    said = findings.influence(refits, ladder.headline)
    assert "một mình" not in said
    assert "nếu bỏ huyện Châu Thành A thì không còn thấy mối liên hệ rõ rệt" in said
    assert "Châu Thành A" in findings.titles.left_out(refits, ladder.headline)
    wide = replace(ladder.headline, standard_error=1.0)
    assert "bỏ huyện Châu Thành A thì đã thấy mối liên hệ rõ" in findings.influence(refits, wide)
    refits.loc["933", "moves_over_one_se"] = True
    said = findings.influence(refits, ladder.headline)
    assert "Cần thận trọng: chỉ cần bỏ huyện Châu Thành" in said
    assert "không đổi chiều" not in said


def test_every_flag_and_reason_of_effect_has_words():
    source = "\n".join(file.read_text(encoding="utf-8") for file in EFFECT.glob("*.py"))
    reasons = set(re.findall(r'reason="([^"]+)"', source))
    assert len(reasons) > 10
    assert [one for one in sorted(reasons) if f"reasons.{one}" not in words.strings()] == []


def test_a_table_is_shown_whole_and_says_what_it_is_of(reports, people):
    long = "rất dài " * 30 + "."
    laid = findings.table(rates.pick(rates.to_districts(reports), people[0]))
    laid.iloc[0, 0] = f"<b>{long}"
    html = laid._repr_html_()
    assert f"&lt;b&gt;{long}" in html
    assert f"<caption>{people[0].label}, {people[0].when}</caption>" in html
    assert html.count("<tr") == 1 + len(laid)  # one row of heads, and no size below
    assert not html.startswith("<details>")
    every = findings.table(rates.to_province(reports))
    assert "<caption>" not in every._repr_html_()  # it names measure and year in each row
    many = findings.table(rates.pick(rates.uptake(reports), people[0]))
    assert len(many) == 75
    folded = many._repr_html_()
    assert folded.startswith("<details><summary>Bảng 75 dòng</summary>")
    # all that was printed is what its page is about: on paper, too
    every = findings.printed(frames.published())
    assert len(every) > 20
    assert "<details>" not in every._repr_html_()
    assert every._repr_html_().count("<tr>") == len(every)
    assert folded.count("<tr") == 1 + 75
    huge = pd.concat([many] * 20)
    assert huge._repr_html_().count("<tr") == 1 + 1000
    assert "Bảng 1.500 dòng: 1.000 dòng đầu" in huge._repr_html_()


def test_directions_that_differ_are_said(ladder):
    assert findings.trust.directions(ladder) == []  # of the demo all are above 1
    turned = [
        replace(one, log_rate_ratio=-one.log_rate_ratio) if one.rung == 2 else one
        for one in ladder.estimates
    ]
    [said] = findings.trust.directions(replace(ladder, estimates=tuple(turned)))
    assert "hai chiều ngược nhau" in said
    for one in turned:
        if one.rung in (1, 2):
            assert findings.trust.ratios_of(one)["rr"] in said
    only = tuple(one for one in turned if one.rung != 1)
    assert findings.trust.directions(replace(ladder, estimates=only)) == []


def test_table_names_places_and_writes_numbers_for_reading(reports, people):
    table = findings.table(rates.pick(rates.to_districts(reports), people[0]))
    assert table.index.name == "Đơn vị"
    assert table.index[0] == "Thành phố Vị Thanh"
    assert table["Tỷ lệ"].iloc[0] == "31,2\N{NO-BREAK SPACE}%"
    assert table["Biên dao động (95\N{NO-BREAK SPACE}%)"].iloc[0].startswith("từ 20,5 đến 44,4")
    assert table["Tình trạng"].iloc[0] == "kém tin cậy"


def test_table_writes_a_ratio_for_a_thousand(reports):
    market = indicators.get("ecommerce_guided", year=2022)
    table = findings.table(rates.pick(rates.to_districts(reports), market))
    assert table["Tỷ số"].iloc[0] == "2,1\N{NO-BREAK SPACE}‰"


def test_table_writes_a_dash_where_there_is_nothing(reports, people):
    without = reports[reports["code"] != "31318"]
    table = findings.table(rates.pick(rates.to_districts(without), people[0]))
    assert table.loc["Thành phố Vị Thanh", "Tỷ lệ"] == "–"
    assert table.loc["Thành phố Vị Thanh", "Biên dao động (95\N{NO-BREAK SPACE}%)"] == "–"
    assert table.loc["Thành phố Vị Thanh", "Tình trạng"] == "không có số liệu"


def test_table_refuses_a_column_that_is_not_there(reports):
    with pytest.raises(LookupError, match="share_interval"):
        findings.table(reports, columns=["count", "share_interval"])


def test_table_of_a_ladder_says_refusals_in_words(communes):
    few = communes[communes["district_code"].isin(["930", "931", "932"])]
    table = findings.table(effect.ladder(effect.columns(few, **COLUMNS)).table())
    assert table["Lưu ý"].iloc[0] == "Không đưa ra ước lượng: có ít hơn 4 huyện."


def test_teams_that_nobody_reported_are_not_none():
    density = rates.density(frames.teams().query("year == 2022"), level="district")
    with words.use("en"):
        assert "teams with" in findings.density(density)
        for teams in (float("nan"), density["teams"].where(density.index > 0)):
            said = findings.density(density.assign(teams=teams))
            assert "members" in said
            assert " teams with" not in said


def test_what_is_known_of_no_place_has_no_highest():
    nothing = places.districts().assign(urban_share=float("nan"), origin="reported")
    with words.use("en"):
        assert findings.extremes(nothing, "urban_share") == "Urban share of residents: no data."


def test_nearly_all_is_not_all(reports, people):
    smallest = places.communes()["population"].idxmin()
    few = reports.assign(count=reports["count"].mask(reports["code"] == smallest))
    with words.use("en"):
        said = findings.uptake(few, indicator=people[0])
    assert "74 of 75" in said
    assert "100% of" not in said


@pytest.mark.parametrize(
    ("listed", "said"), [([True, True], False), ([False, False], False), ([True, False], True)]
)
def test_it_is_said_where_residents_of_a_year_are_of_two_counts(monkeypatch, listed, said):
    rows = pd.DataFrame({"code": ["31318", "31321"], "year": 2022})
    counts = pd.DataFrame({"listed": listed}, index=rows.index)
    monkeypatch.setattr(frames, "residents", lambda _: counts)
    assert bool(findings.residents(rows)) == said


def test_a_table_shows_no_count_where_one_is_hidden(reports, people):
    few = reports.assign(count=reports["count"].mask(reports["code"].isin(["31318", "31321"]), 2))
    frame = effect.units(suppress.small(few), frames.teams(), indicator=people[0])
    hidden = frame["state"] == "suppressed"
    assert frame.loc[hidden, "count"].notna().all()  # the estimate goes on with the common rate
    with words.use("en"):
        table = findings.table(frame).set_axis(frame.index)
    assert set(table.loc[hidden, ["Count", "Denominator"]].to_numpy().ravel()) == {"–"}
    assert "–" not in set(table.loc[~hidden, "Count"])


def test_source_lists_each_origin_once_from_the_firmest():
    table = pd.DataFrame({"origin": ["simulated", "census", "simulated"]})
    text = findings.source(table)
    assert text.index("Tổng cục Thống kê") < text.index("mô phỏng")
    assert text.count(";") == 1


@pytest.mark.parametrize("say", [findings.uptake, findings.reliability, findings.table])
def test_input_is_left_alone(say, reports, people):
    given = rates.uptake(reports) if say is findings.reliability else reports.copy()
    before = given.copy()
    say(given, indicator=people[0]) if say is findings.uptake else say(given)
    pd.testing.assert_frame_equal(given, before)


def test_sentences_are_paragraphs_and_names_in_them_cannot_run():
    said = findings.say("a\nb", "<script>alert(1)</script>")
    assert repr(said) == "a\nb\n<script>alert(1)</script>"
    html = said._repr_html_()
    assert html.count("<p ") == 3
    assert "<script>" not in html


def test_a_second_opinion_has_a_name_of_its_own(communes):
    ladder = effect.ladder(effect.columns(communes, **COLUMNS), bootstrap=199)
    sentence = findings.opinions(ladder)
    assert len(ladder.headline.alternatives) == 3
    for key in ("cv3", "twin", "bootstrap"):
        assert words.term(f"opinions.{key}") in sentence
    assert words.term("opinions.other") not in sentence


def test_an_interval_in_pieces_is_written_in_pieces(communes):
    ladder = effect.ladder(effect.columns(communes, **COLUMNS), bootstrap=199)
    broken = replace(
        ladder.headline.alternatives[0], pieces=((float("-inf"), 0.0), (0.1, float("inf")))
    )
    headline = replace(ladder.headline, alternatives=(broken,), sd=1.0)
    estimates = tuple(headline if one.rung == 2 else one for one in ladder.estimates)
    assert "0,00–1,00 và 1,11–∞" in findings.opinions(replace(ladder, estimates=estimates))


def test_coverage_says_what_the_committed_table_says():
    table = frames.coverage()
    mean = table.loc[table["method"] == "headline", "coverage"].mean()
    naive = table.loc[table["method"] == "cluster-robust z", "coverage"].min()
    sentence = findings.coverage(table)
    assert words.percent(mean) in sentence
    assert words.percent(naive) in sentence


def test_what_should_show_nothing_and_does_is_said_with_caution():
    placebo = pd.DataFrame(
        {"rate_ratio": [1.2, 1.3], "low": [1.1, 1.1], "high": [1.3, 1.5], "origin": "reported"},
        index=["estimate", "later exposure"],
    )
    assert findings.later(placebo).startswith("Cần thận trọng")
    placebo.loc["later exposure", "low"] = 0.9
    assert "không khác biệt rõ rệt với mức không có liên hệ" in findings.later(placebo)


def test_the_ratio_of_a_placebo_stands_before_its_own_interval():
    placebo = pd.DataFrame(
        {"rate_ratio": [2.4, 1.3], "low": [2.2, 1.1], "high": [2.6, 1.5], "origin": "reported"},
        index=["estimate", "later exposure"],
    )
    said = findings.later(placebo)
    assert all(one in said for one in words.ratios(1.3, 1.1, 1.5))
    assert not any(one in said for one in words.ratios(2.4, 2.2, 2.6))


def test_two_years_without_an_estimate_say_so():
    assert findings.two_years(None).startswith("Hai năm không cho ước lượng nào")


# --- one line each, for a slide ---


def numbers_of(sentence):
    return re.findall(r"\d+(?:,\d+)?", sentence)


def test_a_title_keeps_the_interval_of_what_it_says(sentences):
    said = sentences()
    assert "tăng 5,2 điểm phần trăm (+3,3 đến +7,0)" in said["title change"]
    assert "1,19 (1,14–1,26)" in said["title rungs"]
    assert said["title estimate"].endswith("thì mức sử dụng gấp 1,19 lần (1,14–1,26)")
    assert "86,9\N{NO-BREAK SPACE}% (" in said["title headline of files"]


def test_an_interval_that_a_title_leaves_out_stands_below_it(sentences, reports, people, ladder):
    said = sentences()
    assert said["title headline"].startswith("Cứ 100 người dân có 29 người đã cài đặt")
    assert said["title headline"].endswith(", tăng 5 người so với 2022")
    whole = rates.pick(rates.to_province(reports), people[1])
    [number] = figures.shares([whole], measures=[people[1]]).numbers
    assert number.text == "28,8\N{NO-BREAK SPACE}%"
    assert "biên dao động 23,3–35,0\N{NO-BREAK SPACE}%" in number.lines
    [number] = figures.statement(ladder.headline).numbers
    assert "Khoảng tin cậy 95\N{NO-BREAK SPACE}%: 1,14–1,26" in number.lines


def test_a_share_that_is_unreliable_says_so_beside_its_large_number(reports, people):
    whole = rates.pick(rates.to_province(reports), people[1])
    for state in ("known", "unreliable"):
        [number] = figures.shares([whole.assign(state=state)], measures=[people[1]]).numbers
        said = words.term("maps.state_unreliable") in number.lines
        assert said == (state == "unreliable")


def test_a_funnel_says_who_is_above_and_who_below_the_highest_first(reports, people):
    limits = ranks.funnel(reports, indicator=people[1]).sort_values("share")
    limits["outside"] = ["below", "", "", "", "", "", "above", "above"]
    low, *_, second, first = [places.label(code) for code in limits.index]
    said = findings.titles.funnel(limits)
    assert said.endswith(f"cao hơn là {first} và {second}; thấp hơn là {low}")
    alone = findings.titles.funnel(limits.assign(outside=["below", *[""] * 7]))
    assert alone.endswith(f": thấp hơn là {low}")
    assert "cao hơn" not in alone


def test_who_is_certainly_among_the_first_three_is_no_other_that_could_be(reports, people):
    sets = ranks.rank_sets(reports, indicator=people[1]).sort_values("rank")
    sets["surely_first_three"] = [True, *[False] * 7]
    sets["could_be_first_three"] = [*[True] * 6, False, False]
    said = findings.titles.first_three(sets)
    assert said.startswith(f"Chắc chắn thuộc ba hạng đầu: {places.label(sets.index[0])}")
    assert said.endswith("chưa loại trừ được 5 huyện khác")


def test_errors_that_cannot_have_made_an_estimate_are_no_part_of_it(communes):
    test = effect.denominator_test(effect.columns(communes, **COLUMNS), members="members")
    share = test.shaken["share"].iloc[-1]
    assert share > 0
    assert "của ước lượng" in findings.denominator(test)
    other = replace(test, shaken=test.shaken.assign(share=-share))
    assert "phía bên kia của 1" in findings.denominator(other)
    assert "của ước lượng" not in findings.denominator(other)
    fewer = replace(test, free=test.free.assign(elasticity=-0.33, low=-0.8, high=0.14))
    said = findings.denominator(fewer).replace("\N{NO-BREAK SPACE}", " ")
    assert "chênh −0,33 % (khoảng tin cậy −0,80 đến +0,14 %" in said


def test_a_headline_says_more_or_fewer_only_where_that_is_more_than_chance(reports, people):
    before, after = people
    whole = rates.pick(rates.to_province(reports), after)
    since = change.difference(reports, before=before, after=after, by="province")
    told = {}
    for low, high in ((1.0, 9.0), (-9.0, -1.0), (-1.0, 9.0)):
        ends = since.assign(change_low_pp=low, change_high_pp=high)
        with words.use("en"):
            told[low, high] = findings.titles.headline(
                whole, indicator=after, change=ends, before=before
            )
    more, fewer, unsure = told.values()
    assert more.endswith(", 5 more than in 2022")
    assert fewer.endswith(", 5 fewer than in 2022")
    assert unsure == more.removesuffix(", 5 more than in 2022")


def test_a_title_says_that_the_strongest_factor_is_not_enough_only_where_it_is_not(communes):
    columns = effect.columns(communes, **COLUMNS)
    found, table = effect.robustness(columns), effect.benchmarks(columns, benchmark="urban")
    with words.use("en"):
        holds = findings.titles.robustness(found, benchmarks=table, covariate="urban")
        reaches = table.assign(rate_ratio_low=0.9)
        other = findings.titles.robustness(found, benchmarks=reaches, covariate="urban")
        assert "would not remove the relation" in holds
        assert other == findings.titles.robustness(found) != holds


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("title where", "uptake after"),
        ("title change", "change"),
        ("title density", "density"),
        ("title estimate", "headline"),
        ("title robustness", "robustness"),
        ("title robustness alone", "robustness"),
    ],
)
def test_a_title_says_no_number_that_its_sentence_does_not(
    sentences, reports, people, title, sentence
):
    said = sentences() | {"uptake after": findings.uptake(reports, indicator=people[1])}
    assert len(numbers_of(said[title])) > 1
    assert set(numbers_of(said[title])) <= set(numbers_of(said[sentence]))


def test_a_title_of_an_interval_that_holds_one_says_so(ladder):
    unclear = replace(ladder.headline, log_rate_ratio=0.01)
    estimates = tuple(unclear if one.rung == 2 else one for one in ladder.estimates)
    title = findings.titles.estimate(replace(ladder, estimates=estimates))
    assert "chưa thấy mối liên hệ rõ rệt" in title
    assert "gấp" not in title


def test_a_title_of_a_refused_estimate_says_why(communes):
    few = communes[communes["district_code"].isin(["930", "931", "932"])]
    title = findings.titles.estimate(effect.ladder(effect.columns(few, **COLUMNS)))
    assert title == "Không đưa ra ước lượng: có ít hơn 4 huyện."


def test_titles_name_no_place_without_a_number(reports, people):
    table = rates.pick(rates.to_districts(reports), people[1])
    empty = table.assign(share=float("nan"), share_low=float("nan"), share_high=float("nan"))
    assert "không có đơn vị" in findings.titles.where(empty, indicator=people[1])
    highest = table["share"].idxmax()
    hidden = table.assign(share=table["share"].mask(table.index == highest))
    title = findings.titles.where(hidden, indicator=people[1])
    assert places.label(table["code"].loc[highest]) not in title
    both = findings.titles.platforms(rates.to_districts(reports), measures=[*people])
    for place in ("TP.\N{NO-BREAK SPACE}Vị Thanh", "H.\N{NO-BREAK SPACE}Châu Thành A"):
        assert f"{place} ở 1 nền tảng" in both
    same = findings.titles.platforms(rates.to_districts(reports), measures=[people[0]] * 2)
    assert "Cả 2 nền tảng" in same


@pytest.mark.parametrize("say", [findings.titles.change, findings.change])
def test_sure_falls_are_counted_as_sure_rises_are(reports, people, say):
    before, after = people
    rows = change.difference(reports, before=before, after=after)
    whole = change.difference(reports, before=before, after=after, by="province")
    ends = [(1.0, 2.0), (-2.0, -1.0), (-3.0, -1.0), *[(-1.0, 1.0)] * 5]
    rows[["change_low_pp", "change_high_pp"]] = ends
    with words.use("en"):
        told = say(rows, whole, before=before, after=after)
    assert "in 3 of 8 districts" in told


def test_a_low_end_below_zero_never_stands_behind_a_dash():
    with words.use("en"):
        assert words.span(-0.2, 0.3, "share") == "−20.0 to 30.0%"
        assert words.span(-1.5, -0.5, "decimal") == "−1.50 to −0.50"
        assert words.span(-1.5, 2, "points") == "−1.5 to +2.0"
        assert words.span(0.2, 0.3, "share") == "20.0–30.0%"


def test_of_one_place_nothing_is_called_highest_and_lowest(reports, people):
    one = rates.pick(rates.to_districts(reports), people[1]).head(1)
    name = places.label(one["code"].iloc[0])
    with words.use("en"):
        told = findings.titles.where(one.assign(share_low=float("nan")), indicator=people[1])
        name = places.label(one["code"].iloc[0])
    assert told.count(name) == 1
    assert "ighest" not in told
    assert "–" not in told


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_what_intervals_assume_is_said_and_hangs_on_where_communes_lie(language, monkeypatch):
    with words.use(language):
        near = findings.assumption()
        assert near == words.term("findings.assume_near")
        gone = places.centres().assign(lat=float("nan"))
        monkeypatch.setattr(places, "centres", lambda: gone)
        assert findings.assumption() == words.term("findings.assume_independent") != near


def test_what_was_printed_as_nearly_is_not_said_as_exact():
    printed = frames.published_counts()
    assert set(printed["qualifier"]) == {"exact", "nearly"}
    exact = printed[printed["qualifier"] == "exact"]
    with words.use("en"):
        for counts, rough in ((printed, True), (exact, False)):
            bounds = rates.distinct_users(counts)
            assert bounds["approximate"].tolist() == [rough]
            said = findings.distinct_users(bounds)
            assert said.count("about ") == 2 * rough
            assert findings.distinct_users(bounds.drop(columns="approximate")).count("about ") == 0
        told = findings.head_count(frames.published(), printed)
        assert "add up to about 446,490" in told
        assert "about 70,000 of them" in told

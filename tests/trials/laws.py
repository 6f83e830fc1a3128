"""Say what must be true of everything that came of a study, whatever the study."""

import re
from itertools import pairwise

import pandas as pd

import hganalysis as hg
from hganalysis import places, words
from hganalysis.publish import verify
from hganalysis.publish.tables import name_sheets
from hganalysis.study import Study, current

from . import secrets
from .files import codes
from .media import Media, seen

KEYS = ["code", "period", "indicator"]

# What a number must never look like where people read it.
NO_NUMBER = re.compile(
    r"(?<![\w&#/.-])(nan|NaN|NaT|None|inf|<NA>)(?![\w/-])|\(–\)|(?<!\w)\( ?\)"
    r"|(?<!\w)(?:in|of|at|ở|với|là) – |(?<!\w)(?:in all|trong cả|cả) 0(?! ?[.,\d%])"
    r"|(?<![\w.-])20\d\d-[01]\d-[0-3]\d(?![\w-])"
)


def hold(trial):
    """Hold what came of a study to every law."""
    if trial.out is None or not (trial.out / "index.html").is_file():
        trial.broken.append(f"nothing was built: {list(trial.refused.values())[-1:]}")
        return
    media = Media(trial.out)
    language = trial.study.traits.language
    with Study.open(trial.data).use(language=language):
        for name, check in LAWS.items():
            trial.broken += [f"{name}: {case}" for case in check(trial, media)]


def banners(trial, media):
    """What is simulated says so in every picture, slide, sheet and page, and what is not never."""
    banner = words.term("words.simulated")
    simulated = trial.study.traits.origin != "reported"
    marked = {}
    for name, picture in media.pictures.items():
        marked[f"picture {name}"] = banner in seen(picture)
    for number, text in enumerate(media.slides, start=1):
        marked[f"slide {number}"] = banner in text
    tables_of_sheets = {
        sheet: table for table, sheet in name_sheets(["coverage", "residents"]).items()
    }
    for name, sheet in media.sheets.items():
        table = tables_of_sheets.get(name, name)
        marked[f"sheet {table}"] = str(sheet.iloc[0, 0]) == banner
    for name, page in media.atlas.items():
        marked[f"atlas {name}"] = page["fake"] is not None
    marked["index"] = banner in media.pages["index"]
    for name, text in media.strips.items():
        marked[f"page {name}"] = banner in text
    for name, is_marked in marked.items():
        subject = name.split(" ")[-1]
        # coverage is of a simulation, whatever the study; residents are of the list of places
        if subject.startswith("coverage"):
            continue
        wanted = simulated and subject not in ("residents", "00_what_the_data_say")
        if is_marked != wanted:
            yield f"{name}: {'a' if is_marked else 'no'} banner"


def texts(trial, media):  # noqa: ARG001  (as the other laws)
    """Nothing that is read is no number, and no date is a program's."""
    for name, text in media.readable():
        if name.startswith("sheet"):  # of numbers and names of columns
            continue
        for hit in NO_NUMBER.finditer(text):
            yield f"{name}: {hit[0]!r} in {text[max(0, hit.start() - 60) : hit.end() + 30]!r}"
            break


def shown(trial, media):
    """Every measure, year and place that was reported is in the atlas, if there is one."""
    if not media.atlas:
        if "atlas.html" not in trial.refused:
            yield "there is no atlas, and nobody said why"
        return
    periods_of_cells = media.cells["period"]
    cells_there = set(zip(media.cells["indicator"], periods_of_cells, strict=True))
    sizes = sums(trial).groupby(["indicator", "period"]).size()
    for name, period in sizes.index:
        if (name, period) not in cells_there:
            yield f"atlas: {name} of {period} is not there"
    compared_codes = set(places.compared().index)
    missing = compared_codes - set(media.cells["code"])
    if missing:
        yield f"atlas: {len(missing)} of {len(places.compared())} places are not there"


def nobody_else(trial, media):  # noqa: ARG001  (as the other laws)
    """Nothing of the shipped province is named: nothing of one province is mixed with another."""
    with Study.open().use(language=words.language()):
        names_of_shipped = [*places.compared()["name_vi"], words.term("figure.by_simulated")]
    for name, text in media.readable():
        names_read = [
            name_of_shipped for name_of_shipped in names_of_shipped if name_of_shipped in text
        ]
        if names_read:
            yield f"{name} names {names_read[0]}"


def verified(trial, media):  # noqa: ARG001  (as the other laws)
    """Each figure, page and deck that was built is the same as what its data give."""
    for file in sorted(trial.out.rglob("*")):
        if file.suffix in verify.KINDS and verify.digests(file):
            verdict, _ = verify.verify(file, out=trial.out)
            if verify.ANSWERS.get(verdict) != "same":
                yield f"{file.name}: {verdict}"


def sums(trial):
    """
    Add up what was sent, by code, year and measure: each place, its district, and the whole.

    The density of teams is a measure of the atlas: members out of residents.
    """
    study = trial.study
    # in a report, teams stand beside a count
    keys = ["code", "period"]
    sent = study.reports[keys].drop_duplicates()
    teams = study.teams.merge(sent, on=keys)
    teams = teams.merge(study.residents, on=keys)
    teams = teams.rename(columns={"members": "count", "population": "out_of"})
    teams["indicator"] = current().density
    reports = pd.concat([study.reports, teams], ignore_index=True)
    codes_sent = reports["code"].map(codes(study))
    sent = reports.assign(code=codes_sent)
    parts = [sent]
    if study.traits.places == "both":
        home = dict(study.listed[["code", "district_code"]].to_numpy())
        districts = reports["code"].map(home)
        parts.append(sent.assign(code=districts))
    if study.traits.places != "whole":
        parts.append(sent.assign(code=""))
    pairs = pd.concat(parts).groupby(KEYS)[["count", "out_of"]]
    return pairs.sum()


def unlike_reported(trial, media):
    """What answers and the atlas tell of a place is what its places sent."""
    sums_sent = sums(trial)
    for name, period, table in trial.answers:
        for row in table.dropna(subset="count").itertuples():
            yield from _unlike(sums_sent, (row.code, period, name), row, "answer")
            if abs(row.share - row.count / row.out_of) > 1e-12:
                yield f"answer: {row.code} {period} {name} has a share that its count has not"
    for row in media.cells.dropna(subset="count").itertuples():
        code = "" if row.level == "whole" else row.code
        if code or len(places.provinces()) < 2:
            key = (code, row.period, row.indicator)
            yield from _unlike(sums_sent, key, row, "atlas")


def _unlike(sums_sent, key, row, where):
    code, period, name = key
    if sent_of(key, sums_sent) is None:
        yield f"{where}: {code} {period} {name} was never reported"
        return
    count, out_of = sent_of(key, sums_sent)
    is_unlike = abs(row.count - count) > 1e-6 or abs(row.out_of - out_of) > 1e-6
    if is_unlike:
        sent = f"{count} of {out_of}"
        yield f"{where}: {code} {period} {name} is {row.count} of {row.out_of}, not {sent}"


def sent_of(key, sums_sent):
    """Give what was sent; the whole of a study of the whole alone is its one place."""
    if key in sums_sent.index:
        return sums_sent.loc[key]
    code, period, name = key
    periods = sums_sent.index.get_level_values("period")
    names = sums_sent.index.get_level_values("indicator")
    alone = sums_sent[(periods == period) & (names == name)]
    return alone.iloc[0] if code == "" and len(alone) == 1 else None


def changes(trial, media):  # noqa: ARG001  (as the other laws)
    """A change is the difference of two levels, and told where both are."""
    for name, periods in hg.reported().items():
        for before, after in pairwise(periods):
            try:
                change = hg.compare(name, before, after)
            except ValueError:
                continue  # refused in words: no place has both
            first, second = (hg.uptake(name, period).table for period in (before, after))
            share_before = first.set_index("code")["share"]
            share_after = second.set_index("code")["share"]
            expected = 100 * (share_after - share_before)
            table = change.table.set_index("code")["change_pp"]
            expected = expected.reindex(table.index)
            wrong = table.index[(table - expected).abs() > 1e-9]
            if len(wrong) or (table.isna() != expected.isna()).any():
                yield f"{name} from {before} to {after}: {list(wrong)}"


LAWS = {
    "simulated says so": banners,
    "no text is no number": texts,
    "everything is shown": shown,
    "nobody else is shown": nobody_else,
    "verify says same": verified,
    "numbers are those reported": unlike_reported,
    "a change is a difference": changes,
    "nothing hidden stands anywhere": secrets.shown,
    "nothing hidden can be had back": secrets.found_out,
}
"""The laws by name: each gives a sentence for every case that breaks it."""

"""Say what must be true of everything that came of a study, whatever the study."""

import re
from itertools import pairwise

import pandas as pd

import hganalysis as hg
from hganalysis import places, words
from hganalysis.publish import verify
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


def hold(made):
    """Hold what came of a study to every law."""
    if made.out is None or not (made.out / "index.html").is_file():
        made.broken.append(f"nothing was built: {list(made.refused.values())[-1:]}")
        return
    media = Media(made.out)
    with Study.open(made.data).use(language=made.study.traits.language):
        for name, check in LAWS.items():
            made.broken += [f"{name}: {case}" for case in check(made, media)]


def banners(made, media):
    """What is simulated says so in every picture, slide, sheet and page, and what is not never."""
    said = words.term("words.simulated")
    simulated = made.study.traits.origin != "reported"
    marked = {f"picture {name}": said in seen(one) for name, one in media.pictures.items()}
    marked |= {f"slide {at}": said in text for at, text in enumerate(media.slides, start=1)}
    for name, sheet in media.sheets.items():
        marked[f"sheet {name}"] = str(sheet.iloc[0, 0]) == said
    marked |= {f"atlas {name}": page["fake"] is not None for name, page in media.atlas.items()}
    marked["index"] = said in media.pages["index"]
    marked |= {f"page {name}": said in text for name, text in media.strips.items()}
    for name, is_marked in marked.items():
        about = name.split(" ")[-1]
        # coverage is of a simulation, whatever the study; residents are of the list of places
        if about.startswith("coverage"):
            continue
        wanted = simulated and about not in ("residents", "00_what_the_data_say")
        if is_marked != wanted:
            yield f"{name}: {'a' if is_marked else 'no'} banner"


def texts(made, media):  # noqa: ARG001  (as the other laws)
    """Nothing that is read is no number, and no date is a program's."""
    for name, text in media.readable():
        if name.startswith("sheet"):  # of numbers and names of columns
            continue
        for hit in NO_NUMBER.finditer(text):
            yield f"{name}: {hit[0]!r} in {text[max(0, hit.start() - 60) : hit.end() + 30]!r}"
            break


def shown(made, media):
    """Every measure, year and place that was reported is in the atlas, if there is one."""
    if not media.atlas:
        if "atlas.html" not in made.refused:
            yield "there is no atlas, and nobody said why"
        return
    there = set(zip(media.cells["indicator"], media.cells["period"], strict=True))
    for name, period in sums(made).groupby(["indicator", "period"]).size().index:
        if (name, period) not in there:
            yield f"atlas: {name} of {period} is not there"
    missing = set(places.compared().index) - set(media.cells["code"])
    if missing:
        yield f"atlas: {len(missing)} of {len(places.compared())} places are not there"


def nobody_else(made, media):  # noqa: ARG001  (as the other laws)
    """Nothing of the shipped province is named: nothing of one province is mixed with another."""
    with Study.open().use(language=words.language()):
        others = [*places.compared()["name_vi"], words.term("figure.by_simulated")]
    for name, text in media.readable():
        found = [other for other in others if other in text]
        if found:
            yield f"{name} names {found[0]}"


def verified(made, media):  # noqa: ARG001  (as the other laws)
    """Each figure, page and deck that was built is the same as what its data give."""
    for file in sorted(made.out.rglob("*")):
        if file.suffix in verify.KINDS and verify.digests(file):
            why, _ = verify.verify(file, out=made.out)
            if why != "same":
                yield f"{file.name}: {why}"


def sums(made):
    """
    Add up what was sent, by code, year and measure: each place, its district, and the whole.

    The density of teams is a measure of the atlas: members out of residents.
    """
    study = made.study
    # in a report, teams stand beside a count
    keys = ["code", "period"]
    sent = study.reports[keys].drop_duplicates()
    teams = study.teams.merge(sent, on=keys).merge(study.residents, on=keys)
    teams = teams.rename(columns={"members": "count", "population": "out_of"})
    teams["indicator"] = current().density
    reports = pd.concat([study.reports, teams], ignore_index=True)
    sent = reports.assign(code=reports["code"].map(codes(study)))
    parts = [sent]
    if study.traits.places == "both":
        home = dict(study.listed[["code", "district_code"]].to_numpy())
        parts.append(sent.assign(code=reports["code"].map(home)))
    if study.traits.places != "whole":
        parts.append(sent.assign(code=""))
    return pd.concat(parts).groupby(KEYS)[["count", "out_of"]].sum()


def unlike_reported(made, media):
    """What answers and the atlas tell of a place is what its places sent."""
    known = sums(made)
    for name, period, table in made.answers:
        for row in table.dropna(subset="count").itertuples():
            yield from _unlike(known, (row.code, period, name), row, "answer")
            if abs(row.share - row.count / row.out_of) > 1e-12:
                yield f"answer: {row.code} {period} {name} has a share that its count has not"
    for row in media.cells.dropna(subset="count").itertuples():
        code = "" if row.level == "whole" else row.code
        if code or len(places.provinces()) < 2:
            yield from _unlike(known, (code, row.period, row.indicator), row, "atlas")


def _unlike(known, key, row, where):
    code, period, name = key
    if made_of(key, known) is None:
        yield f"{where}: {code} {period} {name} was never reported"
        return
    count, out_of = made_of(key, known)
    if abs(row.count - count) > 1e-6 or abs(row.out_of - out_of) > 1e-6:
        sent = f"{count} of {out_of}"
        yield f"{where}: {code} {period} {name} is {row.count} of {row.out_of}, not {sent}"


def made_of(key, known):
    """Give what was sent; the whole of a study of the whole alone is its one place."""
    if key in known.index:
        return known.loc[key]
    code, period, name = key
    alone = known[(known.index.get_level_values("period") == period)
                  & (known.index.get_level_values("indicator") == name)]  # fmt: skip
    return alone.iloc[0] if code == "" and len(alone) == 1 else None


def changes(made, media):  # noqa: ARG001  (as the other laws)
    """A change is the difference of two levels, and told where both are."""
    for name, periods in hg.reported().items():
        for before, after in pairwise(periods):
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

"""Say what must be true of everything that came of a study, whatever the study."""

import re
from unittest import mock

import agreement
import pandas as pd

from hganalysis import places, sources, words
from hganalysis.build import verify

from . import numbers, secrets
from .media import Media, plain, rows, seen, told

# Not of the reports: the list of places, what was published, how often intervals hold.
PUBLIC = ("census", "head-count")
OF_SIMULATION = ("coverage",)
"""Shows a simulation, whatever the study."""
# What a number must never look like where people read it.
NO_NUMBER = re.compile(
    r"(?<![\w&#/.-])(nan|NaN|NaT|None|inf|<NA>)(?![\w/-])|\(–\)|\( ?\)"
    r"|(?<!\w)(?:in|of|at|ở|với|là) – |(?<!\w)(?:in all|trong cả|cả) 0(?! ?[.,\d%])"
    r"|(?<![\w.-])20\d\d-[01]\d-[0-3]\d(?![\w-])"
)
# Ranks have neither a unit nor decimals, and may be one; several estimates may agree.
ENDS = re.compile(
    r"(?<!tỷ số )(?<!ratios )(?:từ|from) (−?[\d.,]+)(?: %| ‰)? (?:đến|to) "
    r"\+?(−?[\d.,]+(?= ?[%‰])|−?\d+[.,]\d+)"
)


def hold(made):
    """Hold what came of a study to every law; give the names of those that were checked."""
    if made.out is None or not (made.out / "index.html").is_file():
        made.broken.append(f"nothing was built: {list(made.refused.values())[-1:]}")
        return []
    media = Media(made.out)
    for remembered in (numbers.kept, numbers.reference):
        remembered.cache_clear()
    with words.use(made.study.traits.language), sources.use(made.data):
        for name, check in LAWS.items():
            made.broken += [f"{name}: {case}" for case in check(made, media)]
    return list(LAWS)


def banners(made, media):
    """What is simulated says so on every picture, and what is not never does."""
    said = words.term("words.simulated")
    simulated = made.study.traits.origin != "reported" and made.study.traits.route == "process"

    def wanted(name):
        name = re.sub(r"-\d+$", "", name)
        return name in OF_SIMULATION or (simulated and name not in PUBLIC)

    for kind, drawn in (("picture", media.pictures), ("page", media.pages)):
        for name, source in drawn.items():
            marked = said in seen(source) or 'id="banner"' in source
            if marked != wanted(name):
                yield f"{kind} {name}: {'no banner' if wanted(name) else 'a banner'}"
    for number, slide in enumerate(media.slides, start=1):
        drawn = bool(slide.maps or slide.tables or slide.charts) or number == 1
        # of no study: its title names the simulation
        coverage = words.term("sources.coverage") in slide.notes
        marked = said in told(slide)
        if drawn and not coverage and marked != simulated:
            yield f"slide {number} ({slide.title[:40]}): {'a' if marked else 'no'} banner"
    if media.atlas is not None:
        origin = media.atlas["origin"]
        marked = media.atlas["note"].astype("str").fillna("").str.contains(said, regex=False)
        if (marked != (origin == "simulated")).any():
            yield "atlas: the rows of its download do not say which are simulated"
        views = re.findall(r'"simulated": ?(true|false)', media._atlas_page)
        strip = re.search(r'<aside id="strip" class="banner"\s*(hidden)?', media._atlas_page)
        if ("true" in views) != simulated or (strip and not strip[1]) != simulated:
            yield f"atlas: views {set(views)}, strip {strip and strip[0]}"
        if simulated and "false" in views:
            yield "atlas: a view without a banner"


def texts(made, media):  # noqa: ARG001  (as the other laws)
    """Nothing that is read is no number, no interval is empty, and no date is a program's."""
    for name, text in _readable(media):
        for hit in NO_NUMBER.finditer(text):
            yield f"{name}: {hit[0]!r} in {text[max(0, hit.start() - 60) : hit.end() + 30]!r}"
            break


def _readable(media):
    yield from ((f"report {name}", text) for name, text in media.reports.items())
    yield from ((f"page {name}", seen(page)) for name, page in media.pages.items())
    yield from ((f"picture {name}", seen(drawn)) for name, drawn in media.pictures.items())
    for number, slide in enumerate(media.slides, start=1):
        yield f"slide {number}", f"{told(slide)} {plain(slide.notes)}"


def widths(made, media):  # noqa: ARG001  (as the other laws)
    """No interval has width 0."""
    frames = dict(media.tables)
    if media.atlas is not None:
        frames["atlas"] = media.atlas
    for name, table in frames.items():
        for low in [column for column in table if re.search(r"(^|_)low(_|$)", column)]:
            high = re.sub(r"(^|_)low(_|$)", r"\1high\2", low)
            if low.startswith("rank") or high not in table:
                continue
            ends = table[[low, high]].apply(pd.to_numeric, errors="coerce").dropna()
            wrong = table.loc[ends.index[ends[low] >= ends[high]]]
            if len(wrong):
                first = wrong.iloc[0][[one for one in ("code", "year", "indicator", low, high)
                                       if one in wrong]].to_dict()  # fmt: skip
                yield f"{name}, {low}: {len(wrong)} rows, the first {first}"
    for name, text in _readable(media):
        same = [hit[0] for hit in ENDS.finditer(text) if hit[1].rstrip(".,") == hit[2].rstrip(".,")]
        if same:
            yield f"{name}: {same[0]!r} is read as no width"


def figures(made, media):  # noqa: ARG001  (as the other laws)
    """
    No figure is empty: a map has a value, a chart a mark, a table a row.

    One map of several may say of every place that it has none.
    """
    valued = {}
    for name, page in media.pages.items():
        some = any(facts and re.search(r"\d", facts[0]) for facts in rows(page).values())
        figure = re.sub(r"-\d+$", "", name)
        valued[figure] = valued.get(figure, False) or some
    for figure in (name for name, some in valued.items() if not some):
        yield f"page {figure}: no place has a value"
    for name, source in media.pictures.items():
        body = source[source.find('id="axes_1"') :]
        if len(re.findall(r"<(?:use|path)\b", body)) < 3:
            yield f"picture {name}: nothing is drawn"
    for name, table in media.tables.items():
        if table.empty:
            yield f"table {name}: no row"
    for number, slide in enumerate(media.slides, start=1):
        for chart in slide.charts:
            if not agreement.drawn_rows(chart):
                yield f"slide {number}: a chart without a mark"
        texts = [text for values in slide.maps for text in values.values()]
        if slide.maps and not any(re.search(r"\d", text) for text in texts):
            yield f"slide {number}: maps without a value"


def shown(made, media):
    """Every year, measure and place that was reported is shown, or said to be left out."""
    study = made.study
    table = study.reports.groupby(["indicator", "year"]).size()
    if media.atlas is not None:
        there = set(zip(media.atlas["indicator"], media.atlas["year"], strict=True))
        for name, year in table.index:
            if (name, year) not in there:
                yield f"atlas: {name} of {year} is not there"
        level = "district" if study.traits.places == "districts" else "commune"
        codes = set((places.districts() if level == "district" else places.communes()).index)
        rest = codes - set(media.atlas["code"])
        if rest and words.term("atlas.no_communes") not in seen(media._atlas_page):
            yield f"atlas: {len(rest)} of {len(codes)} places are not there"
    parts = {
        "deck": " ".join(f"{told(one)} {plain(one.notes)}" for one in media.slides),
        "reports": " ".join(media.reports.values()) + " ".join(map(seen, media.pictures.values())),
    }
    for medium, text in parts.items():
        if not text:
            continue
        for one in study.measures:
            years = [year for name, year in table.index if name == one.name]
            if one.role is None or not years:
                continue
            label = plain(numbers.label(one.name))
            if label not in text and label[:12] not in text:
                yield f"{medium}: {one.name} is neither shown nor said to be left out"
                continue
            for year in years:
                if str(year) not in text:
                    yield f"{medium}: {year} of {one.name} is neither shown nor said"


def nobody_else(made, media):  # noqa: ARG001  (as the other laws)
    """Nothing of the shipped province is named: nothing of one province is mixed with another."""
    with sources.use(None):
        others = [*places.districts()["name_vi"], words.term("sources.simulated")]
    for name, text in _readable(media):
        found = [other for other in others if other in text]
        if found:
            yield f"{name} names {found[0]}"


def verified(made, media):  # noqa: ARG001  (as the other laws)
    """Each figure that was kept is the same as what its data give."""
    kinds = {".png", ".svg", ".html", ".pptx"}
    files = [file for file in made.out.rglob("*") if file.suffix in kinds]
    own = [file for file in files if file.parent.name in {"figures", "web"}]
    own += [file for file in files if file.name in {"slides.pptx", "atlas.html"}]
    # Whether the data are still those of the build is the same question for each file.
    answers, ask = [], verify._stopped

    def once(*about):
        if not answers:
            answers.append(ask(*about))
        return answers[0]

    with mock.patch.object(verify, "_stopped", once):
        for file in sorted(own):
            found = verify.verify(file, out=made.out)
            if found.status != "same":
                yield f"{file.name}: {found.status}, {found.reason}"


def built(made):
    """Count what was built, by kind."""
    if made.out is None:
        return []
    files = [file for file in made.out.rglob("*") if file.is_file()]
    kinds = ("png", "svg", "html", "csv", "pptx")
    return [f"{sum(one.suffix == f'.{kind}' for one in files)} {kind}" for kind in kinds]


def short(text):
    """Give the beginning of a refusal."""
    return plain(text)[:160]


LAWS = {
    "simulated says so": banners,
    "no text is no number": texts,
    "no interval of width 0": widths,
    "no figure is empty": figures,
    "everything is shown": shown,
    "nobody else is shown": nobody_else,
    "verify says same": verified,
    "one number is one number": numbers.disagreements,
    "numbers are those reported": numbers.unlike_reported,
    "nothing hidden stands anywhere": secrets.shown,
    "nothing hidden can be had back": secrets.found_out,
}
"""The laws by name: each gives a sentence for every case that breaks it."""

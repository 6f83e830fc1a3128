"""Draw from a seed what a study is like: its places, years, measures, gaps and traps."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

SYLLABLES = [
    *("An", "Bình", "Cát", "Đông", "Gia", "Hòa", "Khánh", "Lâm", "Minh", "Nghĩa"),
    *("Phú", "Quang", "Sơn", "Tân", "Thạnh", "Thuận", "Trung", "Vĩnh", "Xuân", "Yên"),
]
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "\"Ngoặc kép\" & 'đơn'",
    '=HYPERLINK("http://example.org","đây")',
    "+84 @SUM(1+1)",
    "\N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET}\N{HEBREW LETTER GIMEL} \N{ARABIC LETTER MEEM}",
    "Núi \N{MOUNTAIN}\N{VARIATION SELECTOR-16} \N{GRINNING FACE}",
    "Hoa\N{COMBINING GRAVE ACCENT} Thuy\N{COMBINING HOOK ABOVE} a\N{COMBINING TILDE}\u0323\u0306",
    "$a_1^2$ {x} %s \\n",
    "}});</style><b>",
]
LONG = "Liên hiệp các khu dân cư dọc hai bờ kênh xáng từ ngã ba vàm sông đến cuối cánh đồng mẫu lớn"
DENOMINATORS = ("people", "households", "births", "files")


@dataclass(frozen=True)
class Traits:
    """What was drawn: one word each."""

    places: str
    size: str
    periods: str
    platforms: str
    denominators: str
    missing: str
    small: str
    ratio: str
    level: str
    together: str
    teams: str
    outlines: str
    names: str
    language: str
    origin: str
    residents: str
    centres: str


# What each trait may be, and how often: each word but "large" is a branch that a study of CI takes.
# Where a test says so, places may be "whole", too: the whole alone, which reports of itself.
CHOICES = {
    "places": {
        "both": 0.6,
        "districts": 0.2,
        "communes": 0.2,
    },
    "size": {
        "one": 0.08,
        "small": 0.6,
        "middle": 0.28,
        "large": 0.04,
    },
    "periods": {
        "one": 0.25,
        "two": 0.3,
        "many": 0.25,
        "gaps": 0.2,
    },
    "platforms": {
        "one": 0.25,
        "two": 0.2,
        "three": 0.2,
        "more": 0.35,
    },
    "missing": {"none": 0.3, "some": 0.4, "many": 0.3},
    "small": {"none": 0.5, "some": 0.3, "most": 0.2},
    "ratio": {"none": 0.5, "below": 0.2, "above": 0.3},
    "level": {"middle": 0.6, "near 0": 0.2, "near 1": 0.2},
    "together": {"no": 0.7, "yes": 0.3},
    "teams": {"none": 0.25, "one": 0.3, "all": 0.45},
    "outlines": {
        "communes": 0.4,
        "districts": 0.2,
        "partial": 0.15,
        "none": 0.25,
    },
    "names": {"plain": 0.6, "long": 0.15, "hostile": 0.25},
    "language": {"vi": 0.5, "en": 0.5},
    "origin": {
        "reported": 0.5,
        "simulated": 0.3,
        "mixed": 0.2,
    },
    "residents": {"listed": 0.75, "reported": 0.25},
    "centres": {"all": 0.8, "none": 0.2},
}
MAX_SHARE_LOST = 0.6
"""Of the places, in any measure and year."""
SEVERAL = 0.35
"""How often a study counts something out of each further denominator."""


@dataclass(frozen=True)
class Measure:
    """One measure of the catalogue: `of` is what it is out of, one of `DENOMINATORS`."""

    name: str
    role: str | None
    of: str
    kind: str
    level: float
    periods: tuple[int, ...]


@dataclass(frozen=True)
class Study:
    """
    A study.

    `listed` has a row for each commune (for each district, where there are districts only, and one
    for the whole alone):
    `code`, `name`, `district_code`, `district`, `population`, `households`, `lon`, `lat`.
    `reports` has what was reported: `code`, `year`, `indicator`, `count`, `out_of`, `simulated`;
    `teams` has `code`, `year`, `teams`, `members`; `residents` has `code`, `year`, `population`.
    """

    seed: int
    traits: Traits
    listed: pd.DataFrame
    measures: tuple[Measure, ...]
    reports: pd.DataFrame
    teams: pd.DataFrame
    residents: pd.DataFrame
    cell: float

    @property
    def periods(self):
        """List the years with reports."""
        return sorted({int(period) for period in self.reports["period"]})


def study(seed, **fixed):
    """Invent a study from a seed; `fixed` names traits that are not drawn."""
    draw = np.random.default_rng([seed, 11])
    drawn = {name: _pick(draw, odds) for name, odds in CHOICES.items()}
    further = [name for name in DENOMINATORS[1:] if draw.random() < SEVERAL]
    is_of_people = draw.random() < 0.8
    first = "people" if is_of_people else str(draw.choice(DENOMINATORS[1:]))
    in_order = sorted({first, *further}, key=DENOMINATORS.index)
    drawn["denominators"] = "+".join(in_order)
    traits = Traits(**{**drawn, **fixed})
    listed, cell = _listed(draw, traits)
    periods = _periods(draw, traits)
    measures = _measures(draw, traits, periods, first)
    residents = _residents(draw, traits, listed, periods)
    reports = _reports(draw, traits, listed, measures, residents)
    teams = _teams(draw, traits, listed, periods)
    return Study(seed, traits, listed, measures, reports, teams, residents, cell)


def _pick(draw, odds):
    weights = np.array(list(odds.values()))
    shares = weights / weights.sum()
    return str(draw.choice(list(odds), p=shares))


def _listed(draw, traits):
    """Deal communes out to districts, each a square of a grid, each district a block of it."""
    bounds = {
        "one": (1, 1, 12),
        "small": (2, 8, 9),
        "middle": (4, 16, 16),
        "large": (17, 40, 60),
    }
    low, high, largest = bounds[traits.size]
    districts = 1
    if traits.places != "whole":
        districts = int(draw.integers(low, high + 1))
    # few large ones among many small
    sizes = (1 + draw.gamma(1.6, largest / 4, districts)).astype(int)
    sizes = np.clip(sizes, 1, largest)
    if traits.size == "large":
        sizes[0] = largest
    if traits.places in {"districts", "whole"}:
        sizes[:] = 1
    names = _names(draw, traits, districts + int(sizes.sum()))
    block = int(np.ceil(np.sqrt(sizes.max())))
    across = int(np.ceil(np.sqrt(districts)))
    cell = round(min(0.1, 5 / (across * block)), 3)
    rows = []
    for district, size in enumerate(sizes):
        for number in range(size):
            column = district % across * block + number % block
            line = district // across * block + number // block
            urban = draw.random() < 0.25
            row = {"code": f"{20000 + len(rows):05d}"}
            row["name"] = f"{'Phường' if urban else 'Xã'} {names.pop()}"
            row["district_code"] = f"{500 + district:03d}"
            row["lon"] = round(104 + cell * (column + 0.5), 5)
            row["lat"] = round(10 + cell * (line + 0.5), 5)
            rows.append(row)
    listed = pd.DataFrame(rows)
    kinds = ["Huyện", "Thị xã", "Thành phố", "Quận"]
    titles = [f"{kinds[draw.integers(0, 4)]} {names.pop()}" for _ in sizes]
    people = np.exp(draw.normal(8.6, 0.5, len(listed)))
    if traits.small != "none":  # some places are tiny, too
        is_tiny = draw.random(len(listed)) < 0.15
        people *= np.where(is_tiny, 0.03, 1)
    if traits.places in {"districts", "whole"}:
        people *= 12
    population = people.astype(int) + 60
    people_per_household = draw.uniform(3.2, 4.2, len(listed))
    districts_of_rows = [titles[int(code) - 500] for code in listed["district_code"]]
    listed = listed.assign(district=districts_of_rows, population=population)
    listed["households"] = (population / people_per_household).astype(int)
    return listed, cell


def _names(draw, traits, number):
    """Make names, none twice: plain ones, very long ones, or such as break what is careless."""
    pairs = [
        f"{first_part} {second_part}"
        for first_part in SYLLABLES
        for second_part in SYLLABLES
        if first_part != second_part
    ]
    pairs += [f"{pair} {last}" for pair in pairs for last in SYLLABLES[:8]]
    chosen = draw.permutation(pairs)[:number]
    names = [str(pair) for pair in chosen]
    if traits.names == "long":
        numbered = enumerate(names)
        names = [f"{LONG} {name}" if place % 3 == 0 else name for place, name in numbered]
    if traits.names == "hostile":
        n_rounds = 1 + number // (3 * len(HOSTILE))
        for name_number, bad in enumerate(HOSTILE * n_rounds):
            if 3 * name_number < number:
                names[3 * name_number] = f"{bad} {names[3 * name_number]}"
    return names


def _periods(draw, traits):
    start = int(draw.integers(2018, 2023))
    numbers = {
        "one": 1,
        "two": 2,
        "many": int(draw.integers(3, 6)),
        "gaps": 2,
    }
    number = numbers[traits.periods]
    if traits.periods == "gaps":
        steps = draw.integers(2, 4, draw.integers(1, 3))
        return [start, *(start + np.cumsum(steps)).tolist()]
    return list(range(start, start + number))


def _measures(draw, traits, periods, first):
    """Choose measures: the headline, other platforms, a ratio, and one of each denominator."""
    numbers = {
        "one": 1,
        "two": 2,
        "three": 3,
        "more": int(draw.integers(4, 7)),
    }
    number = numbers[traits.platforms]

    def level():
        levels = {"middle": draw.uniform(0.08, 0.75)}
        levels["near 0"] = draw.uniform(0.0005, 0.01)
        levels["near 1"] = draw.uniform(0.97, 0.999)
        return levels[traits.level]

    def draw_periods():
        """Take all years, or fewer of them."""
        if draw.random() < 0.6:
            return tuple(periods)
        count = int(draw.integers(1, len(periods) + 1))
        chosen = draw.choice(periods, count, replace=False)
        return tuple(sorted(chosen.tolist()))

    named = traits.denominators.split("+")
    denominators = [name for name in named if name not in {"people", first}]
    measures_drawn = [Measure("m1_used", "headline", first, "share", level(), draw_periods())]

    def add(name, role, of):
        """Add a share with a level and years that are drawn."""
        measures_drawn.append(Measure(name, role, of, "share", level(), draw_periods()))

    for measure_number in range(2, number + 1):
        role = "people" if measure_number == 3 and draw.random() < 0.5 else "platform"
        is_of_others = denominators and draw.random() < 0.2
        of = str(draw.choice(denominators)) if is_of_others else "people"
        add(f"m{measure_number}_used", role, of)
    if "files" in traits.denominators:
        add("files_sent", "files", "files")
    for of in denominators:
        if of != "files":
            add(f"of_{of}", None, of)
    if traits.ratio != "none":
        low, high = (1.2, 4) if traits.ratio == "above" else (0.002, 0.2)
        times = draw.uniform(low, high)
        ratio = Measure("acts", "ratio", "people", "ratio", times, draw_periods())
        measures_drawn.append(ratio)
    return tuple(measures_drawn)


def _residents(draw, traits, listed, periods):
    """Say how many people live in each place in each year: as listed, or as reported anew."""
    listed = listed[["code", "population"]]
    by_period = [listed.assign(period=period) for period in periods]
    residents = pd.concat(by_period, ignore_index=True)[["code", "period", "population"]]
    if traits.residents == "reported":
        grown = residents["population"] * draw.uniform(0.95, 1.1, len(residents))
        residents["population"] = grown.round().astype(int)
    return residents


def _reports(draw, traits, listed, measures, residents):
    """Count each measure in each place and year, and lose some of the reports."""
    size = len(listed)
    places = listed.set_index("code")
    home = listed["district_code"].astype(int).to_numpy() - 500
    of_districts = draw.normal(0, 0.3, home.max() + 1)
    common = of_districts[home]
    frames = []
    for measure in measures:
        of_place = draw.normal(0, 0.3, size) + common
        for step, period in enumerate(measure.periods):
            people = residents.loc[residents["period"] == period, "population"].to_numpy()
            all_out_of = {"people": people, "households": places["households"].to_numpy()}
            all_out_of["births"] = np.maximum(1, draw.poisson(people * 0.014))
            all_out_of["files"] = np.maximum(1, draw.poisson(people * 0.2))
            out_of = all_out_of[measure.of]
            moved = of_place + 0.15 * step + draw.normal(0, 0.1, size)
            if measure.kind == "share":
                odds = measure.level / (1 - measure.level) * np.exp(moved)
                count = draw.binomial(out_of, odds / (1 + odds))
            else:
                count = draw.poisson(out_of * measure.level * np.exp(moved))
            if traits.small != "none":
                few = draw.random(size) < (0.08 if traits.small == "some" else 0.6)
                tiny = np.minimum(draw.integers(0, 5, size), out_of)
                rest = measure.kind == "share" and draw.random() < 0.4
                count = np.where(few, out_of - tiny if rest else tiny, count)
            if traits.together == "yes":  # one district has next to nothing
                near = home == draw.integers(0, home.max() + 1)
                next_to_nothing = np.minimum(draw.integers(0, 3, size), out_of)
                count = np.where(near, next_to_nothing, count)
            columns = {
                "code": listed["code"],
                "period": period,
                "indicator": measure.name,
            }
            rows = pd.DataFrame({**columns, "count": count, "out_of": out_of})
            frames.append(rows[~_lose_reports(draw, traits, size)])
    table = pd.concat(frames, ignore_index=True)
    part = {
        "reported": 0.0,
        "simulated": 1.0,
        "mixed": 0.3,
    }[traits.origin]
    codes = set(listed.loc[draw.random(size) < part, "code"])
    if traits.origin == "mixed":  # a simulated row in each measure and year: each picture says so
        last_rows = table.drop_duplicates(["indicator", "period"], keep="last")["code"]
        codes |= set(last_rows)
    return table.assign(simulated=table["code"].isin(codes))


def _lose_reports(draw, traits, size):
    """Choose the places whose number never came, others for each measure and year."""
    if traits.missing == "none" or draw.random() < 0.2:
        return np.zeros(size, dtype=bool)
    share = 0.15 if traits.missing == "some" else MAX_SHARE_LOST
    is_lost = draw.random(size) < draw.uniform(0, share)
    is_lost[np.flatnonzero(is_lost)[int(MAX_SHARE_LOST * size) :]] = False
    return is_lost


def _teams(draw, traits, listed, periods):
    frames = []
    base = np.maximum(1, draw.poisson(listed["population"] / 900))
    for step, period in enumerate(periods):
        teams = base + draw.integers(0, 2, len(listed))
        members_per_team = draw.uniform(4, 9, len(listed))
        grown = step * draw.integers(0, 8, len(listed))
        members = teams + (teams * members_per_team).astype(int) + grown
        columns = {
            "code": listed["code"],
            "period": period,
            "teams": teams,
        }
        frames.append(pd.DataFrame({**columns, "members": members}))
    all_frames = {
        "none": [],
        "one": frames[:1],
        "all": frames,
    }
    columns = frames[0].head(0)
    return pd.concat([*all_frames[traits.teams], columns], ignore_index=True)

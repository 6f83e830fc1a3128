"""
Try to have hidden counts back from all that was released, by linear and integer programming.

Every release is written down as equations and inequalities in whole numbers from 0: what is shown
is known, what adds up gives an equation, what cannot be more than another thing an inequality.
Then each hidden count is made as small and as large as they allow (HiGHS, `scipy.optimize.milp`).

Two attackers. The *reader* knows the releases and nothing else. The *insider* knows the rule too,
and of every hidden count whether it is small: the rule leaves 0 to 4, and nothing may leave less.
"""

from dataclasses import dataclass, field
from itertools import pairwise, product

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from hganalysis import caselog, indicators, places, suppress
from hganalysis.periods import read_period

NEARLY = 2
"""A count that is known to within this is as good as told."""
MAX_COUNT = 10**6
WHOLE_TO = 1e-6
"""How far from whole a number may be that is whole, as HiGHS has it for its own."""


@dataclass
class System:
    """What is known of counts that are hidden: bounds, sums, and what is no more than another."""

    bounds: dict = field(default_factory=dict)
    """By hidden count. None is above a million: HiGHS has no word for a case without an end."""
    known: dict = field(default_factory=dict)
    rows: list = field(default_factory=list)

    def hide(self, key, low=0, high=MAX_COUNT):
        """Add a hidden count, or what else is known of one."""
        lowest, highest = self.bounds.get(key, (0, MAX_COUNT))
        self.bounds[key] = (max(lowest, low), min(highest, high))

    def know(self, key, value):
        """Add a count that is shown somewhere."""
        first = self.known.setdefault(key, value)
        assert first == value, (key, value, first)

    def learn(self, key, value):
        """Add that a count which is hidden in one release is shown in another."""
        if key in self.bounds:
            self.bounds[key] = (value, value)

    def __contains__(self, key):
        return key in self.known or key in self.bounds

    def add(self, parts, low, high):
        """Add that a sum of counts, each times a number, lies between two others."""
        line = {}
        total_known = 0.0
        for key, times in parts.items():
            if key in self.known:
                total_known += times * self.known[key]
            elif key in self.bounds:
                line[key] = times
            else:
                return  # of a place that sent nothing
        if line:
            self.rows.append((line, low - total_known, high - total_known))

    def total(self, keys, value):
        """Add that counts add up to what is shown."""
        self.add(dict.fromkeys(keys, 1), value, value)

    def at_most(self, key, *larger):
        """Add that a count is no more than others together."""
        parts = {key: 1} | dict.fromkeys(larger, -1)
        self.add(parts, -np.inf, 0)

    def ranges(self, truth, keys, enough, ends_seen):
        """
        Give the least and the most that each hidden count may be.

        What gives one an end is a case of all counts of its piece, and may show of others that
        they are free: a count of which that is `enough` is not asked for. So the ends are at
        least as far apart as given. What was `seen` by one who knows more is possible here, too.
        """
        pieces = self._pieces()
        low, high = {}, {}
        for key, count in truth.items():
            low[key], high[key] = ends_seen.get(key, (count, count))
        for key in keys:
            members, box, rules = pieces[key]
            for sign in (1, -1):
                if enough(key, low[key], high[key]):
                    break
                aim = [sign * (member == key) for member in members]
                case = self._case(aim, box, rules)
                for member, value in zip(members, case, strict=True):
                    if member in truth:
                        low[member] = min(low[member], value)
                        high[member] = max(high[member], value)
        for key in keys:
            ends_seen[key] = low[key], high[key]
            yield key, low[key], high[key]

    @staticmethod
    def _case(aim, box, rules):
        """Find the case that makes a sum of counts least."""
        programme = {"bounds": box, "constraints": rules}
        # mostly the least in any numbers is one in whole numbers, and is found four times as fast
        solution = milp(aim, **programme)
        if solution.status == 0 and is_whole(solution.x):
            return solution.x.round().astype(int)
        programme["integrality"] = np.ones(len(aim))
        solution = milp(aim, **programme)
        if solution.status == 2:  # of one study in 300 its presolve says so, where the truth fits
            solution = milp(aim, **programme, options={"presolve": False})
        assert solution.status == 0, f"what was released contradicts itself: {solution.message}"
        return solution.x.round().astype(int)

    def _pieces(self):
        """
        Take apart what no row links: by count, the counts of its piece as an integer programme.

        That is the counts themselves, their bounds, and the rows that they stand in.
        """
        column_of = {key: number for number, key in enumerate(self.bounds)}
        cells = []
        for row, (line, *_) in enumerate(self.rows):
            cells += [(row, column_of[key], times) for key, times in line.items()]
        row, column, times = np.array(cells, dtype=int).reshape(-1, 3).T
        shape = (len(self.rows), len(column_of))
        matrix = csr_array((times, (row, column)), shape=shape)
        _, label = connected_components(abs(matrix).T @ abs(matrix))
        first_cells = matrix.indptr[:-1]
        home = label[matrix.indices[first_cells]]
        keys = pd.Series([*self.bounds], dtype="object")
        box = np.array([*self.bounds.values()])
        ends = np.array([ends for _, *ends in self.rows], dtype=float)
        ends = ends.reshape(-1, 2)
        pieces = {}
        for piece, inside in keys.groupby(label).groups.items():
            rows = np.flatnonzero(home == piece)
            rules = ()
            if len(rows):
                rules = LinearConstraint(matrix[rows][:, inside], *ends[rows].T)
            members = keys[inside]
            piece = (members, Bounds(*box[inside].T), rules)
            pieces |= dict.fromkeys(members, piece)
        return pieces


def is_whole(numbers):
    """Say whether all numbers are whole, as HiGHS has it."""
    distance = np.abs(numbers - numbers.round())
    return distance.max() < WHOLE_TO


DISTRICT = places.units()["compared_code"]


WHOLE = pd.Series(places.province()["code"], DISTRICT.index)
SELF = pd.Series(DISTRICT.index, DISTRICT.index)
LEVELS = {
    "commune": SELF,
    "district": DISTRICT,
    "province": WHOLE,
}
"""What each commune is a part of, in the tables of a build."""
GROUP = ["period", "indicator"]
KEYS = ["code", "structure", "period"]


def sums(safe_reports):
    """
    Add reports up as the tables of a build do, without their intervals: what is shown, of whom.

    Yields `count`, `out_of`, year, measure and the communes inside; `test_attacks` holds it
    against the tables themselves.
    """
    reported = safe_reports[safe_reports["count"].notna() | suppress.is_hidden(safe_reports)]
    for of in LEVELS.values():
        place = reported["code"].map(of)
        has_hidden = suppress.hide.holds_part(reported, of=place)
        groups = reported.groupby([place, *GROUP])
        for (code, *group), rows in groups:
            if not has_hidden[(code, *group)]:
                yield rows["count"].sum(), rows["out_of"].sum(), *group, [*rows["code"]]
    reported = reported.assign(pool=reported.get("pool", ""))
    pools = reported[suppress.is_hidden(reported) & reported["count"].notna()]
    groups = pools.groupby([*GROUP, "pool"])
    for (*group, _), rows in groups:
        yield rows["count"].sum(), rows["out_of"].sum(), *group, [*rows["code"]]


def hear_reports(system, raw, safe_reports, *, limit, insider, rising=(), below=()):
    """
    Tell a system all that a build of reports shows.

    Parameters
    ----------
    raw, kept
        The reports as they came in, and with small counts hidden.
    insider
        Whether it is known of each hidden count if it is small.
    rising
        Measures that are taken to grow from year to year.
    below
        Pairs of measures: of the first there are no more than of the second, in any place.

    Returns
    -------
    truth, rules
        By hidden count what it was; by small ones between what the rule leaves it.
    """
    truth, rules = {}, {}
    hidden = suppress.is_hidden(safe_reports).to_numpy()
    for row, is_gone in zip(raw.itertuples(), hidden, strict=True):
        if pd.isna(row.count):
            continue
        is_share = indicators.kind(row.indicator) == "share"
        periods = indicators.periods(row.indicator)
        measure = indicators.get(row.indicator, period=periods[0])
        is_public = is_share and measure.denominator == "residents"
        sides = {"count": row.count}
        if is_share:
            sides["rest"] = row.out_of - row.count
        cell = (row.period, row.indicator, row.code)
        for side, value in sides.items():
            key = (side, *cell)
            if not is_gone:
                system.know(key, value)
                continue
            truth[key] = value
            system.hide(key)
            if value < limit:
                most = min(limit - 1, row.out_of) if is_public else limit - 1
                rules[key] = (0, most)
            if insider:
                system.hide(key, *class_of(value, limit))
        if is_gone and is_public:
            system.total([("count", *cell), ("rest", *cell)], row.out_of)
    hear_sums(system, safe_reports)
    for name in rising:
        hear_growth(system, truth, name)
    for smaller, larger in below:
        for code, period in {(key[3], key[1]) for key in truth}:
            key_of_larger = ("count", period, larger, code)
            system.at_most(("count", period, smaller, code), key_of_larger)
    return truth, rules


def class_of(count, limit):
    """Give the ends of what an insider knows of a hidden count: whether it is small."""
    return (0, limit - 1) if count < limit else (limit, MAX_COUNT)


def hear_growth(system, truth, name):
    """Add that a measure grows from period to period: no count is more than the next one."""
    for side, period, name_of_count, code in list(truth):
        if name_of_count != name:
            continue
        earlier, later = (read_period(period).later(step).key for step in (-1, 1))
        for neighbours in ((earlier, period), (period, later)):
            pair = [(side, neighbour, name, code) for neighbour in neighbours]
            if side == "rest":
                pair = pair[::-1]
            if all(key in truth or key in system.known for key in pair):
                system.at_most(*pair)


def hear_sums(system, safe_reports):
    """Add what every table of a build, and the file of the reports itself, adds up."""
    for count, out_of, period, name, codes in sums(safe_reports):
        for side, value in (("count", count), ("rest", out_of - count)):
            keys = [(side, period, name, code) for code in codes]
            system.total([key for key in keys if key in system], value)


def know_threshold(system, safe_reports, *, limit):
    """
    Add what a reader makes of the threshold: in each pool, some number or other is below it.

    Whether a number is small is a number, too: 1 if it is, else 0.
    """
    safe_reports = safe_reports.assign(pool=safe_reports.get("pool", ""))
    pools = safe_reports[suppress.is_hidden(safe_reports) & safe_reports["count"].notna()]
    by_pool = pools.groupby([*GROUP, "pool"])
    for (period, name, _), rows in by_pool:
        complement = rows["out_of"] - rows["count"]
        totals = {"count": rows["count"].sum(), "rest": complement.sum()}
        flags = []
        keys = product(totals, [period], [name], rows["code"])
        for key in keys:
            if key not in system:
                continue  # a ratio leaves nothing over
            flags.append(("is small", *key))
            total = round(totals[key[0]])
            system.hide(flags[-1], 0, 1)
            flag = flags[-1]
            system.add({key: 1, flag: total}, -np.inf, total + limit - 1)
            system.add({key: 1, flag: limit}, limit, np.inf)
        system.add(dict.fromkeys(flags, 1), 1, np.inf)


def hear_table(system, raw, counts_kept, *, limit, insider):
    """
    Tell a system all that a table of a log shows: `raw` and `kept` are `caselog.Counts`.

    Every file online has one person and one platform, so people of a platform are no more than
    people of all, who are no more than those of all platforms added up, nor these than the files.
    """
    truth, rules = {}, {}

    def cell(key, value, shown, small):
        if pd.notna(shown):
            system.know(key, value)
            return
        truth[key] = value
        system.hide(key)
        if small:
            rules[key] = (0, limit - 1)
        if insider:
            system.hide(key, *class_of(value, limit))

    people_by_platform = counts_kept.platforms.set_index(KEYS)
    with_raw = people_by_platform.assign(raw=raw.platforms["people"].to_numpy())
    platforms = {}
    for place, rows in with_raw.groupby(KEYS):
        platforms[place] = list(rows.itertuples(index=False))
    pairs = zip(raw.files.itertuples(), counts_kept.files.itertuples(), strict=True)
    for was, now in pairs:
        place = (was.code, was.structure, was.period)
        names = "received", "online", "counter", "people"
        received, online, counter, people = ((name, *place) for name in names)
        rest = was.received - was.online
        cell(received, was.received, now.received, was.received < limit)
        cell(online, was.online, now.online, was.online < limit)
        whole = pd.notna(now.received) and pd.notna(now.online)
        cell(counter, rest, rest if whole else None, rest < limit)
        cell(people, was.people, now.people, was.people < limit)
        parts = []
        for row in platforms.get(place, []):
            parts.append((f"people of {row.platform}", *place))
            is_small = row.raw < limit
            cell(parts[-1], row.raw, row.people, is_small)
        balance = {received: 1, online: -1, counter: -1}
        system.add(balance, 0, 0)
        system.at_most(people, online)
        system.at_most(people, *parts)
        for part in parts:
            system.at_most(part, people)
        at_least_online = {online: -1} | dict.fromkeys(parts, 1)
        system.add(at_least_online, -np.inf, 0)
    return truth, rules


def one_place(*, platforms=(), **numbers):
    """Make counts of a log in one ward and year."""
    key = {
        "code": "31318",
        "structure": pd.Timestamp("2020-02-01"),
        "period": 2022,
    }
    rows = []
    for name, people in dict(platforms).items():
        rows.append(key | {"platform": name, "people": people})
    columns = [*KEYS, "platform", "people"]
    return caselog.Counts(
        files=pd.DataFrame([key | numbers]),
        platforms=pd.DataFrame(rows, columns=columns),
        faults=pd.DataFrame(),
        rows=0,
        period="year",
        origin="reported",
    )


def hear_periods(system, parts):
    """Add what parts of a year say of it: a frame with `code`, `structure`, `part`, `whole`."""
    by_whole = parts.groupby(["code", "structure", "whole"])
    for (code, structure, whole), rows in by_whole:
        people_of_whole = ("people", code, structure, whole)
        for name in ("received", "online", "counter"):
            line = {(name, code, structure, part): 1 for part in rows["part"]}
            line[name, code, structure, whole] = -1
            system.add(line, 0, 0)
        for part in rows["part"]:
            system.at_most(("people", code, structure, part), people_of_whole)
        people = [("people", code, structure, part) for part in rows["part"]]
        system.at_most(people_of_whole, *people)


def attack(system, truth, rules, *, insider, ends_seen=None):
    """
    Give what comes back: a row for each hidden count.

    Parameters
    ----------
    truth
        What each hidden count was.
    rules
        For those that the rule protects, between what it leaves them: 0 to 4, say.
    insider
        Whether the rule was told to the system, and with it 0 to 4.
    seen
        Filled with the ends of each: what an insider finds possible is possible for a reader.

    Returns
    -------
    found
        `exact` where it can be nothing else; `near` where the reader knows it to within 2, or the
        insider is left no more than three of the five values; `narrowed` where the insider is left
        fewer than all that the rule leaves.
    """

    def near(key, low, high):
        if insider:
            return high - low <= NEARLY
        return low >= truth[key] - NEARLY and high <= truth[key] + NEARLY

    def narrowed(key, low, high):
        least, highest = rules.get(key, (low, high))
        return insider and (low > least or high < highest)

    def enough(key, low, high):
        is_settled = near(key, low, high) or narrowed(key, low, high)
        return low < high and not is_settled

    keys = [key for key in truth if not insider or key in rules]
    ends_seen = {} if ends_seen is None else ends_seen
    rows = []
    for key, low, high in system.ranges(truth, keys, enough, ends_seen):
        is_near = near(key, low, high)
        rows.append([key, low == high, is_near, narrowed(key, low, high), low, high])
    columns = ["key", "exact", "near", "narrowed", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def hear_groups(system, raw, safe_reports, *, limit, insider, sums=True, grows=True):
    """
    Tell a system all that a build shows of groups, beside their whole: see `hear_reports`.

    Everybody is taken to know how many people each group has. Without the `sums` of groups over
    communes, what is left follows from the whole of a commune and from growth alone; that users
    only grow in number is known if it `grows`.

    Returns
    -------
    truth, rules
        What small counts were, and sums of hidden districts that are small; between what the rule
        leaves them.
    """
    splits = indicators.splits()
    groups = [name for split in splits for name in split.groups]
    is_group = raw["indicator"].isin(groups)
    rising = ["app_users"] if grows else []
    options = {
        "limit": limit,
        "insider": insider,
        "rising": rising,
    }
    truth, rules = hear_reports(system, raw[~is_group], safe_reports[~is_group], **options)
    truth = {key: truth[key] for key in rules}

    def bounds(count, out_of):
        low, high = 0, limit - 1
        if count >= limit:
            low, high = limit, out_of
        if out_of - count < limit:
            return max(low, out_of - limit + 1), min(high, out_of)
        return low, min(high, out_of - limit)

    def hide(key, count, out_of):
        low, high = bounds(count, out_of)
        system.hide(key, *((low, high) if insider else (0, out_of)))
        if min(count, out_of - count) < limit:
            truth[key], rules[key] = count, (low, high)

    hidden = suppress.is_hidden(safe_reports)
    districts = raw["code"].map(DISTRICT)
    of_groups = raw[is_group].assign(hidden=hidden, district=districts)
    for row in of_groups.itertuples():
        key = ("count", row.period, row.indicator, row.code)
        if row.out_of and row.hidden:
            hide(key, row.count, row.out_of)
        else:
            system.know(key, row.count)
    all_keys = [*system.known, *system.bounds]
    for code, period in {(key[3], key[1]) for key in all_keys}:
        for split in splits:
            parts = {("count", period, name, code): 1 for name in split.groups}
            parts["count", period, split.whole, code] = -1
            system.add(parts, 0, 0)
    if sums:
        hear_sums(system, safe_reports[is_group])
    is_gone = suppress.hide.holds_part(safe_reports[is_group], of=of_groups["district"])
    by_district = of_groups.groupby(["district", *GROUP])
    for (district, period, name), rows in by_district:
        sums = rows[["count", "out_of"]].sum()
        if is_gone[district, period, name] and sums["out_of"]:
            key = ("count", period, name, district)
            hide(key, *sums)
            parts = {("count", period, name, code): 1 for code in rows["code"]}
            system.add(parts | {key: -1}, 0, 0)
    in_order = of_groups.sort_values("period")
    for _, rows in in_order.groupby(["code", "indicator"]):
        keys = [("count", row.period, row.indicator, row.code) for row in rows.itertuples()]
        for earlier, later in pairwise(keys if grows else []):
            system.at_most(earlier, later)
    return truth, rules

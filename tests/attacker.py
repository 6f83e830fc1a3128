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

NEAR = 2
"""A count that is known to within this is as good as told."""
MOST = 10**6
WHOLE_TO = 1e-6
"""How far from whole a number may be that is whole, as HiGHS has it for its own."""


@dataclass
class System:
    """What is known of counts that are hidden: bounds, sums, and what is no more than another."""

    bounds: dict = field(default_factory=dict)
    """By hidden count. None is above a million: HiGHS has no word for a case without an end."""
    known: dict = field(default_factory=dict)
    rows: list = field(default_factory=list)

    def hide(self, key, low=0, high=MOST):
        """Add a hidden count, or what else is known of one."""
        before = self.bounds.get(key, (0, MOST))
        self.bounds[key] = (max(before[0], low), min(before[1], high))

    def know(self, key, value):
        """Add a count that is shown somewhere."""
        assert self.known.setdefault(key, value) == value, (key, value, self.known[key])

    def learn(self, key, value):
        """Add that a count which is hidden in one release is shown in another."""
        if key in self.bounds:
            self.bounds[key] = (value, value)

    def __contains__(self, key):
        return key in self.known or key in self.bounds

    def add(self, parts, low, high):
        """Add that a sum of counts, each times a number, lies between two others."""
        line, told = {}, 0.0
        for key, times in parts.items():
            if key in self.known:
                told += times * self.known[key]
            elif key in self.bounds:
                line[key] = times
            else:
                return  # of a place that sent nothing
        if line:
            self.rows.append((line, low - told, high - told))

    def total(self, keys, value):
        """Add that counts add up to what is shown."""
        self.add(dict.fromkeys(keys, 1), value, value)

    def at_most(self, key, *others):
        """Add that a count is no more than others together."""
        self.add({key: 1} | dict.fromkeys(others, -1), -np.inf, 0)

    def ranges(self, truth, keys, enough, seen):
        """
        Give the least and the most that each hidden count may be.

        What gives one an end is a case of all counts of its piece, and may show of others that
        they are free: a count of which that is `enough` is not asked for. So the ends are at
        least as far apart as given. What was `seen` by one who knows more is possible here, too.
        """
        pieces = self._pieces()
        low = {key: seen.get(key, (one, one))[0] for key, one in truth.items()}
        high = {key: seen.get(key, (one, one))[1] for key, one in truth.items()}
        for key in keys:
            members, box, rules = pieces[key]
            for sign in (1, -1):
                if enough(key, low[key], high[key]):
                    break
                case = self._case([sign * (one == key) for one in members], box, rules)
                for one, value in zip(members, case, strict=True):
                    if one in truth:
                        low[one], high[one] = min(low[one], value), max(high[one], value)
        for key in keys:
            seen[key] = low[key], high[key]
            yield key, low[key], high[key]

    @staticmethod
    def _case(aim, box, rules):
        """Find the case that makes a sum of counts least."""
        asked = {"bounds": box, "constraints": rules}
        # mostly the least in any numbers is one in whole numbers, and is found four times as fast
        found = milp(aim, **asked)
        if found.status == 0 and np.abs(found.x - found.x.round()).max() < WHOLE_TO:
            return found.x.round().astype(int)
        asked["integrality"] = np.ones(len(aim))
        found = milp(aim, **asked)
        if found.status == 2:  # of one study in 300 its presolve says so, where the truth fits
            found = milp(aim, **asked, options={"presolve": False})
        assert found.status == 0, f"what was released contradicts itself: {found.message}"
        return found.x.round().astype(int)

    def _pieces(self):
        """
        Take apart what no row links: by count, the counts of its piece as an integer programme.

        That is the counts themselves, their bounds, and the rows that they stand in.
        """
        at = {key: number for number, key in enumerate(self.bounds)}
        cells = [(row, at[key], times) for row, (line, *_) in enumerate(self.rows)
                 for key, times in line.items()]  # fmt: skip
        row, column, times = np.array(cells, dtype=int).reshape(-1, 3).T
        matrix = csr_array((times, (row, column)), shape=(len(self.rows), len(at)))
        _, label = connected_components(abs(matrix).T @ abs(matrix))
        home = label[matrix.indices[matrix.indptr[:-1]]]
        keys, box = pd.Series([*self.bounds], dtype="object"), np.array([*self.bounds.values()])
        ends = np.array([ends for _, *ends in self.rows], dtype=float).reshape(-1, 2)
        made = {}
        for piece, inside in keys.groupby(label).groups.items():
            rows = np.flatnonzero(home == piece)
            rules = LinearConstraint(matrix[rows][:, inside], *ends[rows].T) if len(rows) else ()
            made |= dict.fromkeys(keys[inside], (keys[inside], Bounds(*box[inside].T), rules))
        return made


DISTRICT = places.units()["compared_code"]


WHOLE = pd.Series(places.province()["code"], DISTRICT.index)
OWN = pd.Series(DISTRICT.index, DISTRICT.index)
LEVELS = {"commune": OWN, "district": DISTRICT, "province": WHOLE}
"""What each commune is a part of, in the tables of a build."""
GROUP = ["period", "indicator"]
KEYS = ["code", "structure", "period"]


def sums(kept):
    """
    Add reports up as the tables of a build do, without their intervals: what is shown, of whom.

    Yields `count`, `out_of`, year, measure and the communes inside; `test_attacks` holds it
    against the tables themselves.
    """
    reported = kept[kept["count"].notna() | suppress.is_hidden(kept)]
    for of in LEVELS.values():
        place = reported["code"].map(of)
        gone = suppress.hide.holds_part(reported, of=place)
        for (at, *group), rows in reported.groupby([place, *GROUP]):
            if not gone[(at, *group)]:
                yield rows["count"].sum(), rows["out_of"].sum(), *group, list(rows["code"])
    reported = reported.assign(pool=reported.get("pool", ""))
    pools = reported[suppress.is_hidden(reported) & reported["count"].notna()]
    for (*group, _), rows in pools.groupby([*GROUP, "pool"]):
        yield rows["count"].sum(), rows["out_of"].sum(), *group, list(rows["code"])


def hear_reports(system, raw, kept, *, limit, insider, rising=(), below=()):
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
    hidden = suppress.is_hidden(kept).to_numpy()
    for row, gone in zip(raw.itertuples(), hidden, strict=True):
        if pd.isna(row.count):
            continue
        share = indicators.kind(row.indicator) == "share"
        periods = indicators.periods(row.indicator)
        public = indicators.get(row.indicator, period=periods[0]).denominator == "residents"
        sides = {"count": row.count, **({"rest": row.out_of - row.count} if share else {})}
        cell = (row.period, row.indicator, row.code)
        for side, value in sides.items():
            key = (side, *cell)
            if not gone:
                system.know(key, value)
                continue
            truth[key] = value
            system.hide(key)
            if value < limit:
                rules[key] = (0, min(limit - 1, row.out_of) if share and public else limit - 1)
            if insider:
                system.hide(key, *((0, limit - 1) if value < limit else (limit, MOST)))
        if gone and share and public:
            system.total([("count", *cell), ("rest", *cell)], row.out_of)
    hear_sums(system, kept)
    for name in rising:
        for key in [one for one in truth if one[2] == name]:
            side, period, _, code = key
            earlier, later = (read_period(period).later(step).key for step in (-1, 1))
            for neighbours in ((earlier, period), (period, later)):
                pair = [(side, one, name, code) for one in neighbours]
                if all(one in truth or one in system.known for one in pair):
                    system.at_most(*(pair if side == "count" else pair[::-1]))
    for less, more in below:
        for code, period in {(key[3], key[1]) for key in truth}:
            system.at_most(("count", period, less, code), ("count", period, more, code))
    return truth, rules


def hear_sums(system, kept):
    """Add what every table of a build, and the file of the reports itself, adds up."""
    for count, out_of, period, name, codes in sums(kept):
        system.total([("count", period, name, code) for code in codes
                      if ("count", period, name, code) in system], count)  # fmt: skip
        system.total([("rest", period, name, code) for code in codes
                      if ("rest", period, name, code) in system], out_of - count)  # fmt: skip


def know_threshold(system, kept, *, limit):
    """
    Add what a reader makes of the threshold: in each pool, some number or other is below it.

    Whether a number is small is a number, too: 1 if it is, else 0.
    """
    kept = kept.assign(pool=kept.get("pool", ""))
    pools = kept[suppress.is_hidden(kept) & kept["count"].notna()]
    for (period, name, _), rows in pools.groupby([*GROUP, "pool"]):
        totals = {"count": rows["count"].sum(), "rest": (rows["out_of"] - rows["count"]).sum()}
        flags = []
        for key in product(totals, [period], [name], rows["code"]):
            if key not in system:
                continue  # a ratio leaves nothing over
            flags.append(("is small", *key))
            most = round(totals[key[0]])
            system.hide(flags[-1], 0, 1)
            system.add({key: 1, flags[-1]: most}, -np.inf, most + limit - 1)
            system.add({key: 1, flags[-1]: limit}, limit, np.inf)
        system.add(dict.fromkeys(flags, 1), 1, np.inf)


def hear_table(system, raw, kept, *, limit, insider):
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
            system.hide(key, *((0, limit - 1) if small else (limit, MOST)))

    each = kept.platforms.set_index(KEYS)
    told = each.assign(raw=raw.platforms["people"].to_numpy()).groupby(KEYS)
    platforms = {place: list(rows.itertuples(index=False)) for place, rows in told}
    for was, now in zip(raw.files.itertuples(), kept.files.itertuples(), strict=True):
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
            cell(parts[-1], row.raw, row.people, row.raw < limit)
        system.add({received: 1, online: -1, counter: -1}, 0, 0)
        system.at_most(people, online)
        system.at_most(people, *parts)
        for part in parts:
            system.at_most(part, people)
        system.add({online: -1} | dict.fromkeys(parts, 1), -np.inf, 0)
    return truth, rules


def one_place(*, platforms=(), **numbers):
    """Make counts of a log in one ward and year."""
    key = {"code": "31318", "structure": pd.Timestamp("2020-02-01"), "period": 2022}
    each = [key | {"platform": name, "people": people} for name, people in dict(platforms).items()]
    return caselog.Counts(
        files=pd.DataFrame([key | numbers]),
        platforms=pd.DataFrame(each, columns=[*KEYS, "platform", "people"]),
        faults=pd.DataFrame(),
        rows=0,
        period="year",
        origin="reported",
    )


def hear_periods(system, parts):
    """Add what parts of a year say of it: a frame with `code`, `structure`, `part`, `whole`."""
    for (code, structure, whole), rows in parts.groupby(["code", "structure", "whole"]):
        for name in ("received", "online", "counter"):
            line = {(name, code, structure, part): 1 for part in rows["part"]}
            system.add(line | {(name, code, structure, whole): -1}, 0, 0)
        for part in rows["part"]:
            system.at_most(("people", code, structure, part), ("people", code, structure, whole))
        people = [("people", code, structure, part) for part in rows["part"]]
        system.at_most(("people", code, structure, whole), *people)


def attack(system, truth, rules, *, insider, seen=None):
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
            return high - low <= NEAR
        return low >= truth[key] - NEAR and high <= truth[key] + NEAR

    def narrowed(key, low, high):
        least, most = rules.get(key, (low, high))
        return insider and (low > least or high < most)

    def enough(key, low, high):
        return low < high and not near(key, low, high) and not narrowed(key, low, high)

    keys = [key for key in truth if not insider or key in rules]
    found = [
        [key, low == high, near(key, low, high), narrowed(key, low, high), low, high]
        for key, low, high in system.ranges(truth, keys, enough, {} if seen is None else seen)
    ]
    return pd.DataFrame(found, columns=["key", "exact", "near", "narrowed", "low", "high"])


def hear_groups(system, raw, kept, *, limit, insider, sums=True, grows=True):
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
    about = {"limit": limit, "insider": insider, "rising": ["app_users"] if grows else []}
    truth, rules = hear_reports(system, raw[~is_group], kept[~is_group], **about)
    truth = {key: truth[key] for key in rules}

    def bounds(count, out_of):
        low, high = (0, limit - 1) if count < limit else (limit, out_of)
        if out_of - count < limit:
            return max(low, out_of - limit + 1), min(high, out_of)
        return low, min(high, out_of - limit)

    def hide(key, count, out_of):
        low, high = bounds(count, out_of)
        system.hide(key, *((low, high) if insider else (0, out_of)))
        if min(count, out_of - count) < limit:
            truth[key], rules[key] = count, (low, high)

    hidden = suppress.is_hidden(kept)
    of_groups = raw[is_group].assign(hidden=hidden, district=raw["code"].map(DISTRICT))
    for row in of_groups.itertuples():
        key = ("count", row.period, row.indicator, row.code)
        if row.out_of and row.hidden:
            hide(key, row.count, row.out_of)
        else:
            system.know(key, row.count)
    for code, period in {(key[3], key[1]) for key in [*system.known, *system.bounds]}:
        for split in splits:
            parts = {("count", period, name, code): 1 for name in split.groups}
            system.add(parts | {("count", period, split.whole, code): -1}, 0, 0)
    if sums:
        hear_sums(system, kept[is_group])
    gone = suppress.hide.holds_part(kept[is_group], of=of_groups["district"])
    for (district, period, name), rows in of_groups.groupby(["district", *GROUP]):
        sums = rows[["count", "out_of"]].sum()
        if gone[district, period, name] and sums["out_of"]:
            hide(("count", period, name, district), *sums)
            parts = {("count", period, name, code): 1 for code in rows["code"]}
            system.add(parts | {("count", period, name, district): -1}, 0, 0)
    for _, rows in of_groups.sort_values("period").groupby(["code", "indicator"]):
        keys = [("count", row.period, row.indicator, row.code) for row in rows.itertuples()]
        for earlier, later in pairwise(keys if grows else []):
            system.at_most(earlier, later)
    return truth, rules

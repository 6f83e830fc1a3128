"""
Hide small counts, and what would give them away.

A count below a threshold (5, unless it is changed) may point at people, and so may what the count
leaves over: where 210 of 212 use an app, 2 do not. So may a zero: that nobody does something, or
everybody, says it of each of them; and were zeros shown, a hidden count would be 1 at least. So a
report is hidden where its count, or what it is out of minus its count, is below the threshold.

What is hidden must not come back by subtraction, a district minus its other communes. Further
communes are hidden, those with fewest residents first (counts have no say in it), until what
subtraction gives is a sum that is not small itself, and until the sums leave each of the small ones
anywhere from 0 to 4, even to one who knows which of the hidden are small. Where a district has too
few communes for that, its own sum is hidden, and another district's.

One who works this rule backwards learns a little more: had fewer been enough, fewer were hidden.
Of all counts that it would hide alike (districts of eight communes), in one year 8 of 532 small
ones could not be one of the five values and the others any; in two years of users, who only grow in
number, 12 of 261 lost one or two values, and in an audit one of 62 was told exactly.

And it must not come back by arithmetic. The interval of a district, the dispersion of a year and
every coefficient are computed from all communes: of two hidden counts whose sum is known, trying
tells which pair gives the twelfth digit of an interval. So hiding is done at the source, before
anything is computed: communes that are hidden together get the rate that they have in common. The
sums that may be known stay exact, and all that follows is computed from what may be known. The
price: they say nothing of how communes vary, which is learnt from the others.
`frames.reports()` does this, and maps, charts and tables refuse a frame that it was not done to.

Nor may it come back from year to year: users of a platform grow in number, so what one year hides
of them is hidden in every year. And not from release to release: `release` keeps a register of
what was hidden beside what was released, and refuses what would tell it: another threshold, months
beside years, a log that has grown, a report that came late, districts beside communes, a measure
that has another name. It knows of one folder only.

Not protected against: what a reader knows from elsewhere (whoever knows the count of one of two
communes that are hidden together knows the other), and two releases into different folders. Teams
and members are not hidden: these are people in office, and their number is no secret of theirs.

References
----------
Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Schulte Nordholt, E., Spicer, K.,
de Wolf, P.-P. (2012). Statistical Disclosure Control. Wiley. Chapter 4 (secondary suppression,
protection intervals) and chapter 5 (small counts, zeros and group disclosure).
"""

from .hide import ALONE as ALONE
from .hide import FEWER_THAN, is_hidden, refuse_small, small, threshold, use
from .hide import SUPPRESSED as SUPPRESSED
from .hide import has_public_out_of as has_public_out_of
from .hide import holds_part as holds_part
from .hide import without_pools as without_pools
from .register import REGISTER as REGISTER
from .register import hidden_before as hidden_before
from .register import release as release
from .register import require_release as require_release

__all__ = ["FEWER_THAN", "is_hidden", "refuse_small", "small", "threshold", "use"]

"""
Hide small counts, and what would give them away.

A count below a threshold (5, unless it is changed) may point at people. So may its complement,
which is what the count leaves over: if 210 of 212 use an app, 2 do not. A zero may, too: if nobody
does something, or everybody, this is said of each of them; and if zeros were shown, a hidden count
would be at least 1. So a report is hidden if its count or its complement is below the threshold.

A hidden count must not come back by subtraction: a district minus its other communes. So further
communes are hidden, those with fewest residents first; counts do not matter for this order. It ends
when the sum that subtraction gives is not small itself, and when the sums leave each small count
anywhere from 0 to 4, even for a reader who knows which of the hidden counts are small. If a
district has too few communes for that, its own sum is hidden, and that of another district.

A reader who works this rule backwards learns a little more: if fewer had been enough, fewer would
be hidden. This was tried with all counts that the rule would hide alike (districts of eight
communes). In one year, 8 of 532 small counts could not be one of the five values; all others could
be any. In two years of users, who only grow in number, 12 of 261 lost one or two values, and in an
audit one of 62 was given away.

Groups of a measure, such as women and men, add up to it, so that each number is in two sums. What
is hidden of them is chosen by blocks: see `splits`. If a whole is hidden, all its groups are.

Hidden counts must not be recoverable by arithmetic. The interval of a district, the dispersion of a
year and every coefficient are computed from all communes. If the sum of two hidden counts is known,
a reader can try which pair gives the twelfth digit of an interval. So counts are hidden at the
source, before anything is computed: communes that are hidden together get the rate that they have
in common. The sums that may be known stay exact, and all later results are computed from what may
be known. The price: hidden communes do not show how communes vary, which is learnt from the others.
`frames.reports()` does this. Maps, charts and tables refuse a frame in which it was not done.

It must not come back from period to period: a stock, such as users of a platform, grows in number,
so what one period hides of it is hidden in every period. A running total since January is never
shown: the difference of two would be a small count, so it is turned into new counts first. And it
must not come back from release to release: `release` keeps a register of what was hidden, beside
what was released. It refuses what would give this away: another threshold, months beside years, a
log that has grown, a report that came late, districts beside communes, a measure with another name.
It knows one folder only.

Two stocks that are shown may differ by few. This is not hidden: it is how many came less how many
left, and no count of people.

Measures that add up give each other away: they are found, or declared, and hidden together: see
`relations`.

What the source has published is no secret: it is neither hidden nor replaced, and it covers no
other count. The word `published` in a column is not enough: see `published`.

This does not protect against what a reader knows from elsewhere: of two communes that are hidden
together, whoever knows one count knows the other. Nor does it protect two releases into different
folders. Teams and members are not hidden: they are people in office, and their number is no secret.

References
----------
Hundepool, A., Domingo-Ferrer, J., Franconi, L., Giessing, S., Schulte Nordholt, E., Spicer, K.,
de Wolf, P.-P. (2012). Statistical Disclosure Control. Wiley. Chapter 4 (secondary suppression,
protection intervals) and chapter 5 (small counts, zeros and group disclosure).
"""

from ..places import ALONE as ALONE
from .hide import FEWER_THAN, hide_counts, is_hidden, refuse_small, threshold, use
from .hide import SUPPRESSED as SUPPRESSED
from .hide import has_public_out_of as has_public_out_of
from .hide import without_pools as without_pools
from .published import list_sources as list_sources
from .published import note_published as note_published
from .register import REGISTER as REGISTER
from .register import hidden_before as hidden_before
from .register import release as release
from .register import require_release as require_release
from .relations import note_relations as note_relations

__all__ = ["FEWER_THAN", "hide_counts", "is_hidden", "refuse_small", "threshold", "use"]

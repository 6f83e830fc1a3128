"""
Where uptake is high
====================

Levels that every commune counted are facts of their year. Darker is higher. The pale bar is where
a district would be if districts shuffled again, each against the others, as from 2022 to 2023.
"""

import hganalysis as hg

hg.words.use("en")
where = hg.uptake("app_users", 2023)
print(where)
picture = where.map()

# %%
hg.table(where, ["count", "out_of", "share", "similar"])

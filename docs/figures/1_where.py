"""
Where uptake is high
====================

Levels that every commune counted are facts of their year. Darker is higher. The open dot is the
year before, and the pale bar is what a similar year could give: districts moving against each
other as they did before.
"""

import hganalysis as hg

hg.words.use("en")
where = hg.uptake("app_users", 2023)
print(where)
picture = where.map()

# %%
hg.table(where, ["count", "out_of", "share", "similar"])

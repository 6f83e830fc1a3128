"""
What changed
============

A change is the difference of two complete counts: so many points, and in how many communes it
rose. Two unlike measures are never subtracted.
"""

import hganalysis as hg

hg.words.use("en")
change = hg.compare("app_users", 2022, 2023)
print(change)
picture = change.slopes()

# %%
hg.table(change)

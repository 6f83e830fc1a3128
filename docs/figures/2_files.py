"""
Two years of one measure in the same classes
============================================

Two maps are for two years of one measure, so that a darker place is one with more in both.
"""

import hganalysis as hg

hg.words.use("en")
picture = hg.map("files_online", [2022, 2023])

# %%
hg.table(picture)

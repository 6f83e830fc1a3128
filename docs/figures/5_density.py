"""
Any quantity, or any frame
==========================

A quantity of the catalogue, or a column of any frame with places, is drawn by the same call.
"""

import hganalysis as hg

hg.words.use("en")
picture = hg.map("members_per_1000", 2022)

# %%
hg.table(picture)

"""
How often the intervals held
============================

Where the truth was planted: ours, and the ones in common use as controls.
"""

import hganalysis as hg

hg.words.use("en")
picture = hg.coverage()

# %%
hg.table(picture)

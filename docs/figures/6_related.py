"""
Does it go with more people on the ground?
==========================================

Each dot is a commune beside its own district; the line is the estimate with its interval.
"""

import hganalysis as hg

hg.words.use("en")
design = hg.Design.of_reports("app_users", 2022)
print(design.headline())
picture = design.related()

# %%
hg.table(picture)

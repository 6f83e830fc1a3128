"""
Every way to compare
====================

The main way is fixed by a rule before any data are seen. Beside it stand the others that the data
carry, what errors of the denominators alone would make, and the estimate without each district.
"""

import hganalysis as hg

hg.words.use("en")
design = hg.Design.of_reports("app_users", 2022)
picture = design.ways()

# %%
hg.table(picture)

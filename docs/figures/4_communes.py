"""
Every part of a place
=====================

Communes are circles where nobody has their outlines: larger where more people live. Small counts
are hidden before anything is drawn.
"""

import hganalysis as hg

hg.words.use("en")
picture = hg.uptake("app_users", 2023).communes()

# %%
hg.table(picture)

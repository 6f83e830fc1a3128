"""
Give every figure a passport: what its data, its classes and its maker were.

The passport stands in the footer, to be read, and in the file, to be checked: a short hash of the
*released* data (as they are shown, so that it gives away nothing that the figure does not), the
version of this package, and the classes. With a build of the data at hand, `hganalysis verify`
says whether they would give the same figure.

>>> import pandas as pd
>>> shown = pd.DataFrame({"code": ["930"], "share": [0.312], "state": ["known"]})
>>> passport = of(shown, recipe=["Uptake", "2023"])
>>> passport.hash
'd372d09ef734'

A leaf that writes a file of its own puts the passport in as the last thing it does:
`file.write_bytes(stamp(content, passport, kind="pptx"))`. Kinds: png, svg, pdf, html, pptx.
"""

from .files import KINDS, Found, Kind, hold, read, stamp
from .record import Passport, digits, of

__all__ = ["KINDS", "Found", "Kind", "Passport", "digits", "hold", "of", "read", "stamp"]

"""
Know what is of one country alone: types of places, their codes, their spelling, its grids.

A study asks for one with `country` in its `study.toml`; one that does not is of `ANYWHERE`. Another
country is one more module with a `Country`, named in `KNOWN`.
"""

from .country import Country, Extent, Reading
from .vietnam import VIET_NAM

__all__ = ["ANYWHERE", "KNOWN", "Country", "Extent", "Reading", "named"]

ANYWHERE = Country()
"""What is true of places of which no country is known."""
KNOWN = {one.code: one for one in (VIET_NAM,)}
"""Each country by its code in ISO 3166, as `study.toml` has it."""


def named(code: str | None) -> Country:
    """
    Give the country of a code, or what is true anywhere.

    Examples
    --------
    >>> named("VN").short["Phường"], named(None).short
    ('P.', {})
    """
    return KNOWN.get(code or "", ANYWHERE)


def __dir__() -> list[str]:
    return __all__

"""Read and compare names as the country of the study in use spells them."""

from __future__ import annotations

from .. import study
from ..countries import Reading


def key(core: str, *, y_as_i: bool = False, marks: bool = True) -> str:
    """
    Give the form in which names are compared: `Country.key`.

    Examples
    --------
    >>> key("hoà an"), key("long mỹ", y_as_i=True), key("đông phú", marks=False)
    ('hoa1 an', 'long mi3', 'dong phu')
    """
    return study.current().country.key(core, y_as_i=y_as_i, marks=marks)


def readings(text: str) -> tuple[Reading, ...]:
    """
    Read a folded name in every way that its letters allow: `Country.readings`.

    Examples
    --------
    >>> [(reading.kind, reading.core) for reading in readings("tx. long mỹ")]
    [(None, 'tx. long mỹ'), ('Thị xã', 'long mỹ')]
    """
    return study.current().country.readings(text)


def kind_alone(text: str) -> str | None:
    """
    Read a folded text that is nothing but a type.

    Examples
    --------
    >>> kind_alone("tx."), kind_alone("thị xã"), kind_alone("xa phien")
    ('Thị xã', 'Thị xã', None)
    """
    return study.current().country.kind_alone(text)

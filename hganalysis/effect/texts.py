"""Say what this room says, with the nouns of the study in use or of a frame of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import escaping, indicators, study, words
from ..places import NotGivenError

if TYPE_CHECKING:
    from ..indicators import Indicator


@dataclass(frozen=True)
class Names:
    """What each column is called, and whose words speak of it."""

    count: str
    exposure: str
    offset: str
    cluster: str
    controls: tuple[str, ...] = ()
    listed: bool = False
    """Whether units and clusters are places of the study in use, which has words for them."""
    measure: tuple[str, int] | None = None
    """The measure of the catalogue, and its year, if it is one."""

    @property
    def described(self) -> Indicator | None:
        """What the catalogue says of the measure, in the language in use."""
        return indicators.get(self.measure[0], year=self.measure[1]) if self.measure else None

    @property
    def dense(self) -> bool:
        """Whether the exposure is that of the study in use."""
        return self.listed and self.exposure == study.current().density


def nouns(names: Names) -> dict[str, str]:
    """Give the words for what is asked about, in the language in use."""
    own = {key: escaping.plain(getattr(names, key)) for key in ("count", "exposure", "cluster")}
    own["out_of"] = escaping.plain(names.offset)
    found = {key: noun(key, names.listed, **own) for key in ("units", "cluster", "clusters")}
    found |= {key: noun(key, names.dense, **own) for key in ("exposure", "mistaken")}
    measure = names.described
    if measure is None:
        return own | found | {"outcome": words.term("effect_nouns.own_outcome", **own)}
    of_residents = measure.denominator == "residents"
    found["out_of"] = words.term("effect_nouns.residents") if of_residents else measure.out_of
    return own | found | {"outcome": words.term("effect_nouns.study_outcome")}


def noun(key: str, known: bool, /, **facts: object) -> str:  # noqa: FBT001
    """Give a word, or a phrase, of the study in use if it knows what is spoken of."""
    return words.term(f"effect_nouns.{'study' if known else 'own'}_{key}", **facts)


def step(names: Names, size: float | str, *, short: bool = False) -> str:
    """Say how much more of the exposure is spoken of: so many units, or "sd"."""
    x = escaping.plain(names.exposure)
    if size == "sd":
        return words.term("effect_nouns.sd", exposure=noun("exposure", names.dense, exposure=x))
    key = ("short_" if short else "") + ("one" if size == 1 else "many")
    return noun(key, names.dense, exposure=x, n=words.number(float(size)))


def size(names: Names, clusters: int, units: int) -> str:
    """Say of how many clusters and units something is."""
    told = {"clusters": words.number(clusters), "units": words.number(units)}
    return noun("size", names.listed, **told)


def say(key: str, names: Names | None = None, /, **facts: object) -> str:
    """Fill in a text of `texts.toml`; a fact that is a function is asked where the text has it."""
    text = words.strings()[key][words.language()]
    named = {name: one for name, one in facts.items() if f"{{{name}}}" in text}
    told = {name: one() if callable(one) else one for name, one in named.items()}
    return words.term(key, **(nouns(names) if names else {}) | told)


class Refused(NotGivenError):  # noqa: N818  (it names what happened, as StopIteration does)
    """
    An estimate that the data cannot carry.

    Parameters
    ----------
    names
        Whose words it is said in.
    reason
        In few English words, for programs.
    **facts
        What stands in its text; a function is asked when it is read, in the language in use then.
    """

    def __init__(self, names: Names | None = None, /, *, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.reason, self.names, self.facts = reason, names, facts

    def __str__(self) -> str:
        """Say why, and what to do instead, in the language in use."""
        return say(f"effect_refusals.{self.reason}", self.names, **self.facts)

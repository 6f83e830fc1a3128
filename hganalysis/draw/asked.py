"""What was asked of a study stays with it: its places, its measures and its threshold."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial, wraps
from inspect import isfunction
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

from .. import study, suppress, words

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from ..study import Study

Result = TypeVar("Result")
Inputs = ParamSpec("Inputs")

PRINTED = ("__repr__", "__str__")
"""What Python calls to print something."""


class OfStudy:
    """
    Something that was made in one study, and says later what it would have said there.

    Whichever study is in use by then, its methods and properties see the places, the measures and
    the threshold that were in use when it was made. Only the language is the one in use.
    """

    study: Study
    """The study that it was asked of, with the threshold of then."""

    def __new__(cls, *_: object, **__: object) -> Self:
        """Remember the study in use."""
        new = super().__new__(cls)
        in_use = study.current()
        remembered = replace(in_use, fewer_than=suppress.threshold(in_use))
        object.__setattr__(new, "study", remembered)
        return new

    def __init_subclass__(cls) -> None:
        """Evaluate every method and property of a subclass in the study of its object."""
        for name, member in [*vars(cls).items()]:
            if isinstance(member, property) and member.fget:
                setattr(cls, name, property(_evaluate_there(member.fget)))
            elif isinstance(member, cached_property):
                member.func = _evaluate_there(member.func)
            elif isfunction(member) and name == "__init__":
                cls.__init__ = _make_there(member)  # type: ignore[method-assign]
            elif isfunction(member) and (name in PRINTED or not name.startswith("__")):
                setattr(cls, name, _evaluate_there(member))

    def in_its_study(self) -> AbstractContextManager[None]:
        """
        Use its study and its threshold in what follows; the language stays.

        Raises
        ------
        ValueError
            If more is hidden by now than when it was made.

        Examples
        --------
        >>> import hganalysis as hg
        >>> with hg.Study.open("kenya_2019").use(language="en"):
        ...     map_ = hg.map("internet_users", 2019)
        >>> with map_.in_its_study():
        ...     hg.study.current().name
        'Kenya'
        """
        in_use = study.current()
        limit, limit_then = suppress.threshold(in_use), self.study.fewer_than or 0
        if limit > limit_then:
            blanks = {"limit": limit, "limit_then": limit_then}
            raise ValueError(words.term("draw_errors.threshold", **blanks))
        return self.study.use_here(language=in_use.language)

    def later(self, function: Callable[..., Result], *arguments: object) -> Callable[[], Result]:
        """Give what can be called later, and is evaluated in its study by then."""
        return partial(_evaluate_there(lambda _: function(*arguments)), self)


def in_one_study(ask: Callable[Inputs, Result]) -> Callable[Inputs, Result]:
    """
    Let a question read the study in use once, and be answered in it to the end.

    Another thread may change the study of the process meanwhile: half of an answer would be of one
    study, and half of another.
    """

    @wraps(ask)
    def answer(*arguments: Inputs.args, **named: Inputs.kwargs) -> Result:
        in_use = study.current()
        with in_use.use_here(language=in_use.language):
            return ask(*arguments, **named)

    return answer


def _make_there(make: Callable[..., None]) -> Callable[..., None]:
    """Let an object be made in the study that it has just remembered."""

    @wraps(make)
    def make_there(subject: OfStudy, *arguments: object, **named: object) -> None:
        with subject.study.use_here(language=subject.study.language):
            make(subject, *arguments, **named)

    return make_there


def _evaluate_there(function: Callable[..., Result]) -> Callable[..., Result]:
    """Let a method be evaluated in the study of its object."""

    @wraps(function)
    def evaluate(subject: OfStudy, *arguments: object, **named: object) -> Result:
        with subject.in_its_study():
            return function(subject, *arguments, **named)

    return evaluate

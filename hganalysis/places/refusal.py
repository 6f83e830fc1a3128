"""Say that the data in use cannot give what was asked: an answer, and no fault of a program."""

from __future__ import annotations


class NotGivenError(ValueError):
    """
    The data in use do not hold what was asked for; the message says what, and what would.

    A build says so where the answer would have stood, and goes on.
    """

    def _render_traceback_(self) -> list[str]:
        """Say it in a notebook in one line; where in a program it happened is no matter."""
        return [str(self), self._line()]

    def _line(self) -> str:
        """Say in which line of a cell it happened: what the lines before it made is there."""
        step = self.__traceback__
        while step is not None and step.tb_frame.f_code.co_name != "<module>":
            step = step.tb_next
        return str(step.tb_lineno if step else 1)

"""The error tree of the house. What a caller may not ignore is raised, never returned.

    ChizhengError                 code, params, HTTP status
    ├── BadInput          400     a value does not fit (row, column, value, remedy)
    │   └── LawDataFault          law data contradict themselves (refused when loaded)
    ├── Forbidden         403     role or jurisdiction does not allow it
    ├── NotFound          404     nothing of that name, or not for this asker
    ├── Conflict          409     state, duplicate or lock stands against it
    ├── Refused           422     a rule of law says no (with the clause)
    └── Unavailable       503     a part we need is down; try again

Codes are stable; sentences are made here and only here (`say`).
"""

from __future__ import annotations

from typing import ClassVar

from chizheng.kernel.wording import Wording


class ChizhengError(Exception):
    """Base of all anticipated errors.

    `code`: stable identifier. `params`: what the sentence needs. `wording`: the sentence, given by
    the context that raises. Never put personal data into `params`: they reach logs.
    """

    status: ClassVar[int] = 400

    def __init__(self, code: str, wording: Wording, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.wording = wording
        self.params = params

    def say(self, lang: str = "zh") -> str:
        return self.wording.say(lang, **self.params)

    def __str__(self) -> str:
        return f"{self.code}: {self.say('zh')}"


class BadInput(ChizhengError):
    status = 400


class LawDataFault(BadInput):
    pass


class Forbidden(ChizhengError):
    status = 403


class NotFound(ChizhengError):
    status = 404


class Conflict(ChizhengError):
    status = 409


class Refused(ChizhengError):
    status = 422


class Unavailable(ChizhengError):
    status = 503

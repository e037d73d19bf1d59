"""State machines are tables: `(state, event) -> state`, so that docs and tests can walk them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chizheng.kernel.errors import Conflict
from chizheng.kernel.wording import Wording

_ILLEGAL = Wording(
    zh="当前状态“{state}”不能执行“{event}”；可执行：{allowed}",
    en="'{event}' is not possible in state '{state}'; possible: {allowed}",
)


@dataclass(frozen=True)
class StateTable:
    """A named table of transitions; states without a way out are terminal."""

    name: str
    start: str
    moves: Mapping[tuple[str, str], str]

    @property
    def states(self) -> set[str]:
        return {self.start} | {s for s, _ in self.moves} | set(self.moves.values())

    @property
    def terminal(self) -> set[str]:
        return self.states - {s for s, _ in self.moves}

    def events(self, state: str) -> list[str]:
        """Events possible in `state`, in table order."""
        return [e for s, e in self.moves if s == state]

    def next(self, state: str, event: str) -> str:
        """The state after `event`; raises Conflict where the table has no such move."""
        try:
            return self.moves[state, event]
        except KeyError:
            raise Conflict(
                "illegal_move",
                _ILLEGAL,
                state=state,
                event=event,
                allowed=", ".join(self.events(state)) or "-",
            ) from None

    def fold(self, events: Iterable[str]) -> str:
        """The state that a list of accepted events leads to."""
        state = self.start
        for event in events:
            state = self.next(state, event)
        return state

    def reachable(self) -> set[str]:
        seen, todo = {self.start}, [self.start]
        while todo:
            here = todo.pop()
            for event in self.events(here):
                there = self.moves[here, event]
                if there not in seen:
                    seen.add(there)
                    todo.append(there)
        return seen

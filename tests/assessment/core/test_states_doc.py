"""docs/sessions.md shows the table that the code goes by."""

from __future__ import annotations

from pathlib import Path

from chizheng.assessment.core.states import BY, SESSION, Event

DOC = Path(__file__).resolve().parents[3] / "docs" / "sessions.md"
START, END = "<!-- table -->\n", "<!-- end -->"


def rendered() -> str:
    rows = ["| state | event | next state | who |", "|---|---|---|---|"]
    rows += [
        f"| {state} | {event} | {then} | {', '.join(sorted(BY[Event(event)]))} |"
        for (state, event), then in SESSION.moves.items()
    ]
    return "\n".join(rows) + "\n"


def test_the_document_shows_the_table() -> None:
    text = DOC.read_text(encoding="utf-8")
    shown = text[text.index(START) + len(START) : text.index(END)]
    assert shown == rendered(), f"put this into {DOC.name}:\n{rendered()}"

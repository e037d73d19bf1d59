"""`chizheng keys`: make the house's keys and sign its trust list; show the public ones."""

from __future__ import annotations

import argparse

SUMMARY = "密钥与信任名单 (keys and the trust list)"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["init", "show"])


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from chizheng.certificates import keyring
    from chizheng.certificates.house import shard_key
    from chizheng.certificates.io.tilelog import shards
    from chizheng.certificates.usecases.commit_sitting import log_folder
    from chizheng.certificates.usecases.publish_trust import hold_ceremony
    from chizheng.platform.clock import now

    if args.action == "init":
        made = hold_ceremony(now=now())
        print(f"made: {', '.join(made) or 'none, all were there'}")
    for name in keyring.NAMES:
        print(f"{name}: {keyring.public(name)}")
    for shard in shards(log_folder()):
        print(f"log {shard.name}: {shard_key(int(shard.name))}")
    return 0

"""`chizheng keys`: make the house's keys and sign its trust list; rotate a key by two people; show the public ones."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chizheng.people.models import Account

SUMMARY = "密钥与信任名单 (keys and the trust list)"


def configure(parser: argparse.ArgumentParser) -> None:
    sub = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    sub.add_parser(
        "init", help="生成缺少的密钥，签发或续签信任名单 (make missing keys, sign or extend the list)"
    )
    sub.add_parser("show", help="显示公钥和待确认的轮换 (public keys, and a rotation that waits)")
    rotate = sub.add_parser("rotate", help="申请轮换一个密钥 (ask for the rotation of a key)")
    rotate.add_argument("name", metavar="KEY", help="issuer, log, status, root, pdf")
    confirm = sub.add_parser("confirm", help="另一人确认轮换 (another person confirms)")
    withdraw = sub.add_parser("withdraw", help="撤回轮换，销毁新密钥 (withdraw it, destroy the new key)")
    sign = sub.add_parser("sign", help="以根密钥为名单加签 (add a root's signature to a list)")
    publish = sub.add_parser("publish", help="公布签名足够的名单 (publish a list with enough signatures)")
    for one in (rotate, confirm, withdraw, publish):
        one.add_argument("--by", required=True, metavar="USER", help="办理人的账号 (whose deed it is)")
    for one in (sign, publish):
        one.add_argument("file", type=Path)
    sign.add_argument("--key", type=Path, required=True, help="根密钥文件 (key file of the root)")


def run(args: argparse.Namespace) -> int:
    if args.action == "sign":  # on a machine without network and database
        return _sign(args)
    from chizheng.platform.boot import boot

    boot()
    from chizheng.certificates.usecases import rotate_keys
    from chizheng.certificates.usecases.publish_trust import hold_ceremony
    from chizheng.platform.clock import now

    if args.action == "init":
        made = hold_ceremony(now=now())
        print(f"made: {', '.join(made) or 'none, all were there'}")
    elif args.action == "rotate":
        asked = rotate_keys.ask_rotation(name=args.name, actor=_account(args.by), now=now())
        print(f"{asked.name}: {asked.vkey or 'new seal'}\n待另一人确认：chizheng keys confirm --by 账号")
    elif args.action == "confirm":
        name = rotate_keys.confirm_rotation(actor=_account(args.by), now=now())
        print(f"{name}: 已轮换 (rotated)")
    elif args.action == "withdraw":
        rotate_keys.withdraw_rotation(actor=_account(args.by), now=now())
        print("已撤回 (withdrawn)")
    elif args.action == "publish":
        from chizheng.certificates.core.trust import SignedList

        offered = SignedList.parse(_read(args.file))
        listed = rotate_keys.publish_list(offered=offered, actor=_account(args.by), now=now())
        print(f"第 {listed.sequence} 版已公布 (version {listed.sequence} published)")
    if args.action in ("init", "show", "confirm"):
        _show()
    return 0


def _show() -> None:
    from chizheng.certificates import keyring
    from chizheng.certificates.house import shard_key
    from chizheng.certificates.io.tilelog import shards
    from chizheng.certificates.usecases.commit_sitting import log_folder
    from chizheng.certificates.usecases.rotate_keys import pending

    for name in keyring.NAMES:
        print(f"{name}: {keyring.public(name)}")
    for shard in shards(log_folder()) if log_folder().exists() else []:
        print(f"log {shard.name}: {shard_key(int(shard.name))}")
    waiting = pending()
    if waiting is not None:
        print(f"待确认 (waits): {waiting.name} {waiting.vkey}")


def _sign(args: argparse.Namespace) -> int:
    from chizheng.certificates.core.trust import SignedList
    from chizheng.certificates.io.durable import write_durably
    from chizheng.certificates.io.keys import load, passphrase

    key = load(args.key, passphrase())
    signed = SignedList.parse(_read(args.file)).signed(key.name, key.signer)
    write_durably(args.file, bytes(signed))
    print(f"{key.name}: {signed.good_roots(signed.list.roots)}/{signed.list.threshold}")
    return 0


def _read(path: Path) -> bytes:
    from chizheng.certificates.core.log_wording import bad

    try:
        return path.read_bytes()
    except OSError:
        raise bad("file_missing", path=str(path)) from None


def _account(name: str) -> Account:
    """The account whose deed it is, by its password: two people cannot be one person with two names at hand."""
    from chizheng.kernel.errors import Forbidden
    from chizheng.kernel.wording import Wording
    from chizheng.people.models import Account

    found = Account.objects.filter(username=name, is_active=True).first()
    if found is None or not found.check_password(getpass.getpass(f"{name} 的密码 (password): ")):
        raise Forbidden("sign_in", Wording(zh="账号或密码不对", en="wrong user name or password"))
    return found

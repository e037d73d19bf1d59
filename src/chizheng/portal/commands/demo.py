"""`chizheng demo`: build a small province, run the main job in it, serve the site."""

from __future__ import annotations

import argparse
import sys

from chizheng.portal.commands.serve import port

SUMMARY = "示例省：生成、跑完主要流程、启动网站 (build a small province and serve it)"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=258)
    parser.add_argument("--no-serve", action="store_true", help="只生成，不启动网站 (build and exit)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=port, default=8258)


def run(args: argparse.Namespace) -> int:
    import os

    from rich.console import Console

    os.environ.setdefault("CHIZHENG_SITE", f"http://{args.host}:{args.port}")
    console = Console(stderr=True, highlight=False)
    with console.status("PostgreSQL…") as status:
        from chizheng.platform.boot import boot

        boot()
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
        from chizheng.platform.clock import now
        from chizheng.portal.demo import build

        def tell(what: str) -> None:
            status.update(what)
            console.print(f"  {what}")

        built = build(seed=args.seed, now=now(), tell=tell)
    _summary(console, built.accounts)
    if args.no_serve:
        return 0
    from chizheng.portal.commands import serve

    print(f"http://{args.host}:{args.port}/")
    sys.stdout.flush()
    return serve.site(host=args.host, port=args.port)


def _summary(console, accounts) -> None:  # type: ignore[no-untyped-def]
    from rich.table import Table

    from chizheng.certificates.demo import SAMPLES, samples
    from chizheng.certificates.models import Certificate
    from chizheng.certificates.usecases.publish_status import public_folder
    from chizheng.portal.demo import password

    issued = Certificate.objects.filter(batch__state="published").count()
    console.print(f"\n证书 {issued} 本已核发、入日志、可核验 (certificates issued, logged, verifiable)")
    console.print(f"公开文件 public files: {public_folder()}")
    place = samples()
    console.print("可以试试 files to try:")
    for name, what in SAMPLES.items():
        console.print(f"  {place / name}  {what}", soft_wrap=True)
    console.print(
        f"  chizheng verify {place / 'genuine.pdf'} --trust {public_folder() / 'trust.json'}", soft_wrap=True
    )
    table = Table(title="演示账号 demo accounts", title_justify="left")
    for heading in ("岗位 role", "用户名 user", "密码 password"):
        table.add_column(heading)
    for account in accounts.values():
        table.add_row(str(account.get_role_display()), account.username, password())
    console.print(table)

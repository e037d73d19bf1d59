"""`chizheng access`: what has come due at the access desks; run it daily (or as often as you like).

Keeps the edition of the law, writes to subscribers whose list changed, re-checks provisional answers,
releases holds, closes follow-ups of guidance, judges staff lists again and says what runs out soon, forgets what is
past its term, retires what assessment keeps no longer.
"""

from __future__ import annotations

import argparse
import json

SUMMARY = (
    "就业准入到期事项：订阅通知、暂行答复复核、解除暂缓、指导回访、名册复查 / what is due at the access desks"
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="输出 JSON")


def run(args: argparse.Namespace) -> int:
    from chizheng.platform.boot import boot

    boot()
    from chizheng.access.usecases.gates import record_edition, tell_subscribers
    from chizheng.access.usecases.keeping import forget_due
    from chizheng.access.usecases.referral import close_guidances
    from chizheng.access.usecases.registration import recheck_due
    from chizheng.access.usecases.staff import refresh_persons, warn_expiring
    from chizheng.assessment.usecases.retire import retire
    from chizheng.platform.clock import now

    at = now()
    record_edition(now=at)
    done: dict[str, int] = {f"checks_{k}": n for k, n in recheck_due(now=at).items() if k != "held"}
    done["guidances_closed"] = close_guidances(persons=None, now=at)
    done["staff_changed"] = refresh_persons(persons=None, now=at)
    done["staff_warned"] = warn_expiring(now=at)
    done["letters"] = tell_subscribers(now=at)
    done |= {f"forgotten_{name}": n for name, n in forget_due(now=at).items() if n}
    done["retired_files"], done["retired_particulars"] = retire(now=at)
    if args.json:
        print(json.dumps(done))
    else:
        for name, count in done.items():
            print(f"{name} {count}")
    return 0

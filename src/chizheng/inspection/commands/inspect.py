"""`chizheng inspect`: what inspection does by itself: the delta of screenings, certificates claimed twice, letters
matched again."""

from __future__ import annotations

import argparse

SUMMARY = "监察日常：增量比对、一证两用线索、到期告知函重新比对 / daily delta, double claims, letters matched again when due"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("daily", "rematch"), help="daily 增量比对；rematch 到期重新比对")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出 / print as JSON")


def run(args: argparse.Namespace) -> int:
    import json

    from chizheng.platform.boot import boot

    boot()
    done = _daily() if args.what == "daily" else _rematch()
    if args.json:
        print(json.dumps(done, ensure_ascii=False))
    else:
        for row in done:
            print("  ".join(f"{key}={value}" for key, value in row.items()))
    return 0


def _daily() -> list[dict[str, object]]:
    """Today's delta of the newest series of each place, where not done yet; certificates that two employers claim."""
    from chizheng.inspection.usecases.deltas import deltas_due
    from chizheng.inspection.usecases.double_claims import announce_double_claims
    from chizheng.inspection.usecases.forget_files import forget_files
    from chizheng.platform import clock

    done: list[dict[str, object]] = [
        {"place": run.place or "全国", "changed": run.changed, "found": run.found}
        for run in deltas_due(now=clock.now())
    ]
    done.append({"double_claims": announce_double_claims(now=clock.now())})
    done.append({"forgotten_files": forget_files(now=clock.now())})
    return done


def _rematch() -> list[dict[str, object]]:
    from chizheng.inspection.usecases.send_letters import due_campaigns, rematch
    from chizheng.platform import clock

    done: list[dict[str, object]] = []
    for campaign in due_campaigns(on=clock.today()):
        campaign = rematch(campaign=campaign, actor=None, now=clock.now())
        done.append({"campaign": campaign.title, "to_visit": len(campaign.result["to_visit"])})
    return done

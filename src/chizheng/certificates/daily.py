"""What the issuing house does every day: commit, issue, publish, tell, forget, seal, have its log witnessed."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from chizheng.certificates import keyring
from chizheng.certificates.usecases import tell_roster, watch_status
from chizheng.certificates.usecases.annul_session import log_annulments_due
from chizheng.certificates.usecases.collect_cosignatures import collect_cosignatures
from chizheng.certificates.usecases.commit_sitting import commit_all_due
from chizheng.certificates.usecases.issue_batch import issue_due
from chizheng.certificates.usecases.publish_register import publish_due
from chizheng.certificates.usecases.publish_seals import publish_seals
from chizheng.certificates.usecases.publish_status import publish_status
from chizheng.certificates.usecases.turn_status import log_turns_due
from chizheng.certificates.usecases.verify_sheet import forget_sheets
from chizheng.certificates.usecases.watch_failures import forget_failures, tell_again
from chizheng.kernel.errors import ChizhengError
from chizheng.kernel.wording import Wording
from chizheng.platform.daily import Did, Job
from chizheng.platform.ledger_seal import seal

MOST: Final = 5_000
"""Letters of one kind a day; what is left goes with the next run or `chizheng watch send`."""


def _lacks(*names: str) -> Callable[[], str]:
    return partial(_lacking, names)


def _lacking(names: tuple[str, ...]) -> str:
    try:
        for name in names:
            keyring.require(name)
    except ChizhengError as fault:
        return fault.say(os.environ.get("CHIZHENG_LANG", "zh"))
    return ""


def _commit(now: datetime) -> Did:
    return {"steps": sum(1 for _ in commit_all_due(now=now))}


def _issue(now: datetime) -> Did:
    certificates = held = 0
    for batch in issue_due(now=now):
        held += batch.state == "held"
        certificates += batch.count if batch.state == "published" else 0
    return {
        "certificates": certificates, "held": held,
        "turns_logged": log_annulments_due() + log_turns_due(),
    }  # fmt: skip


def _status(now: datetime) -> Did:
    publish_status(now=now)
    return {"bundles": 1}


def _register(now: datetime) -> Did:
    done = publish_due(now=now)
    return {what: int(what in done) for what in ("register", "buckets")}


def _watchers(now: datetime) -> Did:
    made = watch_status.make_notices(now=now)
    sent, failed = watch_status.send_due(now=now, most=MOST)
    return {"made": made, "sent": sent, "failed": failed}


def _rosters(now: datetime) -> Did:
    made = tell_roster.make_notices(now=now)
    sent, failed = tell_roster.send_due(now=now, most=MOST)
    return {"made": made, "sent": sent, "failed": failed}


def _suspicions(now: datetime) -> Did:
    return {"patterns": tell_again(now=now)}


def _forget(now: datetime) -> Did:
    return {"failed_checks": forget_failures(now=now), "sheets": forget_sheets(now=now)}


def _seal(now: datetime) -> Did:
    made = seal(now=now)
    return {"entries": sum(row.count for row in made), "seals": len(made), "logged": len(publish_seals())}


def _witness(now: datetime) -> Did:
    found = collect_cosignatures(now=now)
    return {
        "heads": len(found), "cosignatures": sum(len(one.names) for one in found),
        "silent": sum(len(one.faults) for one in found), "short": sum(not one.enough for one in found),
    }  # fmt: skip


JOBS = (
    Job("certificates.commit", Wording(zh="补记批次存证", en="commit steps of sittings that are due"), _commit,
        lacks=_lacks("log")),
    Job("certificates.issue", Wording(zh="签发已批准的批次", en="issue approved batches"), _issue,
        faults=frozenset({"held"}), lacks=_lacks("issuer", "log")),
    Job("certificates.status", Wording(zh="公布状态", en="publish status"), _status, lacks=_lacks("status")),
    Job("certificates.register", Wording(zh="公布查询快照和分桶", en="publish register snapshot and buckets"), _register,
        lacks=_lacks("status")),
    Job("certificates.watchers", Wording(zh="通知关注者状态变更", en="tell watchers what changed"), _watchers,
        faults=frozenset({"failed"})),
    Job("certificates.rosters", Wording(zh="请名册上的人核对", en="ask people on rosters to check"), _rosters,
        faults=frozenset({"failed"})),
    Job("certificates.suspicions", Wording(zh="补交漏报的可疑核验", en="hand over suspicious patterns that were missed"),
        _suspicions),
    Job("certificates.forget", Wording(zh="删除到期的核验记录和表格", en="remove failed checks and sheets past their time"),
        _forget),
    Job("certificates.seal", Wording(zh="封存操作记录并入日志", en="seal the ledger and log the seal"), _seal,
        lacks=_lacks("log"), last=True),
    Job("certificates.witness", Wording(zh="收集见证方联署", en="collect cosignatures of witnesses"), _witness,
        faults=frozenset({"short"}), lacks=_lacks("log"), last=True),
)  # fmt: skip

"""An ad for a gated post states the certificate required (Order 6, article 8; later the gate's own text)."""

from __future__ import annotations

from collections.abc import Iterator

from chizheng.access.core.ads.ad import Finding, Severity
from chizheng.access.core.ads.certificate import CertificateWording
from chizheng.access.core.ads.rule import Reading, Rule
from chizheng.access.core.ads.wording import FIXES


def check(reading: Reading) -> Iterator[Finding]:
    if not reading.gated or reading.certificate is CertificateWording.REQUIRED:
        return
    gate = reading.day.gate_of(reading.gated[0])
    assert gate is not None  # a gated post has a gate
    duty = reading.day.basis("access.ad_must_state_qualification")
    cited = duty if duty is not None and duty.instrument == gate.instrument else gate
    levels = {m.occupation: m.level for m in reading.posts if m.level}
    names = reading.day.law.level_names
    lines = []
    for post in reading.gated:
        level = levels.get(post)
        said = FIXES["level"].format(level=names[level].zh) if level else ""
        lines.append(
            FIXES["state"].format(post=post, certificate=FIXES["certificate"].format(post=post), level=said)
        )
    yield Finding(
        "qualification_not_stated", Severity.ERROR, cited, "".join(lines), {"posts": "、".join(reading.gated)}
    )


RULE = Rule("qualification_not_stated", "ads.gated_post_states_certificate", check)

"""How good and how fast ad vetting is.

    python bench/ads.py [--misses]      needs shared/data/ads (CHIZHENG_SHARED)

Precision and recall over required groups as in GUIDELINE.md of the labelled set, certificate wording, the
made-up hard titles, each half of the development set apart, and CPU figures on the unlabelled pool.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from chizheng.access.core.ads.certificate import certificate_wording
from chizheng.access.core.ads.mention import Role
from chizheng.access.core.ads.posts import find_mentions
from chizheng.access.io.alias_table import cues, folding, lexicon

SHARED = Path(os.environ.get("CHIZHENG_SHARED", Path(__file__).resolve().parents[2] / "shared"))
UNLABELLED = {"推销员", "营业员", "公关员", "秘书", "计算机操作员", "话务员"}
NINETY_ONLY_AFTER = {
    "消防设施操作员",
    "轨道列车司机",
    "家畜繁殖员",
    "游泳救生员",
    "社会体育指导员",
    "民航乘务员",
    "机场运行指挥员",
    "保安员",
    "民航安全检查员",
    "消防员",
    "森林消防员",
    "应急救援员",
}
FAMILIES = [
    {"装配钳工", "工具钳工", "机修钳工"},
    {"车工", "铣工", "加工中心操作工"},
    {"起重装卸机械操作工", "土石方机械操作工"},
]


@dataclass
class Score:
    hits: int = 0
    missed: int = 0
    false: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, ad: dict, predicted: set[str]) -> None:
        required = [set(g) for g in ad["required"]]
        allowed = set().union(*required, ad.get("optional", ()))
        hit = [g for g in required if g & predicted]
        self.hits += len(hit)
        self.missed += len(required) - len(hit)
        wrong = predicted - allowed
        for family in FAMILIES:
            if len(wrong & family) > 1:
                wrong -= family - {sorted(wrong & family)[0]}
        self.false += len(wrong)
        lost = [sorted(g) for g in required if not g & predicted]
        if lost or wrong:
            self.misses.append(
                f"{ad.get('gid') or ad.get('id')} | {ad['title']} | missed {lost} | false {sorted(wrong)}"
            )

    @property
    def precision(self) -> float:
        return self.hits / max(1, self.hits + self.false)

    @property
    def recall(self) -> float:
        return self.hits / max(1, self.hits + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)

    def __str__(self) -> str:
        return f"P {self.precision:.3f}  R {self.recall:.3f}  F1 {self.f1:.3f}  (hits {self.hits}, false {self.false}, missed {self.missed})"


def read(name: str) -> list[dict]:
    return [json.loads(line) for line in (SHARED / "data/ads" / name).open(encoding="utf-8")]


def predict(ads: Iterable[dict]) -> list[tuple[set[str], str]]:
    ads = list(ads)
    scans = lexicon().scan([(a["title"], a["text"]) for a in ads])
    out = []
    for ad, scan in zip(ads, scans, strict=True):
        context = folding().fold(f"{ad.get('employer', '')} {ad.get('category', '')}")
        posts = {m.occupation for m in find_mentions(scan, cues(), context=context) if m.role is Role.POST}
        out.append(
            (
                posts - UNLABELLED - NINETY_ONLY_AFTER,
                certificate_wording("\n".join(scan.fields)).value if posts else "none",
            )
        )
    return out


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--misses", action="store_true")
    args = parser.parse_args()
    for name in ("labelled_dev.jsonl", "hard_dev.jsonl"):
        ads = read(name)
        predicted = predict(ads)
        total, halves = Score(), (Score(), Score())
        papers = [0, 0, 0, 0]
        wrong_papers = []
        for n, (ad, (names, paper)) in enumerate(zip(ads, predicted, strict=True)):
            total.add(ad, names)
            halves[n % 2].add(ad, names)
            if "certificate_wording" in ad:
                ok = ad["certificate_wording"] == paper
                papers[0] += ok
                papers[1] += 1
                if ad["required"]:
                    papers[2] += ok
                    papers[3] += 1
                    if not ok:
                        wrong_papers.append(
                            f"{ad['gid']} {ad['title']} says {ad['certificate_wording']}, read {paper}"
                        )
        print(f"{name:22} {total}")
        for n, half in enumerate(halves):
            print(f"  half {n}               {half}")
        if papers[1]:
            print(
                f"  certificate wording  all {papers[0]}/{papers[1]}  positives {papers[2]}/{papers[3]} = {papers[2] / max(1, papers[3]):.3f}"
            )
        if args.misses:
            print(*total.misses, *wrong_papers, sep="\n")
    pool = read("pool.jsonl")[:2000]
    lexicon(), cues()
    at = time.process_time()
    for n in range(0, len(pool), 500):
        predict(pool[n : n + 500])
    spent = time.process_time() - at
    print(f"pool: {len(pool) / spent:,.0f} ads per CPU second")


if __name__ == "__main__":
    main()

"""How good and how fast ad vetting is.

    CHIZHENG_SHARED=../shared python bench/ads.py [--misses]

Quality: precision and recall over required groups as the GUIDELINE.md of the labelled sets defines them,
certificate wording, the made-up hard titles, and the halves and the sources of the development set apart.
The development set was open while the rules were made, so its score is a training score; two rows say more:
the same ads rewritten (other names of the same trades, traditional characters, spaced-out titles, no line
breaks), and the table with a fifth of its words taken out at random. Speed, in CPU
seconds on the unlabelled pool: whole vetting, its parts, and the matching pass with ten times as many words
against pyahocorasick with the same words. docs/ads-vetting.md keeps the figures and how they came about.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path

from chizheng.access.core.ads.ad import Ad
from chizheng.access.core.ads.day import Day
from chizheng.access.core.ads.lexicon import Kind, Lexicon, Word
from chizheng.access.core.ads.normalise import SEPARATOR, to_text
from chizheng.access.core.ads.vet import Vetter
from chizheng.access.io.ads import line, read_ads
from chizheng.access.io.alias_table import cues, folding, lexicon, words
from chizheng.catalogue.io.shelf import catalogue
from chizheng.law.io.shelf import law

SHARED = Path(os.environ.get("CHIZHENG_SHARED", Path(__file__).resolve().parents[2] / "shared"))
DAY = date(2014, 6, 1)
UNLABELLED = {"推销员", "营业员", "公关员", "秘书", "计算机操作员", "话务员"}
FAMILIES = [
    {"装配钳工", "工具钳工", "机修钳工"},
    {"车工", "铣工", "加工中心操作工"},
    {"起重装卸机械操作工", "土石方机械操作工"},
]


@dataclass
class Score:
    """Micro precision and recall; names of one family count once as a false positive."""

    hits: int = 0
    missed: int = 0
    false: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, ad: dict, predicted: set[str]) -> None:
        required = [set(g) for g in ad["required"]]
        allowed = set().union(*required, ad.get("optional", ()))
        lost = [sorted(g) for g in required if not g & predicted]
        wrong = predicted - allowed
        for family in FAMILIES:
            if len(wrong & family) > 1:
                wrong -= family - {min(wrong & family)}
        self.hits += len(required) - len(lost)
        self.missed += len(lost)
        self.false += len(wrong)
        if lost or wrong:
            name = ad.get("gid") or ad.get("id")
            self.misses.append(f"{name} | {ad['title']} | missed {lost} | false {sorted(wrong)}")

    @property
    def precision(self) -> float:
        return self.hits / max(1, self.hits + self.false)

    @property
    def recall(self) -> float:
        return self.hits / max(1, self.hits + self.missed)

    def __str__(self) -> str:
        p, r = self.precision, self.recall
        counts = f"hits {self.hits}, false {self.false}, missed {self.missed}"
        return f"P {p:.3f}  R {r:.3f}  F1 {2 * p * r / max(1e-9, p + r):.3f}  ({counts})"


def vetter(table: Lexicon | None = None) -> Vetter:
    return Vetter(table or lexicon(), cues(), Day(law(), on=DAY, levels=catalogue().levels))


def predict(rows: Iterable[dict], by: Vetter | None = None) -> list[tuple[set[str], str]]:
    """Gated names of the label space, and the certificate wording, of each row."""
    ads = [
        Ad(str(n), r["title"], r["text"], r.get("employer", ""), r.get("category", ""))
        for n, r in enumerate(rows)
    ]
    label_space = {g.occupation for g in law().gates_on(on=DAY) if g.citation.instrument == "order-6-2000"}
    label_space -= UNLABELLED
    return [(set(v.gated) & label_space, v.certificate.value) for v in (by or vetter()).vet(ads)]


def quality(name: str, *, misses: bool) -> None:
    rows = [json.loads(row) for row in (SHARED / "data/ads" / name).open(encoding="utf-8")]
    total, halves = Score(), (Score(), Score())
    right = positive = 0
    wrong_papers = []
    for n, (row, (names, paper)) in enumerate(zip(rows, predict(rows), strict=True)):
        total.add(row, names)
        halves[n % 2].add(row, names)
        if row["required"] and "certificate_wording" in row:
            positive += 1
            right += row["certificate_wording"] == paper
            if row["certificate_wording"] != paper:
                wrong_papers.append(f"{row['gid']} | says {row['certificate_wording']}, read {paper}")
    print(f"{name:20} {total}")
    for n, half in enumerate(halves):
        print(f"  half {n}             {half}")
    sources: dict[str, Score] = {}
    for row, (names, _) in zip(rows, predict(rows), strict=True):
        if "source" in row:
            sources.setdefault(row["source"], Score()).add(row, names)
    for source, score in sorted(sources.items()):
        print(f"  {source:18} {score}")
    if positive:
        print(f"  certificate wording on positive ads {right}/{positive} = {right / positive:.3f}")
    if misses:
        print(*total.misses, *wrong_papers, sep="\n")


def synonyms(rng: random.Random) -> Callable[[str], str]:
    """Rewrites a text: every name of a worker becomes another name of the same occupation, never a longer
    or shorter kind of mention."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for word in words():
        if word.kind is Kind.NAME:
            groups.setdefault(word.readings, []).append(word.text)
    table = lexicon()

    def rewrite(text: str) -> str:
        [scan] = table.scan([(text,)])
        out, at = [], 0
        for token in scan.tokens[0]:
            if token.word.kind is Kind.NAME and len(groups.get(token.word.readings, ())) > 1:
                out += [text[at : token.start], rng.choice(groups[token.word.readings])]
                at = token.end
        return "".join(out) + text[at:]

    return rewrite


def traditional(text: str) -> str:
    """With the traditional form of every character that has one."""
    return text.translate(_traditional())


@lru_cache(maxsize=1)
def _traditional() -> dict[int, str]:
    source = files("opencc") / "dictionary" / "STCharacters.txt"
    pairs = (line.split("\t") for line in source.read_text(encoding="utf-8").splitlines() if "\t" in line)
    return {ord(simple): old.split()[0] for simple, old in pairs if len(simple) == 1}


def rewritten() -> None:
    """The development set under rewriting, and with words of the table taken out."""
    rows = [json.loads(row) for row in (SHARED / "data/ads/labelled_dev.jsonl").open(encoding="utf-8")]
    rewrites: dict[str, Callable[[dict], dict]] = {
        "traditional characters": lambda r: r | {f: traditional(r[f]) for f in ("title", "text")},
        "spaced-out title": lambda r: r | {"title": " ".join(r["title"])},
        "no line breaks": lambda r: r | {"text": " ".join(r["text"].split())},
        "commas for list marks": lambda r: r | {"text": r["text"].replace("、", "，")},
    }
    print("\nthe development set rewritten")
    for name, rewrite in rewrites.items():
        score = Score()
        for row, (names, _) in zip(rows, predict(map(rewrite, rows)), strict=True):
            score.add(row, names)
        print(f"  {name:26} {score}")
    score = Score()
    for seed in range(5):
        other = synonyms(random.Random(seed))
        changed = [r | {f: other(r[f]) for f in ("title", "text")} for r in rows]
        for row, (names, _) in zip(rows, predict(changed), strict=True):
            score.add(row, names)
    print(f"  {'other names, 5 draws':26} {score}")
    score = Score()
    for seed in range(5):
        rng = random.Random(seed)
        kept = [w for w in words() if w.kind not in (Kind.NAME, Kind.TRADE) or rng.random() > 0.2]
        table = vetter(Lexicon(kept, folding()))
        for row, (names, _) in zip(rows, predict(rows, table), strict=True):
            score.add(row, names)
    print(f"  {'a fifth of the words out':26} {score}")


def cpu(work: Callable[[], object], count: int, repeats: int = 7) -> float:
    """Least microseconds of CPU for each of `count` ads: the run that the neighbours disturbed least."""
    spent = []
    for _ in range(repeats):
        at = time.process_time()
        work()
        spent.append((time.process_time() - at) / count * 1e6)
    return min(spent)


def many_words(factor: int) -> list[Word]:
    """The shipped words and invented ones of the same characters and lengths, `factor` times as many."""
    shipped = list(words())
    texts = sorted({w.text for w in shipped if w.kind is not Kind.TRIGGER})
    rng = random.Random(258)
    letters = "".join(texts)
    invented: set[str] = set()
    while len(invented) < (factor - 1) * len(texts):
        invented.add("".join(rng.choice(letters) for _ in range(max(3, len(rng.choice(texts))))))
    return shipped + [Word(text, Kind.BLOCK) for text in sorted(invented)]


def speed() -> None:
    import ahocorasick

    ads = list(read_ads(SHARED / "data/ads/pool.jsonl"))
    mean = statistics.mean(len(a.title) + len(a.text) for a in ads)
    batches = [ads[n : n + 512] for n in range(0, len(ads), 512)]
    shipped, ten = vetter(), vetter(Lexicon(many_words(10), folding()))
    vetted = [v for b in batches for v in shipped.vet(b)]
    gc.freeze()  # as the command does: the tables are not the batch's garbage
    spent: dict[str, list[float]] = {"shipped": [], "ten": []}
    for _ in range(7):  # in turn, so that a busy neighbour disturbs both alike
        for name, by in (("shipped", shipped), ("ten", ten)):
            spent[name].append(cpu(partial(vet_all, by, batches), len(ads), repeats=1))
    whole, large = min(spent["shipped"]), min(spent["ten"])
    print(f"\npool: {len(ads)} ads, {mean:.0f} characters on average, CPU microseconds an ad")
    print(f"  whole vetting                 {whole:6.1f}   = {1e6 / whole:,.0f} ads a second a core")
    print(f"  the same, 10 x as many words  {large:6.1f}   = {large / whole - 1:+.1%}")
    pool = SHARED / "data/ads/pool.jsonl"
    print(f"  reading JSON lines            {cpu(lambda: list(read_ads(pool)), len(ads)):6.1f}")
    print(f"  writing JSON lines            {cpu(lambda: [line(v) for v in vetted], len(ads)):6.1f}")
    texts = [[(a.title, a.text) for a in b] for b in batches]
    joined = [SEPARATOR.join(f for ad in b for f in ad) for b in texts]
    folded = [to_text(folding().skeleton(folding().fold_codes(j))[0]) for j in joined]
    for factor in (1, 10):
        table = Lexicon(many_words(factor), folding())
        automaton = ahocorasick.Automaton()
        for text in table.words:
            automaton.add_word(text, len(text))
        automaton.make_automaton()
        ours = cpu(partial(scan_all, table, texts), len(ads))
        theirs = cpu(partial(iterate_all, automaton, folded), len(ads), repeats=3)
        print(
            f"  matching, {len(table.words):6} words        {ours:6.1f}   (folding, matching, tokens)"
            f"   pyahocorasick, matching alone {theirs:6.1f}"
        )


def vet_all(by: Vetter, batches: list[list[Ad]]) -> None:
    for batch in batches:
        by.vet(batch)


def scan_all(table: Lexicon, texts: list[list[tuple[str, ...]]]) -> None:
    for batch in texts:
        table.scan(batch)


def iterate_all(automaton: Iterable[object], folded: list[str]) -> None:
    for text in folded:
        for _ in automaton.iter(text):  # type: ignore[attr-defined]
            pass


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--misses", action="store_true", help="name every ad that was read wrong")
    args = parser.parse_args()
    for name in ("labelled_dev.jsonl", "hard_dev.jsonl"):
        quality(name, misses=args.misses)
    rewritten()
    speed()


if __name__ == "__main__":
    main()

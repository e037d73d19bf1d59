"""Item leak: share of leaks found within 250 exposures at 1 % false alarms per 1,000 exposures.

    PYTHONPATH=src:. python bench/leak.py

60 items 2PL with known parameters, one item leaks to a share of the candidates (who then answer it right
with .95). Peer: the running mark rate with a binomial limit at the same false-alarm rate.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from chizheng.quality.core.surveillance.leak import cusum, limit_for, others_chance, steps


def main() -> None:
    rng = np.random.default_rng(11)
    items, runs = 60, 400
    for b in (-1.0, 0.0, 1.0):
        slope = rng.lognormal(0, 0.25, items)
        slope[0] = 1.0
        intercept = -slope * rng.normal(0, 1, items)
        intercept[0] = -b

        def draw(n: int, share: float, slope=slope, intercept=intercept):
            theta = rng.standard_normal(n)
            x = (rng.random((n, items)) < special.expit(slope * theta[:, None] + intercept)).astype(np.int8)
            knows = rng.random(n) < share
            x[knows, 0] = rng.random(knows.sum()) < 0.95
            return x

        sample = draw(20_000, 0.0)
        q = others_chance(sample, slope, intercept)[:, 0]
        limit = limit_for(q, 0.01, 1000, rng, draws=4000)
        base = sample[:, 0].mean()
        plain = np.quantile(
            [
                (
                    np.cumsum((rng.random(1000) < base) - base)
                    / np.sqrt(np.arange(1, 1001) * base * (1 - base))
                )[19:].max()
                for _ in range(2000)
            ],
            0.99,
        )
        for share in (0.0, 0.1, 0.2, 0.4, 0.8):
            length = 1000 if share == 0 else 250
            x = draw(length * runs, share)
            q_all = others_chance(x, slope, intercept)[:, 0].reshape(runs, length)
            right = (x[:, 0] == 1).reshape(runs, length)
            path = cusum(steps(right, q_all))
            hit = path >= limit
            caught = hit.any(axis=1)
            delay = np.median(hit.argmax(axis=1)[caught]) + 1 if caught.any() else np.nan
            z = np.cumsum(right - base, axis=1) / np.sqrt(np.arange(1, length + 1) * base * (1 - base))
            peer = (z[:, 19:].max(axis=1) > plain).mean()
            what = "false alarms per 1,000" if share == 0 else f"leak to {share:.0%}, within 250"
            print(
                f"b={b:+.0f} limit {limit:.2f}  {what:24} {caught.mean():.3f}"
                f"  median delay {delay:.0f}  plain rate {peer:.3f}"
            )


if __name__ == "__main__":
    main()

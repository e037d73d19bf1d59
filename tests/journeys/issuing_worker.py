"""A process that issues whatever is approved, as several do at once; started by the tests, often killed."""

from __future__ import annotations

import os
import random
import sys


def main(seed: int, of: int) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "chizheng.platform.settings"
    import django

    django.setup()
    if of:
        from chizheng.certificates.usecases.issue_many import share

        share(seed, of)
        return
    from chizheng.certificates.models import Batch
    from chizheng.certificates.usecases.issue_batch import issue_batch
    from chizheng.platform.clock import now

    batches = list(Batch.objects.exclude(state__in=["published", "held"]).order_by("pk"))
    random.Random(seed).shuffle(batches)
    for batch in batches:
        issue_batch(batch=batch, now=now())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

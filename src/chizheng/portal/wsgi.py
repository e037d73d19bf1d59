"""The WSGI door of the site: exact look-ups from the register snapshot, buckets as files, everything else from Django."""

from __future__ import annotations

import gc
import os
from typing import cast

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chizheng.platform.settings")

_site = get_wsgi_application()

from chizheng.certificates import keyring  # noqa: E402 - needs the apps
from chizheng.certificates.io.buckets_wsgi import BucketShim  # noqa: E402
from chizheng.certificates.io.bundle_file import BundleFile  # noqa: E402
from chizheng.certificates.io.register_wsgi import Application, RegisterShim  # noqa: E402
from chizheng.certificates.usecases.publish_register import buckets_folder, pointer_path, snapshot_path  # noqa: E402
from chizheng.certificates.usecases.publish_status import public_folder  # noqa: E402

application = RegisterShim(
    BucketShim(cast(Application, _site), buckets_folder()),
    snapshot_path(),
    status=BundleFile(
        public_folder() / "status.bundle", lambda: [keyring.public("status"), *keyring.former("status")]
    ),
    pointer=pointer_path(),
)


def served() -> Application:
    """The application for a process that does nothing but serve: what is loaded stays, and is not looked at again.

    Without this the collector goes through all of Django every few hundred requests; it costs the door a tenth.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    return application

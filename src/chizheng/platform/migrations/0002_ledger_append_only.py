"""The ledger and its seals are append-only for everybody, the owner of the tables included."""

from django.db import migrations

from chizheng.platform.append_only import FUNCTIONS, NO_FUNCTIONS, append_only


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        append_only("platform_ledgerentry"),
        append_only("platform_ledgerseal", filled_once=("log_ref",)),
    ]

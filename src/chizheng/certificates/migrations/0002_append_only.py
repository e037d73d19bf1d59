"""Events of certificates, commitments and movements of blanks are append-only for everybody, the owner of the tables
included.

Their place in the log is written once, after the append that it names: it may go from empty to a value.
"""

from django.db import migrations

from chizheng.platform.append_only import append_only

# random bytes do not compress, and whoever wants one word shall not read them all
WORDS_APART = "alter table certificates_envelope alter column words set storage external"


class Migration(migrations.Migration):
    dependencies = [("certificates", "0001_initial"), ("platform", "0002_ledger_append_only")]
    operations = [
        append_only("certificates_certificateevent", filled_once=("log_ref",)),
        append_only("certificates_commitment", filled_once=("log_year", "log_index")),
        append_only("certificates_blankmovement", "certificates_blankstep", "certificates_stocktake"),
        migrations.RunSQL(WORDS_APART, migrations.RunSQL.noop),
    ]

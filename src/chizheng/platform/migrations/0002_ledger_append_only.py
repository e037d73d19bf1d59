"""The ledger is append-only for everybody, the owner of the tables included."""

from django.db import migrations

FORWARD = """
create function platform_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is append-only' using errcode = 'integrity_constraint_violation';
end $$;
create trigger ledger_append_only before update or delete on platform_ledgerentry
    for each row execute function platform_refuse_change();
"""
BACKWARD = """
drop trigger ledger_append_only on platform_ledgerentry;
drop function platform_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

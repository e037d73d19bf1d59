"""Events of certificates and movements of blanks are append-only for everybody, the owner of the tables included.

An event's place in the log is written once, after the append that it names: it may go from empty to a value.
"""

from django.db import migrations

FORWARD = """
create function certificates_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create function certificates_event_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.log_ref = '' and new.log_ref <> ''
       and (to_jsonb(new) - 'log_ref') = (to_jsonb(old) - 'log_ref') then
        return new;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger certificate_event_append_only before update or delete on certificates_certificateevent
    for each row execute function certificates_event_change();
create trigger blank_movement_append_only before update or delete on certificates_blankmovement
    for each row execute function certificates_refuse_change();
create trigger blank_step_append_only before update or delete on certificates_blankstep
    for each row execute function certificates_refuse_change();
create trigger stock_take_append_only before update or delete on certificates_stocktake
    for each row execute function certificates_refuse_change();
-- random bytes do not compress, and whoever wants one word shall not read them all
alter table certificates_envelope alter column words set storage external;
"""
BACKWARD = """
drop trigger stock_take_append_only on certificates_stocktake;
drop trigger blank_step_append_only on certificates_blankstep;
drop trigger blank_movement_append_only on certificates_blankmovement;
drop trigger certificate_event_append_only on certificates_certificateevent;
drop function certificates_event_change();
drop function certificates_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("certificates", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

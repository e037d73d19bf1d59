"""The foreign keys of certificates to batch, registration and person, checked once for all rows of a statement.

PostgreSQL checks an ordinary foreign key row by row, which costs more than writing the row where ten
thousand arrive by one COPY. These triggers do the same as it does, for the set: what is referred to is locked
against deletion until the end of the transaction (`for key share`) and must be there; and who would delete it
waits for that lock, and then finds the certificate. The index look-ups are forced because the plan is kept for
the whole session, whatever the size of the first statement.
"""

from django.db import migrations

PARENTS = {
    "batch_id": "certificates_batch",
    "registration_id": "assessment_registration",
    "person_id": "people_person",
}
SETTINGS = "set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off"
CHECK = """
    if (select count(*) from (
            select from {table} parent where parent.id in (select {column} from fresh) for key share
        ) there) <> (select count(distinct {column}) from fresh) then
        raise exception '{column} of a certificate is in no row of {table}' using errcode = 'foreign_key_violation';
    end if;
"""
CHILD = f"""
create function certificates_certificate_parents() returns trigger language plpgsql {SETTINGS} as $$
begin
    {"".join(CHECK.format(column=column, table=table) for column, table in PARENTS.items())}
    return null;
end $$;
create trigger certificate_parents_of_new after insert on certificates_certificate
    referencing new table as fresh for each statement execute function certificates_certificate_parents();
create trigger certificate_parents_of_changed after update on certificates_certificate
    referencing new table as fresh for each statement execute function certificates_certificate_parents();
"""
PARENT = """
create function {table}_has_certificate() returns trigger language plpgsql as $$
begin
    if exists (select from certificates_certificate where {column} = old.id) then
        raise exception '% still has certificates', tg_table_name using errcode = 'foreign_key_violation';
    end if;
    return null;
end $$;
create trigger certificate_keeps_deleted after delete on {table}
    for each row execute function {table}_has_certificate();
create trigger certificate_keeps_renumbered after update of id on {table}
    for each row when (old.id <> new.id) execute function {table}_has_certificate();
"""
UNDO = """
drop trigger certificate_keeps_renumbered on {table};
drop trigger certificate_keeps_deleted on {table};
drop function {table}_has_certificate();
"""
FORWARD = CHILD + "".join(PARENT.format(column=column, table=table) for column, table in PARENTS.items())
BACKWARD = "".join(UNDO.format(table=table) for table in PARENTS.values()) + """
drop trigger certificate_parents_of_changed on certificates_certificate;
drop trigger certificate_parents_of_new on certificates_certificate;
drop function certificates_certificate_parents();
"""


class Migration(migrations.Migration):
    dependencies = [("certificates", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

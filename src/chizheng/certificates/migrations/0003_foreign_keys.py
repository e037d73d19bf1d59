"""The foreign keys of certificates to batch, registration and person, checked once for all rows of a statement.

PostgreSQL checks an ordinary foreign key row by row, which costs more than writing the row where ten
thousand arrive by one COPY. These triggers do the same as it does, for the set: what is referred to is locked
against deletion until the end of the transaction (`for key share`) and must be there; and who would delete it
waits for that lock, and then finds the certificate. The index look-ups are forced because the plan is kept for
the whole session, whatever the size of the first statement. TRUNCATE passes by triggers on rows, so the parents
have one of their own; it waits for every transaction that holds a lock of `for key share`. Programs that read
the schema find the references in the columns' comments.
"""

from django.db import migrations

from chizheng.platform.append_only import NEVER_EMPTIED

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
EMPTIED = """
create function certificates_refuse_emptying() returns trigger language plpgsql as $$
begin
    if exists (select from certificates_certificate) then
        raise exception '% still has certificates', tg_table_name using errcode = 'foreign_key_violation';
    end if;
    return null;
end $$;
comment on table certificates_certificate is
    'batch_id, registration_id and person_id are foreign keys held by triggers, a statement at a time';
""" + "".join(
    f"""
create trigger certificate{NEVER_EMPTIED} before truncate on {table}
    for each statement execute function certificates_refuse_emptying();
comment on column certificates_certificate.{column} is 'references {table} (id), held by triggers';
"""
    for column, table in PARENTS.items()
)
NOT_EMPTIED = "".join(
    f"drop trigger certificate{NEVER_EMPTIED} on {table};"
    f"comment on column certificates_certificate.{column} is null;"
    for column, table in PARENTS.items()
) + """
comment on table certificates_certificate is null;
drop function certificates_refuse_emptying();
"""
UNDO = """
drop trigger certificate_keeps_renumbered on {table};
drop trigger certificate_keeps_deleted on {table};
drop function {table}_has_certificate();
"""
FORWARD = CHILD + "".join(PARENT.format(column=column, table=table) for column, table in PARENTS.items()) + EMPTIED
BACKWARD = NOT_EMPTIED + "".join(UNDO.format(table=table) for table in PARENTS.values()) + """
drop trigger certificate_parents_of_changed on certificates_certificate;
drop trigger certificate_parents_of_new on certificates_certificate;
drop function certificates_certificate_parents();
"""


class Migration(migrations.Migration):
    dependencies = [("certificates", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

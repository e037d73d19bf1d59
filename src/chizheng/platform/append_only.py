"""The one way to make a table append-only: for migrations.

    operations = [..., append_only("inspection_caseevent", "inspection_reply")]
    operations = [..., append_only("certificates_certificateevent", filled_once=("log_ref",))]

Rows may be added, and neither changed, nor deleted, nor emptied away with TRUNCATE, which passes by every
trigger on rows. Triggers bind the owner of the tables too; what they cannot bind is who may alter tables,
which is why the ledger is sealed besides (`platform.ledger_seal`).
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import migrations

NEVER_EMPTIED = "_never_emptied"
"""How the name of every trigger against TRUNCATE ends."""

FUNCTIONS = """
create function platform_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create function platform_fill_once() returns trigger language plpgsql as $$
declare
    was jsonb := to_jsonb(old);
    now jsonb := to_jsonb(new);
    name text;
begin
    foreach name in array tg_argv loop
        if coalesce(was ->> name, '') = '' then
            was := was - name;
            now := now - name;
        end if;
    end loop;
    if was = now then
        return new;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
"""
NO_FUNCTIONS = "drop function platform_fill_once(); drop function platform_refuse_change();"

_NO_DELETE = """
create trigger {name}_append_only before {what} on {table}
    for each row execute function platform_refuse_change();
create trigger {name}{emptied} before truncate on {table}
    for each statement execute function platform_refuse_change();
"""
_FILL_ONCE = """
create trigger {name}_filled_once before update on {table}
    for each row execute function platform_fill_once({columns});
"""


def append_only(*tables: str, filled_once: Sequence[str] = ()) -> migrations.RunSQL:
    """The operation that closes `tables`; columns of `filled_once` may go from empty to a value, once."""
    forward, backward = [], []
    for table in tables:
        name = table.partition("_")[2]
        what = "delete" if filled_once else "update or delete"
        forward.append(_NO_DELETE.format(name=name, table=table, what=what, emptied=NEVER_EMPTIED))
        backward += [f"drop trigger {name}{kind} on {table};" for kind in (NEVER_EMPTIED, "_append_only")]
        if filled_once:
            columns = ", ".join(f"'{column}'" for column in filled_once)
            forward.append(_FILL_ONCE.format(name=name, table=table, columns=columns))
            backward.append(f"drop trigger {name}_filled_once on {table};")
    return migrations.RunSQL("".join(forward), "".join(backward))

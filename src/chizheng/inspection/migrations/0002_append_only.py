"""What happened to a case is appended; its documents and its frozen evidence do not change."""

from django.db import migrations

FORWARD = """
create function inspection_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'what happened to a case is append-only' using errcode = 'integrity_constraint_violation';
end $$;
create trigger case_event_append_only before update or delete on inspection_caseevent
    for each row execute function inspection_refuse_change();
create trigger case_document_append_only before update or delete on inspection_casedocument
    for each row execute function inspection_refuse_change();
create trigger case_evidence_frozen before update on inspection_case
    for each row when (old.evidence is distinct from new.evidence
        or old.evidence_sha256 is distinct from new.evidence_sha256
        or old.employer_id is distinct from new.employer_id)
    execute function inspection_refuse_change();
"""
BACKWARD = """
drop trigger case_evidence_frozen on inspection_case;
drop trigger case_document_append_only on inspection_casedocument;
drop trigger case_event_append_only on inspection_caseevent;
drop function inspection_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("inspection", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

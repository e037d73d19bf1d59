import chizheng.platform.sealing
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import uuid
from django.conf import settings
from django.db import migrations, models

from chizheng.platform.append_only import append_only


FROZEN = """
create trigger planned_visit_frozen before update on inspection_plannedvisit
    for each row when ((old.rank, old.random, old.probability, old.low, old.high, old.workers, old.reasons,
        old.snapshot) is distinct from (new.rank, new.random, new.probability, new.low, new.high, new.workers,
        new.reasons, new.snapshot))
    execute function platform_refuse_change();
"""
FREE_AGAIN = "drop trigger planned_visit_frozen on inspection_plannedvisit;"
"""A score, once decided, does not change."""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('people', '0001_initial'),
        ('platform', '0002_ledger_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('title', models.CharField(max_length=80)),
                ('region', models.CharField(blank=True, max_length=6)),
                ('seed', models.CharField(max_length=60)),
                ('held_out', models.FloatField()),
                ('sent_on', models.DateField()),
                ('answer_by', models.DateField()),
                ('result', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('number', models.CharField(max_length=30, unique=True)),
                ('region', models.CharField(max_length=6)),
                ('violation', models.CharField(max_length=60)),
                ('facts', models.TextField()),
                ('act_start', models.DateField()),
                ('act_end', models.DateField(null=True)),
                ('found_on', models.DateField()),
                ('state', models.CharField(default='received', max_length=24)),
                ('remedy_state', models.CharField(default='open', max_length=24)),
                ('publication_state', models.CharField(default='unpublished', max_length=24)),
                ('outcome', models.CharField(blank=True, max_length=12)),
                ('hearing_offered', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='inspection_cases', to='people.organisation')),
                ('opened_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='CaseEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.CharField(blank=True, choices=[('case', 'Case'), ('remedy', 'Remedy'), ('publication', 'Publication'), ('', 'None')], max_length=12)),
                ('name', models.CharField(max_length=24)),
                ('on', models.DateField()),
                ('note', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='inspection.case')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Complaint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('code_digest', models.BinaryField(max_length=32, unique=True)),
                ('employer_name', models.CharField(max_length=120)),
                ('region', models.CharField(max_length=6)),
                ('occupation', models.CharField(blank=True, max_length=80)),
                ('text', chizheng.platform.sealing.SealedTextField()),
                ('anonymous', models.BooleanField()),
                ('refused_on', models.DateField(null=True)),
                ('sender_digest', models.BinaryField(max_length=32, null=True)),
                ('received_at', models.DateTimeField()),
                ('case', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='complaints', to='inspection.case')),
                ('employer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='complaints', to='people.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='CreditGrade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('year', models.SmallIntegerField()),
                ('grade', models.CharField(max_length=1)),
                ('reasons', models.JSONField(default=list)),
                ('citation', models.TextField()),
                ('given_on', models.DateField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_grades', to='people.organisation')),
                ('previous', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='next_grade', to='inspection.creditgrade')),
            ],
        ),
        migrations.CreateModel(
            name='Demand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('occupation', models.CharField(max_length=80)),
                ('region', models.CharField(max_length=6)),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('quote', models.CharField(max_length=300)),
                ('noted_at', models.DateTimeField()),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='demands', to='people.organisation')),
                ('noted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120)),
                ('snapshot', chizheng.platform.sealing.SealedTextField()),
                ('sha256', models.CharField(max_length=64)),
                ('stored_as', models.CharField(blank=True, max_length=80)),
                ('taken_at', models.DateTimeField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='inspection.case')),
                ('taken_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='FilingUpload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('file_name', models.CharField(max_length=200)),
                ('stored_as', models.CharField(max_length=80)),
                ('sha256', models.CharField(max_length=64)),
                ('unknown_columns', models.JSONField(default=list)),
                ('rows', models.PositiveIntegerField(default=0)),
                ('accepted', models.PositiveIntegerField(default=0)),
                ('unchanged', models.PositiveIntegerField(default=0)),
                ('faulty', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='filing_uploads', to='people.organisation')),
                ('work', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='filing_upload', to='platform.longwork')),
            ],
        ),
        migrations.CreateModel(
            name='FilingFault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row', models.PositiveIntegerField()),
                ('position', models.PositiveSmallIntegerField(null=True)),
                ('header', models.CharField(blank=True, max_length=60)),
                ('code', models.CharField(max_length=40)),
                ('params', models.JSONField(default=dict)),
                ('upload', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='faults', to='inspection.filingupload')),
            ],
            options={
                'ordering': ['row', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Filing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('document_kind', models.CharField(max_length=12)),
                ('number', chizheng.platform.sealing.SealedTextField()),
                ('number_digest', models.BinaryField(max_length=32)),
                ('tail', models.CharField(max_length=4)),
                ('name', models.CharField(max_length=60)),
                ('post', models.CharField(max_length=60)),
                ('occupation', models.CharField(max_length=80)),
                ('level', models.SmallIntegerField(null=True)),
                ('region', models.CharField(max_length=6)),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('demanded', models.BooleanField(default=False)),
                ('filed_at', models.DateTimeField()),
                ('superseded_at', models.DateTimeField(null=True)),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='filings', to='people.organisation')),
                ('filed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='filings', to='people.person')),
                ('previous', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='next_row', to='inspection.filing')),
                ('upload', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='filings', to='inspection.filingupload')),
            ],
        ),
        migrations.CreateModel(
            name='InspectorCard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('period', django.contrib.postgres.fields.ranges.DateRangeField()),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='inspector_cards', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='PlannedVisit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('rank', models.PositiveIntegerField()),
                ('random', models.BooleanField()),
                ('probability', models.FloatField()),
                ('low', models.FloatField()),
                ('high', models.FloatField()),
                ('workers', models.FloatField()),
                ('reasons', models.JSONField(default=list)),
                ('snapshot', models.JSONField(default=dict)),
                ('visited_on', models.DateField(null=True)),
                ('uncertified', models.PositiveIntegerField(null=True)),
                ('certified', models.PositiveIntegerField(null=True)),
                ('registered', models.PositiveIntegerField(null=True)),
                ('inspectors', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='planned_visits', to='people.organisation')),
            ],
        ),
        migrations.AddField(
            model_name='case',
            name='visit',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='case', to='inspection.plannedvisit'),
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sanction', models.CharField(max_length=60)),
                ('citation', models.TextField()),
                ('fine_fen', models.BigIntegerField(default=0)),
                ('persons', models.PositiveIntegerField(default=1)),
                ('person_days', models.PositiveIntegerField(default=1)),
                ('illegal_income_fen', models.BigIntegerField(default=0)),
                ('hearing', models.BooleanField()),
                ('decided', models.BooleanField(default=False)),
                ('on', models.DateField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='inspection.case')),
            ],
        ),
        migrations.CreateModel(
            name='Recipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('held_out', models.BooleanField()),
                ('filings', models.JSONField(default=list)),
                ('citations', models.JSONField(default=list)),
                ('read_at', models.DateTimeField(null=True)),
                ('change', models.CharField(blank=True, choices=[('corrected', '已全部改正'), ('partly', '部分改正'), ('unchanged', '没有改正')], max_length=10)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recipients', to='inspection.campaign')),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='people.organisation')),
            ],
        ),
        migrations.AddField(
            model_name='case',
            name='recipient',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='case', to='inspection.recipient'),
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('remedy', models.CharField(choices=[('upload', '已有纸质证书，上传核对'), ('train', '已安排培训和鉴定'), ('move', '已调离该岗位')], max_length=6)),
                ('on', models.DateField()),
                ('note', models.CharField(blank=True, max_length=200)),
                ('file_name', models.CharField(blank=True, max_length=200)),
                ('stored_as', models.CharField(blank=True, max_length=80)),
                ('certificate_number', models.CharField(blank=True, max_length=40)),
                ('level', models.SmallIntegerField(null=True)),
                ('issued_on', models.DateField(null=True)),
                ('at', models.DateTimeField()),
                ('genuine', models.BooleanField(null=True)),
                ('checked_at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('checked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('filing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='inspection.filing')),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='inspection.recipient')),
            ],
        ),
        migrations.CreateModel(
            name='Recusal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='recusals', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='RepairRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('text', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('granted', models.BooleanField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('grade', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='inspection.creditgrade')),
            ],
        ),
        migrations.CreateModel(
            name='Reply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('complaint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='inspection.complaint')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Reporter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('identity', chizheng.platform.sealing.SealedTextField()),
                ('complaint', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reporter', to='inspection.complaint')),
                ('keeper', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Screening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('from_date', models.DateField()),
                ('until_date', models.DateField()),
                ('place', models.CharField(blank=True, max_length=6)),
                ('filings', models.PositiveBigIntegerField(default=0)),
                ('changed', models.PositiveBigIntegerField(null=True)),
                ('found', models.PositiveBigIntegerField(default=0)),
                ('gated', models.JSONField(default=dict)),
                ('row_hash', models.CharField(blank=True, max_length=40)),
                ('sources', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('series', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='inspection.screening')),
                ('work', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='screening', to='platform.longwork')),
            ],
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('gate', models.BigIntegerField()),
                ('occupation', models.CharField(max_length=80)),
                ('region', models.CharField(max_length=6)),
                ('level', models.SmallIntegerField()),
                ('first_day', models.DateField()),
                ('end_day', models.DateField()),
                ('citation', models.TextField()),
                ('snapshot', models.JSONField(default=dict)),
                ('employer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='people.organisation')),
                ('filing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='inspection.filing')),
                ('ended', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inspection.screening')),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='inspection.screening')),
                ('since', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inspection.screening')),
            ],
        ),
        migrations.AddField(
            model_name='campaign',
            name='rematch',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inspection.screening'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='screening',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='campaigns', to='inspection.screening'),
        ),
        migrations.CreateModel(
            name='VisitPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('region', models.CharField(blank=True, max_length=6)),
                ('seed', models.CharField(max_length=60)),
                ('random_share', models.FloatField()),
                ('asked', models.PositiveIntegerField()),
                ('candidates', models.PositiveIntegerField()),
                ('learned', models.BooleanField()),
                ('card', models.CharField(max_length=16)),
                ('fingerprint', models.CharField(max_length=16)),
                ('shares', models.JSONField(default=list)),
                ('weights', models.JSONField(default=dict)),
                ('decided_at', models.DateTimeField()),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('screening', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='inspection.screening')),
            ],
        ),
        migrations.AddField(
            model_name='plannedvisit',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='visits', to='inspection.visitplan'),
        ),
        migrations.CreateModel(
            name='CaseOfficer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField()),
                ('until', models.DateField(null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='team', to='inspection.case')),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('until__isnull', True)), fields=('case', 'officer'), name='case_officer_once')],
            },
        ),
        migrations.CreateModel(
            name='CasePaper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(max_length=14)),
                ('serial', models.PositiveSmallIntegerField()),
                ('content', chizheng.platform.sealing.SealedTextField()),
                ('made_at', models.DateTimeField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='inspection.case')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('case', 'serial'), name='case_paper_serial')],
            },
        ),
        migrations.AddIndex(
            model_name='complaint',
            index=models.Index(fields=['sender_digest', 'received_at'], name='complaint_sender'),
        ),
        migrations.AddConstraint(
            model_name='complaint',
            constraint=models.CheckConstraint(condition=models.Q(('refused_on__isnull', True), ('case__isnull', True), _connector='OR'), name='complaint_refused_or_case'),
        ),
        migrations.AddConstraint(
            model_name='creditgrade',
            constraint=models.UniqueConstraint(condition=models.Q(('previous__isnull', True)), fields=('employer', 'year'), name='credit_grade_once'),
        ),
        migrations.AddConstraint(
            model_name='creditgrade',
            constraint=models.CheckConstraint(condition=models.Q(('grade__in', ['A', 'B', 'C'])), name='credit_grade_letter'),
        ),
        migrations.AddConstraint(
            model_name='demand',
            constraint=models.CheckConstraint(condition=models.Q(('region__regex', '^(\\d\\d){1,3}$')), name='demand_region'),
        ),
        migrations.AddConstraint(
            model_name='demand',
            constraint=models.CheckConstraint(condition=models.Q(('period__isempty', False)), name='demand_some_day'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.UniqueConstraint(fields=('case', 'sha256'), name='evidence_once'),
        ),
        migrations.AddConstraint(
            model_name='filingupload',
            constraint=models.UniqueConstraint(fields=('employer', 'sha256'), name='filing_upload_once'),
        ),
        migrations.AddConstraint(
            model_name='filingupload',
            constraint=models.CheckConstraint(condition=models.Q(('rows__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('accepted'), '+', models.F('unchanged')), '+', models.F('faulty')))), name='filing_upload_counts'),
        ),
        migrations.AddConstraint(
            model_name='filingfault',
            constraint=models.UniqueConstraint(fields=('upload', 'row', 'header', 'code'), name='filing_fault_once'),
        ),
        migrations.AddIndex(
            model_name='filing',
            index=models.Index(condition=models.Q(('superseded_at__isnull', True)), fields=['employer', 'occupation'], name='filing_employer'),
        ),
        migrations.AddIndex(
            model_name='filing',
            index=models.Index(condition=models.Q(('superseded_at__isnull', True)), fields=['region'], name='filing_place'),
        ),
        migrations.AddIndex(
            model_name='filing',
            index=models.Index(fields=['filed_at'], name='filing_filed_at'),
        ),
        migrations.AddConstraint(
            model_name='filing',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('superseded_at__isnull', True)), expressions=[('employer', '='), ('number_digest', '='), ('post', '='), ('period', '&&')], name='filing_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='filing',
            constraint=models.CheckConstraint(condition=models.Q(('region__regex', '^(\\d\\d){1,3}$')), name='filing_region'),
        ),
        migrations.AddConstraint(
            model_name='filing',
            constraint=models.CheckConstraint(condition=models.Q(('level__isnull', True), ('level__range', (1, 5)), _connector='OR'), name='filing_level'),
        ),
        migrations.AddConstraint(
            model_name='filing',
            constraint=models.CheckConstraint(condition=models.Q(('period__isempty', False)), name='filing_some_day'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('fine_fen__gte', 0)), name='proposal_fine'),
        ),
        migrations.AddConstraint(
            model_name='recipient',
            constraint=models.UniqueConstraint(fields=('campaign', 'employer'), name='recipient_once'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['region', 'state'], name='case_desk'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('region__regex', '^(\\d\\d){1,3}$')), name='case_region'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('act_end__isnull', True), ('act_end__gte', models.F('act_start')), _connector='OR'), name='case_act_days'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.UniqueConstraint(fields=('recipient', 'filing', 'remedy'), name='answer_once'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('remedy', 'upload'), _negated=True), models.Q(models.Q(('certificate_number', ''), _negated=True), ('issued_on__isnull', False)), _connector='OR'), name='answer_certificate'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(('level__isnull', True), ('level__range', (1, 5)), _connector='OR'), name='answer_level'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(('genuine__isnull', True), models.Q(('remedy', 'upload'), ('checked_at__isnull', False)), _connector='OR'), name='answer_checked'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(('checked_by__isnull', True), ('by__isnull', True), models.Q(('checked_by', models.F('by')), _negated=True), _connector='OR'), name='answer_two_people'),
        ),
        migrations.AddConstraint(
            model_name='recusal',
            constraint=models.UniqueConstraint(fields=('officer', 'employer'), name='recusal_once'),
        ),
        migrations.AddConstraint(
            model_name='repairrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('decided_at__isnull', True)), fields=('grade',), name='repair_one_open'),
        ),
        migrations.AddConstraint(
            model_name='repairrequest',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('asked_by')), _negated=True), _connector='OR'), name='repair_two_people'),
        ),
        migrations.AddConstraint(
            model_name='screening',
            constraint=models.CheckConstraint(condition=models.Q(('until_date__gt', models.F('from_date'))), name='screening_period'),
        ),
        migrations.AddConstraint(
            model_name='screening',
            constraint=models.CheckConstraint(condition=models.Q(('place__regex', '^(\\d\\d){0,3}$')), name='screening_place'),
        ),
        migrations.AddIndex(
            model_name='finding',
            index=models.Index(fields=['series', 'region', 'occupation'], name='finding_picture'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.UniqueConstraint(fields=('since', 'filing', 'gate', 'first_day'), name='finding_once'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.CheckConstraint(condition=models.Q(('end_day__gt', models.F('first_day'))), name='finding_period'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.UniqueConstraint(fields=('screening', 'region', 'seed'), name='campaign_once'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('held_out__gt', 0), ('held_out__lt', 1)), name='campaign_held_out'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('answer_by__gt', models.F('sent_on'))), name='campaign_days'),
        ),
        migrations.AddConstraint(
            model_name='visitplan',
            constraint=models.UniqueConstraint(fields=('screening', 'region', 'seed'), name='visit_plan_once'),
        ),
        migrations.AddConstraint(
            model_name='plannedvisit',
            constraint=models.UniqueConstraint(fields=('plan', 'employer'), name='planned_visit_once'),
        ),
        migrations.AddConstraint(
            model_name='plannedvisit',
            constraint=models.CheckConstraint(condition=models.Q(('visited_on__isnull', True), models.Q(('certified__isnull', False), ('registered__lte', models.F('certified')), ('uncertified__isnull', False)), _connector='OR'), name='planned_visit_result'),
        ),
        # what happened to a case, its evidence, papers and grades
        append_only(
            "inspection_caseevent", "inspection_evidence", "inspection_casepaper", "inspection_reply",
            "inspection_creditgrade",
        ),
        migrations.RunSQL(FROZEN, FREE_AGAIN),
    ]

"""Sales without a customer, claimed by their receipt."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies: ClassVar = [
        ('accounts', '0008_vat_number'),
        ('ledger', '0012_contests'),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name='UnclaimedOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=20, verbose_name='source')),
                ('external_id', models.CharField(max_length=64, verbose_name='order number')),
                ('channel', models.CharField(default='store', max_length=20, verbose_name='channel')),
                ('occurred_at', models.DateTimeField(verbose_name='time')),
                ('recorded_at', models.DateTimeField(verbose_name='recorded')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('total_minor', models.BigIntegerField(verbose_name='total')),
                ('lines', models.JSONField(verbose_name='lines')),
                ('body_sha256', models.CharField(editable=False, max_length=64)),
                ('actor', models.CharField(max_length=60, verbose_name='actor')),
                ('claimed_at', models.DateTimeField(null=True, verbose_name='claimed')),
                ('paper_sha256', models.CharField(default='', editable=False, max_length=64)),
                ('cancelled_at', models.DateTimeField(null=True, verbose_name='cancelled')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.branch', verbose_name='branch')),
                ('member', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.member', verbose_name='claimed by')),
                ('merchant', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.merchant', verbose_name='merchant')),
            ],
            options={
                'verbose_name': 'sale without a customer',
                'verbose_name_plural': 'sales without a customer',
                'indexes': [models.Index(condition=models.Q(('cancelled_at__isnull', True), ('member__isnull', True)), fields=['merchant', 'total_minor', 'occurred_at'], name='unclaimed_orders_open')],
                'constraints': [models.UniqueConstraint(fields=('merchant', 'source', 'external_id'), name='one_unclaimed_order_per_number'), models.UniqueConstraint(condition=models.Q(('paper_sha256', ''), _negated=True), fields=('merchant', 'paper_sha256'), name='one_claim_per_receipt'), models.CheckConstraint(condition=models.Q(('total_minor__gt', 0)), name='unclaimed_total_positive')],
            },
        ),
    ]

"""Registers the admin pages that compose floors, and those of packages, under the theme."""

from django.contrib import admin
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from accounts.models import Member
from accounts.operator_admin import OperatorAdmin
from loyalty_site.backoffice.members import MemberAdmin
from loyalty_site.backoffice.schedules import TaskAdmin

admin.site.register(Member, MemberAdmin)

for table in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(table)
admin.site.register(PeriodicTask, TaskAdmin)
admin.site.register([CrontabSchedule, IntervalSchedule, ClockedSchedule, SolarSchedule], OperatorAdmin)

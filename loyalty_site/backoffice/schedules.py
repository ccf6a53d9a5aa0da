"""django-celery-beat's pages under the theme, for operators alone."""

from typing import Any

from django_celery_beat.admin import PeriodicTaskAdmin, PeriodicTaskForm, TaskSelectWidget
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.operator_admin import OperatorAdmin


class TaskSelect(UnfoldAdminSelectWidget, TaskSelectWidget):
    """The list of registered tasks, dressed."""


class TaskForm(PeriodicTaskForm):
    """A scheduled task."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = TaskSelect()


class TaskAdmin(OperatorAdmin, PeriodicTaskAdmin):
    """What beat fires, and when."""

    form = TaskForm
    change_form_template = "admin/change_form.html"  # the package's own carries an inline script
    change_list_template = "admin/change_list.html"
    list_display = ("name", "enabled", "scheduler", "last_run_at")
    list_filter = ("enabled",)

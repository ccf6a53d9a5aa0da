"""The Celery application.

Rows hold the work, never broker messages: a lost message costs time, not work. A task is
therefore small, idempotent and told only ids.
"""

import os
import warnings
from typing import Any

import structlog
from celery import Celery, Task
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings")


class RecordedTask(Task):  # type: ignore[type-arg]
    """Every task: it closes the occurrence that scheduled it (see `loyalty_site.occurrences`)."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run under the task's id, so that every line it logs carries it."""
        with structlog.contextvars.bound_contextvars(task_id=self.request.id, task=self.name):
            return super().__call__(*args, **kwargs)

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:
        """Record that the scheduled work is done, so that nothing enqueues it again."""
        occurrence_id = (self.request.headers or {}).get("occurrence_id")
        if occurrence_id is not None:
            from django.utils import timezone

            from loyalty_site.occurrences import finish

            finish(occurrence_id=int(occurrence_id), now=timezone.now())


# Celery warns a root user because of pickled messages; ours are JSON only.
warnings.filterwarnings("ignore", message="You're running the worker with superuser")

app = Celery("walaa", task_cls=RecordedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_kwargs: Any) -> None:
    """Answer Celery's question who sets up logging: the settings did."""

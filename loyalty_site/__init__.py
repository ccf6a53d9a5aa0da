"""The top floor: how people and machines reach Walaa, and how its processes are run."""

from loyalty_site.celery import app as celery_app

__all__ = ["celery_app"]

"""The admin as a Django app, with our site as the default one."""

from django.contrib.admin.apps import AdminConfig


class BackOfficeConfig(AdminConfig):
    """Registers every app's `admin.py` on our own site."""

    default_site = "loyalty_site.backoffice.site.BackOfficeSite"

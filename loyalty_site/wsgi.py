"""The door for web servers that speak WSGI (gunicorn in `manage.py up`)."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings")

application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # brings in every view
gc.freeze()  # what was loaded stays: no collection walks through it while somebody waits for an answer

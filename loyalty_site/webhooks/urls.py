"""Where others tell us what happened: an address for each source and merchant."""

from django.urls import path

from loyalty_site.webhooks import moyasar

urlpatterns = [path("moyasar/<slug:slug>/", moyasar.receive, name="webhook-moyasar")]

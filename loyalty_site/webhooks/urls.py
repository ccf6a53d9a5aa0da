"""Where others tell us what happened: an address for each source and merchant."""

from django.urls import path

from loyalty_site.webhooks import moyasar, shops

urlpatterns = [
    path("moyasar/<slug:slug>/", moyasar.receive, name="webhook-moyasar"),
    path("<slug:source>/<slug:slug>/", shops.receive, name="webhook-shop"),
    path("<slug:source>/<slug:slug>/<str:token>/", shops.receive, name="webhook-shop-secret"),
]

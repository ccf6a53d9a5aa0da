"""Which room answers which address."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from loyalty_site.health import books, live, metrics, ready
from loyalty_site.pictures import picture

urlpatterns: list[URLPattern | URLResolver] = [
    path("ops/live", live, name="live"),
    path("ops/ready", ready, name="ready"),
    path("ops/books", books, name="books"),
    path("ops/metrics", metrics, name="metrics"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("till/", include("loyalty_site.till.urls")),
    path("api/", include("loyalty_site.api.urls")),
    path("pictures/<slug:name>.webp", picture, name="picture"),
    path("p/", include("loyalty_site.partner.urls")),
    path("webhooks/", include("loyalty_site.webhooks.urls")),
    path("w/", include("loyalty_site.widget.urls")),
    path("", include("loyalty_site.portal.urls")),
]

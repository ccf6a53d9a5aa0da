"""The addresses of an outside partner's page."""

from django.urls import path

from loyalty_site.partner import machine, views

app_name = "partner"

urlpatterns = [
    path("api/vouchers/<str:code>", machine.voucher, name="machine-voucher"),
    path("api/vouchers/<str:code>/use", machine.use, name="machine-use"),
    path("<str:link>/", views.door, name="door"),
    path("<str:link>/language/", views.language, name="language"),
    path("<str:link>/leave/", views.leave, name="leave"),
]

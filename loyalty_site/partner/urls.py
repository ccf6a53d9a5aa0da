"""The addresses of an outside partner's page."""

from django.urls import path

from loyalty_site.partner import views

app_name = "partner"

urlpatterns = [
    path("<str:link>/", views.door, name="door"),
    path("<str:link>/language/", views.language, name="language"),
    path("<str:link>/leave/", views.leave, name="leave"),
]

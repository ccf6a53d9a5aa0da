"""The address that a shop's pages ask."""

from django.urls import path

from loyalty_site.widget import views

urlpatterns = [path("<slug:slug>/earn.json", views.earn, name="widget-earn")]

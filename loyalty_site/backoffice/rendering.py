"""Our own pages inside the theme."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


def page(request: HttpRequest, template: str, title: Any, **context: Any) -> HttpResponse:
    """Render ``template`` with the sidebar and the header around it."""
    shown = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, template, shown)

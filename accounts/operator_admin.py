"""The base of admin classes for those who run the installation, whom no merchant's table concerns."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.reach import reach_of


class OperatorAdmin(ModelAdmin):
    """A page for those who run the installation; merchants do not see that it exists."""

    list_per_page = 50
    show_full_result_count = False
    list_fullwidth = True
    compressed_fields = True

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Operators only."""
        return reach_of(request).is_operator

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Operators only."""
        return reach_of(request).is_operator

    has_change_permission = has_add_permission = has_delete_permission = has_view_permission

"""What the pages of the books share: everybody with the right may read, nobody may edit."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.cells import (
    lines_cell,
    member_cell,
)
from accounts.models import Member
from accounts.reach import reach_of
from accounts.searching import rows_of_people
from accounts.tenant_admin import FactAdmin, TenantTabularInline
from programs.sentences import sentences


class ReadOnlyInline(TenantTabularInline):
    """Rows below a fact."""

    room = "facts"
    can_delete = False
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    has_change_permission = has_delete_permission = has_add_permission


class BookAdmin(FactAdmin):
    """What the pages of the books share: a member, a search by person or code, the newest first."""

    code_field = ""
    list_filter_submit = True
    search_help_text = _("A phone in any spelling, a name, or a number")

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Show the search box; the searching itself is ``get_search_results``."""
        return ("member__phone",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by the row's own code, or by person."""
        if not search_term:
            return queryset, False
        people = reach_of(request).limit(Member.objects.all(), room="facts")
        return rows_of_people(queryset, people, search_term, self.code_field), False

    @display(description=_("member"))
    def who(self, row: Any) -> str:
        """The member, leading to their page."""
        return member_cell(row.member)

    @display(description=_("reasons"))
    def why(self, row: Any) -> str:
        """Every stored reason as a sentence."""
        return lines_cell(sentences(row.reasons, get_language() or "ar"))

"""What the programme promises, drafted from the version in force: open to everybody."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from loyalty_site.portal.visits import Visit, open_to_all, show
from programs.queries import terms_of, version_at
from programs.sentences import promises


@require_safe
@open_to_all
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say how points are earned, what they are worth, how long they live, and what the tiers give."""
    version = version_at(visit.merchant, visit.now)
    if version is None:
        return show(request, visit, "terms", version=None)
    terms = terms_of(version)
    return show(
        request,
        visit,
        "terms",
        version=version,
        terms=terms,
        promises=promises(terms, get_language() or "ar"),
        tiers=version.tiers.order_by("threshold_minor"),
        rewards=version.rewards.filter(is_active=True),
    )

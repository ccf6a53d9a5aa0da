"""What the programme promises, drafted from the version in force: open to everybody."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from loyalty_site.portal.tiers import tiers_told
from loyalty_site.portal.visits import Visit, open_to_all, show
from programs.queries import terms_of, version_at
from programs.sentences import promises
from programs.tier_wording import counts_text


@require_safe
@open_to_all
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Say how points are earned, what they are worth, how long they live, and what the tiers give."""
    version = version_at(visit.merchant, visit.now)
    if version is None:
        return show(request, visit, "terms", version=None)
    terms, language = terms_of(version), get_language() or "ar"
    return show(
        request,
        visit,
        "terms",
        version=version,
        terms=terms,
        promises=promises(terms, language),
        tiers=tiers_told(terms, language),
        counts=counts_text(terms, language),
        rewards=version.rewards.filter(is_active=True),
    )

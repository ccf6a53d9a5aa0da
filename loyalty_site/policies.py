"""Content security policies: strict everywhere, one wider policy for the back office alone."""

from functools import lru_cache
from typing import Any, Final

from csp.constants import HEADER, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

ADMIN: Final = "/admin/"
DIRECTIVES: dict[str, list[str]] = {
    "default-src": [SELF],
    "img-src": [SELF, "data:"],
    "object-src": [NONE],
    "base-uri": [SELF],
    "form-action": [SELF],
    "frame-ancestors": [NONE],
}
STRICT_POLICY: dict[str, Any] = {"DIRECTIVES": DIRECTIVES}
# The admin theme evaluates its Alpine expressions and sets styles on elements.
ADMIN_POLICY: dict[str, Any] = {
    "DIRECTIVES": DIRECTIVES | {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
}


class ContentSecurityPolicy(CSPMiddleware):
    """Sends the strict policy, or the admin's under /admin/, unless a view set its own."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Send the policy; of most answers it is the same, and is put together once."""
        if any(name.startswith("_csp_") for name in (*vars(response), *vars(request))):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, _policy(is_admin=request.path.startswith(ADMIN)))
        return response

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Choose the policy by the path."""
        parts = super().get_policy_parts(request, response, report_only)
        if request.path.startswith(ADMIN) and not report_only and parts.config is None:
            parts.config = settings.CONTENT_SECURITY_POLICY_ADMIN["DIRECTIVES"]
        return parts


@lru_cache(maxsize=2)
def _policy(*, is_admin: bool) -> str:
    """A policy to which no view adds anything."""
    return str(build_policy(settings.CONTENT_SECURITY_POLICY_ADMIN["DIRECTIVES"] if is_admin else None))

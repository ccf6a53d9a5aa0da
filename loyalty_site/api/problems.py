"""Refusals as problem documents (RFC 9457): the one place where an error becomes an HTTP status.

    {"type": "urn:walaa:problem:not_enough_points", "title": "260 points are missing.", "status": 409,
     "code": "not_enough_points", "errors": [], "params": {"short": 260}}

`code` is stable; `title` is in the caller's language; `errors` names fields by JSON pointer.
"""

from collections.abc import Iterator
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response

from accounts import errors

log = structlog.get_logger("walaa.api")

CONTENT_TYPE = "application/problem+json"

# The first class that matches gives the status.
STATUSES: tuple[tuple[type[errors.WalaaError], int], ...] = (
    (errors.NotFound, status.HTTP_404_NOT_FOUND),
    (errors.Forbidden, status.HTTP_403_FORBIDDEN),
    (errors.Conflict, status.HTTP_409_CONFLICT),
    (errors.Invalid, status.HTTP_422_UNPROCESSABLE_ENTITY),
    (errors.TooMany, status.HTTP_429_TOO_MANY_REQUESTS),
    (errors.Undelivered, status.HTTP_503_SERVICE_UNAVAILABLE),
)
CODES = {
    "authentication_failed": "bad_key",
    "not_authenticated": "key_missing",
    "permission_denied": "forbidden",
}


class FieldError(serializers.Serializer[Any]):
    """One thing wrong with one field."""

    field = serializers.CharField(help_text="JSON pointer into the body, or the name of a parameter.")
    code = serializers.CharField()
    message = serializers.CharField(help_text="In the caller's language.")


class Problem(serializers.Serializer[Any]):
    """A refusal (RFC 9457)."""

    type = serializers.CharField(help_text="`urn:walaa:problem:` and the code.")
    title = serializers.CharField(help_text="What went wrong, in the caller's language.")
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable; decide by this.")
    errors = FieldError(many=True)  # type: ignore[assignment] # a field, whatever Serializer calls so
    params = serializers.DictField(required=False, help_text="The figures in the sentence.")


def problem(
    *, code: str, title: str, status_code: int, wrong: list[dict[str, str]] | None = None, params: Any = None
) -> Response:
    """Return a problem document."""
    told = {"type": f"urn:walaa:problem:{code}", "title": title, "status": status_code, "code": code}
    answer: dict[str, Any] = told | {"errors": wrong or []} | ({"params": params} if params else {})
    return Response(answer, status=status_code, content_type=CONTENT_TYPE)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception of ours, of DRF's or of Django's into a problem document; unknown ones are bugs."""
    if isinstance(error, errors.WalaaError):
        return _ours(error)
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    if isinstance(error, OperationalError):
        return _busy()
    return _of_http(_as_drf(error))


def document_of(error: Exception, *, below: str) -> dict[str, Any]:
    """Return the problem document of a part of a body; ``below`` is where in the body that part stands."""
    answer = handle(error, {})
    if answer is None:
        raise error
    wrong = [fault | {"field": below + fault["field"]} for fault in answer.data["errors"]]
    return dict(answer.data) | {"errors": wrong}


def broken(error: Exception, request: HttpRequest) -> Response:
    """Answer for a bug of ours: it is logged and reported as any other, and the caller still reads JSON."""
    got_request_exception.send(sender=None, request=request)
    log.error("internal error", exc_info=error)
    return problem(
        code="internal",
        title=_("Something broke on our side. Please try again."),
        status_code=status.HTTP_500_INTERNAL_SERVER_ERROR,
    )


def _ours(error: errors.WalaaError) -> Response:
    code = next(number for kind, number in STATUSES if isinstance(error, kind))
    wrong = []
    if error.field:
        wrong = [{"field": f"/{error.field}", "code": error.code, "message": str(error)}]
    answer = problem(code=error.code, title=str(error), status_code=code, wrong=wrong, params=error.params)
    if isinstance(error, errors.TooMany):
        answer["Retry-After"] = str(error.params.get("wait", 60))
    return answer


def _invalid(error: exceptions.ValidationError) -> Response:
    """List every field that is wrong; when there is one, its code and sentence are the problem's own."""
    wrong = list(_flat(error.detail, ""))
    code, title = "invalid", _("Something in the request cannot be used.")
    if len(wrong) == 1:
        code, title = wrong[0]["code"], wrong[0]["message"]
    return problem(code=code, title=title, status_code=status.HTTP_422_UNPROCESSABLE_ENTITY, wrong=wrong)


def _flat(detail: Any, path: str) -> Iterator[dict[str, str]]:
    """Walk nested details and name each by its JSON pointer."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from _flat(inner, path + step)
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            yield from _flat(inner, path if isinstance(inner, str) else f"{path}/{place}")
    else:
        said = {"field": path, "code": getattr(detail, "code", "invalid"), "message": str(detail)}
        yield {name: _sayable(text) for name, text in said.items()}


def _sayable(text: str) -> str:
    """Return a text that quotes what was sent without the halves of letters that no answer can carry."""
    return text.encode("utf-8", "replace").decode()


def _busy() -> Response:
    """Answer for a database that could not be had in time: the caller may try again."""
    answer = problem(
        code="busy",
        title=_("The system is busy. Please try again in a moment."),
        status_code=status.HTTP_503_SERVICE_UNAVAILABLE,
    )
    answer["Retry-After"] = "1"
    return answer


def _as_drf(error: Exception) -> exceptions.APIException | None:
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, RequestDataTooBig | SuspiciousOperation):
        return exceptions.ParseError()
    return None


def _of_http(error: exceptions.APIException | None) -> Response | None:
    if error is None:
        return None
    code = str(error.get_codes()) if isinstance(error.detail, str) else error.default_code
    answer = problem(code=CODES.get(code, code), title=_sentence(error), status_code=error.status_code)
    if challenge := getattr(error, "auth_header", None):
        answer["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        answer["Retry-After"] = str(int(wait))
    return answer


def _sentence(error: exceptions.APIException) -> str:
    """Return the sentence of our catalogue for the refusals that DRF words itself."""
    ours: dict[type[exceptions.APIException], str] = {
        exceptions.NotFound: _("We could not find that."),
        exceptions.PermissionDenied: _("You may not do that."),
        exceptions.MethodNotAllowed: _("This address does not know that method."),
        exceptions.UnsupportedMediaType: _("Send JSON, with “Content-Type: application/json”."),
        exceptions.Throttled: _("Too many calls. Please wait a little and try again."),
    }
    return ours.get(type(error), str(error.detail))

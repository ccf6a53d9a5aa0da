"""Structured logs: who asked (request, task, merchant ids), what happened, and never a personal value.

Fields pass an allow-list; texts written by libraries pass a mask, since a database's complaint about a
duplicate quotes the value. One line per request names the route, not the path: paths carry codes.
"""

import logging
import logging.config
import re
import time
import uuid
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponseBase

ALLOWED = frozenset(
    (
        *("event", "level", "logger", "timestamp", "exception", "version", "process", "pid", "exit_code"),
        *("request_id", "route", "method", "status", "ms", "task_id", "task", "occurrence_id", "attempts"),
        *("merchant_id", "member_id", "staff_id", "import_id", "model_id", "handler", "topic"),
        *("rows", "cutoff", "error_code"),
    )
)
MASKED = re.compile(
    r"[\w.+-]+@[\w-]+(\.[\w-]+)+"  # an e-mail address
    r"|(?<![\w.-])\+?\d([ -]?\d){8,14}(?![\w:-])"  # a phone number
    r"|(?<=: )/\S+"  # the address in Django's "Not Found: /m/oasis/code/…"; our own line names the route
    r"|(?<=\)=)\([^)]*\)"  # the value in PostgreSQL's "Key (phone)=(…) already exists"
)
Event = MutableMapping[str, Any]


def keep_allowed(_logger: Any, _method: str, event: Event) -> Event:
    """Drop every field that is not on the list."""
    return {key: value for key, value in event.items() if key in ALLOWED or key.startswith("_")}


def mask_personal(_logger: Any, _method: str, event: Event) -> Event:
    """Replace e-mail addresses, phone numbers and values quoted by the database in texts."""
    for key in ("event", "exception"):
        if isinstance(event.get(key), str):
            event[key] = MASKED.sub("…", event[key])
    return event


def configure(*, json: bool, level: str) -> None:
    """Send our own and all libraries' logs to standard error through one chain of processors."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.PositionalArgumentsFormatter(),
        keep_allowed,
        mask_personal,
    ]
    renderer = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    }
    quiet = {name: {"level": "WARNING"} for name in ("kombu", "axes", "celery", "httpx", "urllib3")}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"structured": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": quiet | {"django.server": {"level": "WARNING"}},
        }
    )


def start_sentry(*, dsn: str, environment: str) -> None:
    """Report errors to Sentry, where an address of it is given, without anything that identifies a person."""
    if not dsn:
        return
    import sentry_sdk

    sentry_sdk.init(dsn=dsn, environment=environment, send_default_pii=False, include_local_variables=False)


class RequestLog:
    """Middleware: gives every request an id, and writes one line when it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Keep the rest of the chain."""
        self.get_response = get_response
        self.log = structlog.get_logger("walaa.web")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request under its id, taken from a proxy's X-Request-ID when it is well formed."""
        given = request.headers.get("X-Request-ID", "")
        request_id = given if re.fullmatch(r"[\w-]{8,64}", given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        response = self.get_response(request)
        route = request.resolver_match.route if request.resolver_match else "-"
        elapsed = round((time.perf_counter() - started) * 1000)
        self.log.info("request", method=request.method, route=route, status=response.status_code, ms=elapsed)
        response["X-Request-ID"] = request_id
        return response

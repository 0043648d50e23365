"""Logs: one JSON object per line on standard error.

They identify records by their ids and never contain what people wrote.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

_LINK = re.compile(r"(/password/reset/)[^/\s]+")


def log_to_stderr() -> None:
    """Configure the logs of this process, and those of libraries from warnings upwards."""
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    shared += [without_words, without_links]
    renderer = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *shared, renderer],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=renderer))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    threading.excepthook = _log_end_of_thread


def _log_end_of_thread(arguments: threading.ExceptHookArgs) -> None:
    structlog.get_logger().error("thread.ended", exc_info=arguments.exc_value)


def without_words(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception's type and origin, without its message, which can contain what people wrote."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"], event["at"] = type(error).__name__, traceback.format_tb(error.__traceback__)
    return event


def without_links(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event without the keys of links that choose a password: Django logs the path of a page that failed."""
    event["event"] = _LINK.sub(r"\1…", str(event.get("event", "")))
    return event

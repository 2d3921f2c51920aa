"""The process's one HTTP client: what it trusts, how long it waits, and what it does not log."""

import logging
import ssl
from functools import cache

import httpx2
import structlog
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

log = structlog.get_logger(__name__)


def open_client(transport: httpx2.AsyncBaseTransport | None = None) -> httpx2.AsyncClient:
    """The process's one client. httpx2 would log addresses and stamina arguments: neither happens."""
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    set_on_retry_hooks([_log_retry])
    timeout = httpx2.Timeout(60, connect=5, pool=10)
    return httpx2.AsyncClient(timeout=timeout, transport=transport, verify=_trusted())


@cache
def _trusted() -> ssl.SSLContext:
    """The certificate authorities of the system, or of `SSL_CERT_FILE`: to read them takes long, so it is done once."""
    return httpx2.create_ssl_context()


def _log_retry(details: RetryDetails) -> None:
    log.info("platform.retry", attempt=details.retry_num, wait_seconds=details.wait_for, code=str(details.caused_by))

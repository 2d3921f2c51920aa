"""A platform made of one function, for what no sandbox needs to remember."""

from collections.abc import Callable, Iterator

import httpx2
import pytest
import stamina

from audience_sync.connectors.client import open_client
from audience_sync.connectors.http import Api
from audience_sync.connectors.meta import Meta
from audience_sync.connectors.wire import Limiter, Unlimited

Answerer = Callable[[httpx2.Request], httpx2.Response]
ApiMaker = Callable[..., Api]


@pytest.fixture
def api_of() -> ApiMaker:
    """Makes the way to a Meta that answers each request by the function given."""

    def make(answer: Answerer, *, limiter: Limiter | None = None) -> Api:
        return Api(
            client=open_client(httpx2.MockTransport(answer)),
            dialect=Meta(),
            base_url="https://graph.example/v26.0",
            login_url="https://www.example",
            version="v26.0",
            limiter=limiter or Unlimited(),
            token="EAAB_TOKEN",
            options={"customer_file_source": "USER_PROVIDED_ONLY", "requests_per_second": "5"},
        )

    return make


@pytest.fixture(autouse=True)
def no_waiting_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=4, cap=True):
        yield

"""The API keeps to its own OpenAPI document, whatever is sent to it."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import positive_data_acceptance

from audience_sync.api.application import create_api
from tests.api.serving import Served, served

schema = schemathesis.openapi.from_dict(create_api().openapi())
schema.config.phases.coverage.enabled = False

NOT_HERE = [
    # What fits the document may still be refused: a name that is taken, a segment that is not there.
    positive_data_acceptance,
]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("schema")) as running:
        yield running


def about_something(case: Case[Any], there: Served) -> None:
    """Ids of things that are there, so that a good request gets past "not found"; none is deleted, so all remain."""
    is_good = case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE
    if is_good and case.method != "DELETE":
        known = {name: there.ids[name] for name in case.path_parameters or {} if name in there.ids}
        case.path_parameters = {**(case.path_parameters or {}), **known}


@schema.parametrize()
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
def test_the_api_keeps_to_its_document(case: Case[Any], there: Served) -> None:
    about_something(case, there)
    answer = case.call(base_url=there.url, headers={"Authorization": f"Bearer {there.key}"})
    case.validate_response(answer, excluded_checks=NOT_HERE)
    assert answer.status_code < 500, answer.text

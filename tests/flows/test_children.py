"""A heavy job's process loads what its job needs; jobs, results and errors survive the way there and back."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field

import pytest

from audience_sync.flows.children.line import perform

HEAVY = ("pandas", "httpx2", "pydantic", "sqlglot", "sqlalchemy", "fastapi", "audience_sync.connectors.registry")


@dataclass(frozen=True, slots=True)
class Inner:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Job:
    numbers: tuple[int, ...]
    inner: Inner = field(default_factory=lambda: Inner(("a", "b")))


@pytest.mark.parametrize("child", ["reckoning", "exporting"])
def test_a_child_loads_nothing_heavy_that_its_jobs_do_not_need(child: str) -> None:
    asked = f"import sys, audience_sync.flows.children.{child}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", asked], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
    assert not set(HEAVY) & set(loaded)


def test_arrow_finds_no_pandas_where_it_is_not_wanted() -> None:
    asked = (
        "import sys, pyarrow; from audience_sync.flows.children.line import Absent; "
        "sys.meta_path.insert(0, Absent(('pandas',))); pyarrow.array([1]); print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], stdout=subprocess.PIPE, check=True, text=True)
    assert done.stdout.strip() == "False"


def test_a_job_arrives_as_it_was_sent() -> None:
    job = Job((1, 2), Inner(("x",)))
    sent = json.loads(json.dumps(asdict(job)))
    assert perform((Job, lambda arrived, _say: Inner((repr(arrived),))), sent, print) == {"names": (repr(job),)}

"""A fresh store for each test, and one that is filled once for tests that only read."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.buckets import Shared, serving, share
from tests.sources.ground import Store
from tests.sources.people import random_events, random_profiles


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


@pytest.fixture(scope="session")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Profiles and events of all sorts, values missing here and there; never changed by a test."""
    crowd = Store(tmp_path_factory.mktemp("crowd"))
    dice = random.Random(20261124)  # noqa: S311  # Nothing secret is drawn.
    profiles = random_profiles(dice, 60)
    events = random_events(dice, profiles, 300)
    crowd.give_objects("profiles", *profiles)
    crowd.give_objects("events", *events)
    (crowd.root / "profiles.json").write_text(json.dumps(profiles))
    (crowd.root / "events.json").write_text(json.dumps(events))
    return crowd


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """host:port of an S3 that keeps everything in memory."""
    with serving() as address:
        yield address


@pytest.fixture
def shared(tmp_path: Path, endpoint: str) -> Iterator[Shared]:
    shared = share(tmp_path, endpoint)
    yield shared
    shared.pointer.close()


@pytest.fixture(params=["folder", "bucket"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store that lives in its folder alone, and one that lives in a bucket."""
    if request.param == "folder":
        return Store(tmp_path)
    shared: Shared = request.getfixturevalue("shared")
    return shared.host()

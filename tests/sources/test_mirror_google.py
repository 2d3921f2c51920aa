"""The same hosts and the same claims, where the bucket is Google's: an emulator of it on loopback."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gcp_storage_emulator.server import create_server

from audience_sync.errors import SourceError
from audience_sync.sources.builtin.bucket import Bucket, open_bucket
from tests.buckets import Shared, share
from tests.sources.test_mirror import (  # noqa: F401  # They are run by being here, with the bucket of this module.
    test_a_bucket_of_another_installation_is_left_alone,
    test_a_bucket_out_of_reach_is_told_with_the_way_out,
    test_a_bucket_whose_database_was_lost_is_taken_up_again,
    test_a_damaged_object_is_refused,
    test_a_download_that_was_damaged_on_its_way_is_fetched_again,
    test_a_fresh_host_reads_everything,
    test_a_full_mirror_answers_while_the_bucket_is_out_of_reach,
    test_a_host_sees_what_another_wrote,
    test_a_list_that_was_removed_leaves_other_hosts_too,
    test_a_lost_mirror_is_made_again,
    test_a_store_that_was_in_its_folder_moves_into_the_bucket,
    test_a_writer_that_another_took_over_from_changes_nothing,
    test_a_writer_that_was_killed_does_not_hold_up_its_own_host,
    test_an_upload_that_breaks_off_changes_nothing,
    test_superseded_files_leave_the_bucket_after_the_grace_period,
    test_two_hosts_that_write_at_once_lose_nothing,
    test_what_was_stored_and_never_named_is_swept,
)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """host:port of a Google Cloud Storage that keeps everything in memory."""
    server: Any = create_server("127.0.0.1", 0, in_memory=True)
    server.start()
    # It says nowhere else which port it was given.
    yield "{}:{}".format(*server._api._httpd.server_address)
    server.stop()


@pytest.fixture
def shared(tmp_path: Path, endpoint: str) -> Iterator[Shared]:
    shared = share(tmp_path, endpoint, "gs")
    yield shared
    shared.pointer.close()


def test_a_bucket_that_is_not_there_is_told(shared: Shared) -> None:
    none = Bucket(shared.system, "no-such-bucket/one")
    for touch in (none.require, lambda: none.put_text("owner", "me")):
        with pytest.raises(SourceError, match="no-such-bucket") as told:
            touch()
        assert told.value.code == "BUCKET_UNREACHABLE"


def test_an_address_opens_it(shared: Shared) -> None:
    open_bucket(shared.address).put_text("owner", "me")
    assert shared.bucket.text("owner") == "me"

"""A bucket on loopback, and hosts that share the store in it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from moto.server import ThreadedMotoServer
from pyarrow.fs import FileSelector, FileSystem, FileType, GcsFileSystem, S3FileSystem

from audience_sync.sources.builtin.bucket import Bucket
from audience_sync.sources.builtin.lease import Lease
from audience_sync.sources.builtin.mirror import Mirror
from audience_sync.store.pointer import DatabasePointer, ProfilePointer
from tests.sources.ground import Store

KEY, SECRET = "AKIALOOPBACK", "loopback-secret"


@dataclass(frozen=True)
class Shared:
    """A bucket and a database. `endpoint` is host:port; `scheme` says whose kind of bucket it is: `s3` or `gs`."""

    root: Path
    endpoint: str
    name: str
    pointer: DatabasePointer
    scheme: str = "s3"

    @property
    def system(self) -> FileSystem:
        return SYSTEMS[self.scheme](self.endpoint)

    @property
    def away(self) -> Bucket:
        """The same bucket at an address where nobody listens."""
        return Bucket(SYSTEMS[self.scheme]("127.0.0.1:9"), self.bucket.prefix)

    @property
    def bucket(self) -> Bucket:
        return Bucket(self.system, f"{self.name}/stores/one")

    @property
    def address(self) -> str:
        own = {"s3": "region=us-east-1", "gs": "anonymous=true"}[self.scheme]
        return f"{self.scheme}://{self.name}/stores/one?endpoint_override={self.endpoint}&scheme=http&{own}"

    @property
    def database_url(self) -> str:
        return f"sqlite+aiosqlite:///{self.root / 'pointer.db'}"

    def host(self, name: str = "a", *, life_seconds: float = 30.0, bucket: Bucket | None = None) -> Store:
        """The store as that host sees it."""
        root = self.root / name
        root.mkdir(exist_ok=True)
        lease = Lease(self.pointer, life_seconds=life_seconds, look_seconds=0.02)
        return Store(root, Mirror(bucket or self.bucket, lease, sweep_seconds=0))

    def objects(self, under: str = "") -> dict[str, int]:
        """Name -> bytes of whatever the bucket holds."""
        found = self.system.get_file_info(FileSelector(f"{self.name}/stores", recursive=True, allow_not_found=True))
        names = {each.path.removeprefix(f"{self.name}/stores/one/"): each.size for each in found if _is_file(each)}
        return {name: size for name, size in names.items() if name.startswith(under)}


@contextmanager
def serving() -> Iterator[str]:
    """host:port of an S3 that keeps everything in memory; it says nothing of the requests."""
    log = logging.getLogger("werkzeug")
    level = log.level
    log.setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"{host}:{port}"
    server.stop()
    log.setLevel(level)


def share(root: Path, endpoint: str, scheme: str = "s3") -> Shared:
    """A new bucket with nothing in it, and a database that knows of nothing."""
    name = f"people-{uuid4().hex[:12]}"
    SYSTEMS[scheme](endpoint).create_dir(name)
    return Shared(root, endpoint, name, database_at(root, name, scheme), scheme)


def database_at(root: Path, name: str, scheme: str = "s3") -> DatabasePointer:
    """A new database's pointer into the bucket of that name."""
    url = f"sqlite+aiosqlite:///{root / 'pointer.db'}"
    engine = sa.create_engine(url.replace("+aiosqlite", ""))
    ProfilePointer.metadata.create_all(engine, tables=[ProfilePointer.metadata.tables[ProfilePointer.__tablename__]])
    engine.dispose()
    return DatabasePointer(url, f"{scheme}://{name}/stores/one")


def system_at(endpoint: str) -> S3FileSystem:
    return S3FileSystem(
        access_key=KEY,
        secret_key=SECRET,
        endpoint_override=endpoint,
        scheme="http",
        region="us-east-1",
        allow_bucket_creation=True,
    )


def google_at(endpoint: str) -> GcsFileSystem:
    return GcsFileSystem(
        anonymous=True,
        scheme="http",
        endpoint_override=endpoint,
        retry_time_limit=timedelta(seconds=1),
        project_id="loopback",
    )


SYSTEMS: dict[str, Callable[[str], FileSystem]] = {"s3": system_at, "gs": google_at}


def _is_file(found: object) -> bool:
    return getattr(found, "type", None) is FileType.File

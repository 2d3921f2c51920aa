"""A folder of immutable objects in a bucket, reached through pyarrow. What goes wrong is said without a key or a name.

Credentials are those of the process (AWS_ACCESS_KEY_ID …, a profile, Google's application default credentials, the
machine's role); the address has none.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pyarrow.fs import FileInfo, FileSelector, FileSystem, FileType, GcsFileSystem, S3FileSystem

from audience_sync.errors import SetupError, SourceError

BLOCK_BYTES = 8 * 1024 * 1024
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 60.0
GOOGLE_SECONDS = 20.0
"""How long Google's library tries again; unless it is told, a quarter of an hour."""
OPTIONS = {
    "s3": ("endpoint_override", "region", "scheme", "tls_ca_file_path", "force_virtual_addressing"),
    "gs": ("endpoint_override", "scheme", "anonymous"),
}
FLAGS = ("force_virtual_addressing", "anonymous")
GOOGLE = "google::cloud::Status("
"""How pyarrow begins what Google's library said; unlike what S3 said, it has the number of an error of the disk."""
HINT = (
    "Look whether the address in AUDIENCE_SYNC_PROFILES_BUCKET is right, whether it can be reached from here, and "
    "whether the credentials (AWS_*, or Google's) may read, write, list and delete there. Nothing was changed; try "
    "again then."
)


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as the bucket tells of it. `name` is relative to the prefix."""

    name: str
    size: int
    changed_at: datetime

    @property
    def changed_seconds(self) -> float:
        return self.changed_at.timestamp()


@dataclass(frozen=True, slots=True)
class Bucket:
    """Objects below a prefix. Whatever fails is a SourceError BUCKET_UNREACHABLE."""

    system: FileSystem
    prefix: str
    """`bucket/folder`, without slashes at the ends."""

    def put(self, file: Path, name: str) -> str:
        """The object is the file; its mark. The object is there when this returns, and only as a whole."""
        with self._reaching("store a file"), file.open("rb") as source:
            digest = sha256()
            with self.system.open_output_stream(self._path(name)) as target:
                while block := source.read(BLOCK_BYTES):
                    digest.update(block)
                    target.write(block)
        size = file.stat().st_size
        found = self.info(name)
        if found is None or found.size != size:
            raise SourceError("The bucket did not keep a file as it was sent.", HINT, code="BUCKET_UNREACHABLE")
        return f"{size} {digest.hexdigest()}"

    def get(self, name: str, file: Path) -> str:
        """The file is what the object is, and its mark; FileNotFoundError when there is no such object."""
        digest, size = sha256(), 0
        with (
            self._reaching("fetch a file", is_asked=True),
            file.open("wb") as target,
            self.system.open_input_stream(self._path(name)) as source,
        ):
            while block := source.read(BLOCK_BYTES):
                digest.update(block)
                size += target.write(block)
        return f"{size} {digest.hexdigest()}"

    def put_text(self, name: str, text: str) -> None:
        with self._reaching("store a file"), self.system.open_output_stream(self._path(name)) as target:
            target.write(text.encode())

    def text(self, name: str) -> str:
        """What the object says, `` when there is none."""
        try:
            with (
                self._reaching("read a file", is_asked=True),
                self.system.open_input_stream(self._path(name)) as source,
            ):
                return bytes(source.read()).decode()
        except FileNotFoundError:
            return ""

    def info(self, name: str) -> Stored | None:
        with self._reaching("look for a file"):
            found = self.system.get_file_info(self._path(name))
        return self._stored(found) if found.type is FileType.File else None

    def require(self) -> None:
        """There is such a bucket."""
        name = self.prefix.partition("/")[0]
        with self._reaching("be found"):
            found = self.system.get_file_info(name)
        if found.type is FileType.NotFound:
            raise unreachable(name, "be found", "")

    def all(self, folder: str) -> list[Stored]:
        """The objects directly below that folder."""
        with self._reaching("list its files"):
            found = self.system.get_file_info(FileSelector(self._path(folder), allow_not_found=True))
        return [self._stored(each) for each in found if each.type is FileType.File]

    def delete(self, name: str) -> None:
        """There is no such object."""
        try:
            with self._reaching("delete a file", is_asked=True):
                self.system.delete_file(self._path(name))
        except FileNotFoundError:
            return

    def _path(self, name: str) -> str:
        return f"{self.prefix}/{name}"

    def _stored(self, found: FileInfo) -> Stored:
        return Stored(found.path.removeprefix(f"{self.prefix}/"), found.size, found.mtime or datetime.now(UTC))

    @contextmanager
    def _reaching(self, what: str, *, is_asked: bool = False) -> Iterator[None]:
        """`is_asked`: FileNotFoundError is an answer."""
        try:
            yield
        except OSError as problem:
            is_here = problem.errno is not None and GOOGLE not in str(problem)
            if is_here or (is_asked and isinstance(problem, FileNotFoundError)):
                raise
            raise unreachable(self.prefix.partition("/")[0], what, str(problem)) from None


def unreachable(bucket: str, what: str, said: str) -> SourceError:
    """The bucket could not do that. Of what was said only the kind of fault is told, for the rest may name anything."""
    kind = re.search(r"(?:AWS Error |google::cloud::Status\()([A-Z_]+)", said)
    told = f" ({kind[1].lower().replace('_', ' ')})" if kind else ""
    return SourceError(f"The bucket {bucket} of the profiles could not {what}{told}.", HINT, code="BUCKET_UNREACHABLE")


def open_bucket(address: str) -> Bucket:
    """`s3://bucket/prefix?endpoint_override=…&region=…&scheme=http`, or `gs://…`; SetupError for any other form."""
    parts = urlsplit(address)
    options, known = dict(parse_qsl(parts.query)), OPTIONS.get(parts.scheme, ())
    unknown = sorted(set(options) - set(known)) if known else []
    if not known or not parts.netloc or "@" in parts.netloc or unknown:
        raise SetupError(
            "AUDIENCE_SYNC_PROFILES_BUCKET is no address of a bucket that can be used"
            + (f": it has {', '.join(unknown)}." if unknown else "."),
            f"Write s3://bucket/prefix or gs://bucket/prefix; after a ? may follow {', '.join(known or OPTIONS['s3'])}."
            " No credentials: those come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, from Google's application "
            "default credentials, or from the machine's role.",
        )
    given = {name: value == "true" if name in FLAGS else value for name, value in options.items()}
    system = _s3(given) if parts.scheme == "s3" else _google(given)
    return Bucket(system, f"{parts.netloc}{parts.path}".strip("/"))


def _s3(given: dict[str, Any]) -> FileSystem:
    # Opened late, what is small goes out in one request instead of three.
    late: dict[str, Any] = {"allow_delayed_open": True}
    return S3FileSystem(connect_timeout=CONNECT_SECONDS, request_timeout=ANSWER_SECONDS, **late, **given)


def _google(given: dict[str, Any]) -> FileSystem:
    return GcsFileSystem(retry_time_limit=timedelta(seconds=GOOGLE_SECONDS), **given)


def name_of(address: str) -> str:
    """The address without its options: the same bucket has the same name however it is reached."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")

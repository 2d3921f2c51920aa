"""A folder of immutable objects in a bucket, reached through pyarrow. What goes wrong is said without a key or a name.

Credentials are those of the process (AWS_ACCESS_KEY_ID …, a profile, the machine's role); the address has none.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pyarrow.fs import FileInfo, FileSelector, FileSystem, FileType, S3FileSystem

from audience_sync.errors import SetupError, SourceError

BLOCK_BYTES = 8 * 1024 * 1024
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 60.0
TEXTS = ("endpoint_override", "region", "scheme", "tls_ca_file_path")
FLAGS = ("force_virtual_addressing",)
HINT = (
    "Look whether the address in AUDIENCE_SYNC_PROFILES_BUCKET is right, whether it can be reached from here, and "
    "whether the AWS_* credentials may read, write, list and delete there. Nothing was changed; try again then."
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
            self._reaching("fetch a file"),
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
            with self._reaching("read a file"), self.system.open_input_stream(self._path(name)) as source:
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
            with self._reaching("delete a file"):
                self.system.delete_file(self._path(name))
        except FileNotFoundError:
            return

    def _path(self, name: str) -> str:
        return f"{self.prefix}/{name}"

    def _stored(self, found: FileInfo) -> Stored:
        return Stored(found.path.removeprefix(f"{self.prefix}/"), found.size, found.mtime or datetime.now(UTC))

    @contextmanager
    def _reaching(self, what: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as problem:
            if problem.errno is not None:
                raise  # It is about this host's disk.
            raise unreachable(self.prefix.partition("/")[0], what, str(problem)) from None


def unreachable(bucket: str, what: str, said: str) -> SourceError:
    """The bucket could not do that. Of what was said only the kind of fault is told, for the rest may name anything."""
    kind = re.search(r"AWS Error ([A-Z_]+)", said)
    told = f" ({kind[1].lower().replace('_', ' ')})" if kind else ""
    return SourceError(f"The bucket {bucket} of the profiles could not {what}{told}.", HINT, code="BUCKET_UNREACHABLE")


def open_bucket(address: str) -> Bucket:
    """`s3://bucket/prefix?endpoint_override=…&region=…&scheme=http`; SetupError for any other form."""
    parts = urlsplit(address)
    options = dict(parse_qsl(parts.query))
    unknown = sorted(set(options) - {*TEXTS, *FLAGS})
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or unknown:
        raise SetupError(
            "AUDIENCE_SYNC_PROFILES_BUCKET is no address of a bucket that can be used"
            + (f": it has {', '.join(unknown)}." if unknown else "."),
            f"Write s3://bucket/prefix; after a ? may follow {', '.join((*TEXTS, *FLAGS))}. No credentials: those come "
            "from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from the machine's role.",
        )
    given: dict[str, Any] = {name: value for name, value in options.items() if name in TEXTS}
    given |= {name: options.get(name) == "true" for name in FLAGS}
    # Opened late, what is small goes out in one request instead of three.
    given |= {"allow_delayed_open": True, "connect_timeout": CONNECT_SECONDS, "request_timeout": ANSWER_SECONDS}
    system = S3FileSystem(**given)
    return Bucket(system, f"{parts.netloc}{parts.path}".strip("/"))


def name_of(address: str) -> str:
    """The address without its options: the same bucket has the same name however it is reached."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")

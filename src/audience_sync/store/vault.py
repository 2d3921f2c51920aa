"""Secrets at rest: sealed for one column of one row, so that a ciphertext moved elsewhere does not open.

`v1.<key id>.<base64url of nonce and ciphertext>`: AES-256-GCM whose associated data is `table:row:column`.
"""

import base64
import binascii
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audience_sync.errors import SetupError
from audience_sync.settings import Settings

VERSION = "v1"
NONCE_BYTES = 12
KEY_BYTES = 32
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
SETTING = "AUDIENCE_SYNC_SECRET_KEYS"


@dataclass(frozen=True, slots=True, repr=False)
class Vault:
    """The key ring by key id. The first key seals; all open."""

    keys: Mapping[str, bytes]

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return next(iter(self.keys))

    def seal(self, text: str, *, table: str, row: str, column: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        place = f"{table}:{row}:{column}".encode()
        box = nonce + AESGCM(self.keys[self.current]).encrypt(nonce, text.encode(), place)
        return f"{VERSION}.{self.current}.{base64.urlsafe_b64encode(box).decode()}"

    def open(self, sealed: str, *, table: str, row: str, column: str) -> str:
        """The text, or SetupError when it was altered, sealed for another place, or its key is not in the ring."""
        what = f"The secret in {table}.{column} of {row}"
        key = self.keys.get(key_id_of(sealed))
        if key is None:
            raise SetupError(
                f"{what} was sealed with key {key_id_of(sealed) or '?'}, which is not in the ring.",
                f"Put that key back into {SETTING}, after the first.",
            )
        try:
            box = base64.urlsafe_b64decode(sealed.split(".")[2])
            place = f"{table}:{row}:{column}".encode()
            return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], place).decode()
        except (InvalidTag, ValueError, IndexError):
            raise SetupError(
                f"{what} does not open: it was altered, or it belongs to another row.",
                "Restore the row from a backup, or connect again.",
            ) from None

    def sign(self, text: str, *, purpose: str) -> str:
        """`<key id>.<HMAC of the text>`, good for that purpose only."""
        return f"{self.current}.{_mac(self.keys[self.current], text, purpose)}"

    def signed(self, text: str, signature: str, *, purpose: str) -> bool:
        """Whether a key of the ring signed that text for that purpose. How long that takes tells nothing."""
        key_id, _, mac = signature.partition(".")
        key = self.keys.get(key_id)
        return hmac.compare_digest(mac.encode(), _mac(key or bytes(KEY_BYTES), text, purpose).encode()) and bool(key)


def load_vault(settings: Settings) -> Vault:
    """The vault of the setting's key ring; without one, of the ring in `secret.key`, which is made if it is missing."""
    if settings.secret_keys.strip():
        return Vault(_ring(settings.secret_keys, SETTING))
    path = settings.data_dir / "secret.key"
    if not path.exists():
        _create(path)
    return Vault(_ring(path.read_text(), str(path)))


def generate_key() -> str:
    """A new entry of a key ring, `id:base64`."""
    return f"{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def key_id_of(sealed: str) -> str:
    """The id of the key that sealed it; empty for what is not a seal of ours."""
    version, _, rest = sealed.partition(".")
    return rest.partition(".")[0] if version == VERSION else ""


def _mac(key: bytes, text: str, purpose: str) -> str:
    """The HMAC by a key made of ours for the purpose, so that the key that seals signs nothing itself."""
    own = hmac.digest(key, f"sign:{purpose}".encode(), "sha256")
    return base64.urlsafe_b64encode(hmac.digest(own, text.encode(), "sha256")).decode().rstrip("=")


def _ring(text: str, place: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for number, entry in enumerate(re.split(r"[,\s]+", text.strip()), start=1):
        key_id, _, encoded = entry.partition(":")
        if not KEY_ID.fullmatch(key_id) or key_id in keys:
            raise SetupError(f"{place}: entry {number} has no id of its own.", "An entry is `id:base64 of 32 bytes`.")
        keys[key_id] = _key(encoded, f"{place}: key {key_id}")
    return keys


def _key(encoded: str, name: str) -> bytes:
    try:
        key = base64.b64decode(encoded.translate(str.maketrans("-_", "+/")), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise SetupError(
            f"{name} is not the base64 of {KEY_BYTES} bytes.", "`audience-sync secrets new-key` makes a key."
        )
    return key


def _create(path: Path) -> None:
    """A file that only we can read. It appears whole, and never over one that another process made meanwhile."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(generate_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()

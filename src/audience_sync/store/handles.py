"""Names that may be personal data, disguised: the same text has the same handle, and only the key ring reads it.

`<key id>.<base64url>`: AES-256-SIV, which needs no nonce, under keys of our own made for the purpose.
"""

import base64
import binascii
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from audience_sync.errors import NotFound
from audience_sync.store.vault import Vault

LONGEST = 4000


def handle_of(vault: Vault, text: str, *, purpose: str) -> str:
    """The handle by which the text may stand in an address."""
    box = _cipher(vault.keys[vault.current], purpose).encrypt(text.encode(), None)
    return f"{vault.current}.{base64.urlsafe_b64encode(box).decode().rstrip('=')}"


def text_of(vault: Vault, handle: str, *, purpose: str) -> str:
    """What the handle stands for; NotFound when it is none of ours for that purpose."""
    key_id, _, encoded = handle.partition(".")
    key = vault.keys.get(key_id)
    try:
        if key is None or len(handle) > LONGEST:
            raise ValueError
        box = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        return _cipher(key, purpose).decrypt(box, None).decode()
    except (InvalidTag, ValueError, binascii.Error):
        raise NotFound("There is no such profile.", "Search for it by one of its identifiers.") from None


def _cipher(key: bytes, purpose: str) -> AESSIV:
    return AESSIV(hmac.digest(key, f"handle:{purpose}".encode(), "sha512"))

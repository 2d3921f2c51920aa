"""How passwords are kept: as argon2id hashes, which take time and memory on purpose."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash

from audience_sync.errors import Invalid

SHORTEST = 12
LONGEST = 1024

_HASHING = PasswordHash.recommended()
_TWO_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
"""One hash takes 64 MiB and a core: many sign-ins at once wait for each other instead of starving the rest."""

T = TypeVar("T")


async def hash_password(password: str) -> str:
    """What is kept instead of the password; Invalid when it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"A password has {SHORTEST} to {LONGEST} characters.", code="PASSWORD_LENGTH")
    return await _aside(lambda: _HASHING.hash(_normal(password)))


async def verify_password(password: str, kept: str) -> tuple[bool, str | None]:
    """Whether it is the password, and what to keep from now on if the hash is of an older strength."""
    return await _aside(lambda: _HASHING.verify_and_update(_normal(password[:LONGEST]), kept))


def _normal(password: str) -> str:
    """One form whichever keyboard composed the accents."""
    return unicodedata.normalize("NFKC", password)


async def _aside(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_TWO_THREADS, work)

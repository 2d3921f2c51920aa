"""The web app's files: ours from `static/`, third parties' from `vendor/`, each under an address of its content."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from audience_sync.errors import SetupError

FOLDER = "/static"
TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"
"""An address changes with its content, so what is there never does."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its address, and its content as it is and compressed, by the name of the encoding."""

    url: str
    type: str
    content: dict[str, bytes]


@cache
def assets() -> dict[str, Asset]:
    """Every file by its name. SetupError when the third parties' files were never fetched."""
    package = files(__package__)
    if not package.joinpath("vendor", "manifest.json").is_file():
        raise SetupError("The files of the web app are missing.", "Fetch them once: make assets")
    found = [*package.joinpath("static").iterdir(), *package.joinpath("vendor").iterdir()]
    contents = {each.name: each.read_bytes() for each in found if each.is_file()}
    return {
        name: _asset(name, content, contents.get(f"{name}.br"))
        for name, content in contents.items()
        if name.rpartition(".")[2] in TYPES
    }


def url(name: str) -> str:
    """The address of a file, for templates."""
    return assets()[name].url


@cache
def icons() -> frozenset[str]:
    """The names of all icons there are."""
    return frozenset(re.findall(r'<symbol id="([^"]+)"', assets()["icons.svg"].content["identity"].decode()))


async def answer(request: Request) -> Response:
    """The file at this address, in the smallest form that the browser reads."""
    asset = _by_url().get(request.url.path)
    if asset is None:
        return Response(status_code=404)
    accepted = request.headers.get("accept-encoding", "")
    encoding = next((each for each in ("br", "gzip") if each in accepted and each in asset.content), "identity")
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    if encoding != "identity":
        headers["Content-Encoding"] = encoding
    return Response(asset.content[encoding], media_type=asset.type, headers=headers)


@cache
def _by_url() -> dict[str, Asset]:
    return {each.url: each for each in assets().values()}


def _asset(name: str, content: bytes, brotli: bytes | None) -> Asset:
    stem, _, kind = name.rpartition(".")
    forms = {"identity": content, "gzip": gzip.compress(content, mtime=0)}
    if brotli is not None:
        forms["br"] = brotli
    return Asset(f"{FOLDER}/{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{kind}", TYPES[kind], forms)

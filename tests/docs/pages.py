"""The pages that are read here, and what is found on them."""

import re
from pathlib import Path

from tools.docs.pages import DOCS, ROOT

PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")), *sorted(DOCS.rglob("*.md"))]

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def text(name: str) -> str:
    """A page by its path in docs/."""
    return (DOCS / name).read_text("utf-8")


def links(page: Path) -> list[str]:
    """Where the page leads to inside the project."""
    found = _LINK.findall(_prose(page))
    return [link for link in found if not link.startswith(("http://", "https://", "mailto:"))]


def anchors(page: Path) -> set[str]:
    """What a link to the page may name after `#`."""
    return {_anchor(heading) for heading in _HEADING.findall(_prose(page))}


def _prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text("utf-8"))


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")

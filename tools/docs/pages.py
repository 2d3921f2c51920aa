"""Which pages are generated, and which of them no longer say what the code says."""

from pathlib import Path

from audience_sync.connectors.registry import CONNECTORS
from tools.docs import cards, commands, failures, settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def pages() -> dict[Path, str]:
    """The text of each generated page by its path."""
    return {
        DOCS / "settings.md": settings.page(),
        DOCS / "commands.md": commands.page(),
        DOCS / "errors.md": failures.page(),
        **{DOCS / "platforms" / f"{name}.md": cards.page(each.card) for name, each in CONNECTORS.items()},
    }


def changed() -> dict[Path, str]:
    """Those of them that are missing or differ from the file."""
    return {path: text for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text}

"""Plays the person at the browser: reads the platform's consent page and submits its form."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

import httpx2


@dataclass
class Page(HTMLParser):
    """The page's words, line by line, and its form's hidden fields."""

    lines: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    _inside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("name"):
            self.fields[str(given["name"])] = given.get("value") or ""
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            continue

    def handle_data(self, data: str) -> None:
        tag = self._inside[-1] if self._inside else ""
        if data.strip() and tag in ("h1", "p", "li", "button"):
            self._read(tag, data.strip())

    def _read(self, tag: str, words: str) -> None:
        """Buttons stand side by side, anything else on a line of its own."""
        if tag == "button" and self.lines[-1:] and self.lines[-1].startswith("["):
            self.lines[-1] += f" [{words}]"
        else:
            self.lines.append({"li": f"• {words}", "button": f"[{words}]"}.get(tag, words))


async def consent(address: str) -> tuple[Page, dict[str, str]]:
    """The page at the address, and what comes back to the app once somebody has clicked Continue there."""
    async with httpx2.AsyncClient(follow_redirects=False) as browser:
        shown = await browser.get(address)
        shown.raise_for_status()
        page = Page()
        page.feed(shown.text)
        answer = await browser.post(address, data={**page.fields, "decision": "continue"})
    return page, dict(parse_qsl(urlsplit(answer.headers["location"]).query))

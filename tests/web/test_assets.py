"""Files are small, kept for ever, and complete."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from audience_sync.errors import SetupError
from audience_sync.web import assets
from tests.web.conftest import Site

FIRST_LOAD_BYTES = 120_000
SOURCE = Path(str(files("audience_sync.web")))
SHAPES = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)
ELSEWHERE = {"htmx-request"}


async def test_a_first_load_is_under_120_kb(site: Site) -> None:
    async with await site.browser("admin", **{"Accept-Encoding": "gzip, br"}) as browser:
        page = (await browser.get("/users")).text
        named = set(re.findall(r"/static/[\w.-]+", page))
        sizes = {url: int((await browser.get(url)).headers["content-length"]) for url in named}
    assert len(named) > 10
    assert len(page.encode()) + sum(sizes.values()) < FIRST_LOAD_BYTES, sizes


async def test_a_file_is_kept_for_ever_under_its_content(site: Site) -> None:
    async with await site.browser() as browser:
        answer = await browser.get(assets.url("look.css"))
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")


@pytest.mark.parametrize(("accepted", "sent"), [("gzip, br", "br"), ("gzip", "gzip"), ("", None)])
async def test_a_file_is_sent_in_the_smallest_form_that_is_read(site: Site, accepted: str, sent: str | None) -> None:
    async with await site.browser(**{"Accept-Encoding": accepted}) as browser:
        answer = await browser.head(assets.url("tabler.css"))
    assert answer.headers.get("content-encoding") == sent


async def test_an_address_of_older_content_is_gone(site: Site) -> None:
    async with await site.browser() as browser:
        assert (await browser.get("/static/look.000000000000.css")).status_code == 404


def test_missing_files_are_told_with_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "files", lambda _package: tmp_path)
    assets.assets.cache_clear()
    with pytest.raises(SetupError, match="make assets"):
        assets.assets()
    assets.assets.cache_clear()


@pytest.mark.parametrize("template", sorted(SOURCE.glob("templates/**/*.html")), ids=lambda path: path.name)
def test_every_class_of_a_template_has_a_rule(template: Path) -> None:
    css = "".join(each.content["identity"].decode() for name, each in assets.assets().items() if name.endswith(".css"))
    known = set(re.findall(r"\.([a-zA-Z][\w-]*)", css)) | ELSEWHERE
    named = re.findall(r'class="([^"]*)"', SHAPES.sub("\0", template.read_text("utf-8")))
    used = {word for text in named for word in text.split() if "\0" not in word}
    assert used - known == set()

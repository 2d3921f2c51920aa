"""The few pages that the API shows people, from templates of ours: no script, no stranger's file."""

import re
from importlib.resources import files

import jinja2
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

STYLE_PATH = "/docs/pages.css"
STYLE = (files(__package__) / "templates" / "pages.css").read_text(encoding="utf-8")

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader(__package__),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def marked(text: str) -> Markup:
    """The text as HTML, with what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704  # Escaped just before.


_TEMPLATES.filters["marked"] = marked


def page(template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """The template filled in."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(style=STYLE_PATH, **values), status)

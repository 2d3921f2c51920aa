"""From a template and values to a page."""

from collections.abc import Mapping
from functools import cache

import jinja2
from markupsafe import Markup

from audience_sync.sources.builtin.masking import masked_id
from audience_sync.web import assets, charts, states
from audience_sync.web.words import FILTERS


@cache
def icon(name: str, label: str = "", size: str = "") -> Markup:
    """An icon of the sprite. Without a label it is decoration; a name that there is none of is our mistake.

    A platform without a mark of its own has a plain one.
    """
    if name.startswith("platform-") and name not in assets.icons():
        name = "affiliate"
    if name not in assets.icons():
        raise LookupError(f"There is no icon {name!r}: add it to frontend/icons.txt and run `make assets`.")
    look = f"icon icon-{size}" if size else "icon"
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="{}" {}><use href="{}#{}"></use></svg>').format(look, said, assets.url("icons.svg"), name)


def environment() -> jinja2.Environment:
    """Ours: escapes everything, knows no undefined value, leaves no blank lines of its own."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS, masked_id=masked_id)
    made.globals.update(
        icon=icon,
        asset=assets.url,
        bar_width=charts.bar_width,
        stages=states.stages,
        run_states=states.RUNS,
        healths=states.HEALTHS,
        connection_states=states.CONNECTIONS,
        step_states=states.STEPS,
        operations=states.OPERATIONS,
        operation_kinds=states.KINDS,
        batch_states=states.BATCHES,
        triggers=states.TRIGGERS,
    )
    return made


_TEMPLATES = environment()


def render(template: str, values: Mapping[str, object]) -> str:
    """The template filled in."""
    return _TEMPLATES.get_template(template).render(values)

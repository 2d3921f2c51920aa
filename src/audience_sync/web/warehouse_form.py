"""The form of a warehouse: what was typed, the draft that it means, and what of it may be shown again."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from audience_sync.errors import AudienceSyncError, Invalid
from audience_sync.flows.warehousing.drafts import DEFAULT_GONE, DEFAULT_SECONDS, WarehouseDraft, statement_of
from audience_sync.flows.warehousing.showing import WarehouseView
from audience_sync.sources.warehouses.registry import KINDS, kind_of
from audience_sync.web.forms import Form, refused
from audience_sync.web.warehouse_columns import mapping_of, written
from audience_sync.web.warehouse_words import hides

FIELDS = {"NAME_TAKEN": "name", "NO_KIND": "kind"}
NUMBERS = ("seconds", "most_gone_percent", "interval_hours")
PLAIN = ("name", "kind", "sql", "table", "state", *NUMBERS)
"""Fields that are shown again as they were typed; an address only where nothing in it is secret."""


def opened() -> Form:
    """The form of a new warehouse, of the first kind there is."""
    numbers = {"seconds": f"{DEFAULT_SECONDS:g}", "most_gone_percent": DEFAULT_GONE, "interval_hours": 0}
    return Form({"kind": next(iter(KINDS)), **numbers})


def opened_for(warehouse: WarehouseView) -> Form:
    """The form of a warehouse that is kept; its address stays where it is."""
    kept = ("name", "kind", "sql", "state", "most_gone_percent", "interval_hours")
    values = {name: getattr(warehouse, name) for name in kept}
    values |= {"seconds": f"{warehouse.seconds:g}", "others": written(warehouse.mapping)}
    return Form(values)


def draft_of(texts: Mapping[str, str]) -> WarehouseDraft:
    """What was typed; Invalid with the field where it is no number or no mapping, and where its text is refused."""
    kind = texts.get("kind", "")
    if kind not in KINDS:
        raise Invalid("No kind is chosen.", "Choose one.", code="NO_KIND")
    wanted = _wanted(texts, kind)
    draft = WarehouseDraft(kind=kind, **wanted)
    with _at(f"address.{kind}"):
        kind_of(kind).shown(draft.address)
    with _at("sql"):
        statement_of(draft, kind_of(kind))
    return draft


def changes_of(texts: Mapping[str, str], kind: str) -> dict[str, Any]:
    """What is to be different of a kept warehouse; an address that is not typed stays."""
    wanted = _wanted(texts, kind)
    if not wanted["address"]:
        wanted["address"] = None
    else:
        with _at(f"address.{kind}"):
            kind_of(kind).shown(wanted["address"])
    with _at("sql"):
        sketch = WarehouseDraft(wanted["name"], kind, "", sql=wanted["sql"], table=wanted["table"])
        wanted["sql"] = statement_of(sketch, kind_of(kind))
    return {name: value for name, value in wanted.items() if name != "table"}


def shown_again(problem: AudienceSyncError | None, texts: Mapping[str, str]) -> Form:
    """What was typed but for secrets, with what is wrong where it belongs."""
    values: dict[str, object] = {name: texts[name] for name in PLAIN if name in texts}
    values |= {f"address.{name}": _harmless(name, texts.get(f"address.{name}", "")) for name in KINDS}
    try:
        values["others"] = written(mapping_of(texts))
    except Invalid:
        values["others"] = texts.get("others", "")
    return refused(problem, values, FIELDS) if problem else Form(values)


def _wanted(texts: Mapping[str, str], kind: str) -> dict[str, Any]:
    wanted: dict[str, Any] = {name: texts.get(name, "").strip() for name in ("name", "sql", "table", "state")}
    wanted |= {"address": texts.get(f"address.{kind}", "").strip(), "mapping": mapping_of(texts)}
    return wanted | {name: _number(texts, name) for name in NUMBERS}


def _number(texts: Mapping[str, str], name: str) -> float:
    text = texts.get(name, "").strip()
    try:
        return float(text) if name == "seconds" else int(text)
    except ValueError:
        raise Invalid("This is no number.", "Write digits.", details={"field": name}) from None


def _harmless(kind: str, address: str) -> str:
    """The address, unless something in it may be secret."""
    return "" if hides(KINDS[kind]) else address


@contextmanager
def _at(field: str) -> Iterator[None]:
    """What is refused inside is shown at that field."""
    try:
        yield
    except Invalid as problem:
        raise Invalid(problem.message, problem.hint, code=problem.code, details={"field": field}) from None

"""What a form holds: the values typed so far, and what is wrong with which of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Form as FormField

from audience_sync.errors import AudienceSyncError

CLEAN = r"^[^\x00]*$"
"""PostgreSQL keeps no text with a zero character."""
Text = Annotated[str, FormField(max_length=2000, pattern=CLEAN)]
Secret = Annotated[str, FormField(max_length=2000)]
Texts = Annotated[list[str], FormField()]
Tick = Annotated[bool, FormField()]


@dataclass(frozen=True, slots=True)
class Form:
    """`values` by field. `errors` by field, shown beside it; `problem` is what concerns the whole, or empty."""

    values: Mapping[str, object] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def is_refused(self) -> bool:
        return bool(self.errors or self.problem)

    def value(self, name: str) -> object:
        """What the field shows; empty if nothing was typed."""
        return self.values.get(name, "")

    def error(self, name: str) -> str:
        """What is wrong with the field; empty if nothing is."""
        return self.errors.get(name, "")


def refused(problem: AudienceSyncError, values: Mapping[str, object], fields: Mapping[str, str]) -> Form:
    """The form with what was typed and the refusal where it belongs. `fields`: error code -> name of the field."""
    said = str(problem)
    name = fields.get(problem.code) or problem.details.get("field")
    return Form(values, {str(name): said}) if name else Form(values, problem=said)

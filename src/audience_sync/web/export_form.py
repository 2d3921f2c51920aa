"""The form of an export: what was typed, and the options that it means."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from audience_sync.model.exports import SHA256, UNHASHED, ExportOptions, Template
from audience_sync.web.forms import CLEAN

Word = Annotated[str, Field(max_length=200, pattern=CLEAN)]
DATA = (
    ("traits", "Computed traits"),
    ("events", "Recent events (last 30 days)"),
    ("attributes", "Profile attributes"),
)
"""What of the profiles may be in the file beside their identifiers, in the words of the specification."""


class ExportForm(BaseModel):
    """The fields as they are named on the page. Untouched: what a form that was sent without them means."""

    model_config = ConfigDict(frozen=True)

    segment: Word = ""
    format: Word = "csv"
    identifiers: list[Word] = []
    data: list[Word] = []
    hash: bool = False
    rules: Word = SHA256
    template: Word = "none"
    compression: Word = "none"
    reason: Annotated[str, Field(max_length=2000, pattern=CLEAN)] = ""

    def options(self) -> ExportOptions:
        """The options, or Invalid. A template has one shape, so only its identifiers and hashing are taken."""
        if self.template == Template.NONE:
            shape: dict[str, Any] = {"format": self.format, "compression": self.compression}
            shape |= {name: name in self.data for name, _ in DATA}
            hashing = self.rules
        else:
            shape = {"format": "csv", "compression": "none", **{name: False for name, _ in DATA}}
            hashing = self.template
        chosen = {"identifiers": self.identifiers, "hashing": hashing if self.hash else UNHASHED}
        return ExportOptions.from_json({**shape, **chosen, "template": self.template})


OPENED = ExportForm(identifiers=["email", "phone"], data=["traits"], hash=True)
"""The form as the specification opens it."""

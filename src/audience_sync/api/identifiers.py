"""Identifiers: the rules by which they become keys, and values tried on the spot."""

from typing import Annotated

from pydantic import Field, model_validator

from audience_sync.api.access import Belt, Reader
from audience_sync.api.failures import problems
from audience_sync.api.nouns import Body, Name, router
from audience_sync.errors import NotFound
from audience_sync.flows import identifiers
from audience_sync.flows.identifiers import Attempt, PlatformRules
from audience_sync.model.identifiers import IdentifierKind

routes = router("Identifiers", "/identifiers")

MOST_VALUES = 100
Value = Annotated[str, Field(max_length=1000)]
SOME = {"email": [" Jane.Doe+News@GMail.com "], "phone": ["020 7946 0958"]}


class WantedAttempt(Body):
    """Values to be tried on a platform."""

    platform: Name = Field(examples=["meta"])
    """The platform's id."""
    values: dict[IdentifierKind, list[Value]] = Field(examples=[SOME])
    """Values by kind, at most 100 in all."""
    default_country: str = Field(default="", max_length=100, examples=["GB"])
    """The country of phones that carry none: a code of ISO 3166-1. Empty: none is assumed."""
    forms: dict[IdentifierKind, Name] = Field(default={})
    """Forms to try instead of this installation's, by kind, where the platform's rules offer some."""

    @model_validator(mode="after")
    def _few(self) -> "WantedAttempt":
        if sum(map(len, self.values.values())) > MOST_VALUES:
            raise ValueError(f"give at most {MOST_VALUES} values at once")
        return self


@routes.get("/rules", summary="List the rules of keys")
async def list_identifier_rules(app: Belt, actor: Reader) -> list[PlatformRules]:
    """Per platform and column: the rule in words, whether the key is hashed, and a made-up example."""
    return await identifiers.rules(app, actor)


# Not ONCE: what it answers holds the values, which are not to be kept, and asking twice is harmless.
@routes.post("/try", summary="Try identifiers", responses=problems(NotFound))
async def try_identifiers(app: Belt, actor: Reader, wanted: WantedAttempt) -> Attempt:
    """What each value becomes on the platform, step by step, or why it becomes no key. Nothing is kept or logged."""
    country, forms = wanted.default_country, wanted.forms
    return await identifiers.attempt(app, actor, wanted.platform, wanted.values, default_country=country, forms=forms)

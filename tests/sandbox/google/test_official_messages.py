"""The pretend Google's messages against those of Google's own client: the same fields, kinds and numbers."""

from collections.abc import Iterator

import pytest
from google.ads import datamanager_v1
from google.protobuf.descriptor import (  # type: ignore[import-untyped]  # protobuf ships no types.
    Descriptor,
    EnumDescriptor,
    FieldDescriptor,
)

from audience_sync.sandbox.google import messages
from audience_sync.sandbox.google.errors import WORDS
from audience_sync.sandbox.google.schema import Enum, Field, Many, Message, Scalar

OFFICIAL = {
    "IngestAudienceMembersRequest": messages.INGEST_REQUEST,
    "RemoveAudienceMembersRequest": messages.REMOVE_REQUEST,
    "RemoveAllAudienceMembersRequest": messages.REMOVE_ALL_REQUEST,
    "IngestAudienceMembersResponse": messages.ACCEPTED,
    "RetrieveRequestStatusResponse": messages.REQUEST_STATUSES,
    "ListUserListsResponse": messages.USER_LISTS,
}
REQUESTS = [name for name in OFFICIAL if name.endswith("Request")]
# What only data partners have.
LEFT_OUT = {"partner_audience_info", "sync_status"}
FRONT_END = {"CREDENTIALS_MISSING", "ACCESS_TOKEN_EXPIRED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "SERVICE_DISABLED"}
KINDS = {
    FieldDescriptor.TYPE_STRING: "TYPE_STRING",
    FieldDescriptor.TYPE_BOOL: "TYPE_BOOL",
    FieldDescriptor.TYPE_INT64: "TYPE_INT64",
    FieldDescriptor.TYPE_INT32: "TYPE_INT32",
}
Pair = tuple[Message, Descriptor]


def official(name: str) -> Descriptor:
    found: Descriptor = getattr(datamanager_v1, name).pb().DESCRIPTOR
    return found


def pairs(ours: Message, theirs: Descriptor) -> Iterator[Pair]:
    """The message and all messages within it, each with its official one."""
    yield ours, theirs
    for name, declared in ours.fields.items():
        kind = declared.of if isinstance(declared, Many) else declared
        if isinstance(kind, Message):
            yield from pairs(kind, theirs_of(theirs, name).message_type)


def theirs_of(message: Descriptor, name: str) -> FieldDescriptor:
    """The official field; their Python name of `type` has an underscore."""
    found: FieldDescriptor = message.fields_by_name.get(name) or message.fields_by_name[f"{name}_"]
    return found


def fits(ours: Field, theirs: FieldDescriptor) -> bool:
    if isinstance(ours, Many) != theirs.is_repeated:
        return False
    kind = ours.of if isinstance(ours, Many) else ours
    if isinstance(kind, Enum):
        return has_numbers(kind, theirs.enum_type)
    if isinstance(kind, Scalar):
        name = theirs.message_type.full_name if theirs.message_type else KINDS[theirs.type]
        return kind.name.removeprefix("type.googleapis.com/") == name
    return bool(theirs.message_type)


def has_numbers(ours: Enum, theirs: EnumDescriptor) -> bool:
    return all(theirs.values_by_number[number].name == name for number, name in ours.numbers.items())


@pytest.mark.parametrize("name", OFFICIAL)
def test_every_field_is_an_official_one_of_the_same_kind(name: str) -> None:
    for ours, theirs in pairs(OFFICIAL[name], official(name)):
        for field, declared in ours.fields.items():
            assert fits(declared, theirs_of(theirs, field)), f"{theirs.name}.{field}"


@pytest.mark.parametrize("name", [*REQUESTS, "ListUserListsResponse"])
def test_every_official_field_of_a_request_is_known(name: str) -> None:
    for ours, theirs in pairs(OFFICIAL[name], official(name)):
        assert {field.name for field in theirs.fields} - LEFT_OUT <= set(ours.fields), theirs.name


@pytest.mark.parametrize("name", REQUESTS)
def test_fields_that_exclude_each_other_are_the_official_ones(name: str) -> None:
    for ours, theirs in pairs(OFFICIAL[name], official(name)):
        groups = [group for group in theirs.oneofs if len(group.fields) > 1]
        assert set(ours.oneof) == {field.name for group in groups for field in group.fields}
        assert not groups or ours.oneof_name == groups[0].name


def test_every_reason_is_an_official_one() -> None:
    known = set(datamanager_v1.ErrorReason.__members__)
    assert WORDS.keys() - FRONT_END <= known

"""A profile is found whichever way its identifier is written, shown masked, and explained by its whereabouts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from audience_sync.errors import Forbidden, Invalid, NotFound
from audience_sync.flows import profiles
from audience_sync.flows.profile_views import ProfileView
from audience_sync.model.permissions import ROLES, Actor, ActorKind
from audience_sync.sources.builtin.imports import import_file
from audience_sync.store.people import AuditEntry
from tests.cast import ADMIN, MARKETER, OUTSIDER, VIEWER
from tests.world import EVERYONE, IN_SEGMENT, House, house

ANALYST = Actor(ActorKind.USER, "analyst", "Ann Analyst", ROLES["analyst"])
AD_ID = "6d92078a-8246-4ba4-ae5b-76104861e7dc"
ANN = {
    "id": "ann@example.com",
    "email": " Ann@Example.com",
    "phone": "+1 (201) 555-0123",
    "mobile_ad_id": AD_ID,
    "external_id": "crm-7",
    "first_name": "Annabel",
    "member": "yes",
    "note": "Annabel wants ann.other@example.org, call +1 201 555 0199",
    "consent:ads": "yes",
}
BEN = {"id": "b", "email": "ben@example.com", "phone": "+12015550124", "consent:ads": "no"}
WRITTEN = {
    "email": " ANN@example.COM ",
    "phone": "+1 201-555-0123",
    "mobile_ad_id": AD_ID.upper(),
    "external_id": " crm-7",
    "profile_id": "ann@example.com",
}
NO_IDENTIFIERS = {"email": "not-an-address", "phone": "12", "mobile_ad_id": "6d92", "colour": "blue-green"}
RAW = ("ann@", "Ann@", "5550123", "555-0123", "Annabel", "ann.other", "555 0199", AD_ID, "crm-7")


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as made:
        made.people([ANN, BEN])
        yield made


async def ann(home: House, actor: Actor = VIEWER) -> ProfileView:
    (found,) = await profiles.find(home.app, actor, "email", "ann@example.com")
    return await profiles.get(home.app, actor, found.id)


async def test_a_profile_is_found_however_its_identifier_is_written(home: House) -> None:
    for kind, value in WRITTEN.items():
        (found,) = await profiles.find(home.app, VIEWER, kind, value)
        assert found.profile_id == "a•••@e•••.com", kind


async def test_who_is_not_there_is_not_found(home: House) -> None:
    assert await profiles.find(home.app, VIEWER, "email", "nobody@example.com") == ()


async def test_what_is_no_identifier_is_refused_without_repeating_it(home: House) -> None:
    for kind, value in NO_IDENTIFIERS.items():
        with pytest.raises(Invalid) as refused:
            await profiles.find(home.app, VIEWER, kind, value)
        assert refused.value.code == "INVALID_IDENTIFIER"
        assert value not in str(refused.value)


async def test_the_handle_says_nothing_and_stays_the_same(home: House) -> None:
    first, again = (await ann(home)).id, (await ann(home)).id
    assert first == again
    assert "ann" not in first and "@" not in first


async def test_a_made_up_handle_finds_nobody(home: House) -> None:
    shown = (await ann(home)).id
    for handle in ("nothing", "a.b", f"{shown[:-3]}AAA", "ann@example.com"):
        with pytest.raises(NotFound):
            await profiles.get(home.app, VIEWER, handle)


async def test_nothing_that_is_shown_masked_names_the_person(home: House) -> None:
    shown = repr(await ann(home))
    assert [raw for raw in RAW if raw in shown] == []


async def test_what_is_not_personal_is_shown(home: House) -> None:
    shown = await ann(home)
    assert (shown.attributes["member"], shown.traits["purchases"]) == ("yes", 0)
    assert [(each.purpose, each.granted) for each in shown.consents] == [("ads", True)]


async def test_events_are_shown_newest_first(home: House, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("profile_id,event,time,amount\nb,login,2026-11-01,\nb,purchase,2026-11-02,12\n")
    import_file(home.app.settings.profiles_dir, "events", file)
    (found,) = await profiles.find(home.app, VIEWER, "profile_id", "b")
    shown = await profiles.get(home.app, VIEWER, found.id)
    assert [each.name for each in shown.events] == ["purchase", "login"]
    assert shown.events[0].properties == {"amount": "12"}


async def test_the_segments_that_contain_it_are_named(home: House) -> None:
    await home.segment(IN_SEGMENT, "Members")
    await home.segment({"type": "sql", "sql": "SELECT profile_id FROM profiles WHERE member = 'yes'"}, "By SQL")
    await home.segment({"type": "rules", "rules": {"not": IN_SEGMENT["rules"]}}, "Others")
    assert [each.name for each in (await ann(home)).segments] == ["By SQL", "Members"]


async def test_a_segment_that_cannot_be_told_says_why(home: House) -> None:
    await home.segment({"type": "rules", "rules": {"attribute": "gone", "op": "is", "value": "x"}}, "Broken")
    (shown,) = (await ann(home)).segments
    assert shown.name == "Broken" and "gone" in shown.problem


async def test_an_audience_that_holds_it_says_by_which_keys(home: House) -> None:
    await home.audience(await home.segment(EVERYONE), name="All")
    (awaited,) = (await ann(home)).audiences
    await home.work()
    (held,) = (await ann(home)).audiences
    assert (awaited.state, held.state) == ("awaited", "held")
    assert {"email", "phone"} <= set(held.kinds)


async def test_a_changed_e_mail_is_told_as_outdated(home: House) -> None:
    await home.audience(await home.segment(EVERYONE))
    await home.work()
    home.people([ANN | {"email": "ann.new@example.com"}, BEN])
    (found,) = await profiles.find(home.app, VIEWER, "external_id", "crm-7")
    (held,) = (await profiles.get(home.app, VIEWER, found.id)).audiences
    assert held.state == "outdated"


async def test_who_said_no_is_withheld_with_the_reason(home: House) -> None:
    await home.audience(await home.segment(EVERYONE))
    await home.work()
    (found,) = await profiles.find(home.app, VIEWER, "profile_id", "b")
    shown = await profiles.get(home.app, VIEWER, found.id)
    assert (shown.withheld, shown.audiences[0].state, shown.audiences[0].reason) == (
        "no_consent",
        "withheld",
        "no_consent",
    )


async def test_a_key_that_somebody_else_has_too_is_told_as_shared(home: House) -> None:
    home.people([ANN, {"id": "twin", "phone": ANN["phone"], "consent:ads": "no"}])
    await home.audience(await home.segment(EVERYONE))
    await home.work()
    (found,) = await profiles.find(home.app, VIEWER, "profile_id", "twin")
    (audience,) = (await profiles.get(home.app, VIEWER, found.id)).audiences
    assert audience.state == "shared"


async def test_identifiers_in_clear_are_for_a_reason_that_is_kept(home: House) -> None:
    shown = await ann(home)
    clear = await profiles.reveal(home.app, ANALYST, shown.id, reason="A request for access by the person")
    assert clear.identifiers["email"] == ("Ann@Example.com",) and clear.profile_id == "ann@example.com"
    async with home.app.database.read() as session:
        kept = (await session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "profile.reveal"))).one()
    assert (kept.actor_name, kept.detail) == ("Ann Analyst", {"reason": "A request for access by the person"})
    assert "ann" not in kept.object_id


async def test_without_a_reason_nothing_is_in_clear(home: House) -> None:
    with pytest.raises(Invalid, match="reason"):
        await profiles.reveal(home.app, ADMIN, (await ann(home)).id, reason="because  ")


async def test_identifiers_in_clear_need_the_permission_to_export(home: House) -> None:
    shown = await ann(home)
    for actor in (VIEWER, MARKETER, OUTSIDER):
        with pytest.raises(Forbidden, match="audience_sync:export"):
            await profiles.reveal(home.app, actor, shown.id, reason="A request for access")


async def test_an_outsider_finds_nobody(home: House) -> None:
    with pytest.raises(Forbidden, match="audience_sync:read"):
        await profiles.find(home.app, OUTSIDER, "email", "ann@example.com")
    with pytest.raises(Forbidden, match="audience_sync:read"):
        await profiles.get(home.app, OUTSIDER, "nothing")

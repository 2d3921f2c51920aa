"""Choices per audience, what a name may be, and what is warned of."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from audience_sync.errors import Conflict, Invalid
from audience_sync.flows import audiences, connect, relinking
from audience_sync.flows.audience_rows import load_audience
from audience_sync.flows.audiences import AudienceChange
from audience_sync.flows.naming import free_name, longest_name
from audience_sync.flows.relinking import Place
from audience_sync.model.permissions import SHELL
from audience_sync.store.platforms import AdAccount
from tests.cast import VIEWER
from tests.platforms import GOOGLE, META, TIKTOK
from tests.world import House, house

ANN = {"id": "a", "email": "ann@example.com"}


async def test_a_choice_that_is_not_offered_is_refused_with_those_that_are(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=TIKTOK) as home:
        with pytest.raises(Invalid) as refused:
            await home.audience(await home.segment(), choices={"way": "pigeon"})
        assert refused.value.details == {"field": "choices.way", "allowed": ["file", "streaming"]}


async def test_a_choice_of_another_platform_is_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        with pytest.raises(Invalid, match="no choice 'way'"):
            await home.audience(await home.segment(), choices={"way": "file"})


async def test_the_default_is_shown_where_nothing_was_chosen(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=TIKTOK) as home:
        audience = await home.audience(await home.segment())
        assert (await audiences.get(home.app, VIEWER, audience)).choices == {"way": "streaming"}


async def test_a_choice_may_change_until_the_list_exists(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=TIKTOK) as home:
        audience = await home.audience(await home.segment())
        changed = await audiences.change(home.app, SHELL, audience, AudienceChange(choices={"way": "file"}))
        assert changed.choices == {"way": "file"}


async def test_the_way_of_a_list_that_exists_is_fixed(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=TIKTOK) as home:
        home.people([ANN])
        audience = await home.audience(await home.segment())
        await home.work()
        with pytest.raises(Conflict) as refused:
            await audiences.change(home.app, SHELL, audience, AudienceChange(choices={"way": "file"}))
        assert refused.value.code == "CHOICE_FIXED"


async def test_a_platform_tells_its_choices_keys_and_names(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=TIKTOK) as home:
        found = {each.id: each for each in await connect.platforms(home.app, VIEWER)}
    tiktok, google = found["tiktok"], found["google"]
    assert [choice.name for choice in tiktok.choices] == ["way"]
    assert (tiktok.names.marked, tiktok.names.longest) == (True, 70 - len(" [as-0123456789]"))
    assert google.names.unique
    assert {each.name: each.default for each in google.columns}["mobile_ad_id"] is False


async def test_a_marked_name_fits_with_its_marker(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=TIKTOK) as home:
        longest = longest_name(home.app.connector("tiktok").card)
        with pytest.raises(Invalid, match=f"1 to {longest} characters"):
            await home.audience(await home.segment(), name="x" * (longest + 1))
        home.people([ANN])
        await home.audience(await home.segment(name="Another"), name="x" * longest)
        assert (await home.work()).run.status == "completed"


async def test_a_name_that_google_has_is_refused_with_a_free_one(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=GOOGLE) as home:
        home.people([ANN])
        segment = await home.segment()
        audience = await home.audience(segment, name="Everyone")
        await home.work()
        await audiences.delete(home.app, SHELL, audience, from_platform=False)
        with pytest.raises(Conflict) as refused:
            await home.audience(segment, name="Everyone")
        assert (refused.value.code, refused.value.details["suggestion"]) == ("NAME_TAKEN", "Everyone (2)")
        await home.audience(segment, name="Everyone (2)")
        assert (await home.work()).run.status == "completed"


async def test_our_own_name_is_refused_with_a_free_one(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        segment = await home.segment()
        await home.audience(segment, name="Twice")
        with pytest.raises(Conflict) as refused:
            await home.audience(segment, name="Twice")
        assert refused.value.details["suggestion"] == "Twice (2)"


async def test_a_suggestion_is_cut_to_what_fits(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        card = home.app.connector("meta").card
    name = "n" * card.max_name
    free = free_name(card, name, {name})
    assert (len(free), free[-4:]) == (card.max_name, " (2)")


async def test_a_name_about_health_is_warned_of_and_allowed(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=META) as home:
        home.people([ANN])
        audience = await home.audience(await home.segment(), name="Diabetes newsletter")
        [warning] = (await audiences.get(home.app, VIEWER, audience)).warnings
        assert "diabetes" in warning
        assert (await home.work()).run.status == "completed"


async def test_missing_terms_are_warned_of(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await missing_terms(home)
        audience = await home.audience(await home.segment())
        [warning] = (await audiences.get(home.app, VIEWER, audience)).warnings
        assert "https://mend.example" in warning


async def missing_terms(home: House) -> None:
    check = {
        "code": "terms",
        "label": "Terms accepted",
        "state": "missing",
        "words": "",
        "link": "https://mend.example",
    }
    async with home.app.database.write() as session:
        await session.execute(sa.update(AdAccount).values(readiness=[check]))


async def unlinked(home: House, way: str) -> str:
    """A list on TikTok of that kind, which is nobody's here."""
    home.people([ANN])
    audience = await home.audience(await home.segment(name=f"For {way}"), choices={"way": way})
    remote = (await home.work()).remote_id
    await audiences.delete(home.app, SHELL, audience, from_platform=False)
    return remote


@pytest.mark.parametrize(("made", "chosen"), [("file", "streaming"), ("streaming", "file")])
async def test_a_list_of_the_other_kind_is_not_linked(tmp_path: Path, made: str, chosen: str) -> None:
    async with house(tmp_path, pretend=TIKTOK) as home:
        remote = await unlinked(home, made)
        with pytest.raises(Conflict) as refused:
            await home.audience(await home.segment(), remote_id=remote, choices={"way": chosen})
        assert refused.value.details == {"field": "choices.way", "allowed": [made]}


@pytest.mark.parametrize("way", ["file", "streaming"])
async def test_a_list_of_the_chosen_kind_is_linked(tmp_path: Path, way: str) -> None:
    async with house(tmp_path, pretend=TIKTOK) as home:
        remote = await unlinked(home, way)
        linked = await home.audience(await home.segment(), remote_id=remote, choices={"way": way})
        assert (await audiences.get(home.app, VIEWER, linked)).remote_id == remote


async def test_an_audience_goes_on_with_no_list_of_the_other_kind(tmp_path: Path) -> None:
    async with house(tmp_path, pretend=TIKTOK) as home:
        remote = await unlinked(home, "file")
        audience = await home.audience(await home.segment())
        await home.work()
        async with home.app.database.write() as session:
            (await load_audience(session, audience)).audience.state = "stale"
        with pytest.raises(Conflict, match="was made with"):
            await relinking.relink(home.app, SHELL, audience, Place(home.account_id, remote))

"""Users, roles and keys over HTTP."""

import httpx2

from audience_sync.store.shared import RememberedAnswer
from tests.api.conftest import Desk


async def new_user(client: httpx2.AsyncClient, **more: str) -> httpx2.Response:
    return await client.post("/users", json={"email": "ben@example.com", "role": "manager", **more})


async def test_a_user_gets_a_key_that_works(desk: Desk) -> None:
    async with desk.client("admin") as client:
        user = (await new_user(client)).json()
        wanted = {"name": "job", "permissions": ["audience_sync:read"]}
        made = await client.post(f"/users/{user['id']}/keys", json=wanted)
    assert made.status_code == 201, made.text
    async with desk.client("", Authorization=f"Bearer {made.json()['text']}") as job:
        assert (await job.get("/audiences")).status_code == 200
        assert (await job.post("/segments", json={})).status_code == 403


async def test_a_revoked_key_opens_nothing(desk: Desk) -> None:
    async with desk.client("admin") as client:
        user = (await new_user(client)).json()
        made = (await client.post(f"/users/{user['id']}/keys", json={"name": "job", "permissions": []})).json()
        gone = await client.delete(f"/keys/{made['key']['id']}")
    assert gone.json()["revoked_at"] == "2026-11-24T09:00:00Z"
    async with desk.client("", Authorization=f"Bearer {made['text']}") as job:
        assert (await job.get("/audiences")).status_code == 401


async def test_a_key_s_text_is_kept_nowhere(desk: Desk) -> None:
    async with desk.client("admin", **{"Idempotency-Key": "k"}) as client:
        user = (await new_user(client)).json()
        await client.post(f"/users/{user['id']}/keys", json={"name": "job", "permissions": []})
    async with desk.home.app.database.read() as session:
        kept = (await session.scalars(RememberedAnswer.__table__.select())).all()
    assert len(kept) == 1  # That of the user.


async def test_a_password_is_not_answered(desk: Desk) -> None:
    async with desk.client("admin") as client:
        answer = await new_user(client, password="correct horse battery")
    assert answer.json()["has_password"] is True
    assert "horse" not in answer.text


async def test_a_user_changes_role_and_is_disabled_and_enabled(desk: Desk) -> None:
    async with desk.client("admin") as client:
        path = f"/users/{(await new_user(client)).json()['id']}"
        assert (await client.put(f"{path}/role", json={"role": "viewer"})).json()["role"] == "viewer"
        assert (await client.post(f"{path}/disable")).json()["disabled"] is True
        assert (await client.post(f"{path}/enable")).json()["disabled"] is False


async def test_an_address_is_taken_once(desk: Desk) -> None:
    async with desk.client("admin") as client:
        await new_user(client)
        answer = await new_user(client)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "EMAIL_TAKEN")

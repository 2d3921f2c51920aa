"""One worker of the measurement of rates: uploads batches one after the other, as fast as it may."""

import asyncio
import sys
import time
from itertools import count
from pathlib import Path

import pyarrow as pa

from audience_sync.connectors.client import open_client
from audience_sync.connectors.http import Api
from audience_sync.connectors.registry import CONNECTORS, Traveller, api_for
from audience_sync.model.cards import PlatformCard
from audience_sync.model.platforms import Action, Batch, Target
from audience_sync.settings import load_settings
from audience_sync.store.database import Database
from audience_sync.store.limits import DatabaseLimiter

PLATFORM, TOKEN, ACCOUNT = "tiktok", "SANDBOX_TOKEN", "7000000000000000101"
"""TikTok counts per app, so all workers share one limit."""
PEOPLE = 20
CONNECTOR = CONNECTORS[PLATFORM]


async def work(sandbox_url: str, database_url: str, rate: float, seconds: float) -> int:
    """The number of batches that were accepted; it begins when a line comes in."""
    address = f"{sandbox_url}/{PLATFORM}"
    app = {"api_url": address, "login_url": address, "app_id": "sandbox-app", "app_secret": "sandbox-secret"}
    settings = load_settings(
        **{f"{PLATFORM}_{name}": value for name, value in app.items()}, tiktok_requests_per_second=rate
    )
    database = Database(database_url, Path())
    async with open_client() as client:
        api = api_for(settings, PLATFORM, client, DatabaseLimiter(database), Traveller(TOKEN))
        made = await CONNECTOR.create(api, ACCOUNT, name=f"Rate {time.time_ns()}", description="")
        await asyncio.to_thread(sys.stdin.readline)
        sent = await _uploaded(api, Target(ACCOUNT, made), time.monotonic() + seconds)
    await database.close()
    return sent


async def _uploaded(api: Api, target: Target, until: float) -> int:
    """As many batches travel side by side as in a run."""
    rows, numbers, card = _people(CONNECTOR.card), count(1), CONNECTOR.card
    while time.monotonic() < until:
        batches = [_batch(rows, next(numbers)) for _ in range(card.parallel)]
        await asyncio.gather(*(CONNECTOR.upload(api, target, batch) for batch in batches))
    return next(numbers) - 1


def _people(card: PlatformCard) -> pa.Table:
    cells = [f"{n:064x}" for n in range(PEOPLE)]
    return pa.table({column.name: cells if column.hashed else [""] * PEOPLE for column in card.columns})


def _batch(rows: pa.Table, number: int) -> Batch:
    return Batch(number, Action.ADD, rows, session=1, sequence=number, last=False, total_rows=PEOPLE)


if __name__ == "__main__":
    print(asyncio.run(work(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))))

"""A real worker with the API in front of it, without pages: `python -m` it with the port."""

import asyncio
import sys

import uvicorn

from audience_sync import logs
from audience_sync.api.application import create_api
from audience_sync.app import open_app
from audience_sync.settings import Settings, load_settings
from audience_sync.worker import working


async def _serve(settings: Settings, port: int) -> None:
    async with open_app(settings) as app, working(app):
        await uvicorn.Server(uvicorn.Config(create_api(app), port=port, log_config=None)).serve()


def main() -> None:
    """Answers and works until it is killed."""
    settings = load_settings()
    logs.configure(settings)
    asyncio.run(_serve(settings, int(sys.argv[1])))


if __name__ == "__main__":
    main()

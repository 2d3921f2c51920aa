"""All pretend platforms as one ASGI app."""

from starlette.applications import Starlette
from starlette.routing import Mount

from audience_sync.sandbox.control import Control
from audience_sync.sandbox.gateway import Gateway
from audience_sync.sandbox.google.platform import Google
from audience_sync.sandbox.linkedin.platform import LinkedIn
from audience_sync.sandbox.meta.platform import Meta
from audience_sync.sandbox.platform import PlatformMaker
from audience_sync.sandbox.snapchat.platform import Snapchat
from audience_sync.sandbox.tiktok.platform import TikTok
from audience_sync.sandbox.world import World

PLATFORMS: tuple[PlatformMaker, ...] = (Meta, Google, Snapchat, TikTok, LinkedIn)


def create_app(only: str | None = None) -> Starlette:
    """An app with every platform under its name, or with the platform `only` at the root.

    The control surface is at /_sandbox/ in both. `app.state.world` is the sandbox's inside.
    """
    world = World(PLATFORMS)
    control = Mount("/_sandbox", routes=Control(world).routes())
    if only is not None and only not in world.platforms:
        raise ValueError(f"There is no sandbox for {only!r}. Sandboxes: {', '.join(world.platforms)}.")
    app = Starlette(routes=[control, *_mounts(world, only)])
    app.state.world = world
    return app


def _mounts(world: World, only: str | None) -> list[Mount]:
    if only is not None:
        return [Mount("/", app=Gateway(world, world.platforms[only]))]
    return [Mount(f"/{name}", app=Gateway(world, each)) for name, each in world.platforms.items()]

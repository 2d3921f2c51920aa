"""An audience goes on elsewhere: through another connection, or with another list."""

from typing import Annotated

import typer

from audience_sync.app import App
from audience_sync.cli import names
from audience_sync.cli.making import Account, Named, account_id
from audience_sync.cli.printing import AsJson
from audience_sync.cli.shell import act
from audience_sync.cli.sync import Ended, NoWait, finish, see_through
from audience_sync.flows import audiences, relinking
from audience_sync.flows.views import RunView
from audience_sync.model.permissions import SHELL


def relink(
    audience: Named,
    account: Account = "",
    remote_id: Annotated[
        str, typer.Option(help="Id of another list, if its own is gone. Default: the one it has.")
    ] = "",
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Keep an audience going through another connection, or with another list once its own is gone.

    Segment, schedule and history stay. Without --account the list is looked for where it was.

    Example: audience-sync audiences relink "High Value Customers - Stratum" --remote-id 23847583947582
    """

    async def work(app: App) -> RunView | Ended:
        chosen = await audiences.get(app, SHELL, await names.audience_id(app, audience))
        where = await account_id(app, account) if account else chosen.ad_account_id
        made = await relinking.relink(app, SHELL, chosen.id, relinking.Place(where, remote_id))
        return made.run if no_wait else await see_through(app, made.run, silent=as_json)

    finish(act(work), as_json=as_json)

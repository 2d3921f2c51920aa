"""A platform is connected: sent to its consent page and back with a grant, or by a pasted token."""

import hashlib
import re
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from audience_sync.app import App
from audience_sync.connectors.faults import redact
from audience_sync.connectors.protocol import Connector
from audience_sync.connectors.registry import Traveller
from audience_sync.errors import Invalid, Reconnect, Refusal, SetupError
from audience_sync.flows import connections, grants
from audience_sync.flows.connected import ConnectionView, shown
from audience_sync.flows.expiry import Health
from audience_sync.flows.naming import longest_name
from audience_sync.flows.readiness import look_at_chosen
from audience_sync.model.cards import Choice, ReplaceWay
from audience_sync.model.identifiers import IdentifierKind
from audience_sync.model.permissions import Actor, ActorKind, Permission
from audience_sync.model.platforms import Grant
from audience_sync.store import audit
from audience_sync.store.platforms import OAuthState

SIGN_IN_LASTS = timedelta(minutes=10)
KEPT_AFTERWARDS = timedelta(days=1)
"""A sign-in is remembered so long after its end, so that a late one is told what happened."""
RANDOM_BYTES = 32
VERIFIER_BYTES = 64
"""86 characters; RFC 7636 wants 43 to 128."""
CONNECTED = "Connected"
NOT_CONNECTED = "Not Connected"
TOKEN = re.compile(r"[!-~]{10,4000}")
CONNECTION = "{connection}"
"""In `return_to`: replaced by the id of the connection that was made."""
KEY_FILE = re.compile(r"\{[\s!-~]{10,7990}\}")
"""A JSON key, over several lines."""
LOCAL_PATH = re.compile(r"/(?![/\\])[!-~]*")
"""A path of ours; `//host` and `/\\host` would lead a browser elsewhere."""


@dataclass(frozen=True, slots=True)
class Column:
    """A kind of key that a platform takes. One that does not name a person travels beside one that does."""

    name: str
    kind: IdentifierKind
    names_a_person: bool
    hashed: bool
    default: bool


@dataclass(frozen=True, slots=True)
class NameRules:
    """What an audience may be called: at most so many characters; `marked`: our marker is added to the name."""

    longest: int
    unique: bool
    marked: bool


@dataclass(frozen=True, slots=True)
class PlatformState:
    """A platform that can be connected. `connected` is `Connected` when one of its connections can be used."""

    id: str
    name: str
    connected: str
    connections: tuple[ConnectionView, ...]
    columns: tuple[Column, ...]
    """The kinds of keys that it takes; those by default are sent when an audience chooses none."""
    choices: tuple[Choice, ...]
    names: NameRules
    replace: ReplaceWay
    experimental: bool


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection made or made again. `resumed` names the audiences that had waited for it."""

    connection: ConnectionView
    is_new: bool
    resumed: tuple[str, ...]
    return_to: str = ""
    """The path that the sign-in was begun from."""


async def platforms(app: App, actor: Actor) -> list[PlatformState]:
    """Every platform there is a connector for, in the order in which they are offered."""
    found = await connections.connections(app, actor)
    return [
        _platform(each, tuple(one for one in found if one.platform == each.card.id)) for each in app.connectors.values()
    ]


async def begin(app: App, actor: Actor, platform: str, *, return_to: str = "") -> str:
    """The address of the platform's consent page; whoever comes back from it within ten minutes is known to us."""
    actor.require(Permission.ADMIN)
    connector = app.connector(platform)
    if return_to and not LOCAL_PATH.fullmatch(return_to):
        raise Invalid("return_to is not a path of this installation.", "It begins with one slash.")
    state, verifier = secrets.token_urlsafe(RANDOM_BYTES), secrets.token_urlsafe(VERIFIER_BYTES)
    address = _login_url(app, connector, state=state, verifier=verifier)
    row = OAuthState(
        state_hash=_hash(state),
        platform=platform,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        verifier=app.vault.seal(verifier, table="oauth_states", row=_hash(state), column="verifier"),
        return_to=return_to,
        expires_at=app.now() + SIGN_IN_LASTS,
    )
    async with app.database.write() as session:
        await session.execute(sa.delete(OAuthState).where(OAuthState.expires_at < app.now() - KEPT_AFTERWARDS))
        session.add(row)
        audit.record(session, actor, "sign_in.begun", on=audit.Thing("platform", platform), at=app.now())
    return address


async def finish(
    app: App,
    platform: str,
    *,
    state: str,
    code: str = "",
    error: str = "",
    error_reason: str = "",
    error_description: str = "",
) -> Connected:
    """The platform is connected by whoever began the sign-in; the state that they brought back stands for them.

    Refusals: SIGN_IN_UNKNOWN, SIGN_IN_OVER, CONSENT_DENIED; Reconnect SCOPES_MISSING. Nothing is connected then.
    """
    connector = app.connector(platform)
    begun = await _used(app, platform, state)
    if error:
        raise _denied(connector, error, error_reason, error_description)
    if not code:
        raise Invalid(f"{connector.card.name} sent neither a code nor an error.", "Start again with Connect.")
    verifier = app.vault.open(begun.verifier, table="oauth_states", row=begun.state_hash, column="verifier")
    grant = await connector.exchange(
        app.api(platform), code=code, redirect_uri=redirect_uri(app, platform), verifier=verifier
    )
    made = await _connected(app, _who(begun), platform, grant)
    return replace(made, return_to=begun.return_to.replace(CONNECTION, made.connection.id))


async def connect_with_token(app: App, actor: Actor, platform: str, token: str) -> Connected:
    """The platform is connected by a token that was made there by hand."""
    actor.require(Permission.ADMIN)
    connector, token = app.connector(platform), token.strip()
    if not TOKEN.fullmatch(token) and not (connector.card.takes_key_files and KEY_FILE.fullmatch(token)):
        raise Invalid(
            "This is not a token.",
            "Paste it whole: one line, no blanks. Of a JSON key everything from { to }.",
            code="TOKEN_MALFORMED",
        )
    try:
        grant = await connector.inspect(app.api(platform, Traveller(token)))
    except Reconnect as problem:
        raise Invalid(
            f"{connector.card.name} does not accept this token.",
            "It may have expired or belong to another app: generate a new one and paste it.",
            code="TOKEN_NOT_ACCEPTED",
            details=problem.details,
        ) from None
    return await _connected(app, actor, platform, grant)


def redirect_uri(app: App, platform: str) -> str:
    """Where the platform sends people back to; it must be entered in the platform's app, letter by letter."""
    return f"{app.settings.base_url.rstrip('/')}/api/v1/platforms/{platform}/callback"


async def _connected(app: App, actor: Actor, platform: str, grant: Grant) -> Connected:
    connector = app.connector(platform)
    grants.require_scopes(connector.card, grant)
    accounts = await connector.accounts(app.api(platform, Traveller(grant.token)))
    kept = await grants.keep(app, actor, grants.Reach(platform, grant, accounts))
    await look_at_chosen(app, kept.connection_id)
    view = await shown(app, kept.connection_id)
    return Connected(view, kept.is_new, kept.resumed)


async def _used(app: App, platform: str, state: str) -> OAuthState:
    """The sign-in that was begun with this state. It is used now: of two who bring the same state, one gets it."""
    now, hashed = app.now(), _hash(state)
    async with app.database.write() as session:
        begun: OAuthState | None = await session.scalar(
            sa.update(OAuthState)
            .where(
                OAuthState.state_hash == hashed,
                OAuthState.platform == platform,
                OAuthState.used_at.is_(None),
                OAuthState.expires_at > now,
            )
            .values(used_at=now)
            .returning(OAuthState)
        )
        if begun is not None:
            return begun
        late = await session.get(OAuthState, hashed)
    again = "Start again with Connect, and finish within ten minutes."
    if late is None or late.platform != platform:
        raise Refusal("This sign-in was not begun here.", again, code="SIGN_IN_UNKNOWN")
    happened = "has been used already" if late.used_at else "has expired"
    raise Refusal(f"This sign-in {happened}.", again, code="SIGN_IN_OVER")


def _denied(connector: Connector, error: str, reason: str, description: str) -> Refusal:
    """What somebody who clicked Cancel is told; or what else the platform gave as its reason."""
    name = connector.card.name
    if error == "access_denied":
        return Refusal(
            f"{name} was not connected, because access was declined on its page.",
            f"Nothing has changed. Click Connect again and choose Continue on {name}'s page.",
            code="CONSENT_DENIED",
        )
    said = redact(" ".join(filter(None, (error, reason, description))))
    return Refusal(f"{name} was not connected. It said: {said}.", "Start again with Connect.", code="CONSENT_FAILED")


def _login_url(app: App, connector: Connector, *, state: str, verifier: str) -> str:
    """A missing setting is told to whoever is connecting: the rest of the installation works without it."""
    platform = connector.card.id
    try:
        return connector.login_url(
            app.api(platform), redirect_uri=redirect_uri(app, platform), state=state, verifier=verifier
        )
    except SetupError as missing:
        raise Invalid(missing.message, missing.hint, code="PLATFORM_NOT_SET_UP") from None


def _who(begun: OAuthState) -> Actor:
    """Whoever began the sign-in; that they may was checked then."""
    return Actor(ActorKind(begun.actor_kind), begun.actor_id, begun.actor_name, frozenset({Permission.ADMIN}))


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _platform(connector: Connector, found: tuple[ConnectionView, ...]) -> PlatformState:
    usable = any(each.state is not Health.BROKEN for each in found)
    card = connector.card
    return PlatformState(
        card.id,
        card.name,
        CONNECTED if usable else NOT_CONNECTED,
        found,
        columns=tuple(
            Column(each.name, each.kind, each.names_a_person, each.hashed, default=each in card.columns)
            for each in card.known_columns
        ),
        choices=card.choices,
        names=NameRules(longest_name(card), card.unique_names, card.marks_names),
        replace=card.replace,
        experimental=card.experimental,
    )

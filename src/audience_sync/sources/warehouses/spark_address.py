"""Where a Spark Connect server answers, read from its address and written again, with and without what is secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit

from audience_sync.errors import Invalid


@dataclass(frozen=True, slots=True)
class Address:
    """`sc://host:port/;name=value;…`. The parameters are secret: what is none is named by who shows them."""

    place: str
    parameters: dict[str, str] = field(repr=False)

    def shown(self, plain: tuple[str, ...]) -> str:
        """The address with the parameters that are no secret."""
        return _written(self.place, {name: value for name, value in self.parameters.items() if name in plain})

    def sent(self, others: Mapping[str, str]) -> str:
        """The address as the client takes it; what `others` say counts where the address itself says nothing."""
        return _written(self.place, {**others, **self.parameters})


def read_address(address: str, *, example: str, port: int) -> Address:
    """The address, with `port` where it has none; Invalid, not quoting it, when it is no address."""
    try:
        parts = urlsplit(address.strip())
        host, found = parts.hostname or "", parts.port or port
    except ValueError:
        raise _no_address(example) from None
    pairs = [each.partition("=") for each in parts.path.removeprefix("/").split(";") if each]
    is_whole = bool(host) and not parts.query and not parts.fragment and parts.username is None
    if parts.scheme != "sc" or not is_whole or not all(name and value for name, _, value in pairs):
        raise _no_address(example)
    place = f"{f'[{host}]' if ':' in host else host}:{found}"
    return Address(place, {name: unquote(value) for name, _, value in pairs})


def _written(place: str, parameters: dict[str, str]) -> str:
    ends = "".join(f";{name}={quote(value, safe='')}" for name, value in parameters.items())
    return f"sc://{place}/{ends}" if ends else f"sc://{place}"


def _no_address(example: str) -> Invalid:
    return Invalid("This is no address of a Spark Connect server.", f"Write {example}.")

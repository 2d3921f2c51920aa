"""25,000 made-up people as messy as exports really are: always the same ones."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

from audience_sync.demo.regions import REGIONS

PEOPLE = 25_000
SUBSCRIBERS = 5_678
SEED = 20_240_115
DOMAINS = ("example.com", "example.org", "example.net")
"""Reserved for examples: RFC 2606."""
FIRST_NAMES = (
    "Ada Amélie Anna Ben Björn Carlos Chloé Clara Daniel Daria David Elena Emil Emma Finn Fiona Grace Hannah Hugo Ida "
    "Isla Jack Jade James Jonas Julia Karim Lara Léa Leon Liam Lina Lucas Luka Maria Marie-Claire Mateo Mia Mohamed "
    "Nina Noah Nora Olga Oliver Oscar Paul Petra Quinn Rosa Ruby Sam Sara Sean Sofia Theo Tom Uma Vera Víctor Yara Zoë"
)
LAST_NAMES = (
    "Adams Ahmed Almeida Baker Bauer Bell Bernard Brown Byrne Carter Chen Clarke Cohen Costa Davies Diaz Dubois Evans "
    "Fischer Fontaine Fraser García Green Haddad Hall Hansen Harris Hoffmann Hughes Ivanova Jackson Johansson Jones "
    "Kaya Keller Kelly Kim King Klein Kowalski Lambert Lee Lewis Lopez Martin Meyer Moore Moreau Müller Murphy Nguyen "
    "Novak O'Brien O’Neill Okafor Patel Petit Quinn Richter Roberts Rossi Roux Ryan Santos Schäfer Silva Singh Smith "
    "Taylor Turner van-Dijk Walker Wang Weber White Wood Wright Yilmaz Young Zimmermann"
)
FIRST, LAST = FIRST_NAMES.split(), LAST_NAMES.split()

Ints = npt.NDArray[np.int64]
Texts = list[str]


@dataclass(frozen=True, slots=True)
class People:
    """Columns of the profiles' file, and which people are sure to be sendable: a clean e-mail and consent."""

    columns: dict[str, Texts]
    sendable: npt.NDArray[np.bool_]

    @property
    def ids(self) -> Texts:
        return self.columns["customer_id"]


def made_up(rng: np.random.Generator) -> People:
    """Everybody."""
    regions = rng.choice(len(REGIONS), PEOPLE, p=[region.share for region in REGIONS])
    first, last = rng.integers(0, len(FIRST), PEOPLE), rng.integers(0, len(LAST), PEOPLE)
    numbers = _numbers(rng, regions)
    _households(rng, regions, last, numbers)
    emails, is_clean = _emails(rng, first, last)
    consent = rng.choice(["granted", "denied", ""], PEOPLE, p=[0.9, 0.04, 0.06])
    return People(
        {
            "customer_id": [f"c{n:05d}" for n in range(1, PEOPLE + 1)],
            "email": emails,
            "phone": _phones(rng, regions, numbers),
            "mobile_ad_id": _devices(rng),
            "first_name": [FIRST[n] for n in first],
            "last_name": [LAST[n].replace("-", " ") for n in last],
            **_places(rng, regions),
            "country": [REGIONS[n].code for n in regions],
            "ads_consent": [str(each) for each in consent],
            "newsletter": _newsletter(rng),
        },
        is_clean & (consent == "granted"),
    )


def address(first: str, last: str, number: int) -> str:
    """maria.obrien123@example.com"""
    spelt = normalize("NFKD", f"{first}.{last}".lower())
    name = "".join(letter for letter in spelt if letter.isascii() and (letter.isalnum() or letter == "."))
    return f"{name}{number}@{DOMAINS[number % len(DOMAINS)]}"


def _emails(rng: np.random.Generator, first: Ints, last: Ints) -> tuple[Texts, npt.NDArray[np.bool_]]:
    """The addresses with their mess, and which of them are clean."""
    mess = rng.choice(len(MESS), PEOPLE, p=[share for share, _ in MESS])
    clean = [address(FIRST[f], LAST[n], place) for place, (f, n) in enumerate(zip(first, last, strict=True), start=1)]
    return [MESS[kind][1](text) for kind, text in zip(mess, clean, strict=True)], mess == 0


MESS: Sequence[tuple[float, Callable[[str], str]]] = (
    (0.73, str),
    (0.07, str.upper),
    (0.05, lambda text: f"  {text.title()} "),
    (0.03, lambda text: text.replace("@", "+sale@")),
    (0.02, lambda text: hashlib.sha256(text.encode()).hexdigest()),
    (0.01, lambda text: text.replace("@", " at ")),
    (0.005, lambda _: "n/a"),
    (0.085, lambda _: ""),
)
"""Shares, and what becomes of an address: as is, upper case, blanks, a tag, hashed already, broken, junk, missing."""


def _numbers(rng: np.random.Generator, regions: Ints) -> Ints:
    """For each person a place among the fictional numbers of their region; nobody shares one yet."""
    places = np.zeros(PEOPLE, np.int64)
    for number, region in enumerate(REGIONS):
        here = np.flatnonzero(regions == number)
        places[here] = rng.permutation(region.capacity)[: len(here)]
    return places


def _households(rng: np.random.Generator, regions: Ints, last: Ints, numbers: Ints) -> None:
    """Some people live with the one before them: same name, same country, same telephone."""
    for person in np.flatnonzero(rng.random(PEOPLE) < 0.04):
        for column in (regions, last, numbers):
            column[person] = column[person - 1]


def _phones(rng: np.random.Generator, regions: Ints, numbers: Ints) -> Texts:
    forms = rng.choice(len(FORMS), PEOPLE, p=[share for share, _ in FORMS])
    return [
        FORMS[form][1](REGIONS[region].calling, REGIONS[region].trunk, REGIONS[region].number(int(number)))
        for form, region, number in zip(forms, regions, numbers, strict=True)
    ]


FORMS: Sequence[tuple[float, Callable[[str, str, str], str]]] = (
    (0.27, lambda calling, _, number: f"+{calling}{number}"),
    (0.10, lambda calling, _, number: f"+{calling} {number[:3]} {number[3:]}"),
    (0.05, lambda calling, _, number: f"00{calling}{number}"),
    (0.15, lambda _, trunk, number: f"{trunk}{number[:3]} {number[3:6]} {number[6:]}"),
    (0.04, lambda _, trunk, number: f"({trunk}{number[:3]}) {number[3:6]}-{number[6:]}"),
    (0.02, lambda _, trunk, number: f"{trunk}{number[:3]}.{number[3:6]}.{number[6:]}"),
    (0.02, lambda calling, _, number: f"tel:+{calling}-{number}"),
    (0.015, lambda *_: "unknown"),
    (0.005, lambda *_: "00000"),
    (0.33, lambda *_: ""),
)
"""Shares, and how somebody wrote the number: from calling code, trunk prefix and national number."""


def _devices(rng: np.random.Generator) -> Texts:
    kinds = rng.choice(3, PEOPLE, p=[0.74, 0.25, 0.01])
    drawn = rng.bytes(16 * PEOPLE).hex()
    zeros = "00000000-0000-0000-0000-000000000000"
    return [["", _uuid(drawn[32 * n : 32 * n + 32]), zeros][kind] for n, kind in enumerate(kinds)]


def _uuid(text: str) -> str:
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}".upper()


def _places(rng: np.random.Generator, regions: Ints) -> dict[str, Texts]:
    chosen = rng.random(PEOPLE)
    towns = [REGIONS[n].towns[int(part * len(REGIONS[n].towns))] for n, part in zip(regions, chosen, strict=True)]
    return {name: [town[n] for town in towns] for n, name in enumerate(("city", "region", "postal_code"))}


def _newsletter(rng: np.random.Generator) -> Texts:
    chosen = np.zeros(PEOPLE, np.bool_)
    chosen[rng.permutation(PEOPLE)[:SUBSCRIBERS]] = True
    return ["true" if each else "false" for each in chosen]

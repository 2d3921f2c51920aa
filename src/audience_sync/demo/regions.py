"""Countries of the made-up people: towns, and telephone numbers that were set aside for fiction.

Sources, read 2026-11-24: NANPA (555-0100 to 555-0199 of every area code), Ofcom and ComReg (numbers for drama), ARCEP,
Bundesnetzagentur (Rufnummern für Medienproduktionen), ACMA (numbers for use in films).
"""

from dataclasses import dataclass

AMERICAN = (
    "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 "
    "252 253 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 "
    "319 320 321 323 325 330 334 336 337 339 347 351 352 360 361 386 401 402 404 405 406 407 408 409 410 412 413 "
    "414 415 417 419 423"
)
CANADIAN = "204 250 306 403 416 418 506 514 519 604 613 647 705 709 778 780 807 819 867 902 905 236 289 343 365 437"
BRITISH = "113 114 115 116 117 118 121 131 141 151 161"


@dataclass(frozen=True, slots=True)
class Region:
    """`ranges`: how national numbers begin and how many digits are free. `trunk` is dialled before them at home."""

    code: str
    share: float
    calling: str
    trunk: str
    ranges: tuple[tuple[str, int], ...]
    towns: tuple[tuple[str, str, str], ...]
    """Town, region, postal code."""

    def number(self, place: int) -> str:
        """The national number at that place of all that were set aside, without trunk prefix."""
        for prefix, digits in self.ranges:
            if place < 10**digits:
                return f"{prefix}{place:0{digits}d}"
            place -= 10**digits
        raise IndexError(f"{self.code} has no such number.")

    @property
    def capacity(self) -> int:
        """How many numbers were set aside."""
        return sum(10**digits for _, digits in self.ranges)


REGIONS = (
    Region(
        "US", 0.28, "1", "", tuple((f"{area}55501", 2) for area in AMERICAN.split()),
        (("Portland", "OR", "97201"), ("Austin", "TX", "73301"), ("St. Paul", "MN", "55101"), ("Boise", "ID", "83702")),
    ),
    Region(
        "CA", 0.08, "1", "", tuple((f"{area}55501", 2) for area in CANADIAN.split()),
        (("Toronto", "ON", "M5V 2T6"), ("Montréal", "QC", "H2Y 1C6"), ("Vancouver", "BC", "V6B 1A1")),
    ),
    Region(
        "GB", 0.22, "44", "0", (("7700900", 3), ("2079460", 3), *((f"{area}4960", 3) for area in BRITISH.split())),
        (("London", "", "SW1A 1AA"), ("Leeds", "", "LS1 4DY"), ("Edinburgh", "", "EH1 1YZ"), ("Bath", "", "BA1 1SU")),
    ),
    Region(
        "IE", 0.05, "353", "0", (("2091", 5),), (("Dublin", "", "D02 AF30"), ("Cork", "", "T12 W8KP")),
    ),
    Region(
        "DE", 0.17, "49", "0", (("3023125", 3), ("6990009", 3), ("4066969", 3), ("2214710", 3), ("8999998", 3)),
        (("München", "Bayern", "80331"), ("Köln", "NRW", "50667"), ("Berlin", "", "10115"), ("Hamburg", "", "20095")),
    ),
    Region(
        "FR", 0.12, "33", "0", (("63998", 4), ("19900", 4), ("26191", 4)),
        (("Paris", "", "75001"), ("Saint-Étienne", "", "42000"), ("Lyon", "", "69001")),
    ),
    Region(
        "AU", 0.08, "61", "0", (("25550", 4), ("35550", 4)), (("Sydney", "NSW", "2000"), ("Melbourne", "VIC", "3000")),
    ),
)  # fmt: skip
"""Shares add up to 1."""

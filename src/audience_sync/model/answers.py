"""Which profiles an answer has, and with which fingerprints, in a few bytes that can be added and taken away."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Digest:
    """`total` is the sum of 64 bits of hash of each profile and its fingerprint, which were made under `tag`.

    Two answers with the same one are of the same profiles but for one time in 2^64.
    """

    tag: str
    profiles: int
    total: int

    def __str__(self) -> str:
        return f"{self.tag}/{self.profiles}/{self.total}"

    def exchanged(self, old: tuple[int, int], new: tuple[int, int]) -> "Digest":
        """Of the same answer with other profiles in place of some; both as number of profiles and sum."""
        return Digest(self.tag, self.profiles - old[0] + new[0], self.total - old[1] + new[1])

    @classmethod
    def read(cls, text: str) -> "Digest":
        """What `str` wrote; ValueError for anything else."""
        tag, profiles, total = text.rsplit("/", 2)
        return cls(tag, int(profiles), int(total))


def counted(profile: str, fp: str, among: str = "true") -> str:
    """SQL of two cells, the number of profiles and their sum, of those rows of which `among` is true."""
    each = f"hash({profile}, {fp})::HUGEINT"
    return f"count(*) FILTER ({among}), coalesce(sum({each}) FILTER ({among}), 0)"

"""Why a run of which everything was taken in is partial nevertheless, in words for people."""

from audience_sync.ledger.manifest import Manifest
from audience_sync.model.cards import PlatformCard


def open_end(card: PlatformCard, manifest: Manifest) -> dict[str, object] | None:
    """What the closed ledger still waits for or has given up for now, as a run keeps it; None for nothing."""
    if manifest.stuck:
        return _refused_again(card, manifest.stuck)
    return _lost_answer(card) if manifest.unsure else None


def _refused_again(card: PlatformCard, keys: int) -> dict[str, object]:
    many = "1 key" if keys == 1 else f"{keys:,} keys"
    return {
        "code": "NOT_REMOVABLE",
        "message": f"{card.name} has taken the removal of {many} in several times and "
        "then not carried out all of it. It does not say of which: up to so many may still be there.",
        "hint": "They stay known and owed, and only a full replace tries it again: start one, or delete the audience "
        f"on {card.name}. What it says of the removal is on the runs before.",
        "details": {"keys": keys},
    }


def _lost_answer(card: PlatformCard) -> dict[str, object]:
    return {
        "code": "ANSWER_LOST",
        "message": f"{card.name} has taken everything in, but its answer to something sent earlier was lost. It may "
        "still work that off, and so bring back what was removed since or take away what was added since.",
        "hint": "Nothing has to be done: each sync puts it right, and the first one after "
        f"{card.processing_hours} hours for good.",
        "details": {},
    }

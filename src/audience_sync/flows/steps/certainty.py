"""What is certain of a batch that was sent: whether the platform has taken it in, and how much of it never will be."""

from collections.abc import Mapping, Sequence

from audience_sync.connectors.wire import Ending
from audience_sync.model.platforms import Action
from audience_sync.store.audiences import BatchRow

UNANSWERED = "unanswered"
"""Mark in the receipt of a batch that the outcome of a request about it is not known."""

NEVER_SETTLED = "NEVER_SETTLED"
"""Code of a batch of which the platform did not tell in time what became of it."""


def is_in(batch: BatchRow) -> bool:
    """Whether the platform has taken the batch in for certain: what it still works on is in doubt.

    So is a batch of which it failed some members later on, who may be taken in or go when they are sent again: it tells
    how many they are, not who.
    """
    answered = batch.status == "settled" or (batch.status == "accepted" and batch.receipt.get("settled", True))
    return bool(answered) and not _is_worth_repeating(batch)


def is_whole(batches: Sequence[BatchRow]) -> bool:
    """Whether nothing but the clearing is left to do: no batch was refused or is in doubt."""
    return all(is_in(batch) for batch in batches if batch.action != Action.CLEAR)


def is_troubled(batch: BatchRow) -> bool:
    """Whether something of the batch did not arrive, or a clearing was left out because of that."""
    refused = batch.receipt.get("rejected") or batch.receipt.get("refused_late")
    return batch.status in ("rejected", "planned") or bool(refused)


def is_unanswered(batch: BatchRow) -> bool:
    """Whether the platform may still work off a request of the batch of which nobody asks: its answer was not heard."""
    left = batch.status == "accepted" and not batch.receipt.get("settled", True)
    return left or batch.status == "sending" or bool(batch.receipt.get(UNANSWERED))


def is_refused_removal(batch: BatchRow) -> bool:
    """Whether the platform took the removal in and refused some of it afterwards, for a reason that will not pass.

    One of which it never told what became of it is not refused.
    """
    if batch.action != Action.REMOVE or "settled" not in batch.receipt:
        return False
    if batch.status == "rejected":
        passes = (batch.error.get("details") or {}).get("passes")
        return batch.error.get("code") != NEVER_SETTLED and not passes
    return int(batch.receipt.get("refused_late") or 0) > int(batch.receipt.get("again") or 0)


def may_be_worked_off(endings: Mapping[Ending, int]) -> bool:
    """Whether the platform has taken in some of an upload of which there is no receipt, for all that is known."""
    return bool(endings[Ending.UNKNOWN] or endings[Ending.TAKEN])


def was_lost_on_the_way(endings: Mapping[Ending, int]) -> bool:
    """Whether an upload that has its receipt sent something else before, of which the receipt does not speak."""
    in_pieces = endings[Ending.REFUSED] and endings[Ending.TAKEN] > 1
    return bool(endings[Ending.UNKNOWN] or in_pieces)


def refused_for_good(batch: BatchRow) -> int:
    """Rows of a batch that is in which the platform will never accept."""
    late = batch.receipt.get("refused_late", 0) if is_in(batch) else 0
    return int(batch.receipt.get("rejected", 0)) + int(late)


def _is_worth_repeating(batch: BatchRow) -> bool:
    """Who was not added for a reason of their own never will be; who was not removed is there, whatever the reason."""
    return bool(batch.receipt.get("again" if batch.action == Action.ADD else "refused_late"))

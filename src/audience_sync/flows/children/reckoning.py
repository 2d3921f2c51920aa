"""The child that freezes a plan or closes a ledger."""

from audience_sync.flows.children.line import Work, serve
from audience_sync.flows.reckon import CloseJob, FreezeJob, close_plan, freeze

WORK: dict[str, Work] = {"FreezeJob": (FreezeJob, freeze), "CloseJob": (CloseJob, close_plan)}

if __name__ == "__main__":
    serve(WORK, without=("pandas",))

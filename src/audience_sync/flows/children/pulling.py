"""The child that reads a warehouse; some drivers need pandas, so it may be loaded here."""

import signal
import sys

from audience_sync.flows.children.line import Work, serve
from audience_sync.flows.warehousing.pulling import PullJob, pull

WORK: dict[str, Work] = {"PullJob": (PullJob, pull)}

if __name__ == "__main__":
    # What is open is closed on the way out, as after an error.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    serve(WORK)

"""The most memory that this process, or a child of it, has held so far."""

import resource


def peak_mb() -> float:
    """MiB, resident, as the kernel counted it. A plan and an export are made in a child."""
    peaks = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(peaks) / 1024

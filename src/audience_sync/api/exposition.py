"""The installation's figures in Prometheus' text format."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from audience_sync.flows.monitoring import Figures


def exposition(figures: Figures) -> bytes:
    """One scrape. Gauges, not counters: history that is deleted takes its counts with it."""
    registry = CollectorRegistry()
    registry.register(_Once(figures))
    return generate_latest(registry)


class _Once(Collector):
    """Gives the same figures whenever it is asked."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        known = self._figures
        yield _gauge("runs", "Runs.", ("platform", "operation", "status"), known.runs.items())
        seconds = SummaryMetricFamily(
            "audience_sync_run_seconds", "Duration of runs that ended.", labels=("platform", "operation")
        )
        for labels, tally in known.seconds.items():
            seconds.add_metric(labels, tally.count, tally.total)
        yield seconds
        by_batch = ("action", "status")
        yield _gauge("batches", "Batches.", by_batch, _each(known.batches, "count"))
        yield _gauge("rows", "Rows in batches.", by_batch, _each(known.batches, "total"))
        yield _gauge("owed_keys", "Keys in doubt or still to be removed.", ("platform",), _alone(known.owed))
        yield _gauge("held_profiles", "Profiles that platforms hold.", ("platform",), _alone(known.held))


def _gauge(
    name: str, words: str, labels: Sequence[str], values: Iterable[tuple[Sequence[str], float]]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"audience_sync_{name}", words, labels=labels)
    for given, value in values:
        family.add_metric(given, value)
    return family


def _each(tallies: Mapping[tuple[str, str], object], part: str) -> Iterator[tuple[Sequence[str], float]]:
    return ((labels, getattr(tally, part)) for labels, tally in tallies.items())


def _alone(values: Mapping[str, int]) -> Iterator[tuple[Sequence[str], float]]:
    return (((label,), value) for label, value in values.items())

"""The engine over DBOS Transact: queue per ad account, check-points, replay after a crash, take-over, cleaning up.

Rules that its makers do not enforce and we rely on: the executor id is unique per process and stable across
restarts, the application version is a hand-kept generation, one process holds one engine (docs/decisions/0002).
"""

import asyncio
import logging
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID, StepOptions
from dbos import error as dbos_error

from audience_sync.engine.durable import Body, Step

GENERATION = "1"
"""Bump only when a workflow's steps change incompatibly; finish or drain all runs before."""
QUEUE = "runs"
PER_WORKER = 8
"""Runs that one worker does at once; per ad account it is always one."""
CUT_SECONDS = 5
"""Time that DBOS is given to notice that cancelled workflows have ended; it looks once a second."""

log = logging.getLogger(__name__)


class Checkpointed:
    """Steps recorded by DBOS."""

    async def step(self, name: str, work: Step) -> str:
        options: StepOptions = {"name": name}
        return await DBOS.run_step_async(options, work)


class _Line:
    """The body that workflows run: set when the engine starts, because DBOS registers functions at import."""

    body: Body | None = None
    tasks: ClassVar[set[asyncio.Task[object]]] = set()
    """The workflows that are under way in this process."""


@DBOS.workflow(name="run")
async def _workflow(run_id: str) -> None:
    if _Line.body is None:
        raise RuntimeError("The engine was not started with a body.")
    task = asyncio.current_task()
    if task is not None:
        _Line.tasks.add(task)
        task.add_done_callback(_Line.tasks.discard)
    await _Line.body(run_id, Checkpointed())


class Engine:
    """One per process. `start` inside the running loop; workflows run on that loop."""

    def __init__(self, *, database_url: str, data_dir: Path, worker_id: str) -> None:
        self._postgres = database_url.startswith(("postgresql://", "postgres://"))
        self._url = database_url
        self._file = data_dir / "engine.db"
        self.worker_id = worker_id

    async def start(self, body: Body) -> None:
        """Workflows of this worker that a crash interrupted go on; the queue is served."""
        _Line.body = body
        _quieten()
        DBOS(config=self._config())
        # Launched inside the running loop, so that workflows run on it and share its client and database.
        DBOS.launch()
        await DBOS.register_queue_async(
            QUEUE, partition_concurrency=1, worker_concurrency=PER_WORKER, polling_interval_sec=0.2
        )

    async def stop(self, *, drain_seconds: int) -> None:
        """No new workflow is taken; those under way get this long, then are cut off and go on at the next start.

        Nothing of a run may outlive this: it would meet a closed database or platform and take that for its failure.
        """
        limit = drain_seconds + CUT_SECONDS
        stopping = asyncio.create_task(asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=limit))
        await asyncio.wait({stopping}, timeout=drain_seconds)
        for task in tuple(_Line.tasks):
            task.cancel()
        await stopping
        _Line.body = None

    async def enqueue(self, workflow_id: str, run_id: str, *, partition: str) -> None:
        """The run is in the queue of its ad account, once, however often this is asked."""
        with SetWorkflowID(workflow_id), SetEnqueueOptions(queue_partition_key=partition):
            await DBOS.enqueue_workflow_async(QUEUE, _workflow, run_id)

    async def cancel(self, workflow_id: str) -> None:
        """The workflow ends before its next step; one that is unknown or has ended stays as it is."""
        try:
            await DBOS.cancel_workflow_async(workflow_id)
        except dbos_error.DBOSException as problem:
            log.debug("workflow %s was not cancelled: %s", workflow_id, type(problem).__name__)

    async def has_ended(self, workflow_id: str) -> bool:
        """Whether the workflow is over, well or badly."""
        status = await DBOS.get_workflow_status_async(workflow_id)
        return status is not None and status.status in (
            "SUCCESS",
            "ERROR",
            "CANCELLED",
            "MAX_RECOVERY_ATTEMPTS_EXCEEDED",
        )

    async def takeover(self, executor_id: str) -> int:
        """What that executor left unfinished is back in the queue; the number of workflows."""
        theirs = await DBOS.list_workflows_async(
            status="PENDING", executor_id=executor_id, load_input=False, load_output=False
        )
        for workflow in theirs:
            await DBOS.resume_workflow_async(workflow.workflow_id, queue_name=QUEUE)
        return len(theirs)

    async def executors(self) -> set[str]:
        """Workers that have unfinished workflows, by their own account."""
        pending = await DBOS.list_workflows_async(status="PENDING", load_input=False, load_output=False)
        return {workflow.executor_id for workflow in pending if workflow.executor_id}

    async def forget(self, before: datetime) -> int:
        """Records of workflows that ended before that time are gone; their number."""
        ended = await DBOS.list_workflows_async(
            status=["SUCCESS", "ERROR", "CANCELLED"], end_time=before.isoformat(), load_input=False, load_output=False
        )
        if ended:
            await DBOS.delete_workflows_async([workflow.workflow_id for workflow in ended])
        return len(ended)

    def _config(self) -> DBOSConfig:
        config: DBOSConfig = {
            "name": "audience-sync",
            "application_version": GENERATION,
            "executor_id": self.worker_id,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
        }
        if self._postgres:
            return {**config, "system_database_url": self._url}
        # DBOS does not switch on WAL by itself: steps per second are five times as many with it.
        engine = sa.create_engine(f"sqlite:///{self._file}", connect_args={"timeout": 30})
        sa.event.listen(engine, "connect", _wal)
        return {**config, "system_database_engine": engine, "system_database_url": f"sqlite:///{self._file}"}


def _wal(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class _NoCancelTraces(logging.Filter):
    """DBOS logs a traceback for each cancelled workflow, which is no error of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "cancelled" not in record.getMessage().lower() and "cancelled" not in str(record.exc_info)


def _quieten() -> None:
    """What DBOS logs goes the way of all our lines; a logger that has a handler gets none of its own from DBOS."""
    logger = logging.getLogger("dbos")
    logger.handlers, logger.propagate = [logging.NullHandler()], True
    logger.filters = [_NoCancelTraces()]

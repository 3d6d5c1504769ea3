"""The workers from within the one that trains: what they tell each other, and their devices."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli import json_text
from cnncli.errors import ModelError
from cnncli.runs import record
from cnncli.training import state
from cnncli.training.agreement import Agreement, AgreementOfWorkers
from cnncli.training.cluster import lines
from cnncli.training.cluster.lines import Broken
from cnncli.training.cluster.meeting import Lines, refusal
from cnncli.training.cluster.place import Place
from cnncli.training.devices import Devices
from cnncli.training.state import State
from cnncli.words import counted

if TYPE_CHECKING:
    import numpy as np

HEARTBEAT = 40  # seconds without a sign of life, after which TensorFlow gives a worker up
LOST = 60.0  # seconds in which the guard ends a worker whose others have gone
# What TensorFlow raises where a worker has gone, in an operation that takes part in its work.
_GONE = ("UnavailableError", "DeadlineExceededError", "AbortedError", "CancelledError")


@dataclass(frozen=True)
class Files:
    """What a run begins with, as the chief has it: the texts of its files."""

    record: Mapping[str, Any]
    spec: str
    split: str


class WorkersLost(ModelError):
    """The workers do not reach each other any more, and none of them has been seen to die."""


class Workers:
    """All workers, seen from one of them: the chief has lines to all, others one to the chief."""

    def __init__(self, place: Place, talk: Lines, told: int, folder: Path) -> None:
        self.place, self.folder = place, folder  # where one that is not the chief has its files
        self._talk, self._told = talk, told
        self._devices: Devices | None = None

    @property
    def is_chief(self) -> bool:
        return self.place.is_chief

    def tell_guard(self, run: Path) -> None:
        """Tell the process that watches over this one which run there is to go on with."""
        os.write(self._told, os.fsencode(run))

    def bring(self, files: Files) -> None:
        """Give the others what the run begins with; raises what one of them finds different."""
        self.tell(json_text.dumps(vars(files)).encode())
        faults = [fault for index in self.place.others for fault in self._hear(index)]
        self.tell(json.dumps(faults).encode())
        if faults:
            raise refusal(faults)

    def dismiss(self) -> None:
        """Let the others go: there is nothing to train."""
        self.tell(b"")

    def take(self) -> Files | None:
        """Wait for what the run begins with; None where there is nothing to train."""
        data = self.hear()
        return Files(**json.loads(data)) if data else None

    def answer(self, fault: str | None) -> None:
        """Say what is different here from what the chief brought; raises what any worker found."""
        own = [f"{self.place.name(self.place.index)}: {fault}"] if fault is not None else []
        lines.send(self._talk[0], own)
        faults = json.loads(self.hear())
        if faults:
            raise refusal(faults)

    def tell(self, data: bytes) -> None:
        """Send data to all others."""
        for line in self._talk.values():
            lines.send(line, data)

    def hear(self) -> bytes:
        """Wait for data of the chief."""
        return lines.receive(self._talk[0])

    def _hear(self, index: int) -> list[str]:
        return list(lines.receive_json(self._talk[index]))

    def join(self, threads: int | None) -> None:
        """Let TensorFlow meet the other workers; before it computes anything here."""
        import tensorflow as tf

        record.set_threads(threads)
        _wait_longer_for_signs_of_life(self.place.count)
        described = tf.train.ClusterSpec({"worker": list(self.place.addresses)})
        resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            described, task_type="worker", task_id=self.place.index, rpc_layer="grpc"
        )
        with _signals_end_it():
            strategy = tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver)
        count = strategy.num_replicas_in_sync
        own = count // self.place.count
        kind = "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
        first = self.place.index * own
        self._devices = DevicesOfWorkers(
            *(strategy, count, kind, first, own), workers=self, total=_total(strategy, first)
        )

    @property
    def devices(self) -> Devices:
        assert self._devices is not None, "before they have joined"
        return self._devices


def _wait_longer_for_signs_of_life(count: int) -> None:
    """Let TensorFlow count a worker as lost later than the guards do, which say which it is.

    The ten seconds that it has of itself pass on a busy machine with nothing wrong.
    """
    from tensorflow.compiler.xla.tsl.protobuf import coordination_config_pb2
    from tensorflow.python.eager import context

    context.context().configure_coordination_service(
        service_type="standalone",
        service_leader="/job:worker/replica:0/task:0",
        heartbeat_timeout_in_ms=HEARTBEAT * 1000,
        coordinated_jobs=[coordination_config_pb2.CoordinatedJob(name="worker", num_tasks=count)],
    )


@contextlib.contextmanager
def awaiting_the_guard(workers: Workers | None) -> Iterator[None]:
    """Within the block, what comes of the loss of a worker is left to the guard to tell.

    It ends this process then. What is left after its time is told as what it is.
    """
    try:
        yield
    except Exception as error:
        if workers is None or isinstance(error, WorkersLost) or not has_lost(error):
            raise
        time.sleep(LOST)
        raise WorkersLost(
            f"the workers have lost each other ({_first_line(error)})",
            hint="Go on from the last state: --resume RUN in place of DATA.",
        ) from error


@dataclass(frozen=True)
class DevicesOfWorkers(Devices):
    """The devices of all workers."""

    workers: Workers | None = None
    total: Callable[[Any], Any] | None = None  # sums up over workers

    def __str__(self) -> str:
        assert self.workers is not None
        return f"{self.count} {self.kind} of {counted(self.workers.place.count, 'worker')}"

    def sum(self, values: np.ndarray) -> np.ndarray:
        import tensorflow as tf

        assert self.total is not None
        parts = self.strategy.experimental_local_results(self.total(tf.constant(values)))
        result: np.ndarray = parts[0].numpy()
        return result

    def agreement(self) -> Agreement:
        return AgreementOfWorkers(self.sum, is_chief=self.writes)

    def shared(self, file: Path) -> State | None:
        assert self.workers is not None
        if self.writes:
            self.workers.tell(file.read_bytes() if file.exists() else b"")
        elif data := self.workers.hear():
            file.parent.mkdir()
            file.write_bytes(data)
        return state.read(file)

    def spread(self, variables: Sequence[Any]) -> None:
        import numpy as np

        assert self.workers is not None
        if self.writes:
            packed = io.BytesIO()
            np.savez(packed, *[variable.numpy() for variable in variables])
            self.workers.tell(packed.getvalue())
            return
        with np.load(io.BytesIO(self.workers.hear())) as values:
            for place, variable in enumerate(variables):
                variable.assign(values[f"arr_{place}"])


def _total(strategy: Any, first: int) -> Callable[[Any], Any]:
    """Return a function that sums up what each worker has; `first` is the first device here."""
    import tensorflow as tf

    def on_each(values: Any) -> Any:
        context = tf.distribute.get_replica_context()
        is_first = context.replica_id_in_sync_group == first
        return context.all_reduce("SUM", tf.identity(values) if is_first else 0 * values)

    @tf.function
    def on_all(values: Any) -> Any:
        return strategy.run(on_each, (values,))

    return on_all


def has_lost(error: BaseException | None) -> bool:
    """Whether an error comes of a worker that has gone."""
    while error is not None:
        if isinstance(error, Broken) or type(error).__name__ in _GONE:
            return True
        error = error.__cause__ or error.__context__
    return False


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


@contextlib.contextmanager
def _signals_end_it() -> Iterator[None]:
    """Within the block a signal ends this process: TensorFlow's own wait lets no Python run."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.signal(each, signal.SIG_DFL) for each in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

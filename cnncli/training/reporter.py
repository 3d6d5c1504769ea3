"""What a run leaves while it trains: history, curves, log, and logs for TensorBoard."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType

from cnncli.runs import record
from cnncli.runs.directory import RunDirectory
from cnncli.training.hooks import Display, Hooks
from cnncli.training.moment import Moment, Row

DRAWN_EVERY = (
    2.0  # seconds between two drawings of the curves, which takes longer than an epoch may
)


class Reporter:
    """Keeps history.csv and curves.png current, and hands the rest on to the display."""

    def __init__(
        self,
        run: RunDirectory,
        display: Display,
        hooks: Hooks,
        *,
        tensorboard: bool,
    ) -> None:
        self.run, self.display, self.hooks = run, display, hooks
        self.doubt: Callable[[Row], str | None] = lambda row: None  # of the first epoch
        self.history: Sequence[Row] = ()
        self.best_epoch: int | None = None
        self.drawn, self.drawn_at = 0, -DRAWN_EVERY  # epochs, and when
        self.tensorboard = tensorboard

    def moment(self, moment: Moment) -> None:
        self.display.moment(moment)

    def catch_up(self, history: Sequence[Row], best_epoch: int | None) -> None:
        """Write history and curves as a state has them, which may be behind them or ahead."""
        if history:
            record.write_history(self.run.history, history)
            self._draw(history, best_epoch)
        else:
            self.run.history.unlink(missing_ok=True)

    def _draw(self, history: Sequence[Row], best_epoch: int | None) -> None:
        self.hooks.draw_curves(history, best_epoch, self.run.curves)
        self.drawn, self.drawn_at = len(history), time.monotonic()

    def __enter__(self) -> Reporter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Draw the last epochs, too, however training ends."""
        if len(self.history) > self.drawn:
            self._draw(self.history, self.best_epoch)

    def epoch_done(self, history: Sequence[Row], best_epoch: int | None, epochs: int) -> None:
        self.history, self.best_epoch = history, best_epoch
        record.write_history(self.run.history, history)
        if time.monotonic() - self.drawn_at > DRAWN_EVERY:
            self._draw(history, best_epoch)
        row = "  ".join(f"{name} {record.number(value)}" for name, value in history[-1].items())
        self.run.add_to_log(row)
        if self.tensorboard:
            self._to_tensorboard(history[-1])
        self.display.epoch_done(history, best_epoch, epochs)
        if len(history) == 1 and (said := self.doubt(history[0])) is not None:
            self.run.add_to_log(said)
            self.hooks.warn(said)

    def _to_tensorboard(self, row: Row) -> None:
        import tensorflow as tf

        # What tf.summary.scalar writes; that one wants the package tensorboard, which TensorFlow
        # does not bring any more, and which may well be installed where the logs are looked at.
        plugin = tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars")
        metadata = tf.compat.v1.SummaryMetadata(plugin_data=plugin, data_class="DATA_CLASS_SCALAR")
        # A writer for each epoch: whatever becomes of this process, its file is whole.
        writer = tf.summary.create_file_writer(str(self.run.tensorboard))
        with writer.as_default(step=int(row["epoch"])):
            for name, value in row.items():
                if name not in record.PLACES:
                    tf.summary.write(name, tf.constant(value, tf.float32), metadata=metadata)
        writer.close()

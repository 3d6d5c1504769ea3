"""What a run leaves while it trains: history, curves, log, and logs for TensorBoard."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnncli.runs import record
from cnncli.runs.directory import RunDirectory
from cnncli.training.hooks import Display, Hooks
from cnncli.training.moment import Moment, Row


class Reporter:
    """Keeps history.csv and curves.png current, and hands the rest on to the display."""

    def __init__(
        self,
        run: RunDirectory,
        epochs: int,
        display: Display,
        hooks: Hooks,
        doubt: Callable[[Row], str | None],
        *,
        tensorboard: bool,
    ) -> None:
        self.run, self.epochs, self.display, self.hooks = run, epochs, display, hooks
        self.doubt = doubt  # of the first epoch
        self.tensorboard = tensorboard

    def moment(self, moment: Moment) -> None:
        self.display.moment(moment)

    def catch_up(self, history: Sequence[Row], best_epoch: int | None) -> None:
        """Write history and curves as a state has them, which may be an epoch ahead of them."""
        if history:
            record.write_history(self.run.history, history)
            self.hooks.draw_curves(history, best_epoch, self.run.curves)

    def epoch_done(self, history: Sequence[Row], best_epoch: int | None) -> None:
        self.catch_up(history, best_epoch)
        row = "  ".join(f"{name} {record.number(value)}" for name, value in history[-1].items())
        self.run.add_to_log(row)
        if self.tensorboard:
            self._to_tensorboard(history[-1])
        self.display.epoch_done(history, best_epoch, self.epochs)
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
                if name != "epoch":
                    tf.summary.write(name, tf.constant(value, tf.float32), metadata=metadata)
        writer.close()

"""Mixed precision: refused where it would be slower than float32."""

from __future__ import annotations

from pathlib import Path

from cnncli.errors import ModelError

# NVIDIA's compute capability from which tensor cores multiply numbers of these types.
CAPABILITY = {"float16": (7, 0), "bfloat16": (8, 0)}
# Instructions of processors that multiply bfloat16; nothing like it exists for float16.
INSTRUCTIONS = ("amx_bf16", "avx512_bf16")


def refuse_slower(policy: str | None) -> None:
    """Raise ModelError when this machine computes a dtype policy slower than float32."""
    if policy is None or "16" not in policy:
        return
    from cnncli.network.backend import load_keras

    load_keras()
    import tensorflow as tf

    kind = "bfloat16" if "bfloat16" in policy else "float16"
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        found = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability")
        if found is None or tuple(found) >= CAPABILITY[kind]:
            return
        reason = f"its graphics card has no fast {kind} (compute capability {found[0]}.{found[1]})"
    elif kind == "bfloat16" and any(name in _instructions() for name in INSTRUCTIONS):
        return
    else:
        reason = f"there is no graphics card, and its processor has no fast {kind}"
    raise ModelError(
        f"dtype {policy}: would be slower than float32 on this machine: {reason}",
        hint="Leave it out here: --set dtype=float32",
    )


def _instructions() -> frozenset[str]:
    """Return what Linux says that the processor can; nothing elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return frozenset()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return frozenset(flags.partition(":")[2].split())

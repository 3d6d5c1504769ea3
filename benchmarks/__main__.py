"""Run every benchmark; exit with 1 when one of them misses a limit."""

import importlib
import pkgutil
import sys

import benchmarks

HELPERS = {"__main__", "efficientnet_lite", "harness", "plain_keras", "plain_frozen"}


def main() -> int:
    """Run all benchmarks, or those named on the command line."""
    names = sys.argv[1:] or [
        module.name
        for module in pkgutil.iter_modules(benchmarks.__path__)
        if module.name not in HELPERS
    ]
    kept = []
    for name in names:
        print(f"\n{name}", flush=True)
        kept.append(importlib.import_module(f"benchmarks.{name}").main())
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())

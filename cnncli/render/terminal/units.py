"""Numbers with units, as a person reads them; exact ones stand in JSON and CSV."""

from __future__ import annotations


def count(number: int | None) -> str:
    """Return a number in thousands, millions, ... with three digits: 21608352 as "21.6 M".

    "?" stands for a number that is not known.
    """
    return "?" if number is None else _scaled(number, 1000, ("", "k", "M", "G", "T", "P"), 3)


def size(number: int | None) -> str:
    """Return bytes in binary units: 218508 as "213 KiB"."""
    if number is None:
        return "?"
    return _scaled(number, 1024, ("B", "KiB", "MiB", "GiB", "TiB", "PiB"), 3)


def percent(part: int, whole: int) -> str:
    """Return a share: "45.9 %"; nothing of nothing is 0."""
    return f"{100 * part / whole:.1f} %" if whole else "0.0 %"


def duration(seconds: float) -> str:
    """Return a time as hours, minutes and seconds: "0:01:23"."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def _scaled(number: int, base: int, units: tuple[str, ...], digits: int) -> str:
    value, unit = float(number), 0
    # Rounded first, so that 999,999 is 1.00 M and not 1000 k.
    while unit + 1 < len(units) and round(value) >= base:
        value, unit = value / base, unit + 1
    if unit == 0:
        return f"{number} {units[0]}".rstrip()
    whole = len(str(int(value)))
    return f"{value:.{max(0, digits - whole)}f} {units[unit]}"

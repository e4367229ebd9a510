"""How often the long faults are repeated: a few times always, the full count under IOC_FAULTS=full."""

import os


def rounds(few: int, full: int) -> int:
    return full if os.environ.get("IOC_FAULTS") == "full" else few

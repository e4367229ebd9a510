"""SDMX-ML data messages through sdmx1: one record for each observation, with its dimensions and attributes."""

from __future__ import annotations

import io
from typing import Any

from pipelines.connect.xmlguard import XmlRefusedError, check_xml


def records(body: bytes) -> list[dict[str, Any]]:
    """Dimensions, `OBS_VALUE` and attributes of every observation; XmlRefusedError when it is no data message."""
    check_xml(body)
    import sdmx
    from sdmx.message import DataMessage

    try:
        message = sdmx.read_sdmx(io.BytesIO(body))
    except Exception as error:  # the library raises many kinds for a broken or foreign message
        raise XmlRefusedError(f"not readable as SDMX-ML ({type(error).__name__}: {str(error)[:120]})") from error
    if not isinstance(message, DataMessage):
        raise XmlRefusedError("no data message of SDMX (a structure holds no values)")
    found = []
    for part in message.data:
        for observation in part.obs:
            record: dict[str, Any] = {name: attribute.value for name, attribute in observation.attrib.items()}
            record |= {name: key.value for name, key in observation.key.values.items()}
            record["OBS_VALUE"] = observation.value
            found.append(record)
    return found

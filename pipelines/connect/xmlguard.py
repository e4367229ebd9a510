"""XML of strangers: no document type, no entities, no deep nesting, a bounded size. Everything else is data."""

from __future__ import annotations

from xml.parsers import expat

MOST_BYTES, MOST_DEPTH = 200 * 2**20, 64


class XmlRefusedError(ValueError):
    """The document is not read: what it tried, or where it is broken."""


def check_xml(body: bytes) -> None:
    """Raise XmlRefusedError unless the document is whole, plain and of bearable size."""
    if len(body) > MOST_BYTES:
        raise XmlRefusedError(f"more than {MOST_BYTES >> 20} MB of XML")
    depth = 0

    def refuse(*_: object) -> None:
        raise XmlRefusedError("a document type or entity declaration, which is never read")

    def enter(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise XmlRefusedError(f"nested deeper than {MOST_DEPTH}")

    def leave(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise XmlRefusedError(f"not readable as XML ({error})") from error

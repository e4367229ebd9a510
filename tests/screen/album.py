"""What is taken a picture of: every page of the menu and beside it, the steward's pages, the walls, and their sizes."""

from __future__ import annotations

DESK, PHONE = (1440, 900), (390, 844)
WALLS = ((1920, 1080), (3840, 2160), (7680, 2160))
COMMUNE, RIVALS = "21289", "21289,21292,21400,21025"  # in Quang Ngai; another province shows its own first ones
CLICK = " -> "  # before what is clicked on the page of an address

# Picture -> address. A name is the key of its page, or that key and what differs ("overview+unit").
VIEWS = {
    "overview": "",
    "overview+unit": f"?unit={COMMUNE}",
    "procedures": "procedures",
    "quality": "quality",
    "reporting": "reporting",
    "traffic": "traffic",
    "digital": "digital",
    "shared": "shared",
    "society": "society",
    "commune": f"commune?unit={COMMUNE}",
    "side_by_side": f"compare?units={RIVALS}",
    "editions": "editions",
    "whatif": "what-if",
    "whatif+moved": "what-if?w1=40",
    "appraisal": "appraisal",
    "sources": "sources",
    "records": "records?indicator=procedures.on_time",
}
# Route of the steward's desk -> picture and address.
STEWARD = {
    "/desk/<source>": ("desk_source", "desk/one_stop"),
    "/desk/<source>/covenant": ("desk_covenant", "desk/one_stop/covenant"),
    "/desk/<source>/month": ("desk_month", "desk/report_service/month"),
    "/desk/forms": ("desk_forms", "desk/forms"),
    "/desk/appraisal": ("desk_appraisal", "desk/appraisal"),
    "/desk/appraisal/cell": ("desk_cell", f"desk/appraisal{CLICK}a[href*='/desk/appraisal/cell?']"),
}
# Routes that answer no page, or none without an act before.
NO_PICTURE = {"/desk/template.xlsx", "/desk/request/<int:number>", "/desk/appraisal/evidence/<name>"}


def in_english(path: str) -> str:
    """The same address in English."""
    address, arrow, click = path.partition(CLICK)
    return f"{address}{'&' if '?' in address else '?'}lang=en{arrow}{click}"

"""VN-2000 zones: which central meridian a province's cadastral files usually have, and its EPSG code.

Meridians follow Circular 973/2001/TT-TCĐC for the provinces of before July 2025; a merged province has one
for each of its former provinces, its present centre's first.
"""

from __future__ import annotations

EPSG_OF_MERIDIAN: dict[str, int] = {
    "103-00": 9205, "104-00": 9206, "104-30": 9207, "104-45": 9208, "105-00": 5897, "105-30": 9209,
    "105-45": 9210,
    "106-00": 9211, "106-15": 9212, "106-30": 9213, "107-00": 9214, "107-15": 9215, "107-30": 9216,
    "107-45": 5899,
    "108-00": 5898, "108-15": 9217, "108-30": 9218,
}  # fmt: skip
UTM_ZONES = {3405: "UTM 48N, west of 108°", 3406: "UTM 49N, east of 108°"}

MERIDIANS_OF_PROVINCE: dict[str, tuple[str, ...]] = {
    "01": ("105-00",), "04": ("105-45",), "08": ("106-00", "105-30"), "11": ("103-00",), "12": ("103-00",),
    "14": ("104-00",), "15": ("104-45",), "19": ("106-30",), "20": ("107-15",), "22": ("107-45",),
    "24": ("107-00", "105-30"), "25": ("104-45", "105-00", "106-00"), "31": ("105-45", "105-30"),
    "33": ("105-30",),
    "37": ("105-00", "105-30"), "38": ("105-00",), "40": ("104-45",), "42": ("105-30",),
    "44": ("106-00", "106-15"),
    "46": ("107-00",), "48": ("107-45",), "51": ("108-00", "107-30"), "52": ("108-15", "108-30"),
    "56": ("108-15",),
    "66": ("108-30",), "68": ("107-45", "108-30"), "75": ("107-45", "106-15"), "79": ("105-45", "107-45"),
    "80": ("105-45", "105-30"), "82": ("105-00", "105-45"), "86": ("105-30", "105-45"),
    "91": ("104-30", "104-45"),
    "92": ("105-00", "105-30"), "96": ("104-30", "105-00"),
}  # fmt: skip


def suggest_crs(province_code: str) -> str:
    """One sentence for an error message: which ``--crs`` to try for the province's VN-2000 files."""
    zones = [
        f"EPSG:{EPSG_OF_MERIDIAN[meridian]} (TM-3, central meridian {meridian.replace('-', '°')}')"
        for meridian in MERIDIANS_OF_PROVINCE.get(province_code, ())
    ]
    utm = [f"EPSG:{code} ({name})" for code, name in UTM_ZONES.items()]
    usual = f"usual for province {province_code}: {', '.join(zones)}; " if zones else ""
    return f"pass --crs with the VN-2000 zone of the file; {usual}national sheets: {', '.join(utm)}"

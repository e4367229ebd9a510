"""The agencies of a province: departments, one agency per commune, closed district offices (DECISIONS 1,
8).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ioc.errors import ConfigError
from ioc.unit.model import AdminUnit
from ioc.unit.tables import FOLDER, name_in_english, read_districts
from ioc.words.letters import match_key

TEMPLATE = FOLDER / "agency_template.yaml"
_KINDS = ("department", "commune_agency", "district_agency")
_NAMES = {"code", "kind", "unit_type", "name", "full_name", "name_en", "commune_code", "duty_contact"}
_FIELDS = _NAMES | {"valid_from", "valid_to", "is_invented"}


def build_agencies(province: AdminUnit, communes: list[AdminUnit], overlay: Path | None = None) -> list[AdminUnit]:
    """Generate the agencies from the template, or take them from the province's own list (`agencies:` in
    the overlay).

    Generated codes are marked as invented: only their first group follows a known pattern.
    """
    template = _read(TEMPLATE)
    if overlay is not None:
        own = _read(overlay)
        if "agencies" in own:
            known = {unit.code for unit in communes}
            return [_stated(overlay, entry, province, known) for entry in own["agencies"]]
        template |= own
    prefixes = _electronic_codes(template)
    prefix = _prefix(prefixes, province.name)
    found = [_department(template, entry, prefix, province) for entry in template["departments"]]
    pattern = template["commune_agency"]
    for index, commune in enumerate(sorted(communes, key=lambda unit: unit.code)):
        found.append(_commune_agency(pattern, index, prefix, commune, province))
    return found + _district_agencies(template["district_agency"], prefixes, province)


def _department(template: dict[str, Any], entry: dict[str, str], prefix: str, province: AdminUnit) -> AdminUnit:
    name = entry["name"]
    duty = template["department_duty"].format(name=name, extension=entry["extension"])
    return _agency(
        f"{prefix}.{entry['suffix']}",
        "department",
        province,
        unit_type=entry["unit_type"],
        name=name,
        name_en=entry["name_en"],
        duty=duty,
    )


def _commune_agency(
    pattern: dict[str, Any], index: int, prefix: str, commune: AdminUnit, province: AdminUnit
) -> AdminUnit:
    spoken = commune.full_name[0].lower() + commune.full_name[1:]
    names = {
        "commune": spoken,
        "commune_en": commune.name_en,
        "extension": pattern["first_extension"] + index,
    }
    return _agency(
        f"{prefix}.{pattern['first_suffix'] + index:02d}",
        "commune_agency",
        province,
        unit_type=pattern["unit_type"],
        name=pattern["name"].format(**names),
        name_en=pattern["name_en"].format(**names),
        commune=commune,
        duty=pattern["duty"].format(**names),
        start=commune.valid_from,
    )


def _district_agencies(pattern: dict[str, Any], prefixes: dict[str, str], province: AdminUnit) -> list[AdminUnit]:
    found: list[AdminUnit] = []
    counts: dict[str, int] = {}
    for district in read_districts(province.code):
        prefix = _prefix(prefixes, district.province)
        number = counts[prefix] = counts.get(prefix, pattern["first_number"] - 1) + 1
        names = {
            "district": f"{district.unit_type} {district.name}",
            "district_en": name_in_english(district.unit_type, district.name),
        }
        code = f"000.00.{number:02d}.{prefix}"
        full, english = pattern["name"].format(**names), pattern["name_en"].format(**names)
        end = pattern["valid_to"]
        found.append(
            _agency(
                code,
                "district_agency",
                province,
                unit_type=pattern["unit_type"],
                name=full,
                name_en=english,
                end=end,
            )
        )
    return found


def _agency(
    code: str,
    kind: str,
    province: AdminUnit,
    *,
    unit_type: str,
    name: str,
    name_en: str,
    commune: AdminUnit | None = None,
    duty: str | None = None,
    start: date | None = None,
    end: date | None = None,
) -> AdminUnit:
    return AdminUnit(
        code=code, kind=kind, unit_type=unit_type, name=name, full_name=name, name_en=name_en,
        parent_code=province.code, commune_code=commune.code if commune else None, valid_from=start,
        valid_to=end, lon=None, lat=None, area_km2=None, is_invented=True, duty_contact=duty,
    )  # fmt: skip


def _stated(path: Path, entry: dict[str, Any], province: AdminUnit, communes: set[str]) -> AdminUnit:
    """One agency of the province's own list."""
    code = str(entry.get("code", "?"))
    unknown = set(entry) - _FIELDS
    if unknown or entry.get("kind") not in _KINDS or not {"code", "name"} <= set(entry):
        remedy = f"give code, kind ({' | '.join(_KINDS)}) and name; known keys: {', '.join(sorted(_FIELDS))}"
        raise ConfigError(path, None, f"agency {code} is not described as expected", remedy=remedy)
    commune = entry.get("commune_code")
    if (entry["kind"] == "commune_agency") != (commune in communes):
        remedy = "a commune_agency needs the code of a commune of this province, other kinds none"
        raise ConfigError(path, None, f"agency {code} names the commune {commune!r}", remedy=remedy)
    name = str(entry["name"])
    return AdminUnit(
        code=code, kind=entry["kind"], unit_type=str(entry.get("unit_type", "")), name=name,
        full_name=str(entry.get("full_name", name)), name_en=str(entry.get("name_en", name)),
        parent_code=province.code, commune_code=commune, valid_from=entry.get("valid_from"),
        valid_to=entry.get("valid_to"), lon=None, lat=None, area_km2=None,
        is_invented=bool(entry.get("is_invented", False)), duty_contact=entry.get("duty_contact"),
    )  # fmt: skip


def _electronic_codes(template: dict[str, Any]) -> dict[str, str]:
    codes = template["electronic_codes"]
    return {match_key(name): code for part in ("alphabetical", "confirmed") for name, code in codes[part].items()}


def _prefix(prefixes: dict[str, str], province: str) -> str:
    try:
        return prefixes[match_key(province)]
    except KeyError:
        remedy = "add the province to electronic_codes"
        raise ConfigError(TEMPLATE, None, f"no electronic code for {province!r}", remedy=remedy) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(path, None, f"agency list cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ConfigError(path, 1, "expected a mapping", remedy="see data/units/agency_template.yaml")
    return content

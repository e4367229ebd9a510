"""The registry: the units of a day, what a delivered code or name means, what a former commune became."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from ioc.errors import UnknownUnitError
from ioc.unit.agencies import build_agencies
from ioc.unit.model import AdminUnit, Match, Succession
from ioc.unit.tables import (
    TypeChange,
    name_in_full,
    read_legacy_names,
    read_succession,
    read_type_changes,
    read_units,
    spell_type,
    with_type,
)
from ioc.words.letters import collation_key, fold, match_key

COUNTRY = AdminUnit(
    code="VN", kind="country", unit_type="quốc gia", name="Việt Nam", full_name="Việt Nam",
    name_en="Viet Nam", parent_code=None, commune_code=None, valid_from=None, valid_to=None,
    lon=None, lat=None, area_km2=None,
    is_invented=False,
)  # fmt: skip
_MERGER = date(2025, 7, 1)


class UnitRegistry:
    """The units of one province (with its agencies) or of the nation; changes of type keep their dates."""

    def __init__(self, units: Iterable[AdminUnit], changes: Iterable[TypeChange] = ()) -> None:
        self._base = {unit.code: unit for unit in units}
        self._changes = [change for change in changes if change.code in self._base]
        self._units = {code: self._as_of(unit, None) for code, unit in self._base.items()}
        self._alias = {code: unit.code for unit in self._units.values() for code in unit.former_codes}
        self._names: dict[str, set[str]] = {}
        for unit in self._base.values():
            if unit.kind == "commune":
                self._names.setdefault(match_key(unit.full_name), set()).add(unit.code)
        for change in self._changes:
            unit = self._base[change.code]
            if unit.kind == "commune":
                key = match_key(name_in_full(change.unit_type, unit.name))
                self._names.setdefault(key, set()).add(unit.code)

    @classmethod
    def load(cls, province_code: str, *, agencies: Path | None = None) -> UnitRegistry:
        """One province, its communes and agencies; `agencies`: its own list or part of a template."""
        units = read_units()
        province = units.get(province_code)
        if province is None or province.kind != "province":
            known = [f"{unit.code} {unit.name}" for unit in units.values() if unit.kind == "province"]
            near = [entry for entry in known if fold(entry[3:]) == fold(province_code)] or known
            remedy = f"use a two-digit code: {', '.join(near)}"
            raise UnknownUnitError(f"no province with the code {province_code!r}", remedy=remedy)
        communes = [unit for unit in units.values() if unit.parent_code == province_code]
        changes = read_type_changes()
        current = UnitRegistry(communes, changes).communes()
        top = replace(province, parent_code=None)  # the country is no unit of a single province
        return cls([top, *communes, *build_agencies(province, current, agencies)], changes)

    @classmethod
    def nation(cls) -> UnitRegistry:
        """The country (code VN), 34 provinces and 3,321 communes, without agencies."""
        return cls([COUNTRY, *read_units().values()], read_type_changes())

    @property
    def province(self) -> AdminUnit:
        """The province of a registry made by `load`."""
        provinces = self.provinces()
        if len(provinces) != 1:
            raise UnknownUnitError("this registry holds the whole nation", remedy="load one province instead")
        return provinces[0]

    def __contains__(self, code: str) -> bool:
        return code in self._units

    def __len__(self) -> int:
        return len(self._units)

    def get(self, code: str, on: date | None = None) -> AdminUnit:
        """The unit of this code (or alias), as it is called now or was called on a day."""
        found = self._units.get(self._alias.get(code, code))
        if found is None:
            raise UnknownUnitError(f"unknown unit code {code!r}", remedy=self._advise(code))
        return found if on is None else self._as_of(self._base[found.code], on)

    def provinces(self) -> list[AdminUnit]:
        """All provinces, by code."""
        return [unit for unit in self._units.values() if unit.kind == "province"]

    def communes(self, on: date | None = None) -> list[AdminUnit]:
        """All communes, by code; with a day, those in being and under the type of that day (none before
        1/7/2025).
        """
        return self._of_kind("commune", on)

    def departments(self) -> list[AdminUnit]:
        """The departments of the province, by code."""
        return self._of_kind("department", None)

    def agencies(self, on: date | None = None) -> list[AdminUnit]:
        """Departments, commune agencies and closed district offices; with a day, those in being then.

        Commune agencies begin on 1 July 2025, district offices end on the day before.
        """
        kinds = ("department", "commune_agency", "district_agency")
        return [unit for kind in kinds for unit in self._of_kind(kind, on)]

    def children(self, code: str) -> list[AdminUnit]:
        """The units directly below, in Vietnamese order of their names."""
        below = [unit for unit in self._units.values() if unit.parent_code == self.get(code).code]
        return sorted(below, key=lambda unit: (unit.kind, collation_key(unit.name)))

    def level(self, code: str) -> str:
        """The level its numbers count for: province, commune or department."""
        return self.get(code).level

    def measured_as(self, code: str) -> str:
        """The code its numbers count for: an agency of a commune its commune, a closed district office the
        province.
        """
        unit = self.get(code)
        if unit.kind == "commune_agency" and unit.commune_code:
            return unit.commune_code
        return unit.parent_code or unit.code if unit.kind == "district_agency" else unit.code

    def find_commune(self, code: str | None, name: str | None = None, *, on: date | None = None) -> Match:
        """What a delivered commune is: by code, else by its full name with type ('Xã Sơn Hà'); never by
        guess.

        With a day before 1 July 2025 the code is read as a former one and follows the succession. Without
        a unit, `Match.reason` says why; with one, it says what did not agree.
        """
        by_code = self._match_code(code.strip(), on) if code and code.strip() else None
        if by_code is not None and by_code.unit is not None:
            if name and on is None and match_key(name) not in self._keys_of(by_code.unit):
                reason = f"code {code} is {by_code.unit.full_name}, delivered as {name!r}"
                return Match(by_code.unit, by_code.how, reason)
            return by_code
        if name and name.strip():
            by_name = self._match_name(name)
            if by_code is not None:
                reason = "; ".join(part for part in (by_code.reason, by_name.reason) if part)
                return Match(by_name.unit, by_name.how, reason)
            return by_name
        return by_code or Match(None, "none", "neither code nor name delivered")

    def successors(self, old_code: str) -> list[Succession]:
        """The communes that a commune of before 1 July 2025 went into; several when it was divided."""
        steps = read_succession().get(old_code)
        if steps is None:
            remedy = "give the five-digit code of a commune of before 1 July 2025"
            raise UnknownUnitError(f"unknown former commune code {old_code!r}", remedy=remedy)
        return list(steps)

    def rows(self) -> list[dict[str, object]]:
        """One row per unit for the table core.unit."""
        return [
            {
                "unit_code": unit.code, "unit_kind": unit.kind, "unit_level": unit.level,
                "measured_as": self.measured_as(unit.code), "unit_type": unit.unit_type, "name": unit.name,
                "full_name": unit.full_name, "name_en": unit.name_en, "parent_code": unit.parent_code,
                "commune_code": unit.commune_code, "duty_contact": unit.duty_contact, "valid_from":
                unit.valid_from,
                "valid_to": unit.valid_to, "lon": unit.lon, "lat": unit.lat, "area_km2": unit.area_km2,
                "is_invented": unit.is_invented,
            }
            for unit in self._units.values()
        ]  # fmt: skip

    def _as_of(self, unit: AdminUnit, on: date | None) -> AdminUnit:
        for change in self._changes:
            if change.code == unit.code and (on is None or change.valid_from <= on):
                unit = with_type(unit, change.unit_type)
        return unit

    def _of_kind(self, kind: str, on: date | None) -> list[AdminUnit]:
        found = [unit for unit in self._units.values() if unit.kind == kind]
        return found if on is None else [self.get(u.code, on) for u in found if u.exists_on(on)]

    def _match_code(self, code: str, on: date | None) -> Match:
        if on is not None and on < _MERGER:
            return self._match_former(code)
        unit = self._units.get(code)
        if unit is not None and unit.kind == "commune":
            return Match(unit, "code")
        if code in self._alias:
            return Match(self._units[self._alias[code]], "alias")
        elsewhere = read_units().get(code)
        if elsewhere is not None and elsewhere.kind == "commune":
            reason = f"commune {code} {elsewhere.full_name} belongs to province {elsewhere.parent_code}"
            return Match(None, "none", reason)
        if code in read_succession():
            return self._match_former(code)
        return Match(None, "none", f"unknown commune code {code!r}")

    def _match_former(self, code: str) -> Match:
        steps = read_succession().get(code)
        if steps is None:
            return Match(None, "none", f"unknown former commune code {code!r}")
        if len(steps) > 1:
            parts = ", ".join(step.new_code for step in steps)
            return Match(None, "none", f"former commune {code} was divided among {parts}")
        unit = self._units.get(steps[0].new_code)
        if unit is None:
            return Match(None, "none", f"former commune {code} lies outside this province")
        return Match(unit, "succession", f"former code of {read_legacy_names()[code]}")

    def _match_name(self, name: str) -> Match:
        codes = self._names.get(match_key(spell_type(name)), set())
        if len(codes) == 1:
            return Match(self._units[next(iter(codes))], "name")
        if codes:
            return Match(None, "none", f"{name!r} is the name of {len(codes)} units: {', '.join(sorted(codes))}")
        bare = [u for u in self._units.values() if u.kind == "commune" and match_key(u.name) == match_key(name)]
        if bare:
            options = ", ".join(f"{unit.full_name} ({unit.code})" for unit in bare[:5])
            return Match(None, "none", f"{name!r} lacks its type; it could be {options}")
        near = difflib.get_close_matches(match_key(name), self._names, 1)
        hint = f"; nearest: {self._units[min(self._names[near[0]])].full_name}" if near else ""
        return Match(None, "none", f"unknown commune name {name!r}{hint}")

    def _keys_of(self, unit: AdminUnit) -> set[str]:
        types = {
            self._base[unit.code].unit_type,
            *(c.unit_type for c in self._changes if c.code == unit.code),
        }
        return {match_key(name_in_full(kind, unit.name)) for kind in types} | {match_key(unit.name)}

    def _advise(self, code: str) -> str:
        steps = read_succession().get(code)
        if steps:
            return f"it is a code of before 1 July 2025, now {', '.join(step.new_code for step in steps)}"
        exact = [
            unit for unit in self._units.values() if match_key(code) in map(match_key, (unit.name, unit.full_name))
        ]
        near = [unit.code for unit in exact] or difflib.get_close_matches(code, self._units, 3)
        if not near:
            return "use an official code: two digits for a province, five for a commune"
        return "did you mean " + " or ".join(f"{each} ({self._units[each].full_name})" for each in near[:3]) + "?"

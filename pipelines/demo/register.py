"""The register of procedures: names, fields, service levels, allowances (one-stop table `thu_tuc`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pipelines.demo.chance import draw
from pipelines.demo.options import DemoOptions

SEEDS = Path(__file__).resolve().parents[2] / "data" / "demo" / "procedures.yaml"
# (full, partial, neither, integrated with the national portal, eligible for full service): quoted for 51 and 68.
QUOTED = {"51": (848, 1336, 0, 2127, 1175), "68": (877, 1163, 197, 2040, 1228)}
COMMUNE_COUNT = 436  # procedures handled by communes
RETIRED_COUNT = 58  # procedures of before the two-tier model, out of service since 1 July 2025
REFORM = "2025-07-01"


@dataclass(frozen=True, slots=True)
class Register:
    """Columns of the register, one entry per procedure; the first `in_service` ones are in service now."""

    code: list[str]
    name: list[str]
    field: list[str]
    level: list[str]  # TOAN_TRINH | MOT_PHAN | KHONG
    is_commune: np.ndarray
    department: np.ndarray  # position of the department, -1 for communes
    is_eligible: np.ndarray
    is_integrated: np.ndarray
    has_fee: np.ndarray
    has_document: np.ndarray
    allowance: np.ndarray  # working days, 0 same day
    weight: np.ndarray  # relative frequency
    valid_from: list[str]
    valid_to: list[str | None]
    in_service: int

    def rows(self) -> list[tuple[object, ...]]:
        """Rows of `thu_tuc` in column order, without cap_nhat_luc."""
        return [
            (
                self.code[i],
                self.name[i],
                self.field[i],
                "XA" if self.is_commune[i] else "TINH",
                self.level[i],
                int(self.is_eligible[i]),
                int(self.is_integrated[i]),
                int(self.has_fee[i]),
                int(self.has_document[i]),
                int(self.allowance[i]),
                self.valid_from[i],
                self.valid_to[i],
            )
            for i in range(len(self.code))
        ]


def level_counts(options: DemoOptions) -> tuple[int, int, int, int, int]:
    """Procedures in service by level, integrated and eligible; quoted where published, else drawn near them."""
    if options.province in QUOTED:
        return QUOTED[options.province]
    chance = draw(options, "register size")
    total = int(chance.integers(2080, 2260))
    full, neither = round(total * chance.uniform(0.36, 0.46)), int(chance.integers(0, 190))
    return full, total - full - neither, neither, round((total - neither) * 0.975), round(total * 0.54)


@lru_cache(maxsize=4)
def make_register(options: DemoOptions) -> Register:
    """The register of a province."""
    chance = draw(options, "register")
    seeds = yaml.safe_load(SEEDS.read_text(encoding="utf-8"))
    full, partial, neither, integrated, eligible = level_counts(options)
    in_service = full + partial + neither
    entries = _commune_entries(seeds)[:COMMUNE_COUNT]
    entries += _department_entries(seeds)[: in_service - COMMUNE_COUNT]
    if len(entries) != in_service:
        raise ValueError(f"{SEEDS.name} gives {len(entries)} names for {in_service} procedures")
    entries += [(f"{e[0]} (theo quy định cũ)", *e[1:]) for e in entries[20 : 20 + RETIRED_COUNT * 7 : 7]]
    count = len(entries)
    popular = len(seeds["popular"])
    levels = np.array(["TOAN_TRINH"] * full + ["MOT_PHAN"] * partial + ["KHONG"] * neither)
    order = chance.permutation(in_service)
    level = np.concatenate((levels[np.argsort(order)], np.full(count - in_service, "MOT_PHAN")))
    level[:popular] = _swap_to_offer_online(level, popular)
    is_commune = np.array([e[2] < 0 for e in entries])
    is_online = level != "KHONG"
    allowance = np.array([e[3] if e[3] >= 0 else -1 for e in entries])
    drawn = chance.choice(
        [1, 2, 3, 5, 7, 10, 15, 20, 30], count, p=[0.05, 0.08, 0.19, 0.22, 0.14, 0.14, 0.09, 0.06, 0.03]
    )
    zipf = 1.0 / (np.arange(count) + 4) ** 0.9
    weight = np.where(is_commune, 22.0, 1.0) * chance.permutation(zipf) / zipf.mean()
    weight[:popular] = [entry[3] * 4 for entry in seeds["popular"]]
    since = np.datetime64("2019-01-01") + chance.integers(0, 2300, count)
    new = chance.permutation(in_service)[:RETIRED_COUNT]  # came with the two-tier model
    valid_from = np.datetime_as_string(np.minimum(since, np.datetime64("2025-04-01"))).astype(object)
    valid_from[new] = REFORM
    fee = chance.random(count) < 0.46
    fee[:popular] = [entry[1] in ("Chứng thực", "Đất đai", "Xây dựng", "Hộ tịch") for entry in seeds["popular"]]
    return Register(
        code=_codes(chance, count),
        name=[e[0] for e in entries],
        field=[e[1] for e in entries],
        level=level.tolist(),
        is_commune=is_commune,
        department=np.array([e[2] for e in entries]),
        is_eligible=_eligible(level, in_service, eligible, chance),
        is_integrated=_choose(np.flatnonzero(is_online[:in_service]), integrated, count, chance),
        has_fee=fee,
        has_document=chance.random(count) < 0.87,
        allowance=np.where(allowance >= 0, allowance, drawn),
        weight=weight,
        valid_from=valid_from.tolist(),
        valid_to=[None] * in_service + ["2025-06-30"] * (count - in_service),
        in_service=in_service,
    )


Entry = tuple[str, str, int, int]  # name, field, department position or -1, allowance or -1


def _commune_entries(seeds: dict[str, Any]) -> list[Entry]:
    found: list[Entry] = [(name, field, -1, days) for name, field, days, _ in seeds["popular"]]
    for action in seeds["actions"]:
        for group in seeds["commune_fields"]:
            found += [(f"{action} {subject}", group["field"], -1, -1) for subject in group["subjects"]]
    return found


def _department_entries(seeds: dict[str, Any]) -> list[Entry]:
    found: list[Entry] = []
    for action in seeds["actions"]:
        for group in seeds["department_fields"]:
            position = int(group["department"]) - 1
            found += [(f"{action} {subject}", group["field"], position, -1) for subject in group["subjects"]]
    return found


def _codes(chance: np.random.Generator, count: int) -> list[str]:
    """Distinct national codes `d.dddddd`."""
    numbers = chance.choice(np.arange(1, 14_000), count, replace=False)
    first = chance.choice([1, 2, 3], count, p=[0.7, 0.2, 0.1])
    return [f"{lead}.{number:06d}" for lead, number in zip(first, numbers, strict=True)]


def _swap_to_offer_online(level: np.ndarray, popular: int) -> np.ndarray:
    """Everyday procedures are offered online: trade places with others so that the totals stay."""
    for index in np.flatnonzero(level[:popular] == "KHONG"):
        other = popular + int(np.flatnonzero(level[popular:] == "MOT_PHAN")[index])
        level[index], level[other] = level[other], level[index]
    return level[:popular]


def _eligible(level: np.ndarray, in_service: int, wanted: int, chance: np.random.Generator) -> np.ndarray:
    flags = level == "TOAN_TRINH"
    rest = np.flatnonzero(level[:in_service] == "MOT_PHAN")
    flags[chance.permutation(rest)[: wanted - int(flags.sum())]] = True
    return flags


def _choose(among: np.ndarray, wanted: int, count: int, chance: np.random.Generator) -> np.ndarray:
    flags = np.zeros(count, dtype=bool)
    flags[chance.permutation(among)[:wanted]] = True
    return flags

"""The province's socio-economic figures by month: amounts against plans, growth rates, commune figures.

Levels lie near published figures of late 2025 (growth 10.22 % in nine months, revenue 105.5 % of the plan and
public investment 72.4 % of the plan in ten months), scaled to the size of the province.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.place import Place

_REVENUE = np.array([0.125, 0.205, 0.30, 0.415, 0.515, 0.605, 0.71, 0.805, 0.92, 1.055, 1.15, 1.27])
_INVESTED = np.array([0.018, 0.045, 0.088, 0.142, 0.205, 0.285, 0.372, 0.465, 0.575, 0.724, 0.815, 0.91])
_YEARLY = np.array([0.084, 0.165, 0.245, 0.33, 0.415, 0.5, 0.587, 0.675, 0.765, 0.86, 0.945, 1.03])
_QUARTER = np.array([0.215, 0.24, 0.26, 0.285])  # share of the year's product by quarter
FILE_FIELDS: dict[str, tuple[str, str]] = {  # field: (Vietnamese name, unit as written)
    "grdp_growth": ("Tốc độ tăng GRDP (giá so sánh)", "%"),
    "grdp": ("Quy mô GRDP (giá hiện hành)", "tỷ đồng"),
    "iip_growth": ("Chỉ số sản xuất công nghiệp so cùng kỳ", "%"),
    "retail_sales": ("Tổng mức bán lẻ hàng hóa và doanh thu dịch vụ", "tỷ đồng"),
    "retail_growth": ("Tăng tổng mức bán lẻ so cùng kỳ", "%"),
    "cpi_yoy": ("Chỉ số giá tiêu dùng so cùng kỳ", "%"),
    "cpi_mom": ("Chỉ số giá tiêu dùng so tháng trước", "%"),
    "export_value": ("Kim ngạch xuất khẩu", "triệu USD"),
    "tourism_arrivals": ("Khách du lịch", "nghìn lượt"),
    "budget_revenue": ("Thu ngân sách nhà nước trên địa bàn", "tỷ đồng"),
    "public_investment": ("Giải ngân vốn đầu tư công", "%"),
    "commune_revenue": ("Thu ngân sách xã", "tỷ đồng"),
    "poor_household_rate": ("Tỷ lệ hộ nghèo đa chiều", "%"),
    "community_team": ("Tổ công nghệ số cộng đồng", "tổ"),
    "population": ("Dân số trung bình", "người"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One reported value: `done` and `plan` are numerator and denominator where the field has them."""

    unit: str
    field: str
    period: str
    value: float
    done: float | None = None
    plan: float | None = None
    quality: str = "CHINH_THUC"
    comparator: str = "="


class Economy:
    """Figures of one province; every method is a function of year and month."""

    def __init__(self, place: Place) -> None:
        self.place, self.options = place, place.options
        self.code, self.scale = place.province.code, float(place.population.sum()) / 2_160_000

    def statistics(self, year: int, month: int) -> list[Figure]:
        """What the statistics office reports for a month (and for the quarter that it ends)."""
        chance = self._chance("statistics", year, month)
        key, total, trend = f"{year}-{month:02d}", f"{year}-{month:02d}.ytd", year - 2025
        season = 0.8 * np.sin(month / 2)
        grow = 14.4 + 0.4 * trend + float(chance.normal(0, 0.5))
        retail_plan = round(98_000 * self.scale * 1.13**trend)
        retail = retail_plan * _YEARLY[month - 1] * (1.034 + float(chance.normal(0, 0.004)))
        tour_plan = round(2300 * self.scale * 1.12**trend)
        tour = tour_plan * np.clip(_YEARLY[month - 1] + 0.03 * np.sin((month - 3) / 2), 0.05, 1.2)
        export = 2650 * self.scale * 1.12**trend * _YEARLY[month - 1]
        found = [
            Figure(self.code, "iip_growth", key, round(12.6 + season + float(chance.normal(0, 1.8)), 2)),
            Figure(self.code, "retail_sales", total, round(retail, 1), round(retail, 1), float(retail_plan)),
            Figure(self.code, "retail_growth", total, round(grow, 2)),
            Figure(self.code, "cpi_yoy", key, round(3.3 + 0.3 * season + float(chance.normal(0, 0.2)), 2)),
            Figure(
                self.code,
                "cpi_mom",
                key,
                round(0.22 + (0.6 if month in (1, 2) else 0) + float(chance.normal(0, 0.15)), 2),
            ),
            Figure(self.code, "export_value", total, round(export, 1), quality="UOC"),
            Figure(self.code, "tourism_arrivals", total, round(tour, 1), round(tour, 1), float(tour_plan)),
        ]
        return found + (self._growth(year, month // 3) if month % 3 == 0 else [])

    def _growth(self, year: int, quarter: int) -> list[Figure]:
        """Growth and size of the quarter and of the longer periods that end with it."""
        rates = np.array([self._quarter_rate(year, q) for q in range(1, 5)])
        size = 158_000 * self.scale * 1.135 ** (year - 2025) * _QUARTER
        spans = {f"{year}-Q{quarter}": slice(quarter - 1, quarter)}
        spans |= {
            2: {f"{year}-H1": slice(0, 2)},
            3: {f"{year}-9M": slice(0, 3)},
            4: {str(year): slice(0, 4)},
        }.get(quarter, {})
        found = []
        for key, span in spans.items():
            rate = float((rates[span] * _QUARTER[span]).sum() / _QUARTER[span].sum())
            quality = "UOC" if key.endswith(("Q4",)) or len(key) == 4 else "SO_BO"
            found.append(Figure(self.code, "grdp_growth", key, round(rate, 2), quality=quality))
            found.append(Figure(self.code, "grdp", key, round(float(size[span].sum()), 1), quality=quality))
        return found

    def _quarter_rate(self, year: int, quarter: int) -> float:
        if year == 2025:  # nine months of 2025: about 10.22 %
            return (9.6, 10.1, 10.87, 10.9)[quarter - 1]
        return 9.4 + 0.35 * quarter + 0.3 * (year - 2025) + float(self._chance("grdp", year, quarter).normal(0, 0.35))

    def finance(self, year: int, month: int) -> list[Figure]:
        """Revenue and public investment of the province, and of every commune since the communes of 2025."""
        chance, total = self._chance("finance", year, month), f"{year}-{month:02d}.ytd"
        plan = round(34_500 * self.scale * 1.09 ** (year - 2025))
        level = 1.0 + float(self._chance("revenue", year, 0).normal(0, 0.02)) * (year != 2025)
        revenue = (
            plan
            * _REVENUE[month - 1]
            * level
            * (1 + (0.0 if (year, month) == (2025, 10) else float(chance.normal(0, 0.006))))
        )
        found = [Figure(self.code, "budget_revenue", total, round(revenue, 1), round(revenue, 1), float(plan))]
        invest = round(12_800 * self.scale * 1.12 ** (year - 2025))
        pace = 1.0 + 0.03 * (year - 2025)
        done = round(invest * min(float(_INVESTED[month - 1]) * pace, 0.985), 1)
        found.append(self._investment(self.code, total, done, float(invest)))
        if (year, month) >= (2025, 7):
            found += self._commune_investment(year, month, total, invest, pace)
        return found

    def _commune_investment(self, year: int, month: int, total: str, invest: int, pace: float) -> list[Figure]:
        chance, n = self._chance("commune plans", year, 0), len(self.place.communes)
        share = self.place.population**0.6 * chance.lognormal(0, 0.35, n)
        plans = np.maximum(np.round(invest * 0.24 * share / share.sum(), 1), 2.0)
        drive = chance.normal(0, 0.36, n)
        rate = np.clip(_INVESTED[month - 1] ** (1 - np.clip(drive, -0.9, 0.5)) * pace, 0.0, 0.99)
        return [
            self._investment(unit.code, total, round(float(r * p), 2), float(p))
            for unit, r, p in zip(self.place.communes, rate, plans, strict=True)
        ]

    def _investment(self, unit: str, period: str, done: float, plan: float) -> Figure:
        return Figure(unit, "public_investment", period, round(100 * done / plan, 2), done, plan)

    def communes(self, year: int, month: int) -> list[Figure]:
        """What communes report for a month (Decree 09 window), by commune and field; the province's sum last."""
        month_key, total = f"{year}-{month:02d}", f"{year}-{month:02d}.ytd"
        chance, n, people = (
            self._chance("commune budget", year, 0),
            len(self.place.communes),
            self.place.population,
        )
        plans = np.round(people * 0.00075 * chance.lognormal(0, 0.3, n), 2)
        done = np.round(plans * _YEARLY[month - 1] * np.clip(chance.normal(1.06, 0.13, n), 0.6, 1.5), 2)
        base = draw(self.options, "poverty")
        poor_share = np.clip(np.where(self.place.is_remote, 0.21, 0.045) * base.lognormal(0, 0.35, n), 0.002, 0.55)
        households = np.round(people / 3.7)
        age = (year - 2025) * 12 + month - 7
        poor = np.round(households * poor_share * 0.988**age)
        villages = self.villages
        teams = np.minimum(
            villages, np.round(villages * np.clip(0.82 + 0.012 * age + base.normal(0, 0.09, n), 0.35, 1.0))
        )
        found: list[Figure] = []
        codes = [unit.code for unit in self.place.communes] + [self.code]
        columns = [np.append(column, column.sum()) for column in (done, plans, poor, households, teams, villages)]
        for k, code in enumerate(codes):
            a, b, c, d, e, f = (float(column[k]) for column in columns)
            found.append(Figure(code, "commune_revenue", total, round(a, 2), round(a, 2), round(b, 2), "UOC"))
            found.append(Figure(code, "poor_household_rate", month_key, round(100 * c / d, 2), c, d))
            found.append(Figure(code, "community_team", month_key, e, e, f))
        return found

    @property
    def villages(self) -> np.ndarray:
        """Villages per commune, shape (communes,)."""
        chance = draw(self.options, "villages")
        return np.clip(np.round(self.place.population / 1500 + chance.normal(3, 1.5, len(self.place.communes))), 4, 60)

    def people(self, year: int) -> list[Figure]:
        """Mean population of a year: every commune and the province."""
        size = np.round(self.place.population * 1.007 ** (year - 2025)).astype(int)
        found = [
            Figure(unit.code, "population", str(year), float(k))
            for unit, k in zip(self.place.communes, size, strict=True)
        ]
        return [*found, Figure(self.code, "population", str(year), float(size.sum()))]

    def service(self, year: int, month: int) -> list[Figure]:
        """What comes by the reporting service for a month, and for the quarter that it ends."""
        chance, key, total = (
            self._chance("service", year, month),
            f"{year}-{month:02d}",
            f"{year}-{month:02d}.ytd",
        )
        fdi_plan = round(420 * self.scale * 1.1 ** (year - 2025), 1)
        fdi = round(
            fdi_plan
            * float(_YEARLY[month - 1])
            * 1.338
            * (1 + float(self._chance("fdi", year, month // 3).normal(0, 0.01))),
            2,
        )
        jobs_plan = round(42_000 * self.scale / 100) * 100.0
        jobs = float(round(jobs_plan * float(_YEARLY[month - 1]) * 1.05))
        persons = float(round(self.place.population.sum() * 1.007 ** (year - 2025)))
        insured = float(round(persons * (0.941 + 0.0008 * ((year - 2025) * 12 + month))))
        found = [
            Figure(self.code, "fdi_registered", total, fdi, fdi, fdi_plan),
            Figure(self.code, "new_enterprises", key, float(chance.poisson(118 * self.scale))),
            Figure(self.code, "new_jobs", total, jobs, jobs, jobs_plan),
            Figure(self.code, "health_insurance_rate", key, round(100 * insured / persons, 2), insured, persons),
            Figure(self.code, "traffic_accidents", key, float(chance.poisson(31 * self.scale))),
        ]
        if month % 3 == 0:
            quarter, age = f"{year}-Q{month // 3}", (year - 2025) * 4 + month // 3
            found.append(Figure(self.code, "trained_labour_rate", quarter, round(27.4 + 0.24 * age, 1), quality="UOC"))
            found.append(Figure(self.code, "his_coverage", quarter, float(min(85 + age // 3, 99)), comparator=">"))
            found += self._digital(year, month // 3)
        return found

    def _digital(self, year: int, quarter: int) -> list[Figure]:
        """The digital economy's share of the product: of the quarter, and of the year that it ends."""
        product = 158_000 * self.scale * 1.135 ** (year - 2025) * _QUARTER
        share = 0.131 + 0.003 * ((year - 2025) * 4 + np.arange(1, 5))
        spans = {f"{year}-Q{quarter}": slice(quarter - 1, quarter)} | ({str(year): slice(0, 4)} if quarter == 4 else {})
        found = []
        for key, span in spans.items():
            added = round(float((product * share)[span].sum()), 1)
            whole = round(float(product[span].sum()), 1)
            rate = round(100 * added / whole, 2)
            found.append(Figure(self.code, "digital_economy_share", key, rate, added, whole, "UOC"))
        return found

    def _chance(self, subject: str, year: int, part: int) -> np.random.Generator:
        return draw(self.options, subject, year, part)

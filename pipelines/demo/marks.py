"""What a settled dossier leaves behind, drawn for a whole month at once."""

from __future__ import annotations

import numpy as np

from pipelines.demo.chance import draw
from pipelines.demo.lives import Offices
from pipelines.demo.moment import NEVER, at_second
from pipelines.demo.options import DemoOptions
from pipelines.demo.register import Register
from pipelines.demo.rhythm import calendar, office_seconds


def draw_marks(
    options: DemoOptions,
    register: Register,
    offices: Offices,
    chance: np.random.Generator,
    agency: np.ndarray,
    procedure: np.ndarray,
    online: np.ndarray,
    years: np.ndarray,
    ended: np.ndarray,
    settled: np.ndarray,
    bad: np.ndarray,
) -> dict[str, np.ndarray]:
    """Payment, digitisation, results, hand-over, rating."""
    n = len(ended)
    habit = draw(options, "habits").normal(0, 0.045, (4, len(offices.code)))[:, agency]
    fee = register.has_fee[procedure] & (chance.random(n) < 0.93)
    paid = fee & (chance.random(n) < np.clip(np.where(online, 0.645, 0.39) + 0.05 * years + habit[0], 0.02, 0.99))
    must = chance.random(n) < 0.94
    digitised = must & (chance.random(n) < np.clip(0.885 + 0.035 * years + habit[1], 0.3, 0.998))
    e_result = register.has_document[procedure] & (
        chance.random(n) < np.clip(0.83 + 0.06 * years + habit[2], 0.2, 0.995)
    )
    reused = chance.random(n) < np.clip(0.74 + 0.07 * years + habit[3], 0.1, 0.99)
    at_once = e_result & online & (chance.random(n) < 0.75)
    fetch_day = calendar().add_working_days_array(ended.astype("M8[D]"), 1 + np.minimum(chance.geometric(0.55, n), 8))
    fetched = at_second(fetch_day, office_seconds(chance, n))
    soon = ended + (chance.integers(60, 2400, n)).astype("m8[s]")
    returned = np.where(settled & (chance.random(n) < 0.985), np.where(at_once, soon, fetched), NEVER)
    rates = settled & (chance.random(n) < 0.13)
    happy = chance.random(n) < np.where(bad, 0.84, 0.9425)
    level = np.where(happy, np.where(chance.random(n) < 0.62, 5, 4), chance.choice([3, 2, 1], n, p=[0.6, 0.25, 0.15]))
    rated = ended + chance.integers(600, 5 * 86_400, n).astype("m8[s]")
    return {
        "is_fee_due": fee,
        "is_paid_online": paid,
        "is_digitisation_due": must,
        "is_digitised": digitised,
        "is_e_result": e_result,
        "is_reused": reused,
        "returned": returned,
        "rating": np.where(rates, level, 0),
        "rated": np.where(rates, rated, NEVER),
    }

"""What every scoring form has in common: strict parameters, exact points, and a curve for simulation."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from indicators.score.exact import Exact, compare

Floats = NDArray[np.float64]

Operator = Literal[">=", ">", "<=", "<", "=="]


class Strict(BaseModel):
    """Unknown keys are errors: a misspelt parameter must not silently change a score."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def holds(value: Exact, operator: str, bound: Exact) -> bool:
    """Compare exactly: `holds(Exact(799, 1000), ">=", Exact(4, 5))` is False."""
    sign = compare(value, bound)
    if operator == ">=":
        return sign >= 0
    if operator == ">":
        return sign > 0
    if operator == "<=":
        return sign <= 0
    if operator == "<":
        return sign < 0
    return sign == 0


HOLDS_ARRAY = {
    ">=": np.greater_equal,
    ">": np.greater,
    "<=": np.less_equal,
    "<": np.less,
    "==": np.equal,
}


class Form(Strict):
    """Common face of all forms; `maximum` is what a unit can earn (or lose, in a malus)."""

    takes: ClassVar[str] = "number"

    def maximum(self) -> Exact:
        raise NotImplementedError

    def points(self, value: Exact) -> Exact:
        raise NotImplementedError

    def curve(self, values: Floats) -> Floats:
        """Points for many float values; the default walks the exact form."""
        return np.array([self.points(Exact(*float(v).as_integer_ratio())).value() for v in values.ravel()]).reshape(
            values.shape
        )

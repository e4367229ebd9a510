"""What a dossier lives through: columns of whole lives, and the offices that ever handled dossiers."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from pipelines.demo.place import Place


@dataclass(slots=True)
class Lives:
    """Columns of N dossiers; instants are local datetime64[s], NaT = never happens."""

    code: np.ndarray  # objects
    procedure: np.ndarray  # position in the register
    agency: np.ndarray  # position in `Offices.code`
    receiver: np.ndarray
    applicant: np.ndarray  # commune code of the time, '' unknown
    channel: np.ndarray
    submitted: np.ndarray
    accepted: np.ndarray
    refused: np.ndarray
    due: np.ndarray
    pause_from: np.ndarray
    pause_to: np.ndarray
    is_payment_wait: np.ndarray  # the pause is a wait for a fee (status 6), the clock runs on
    pause_days: np.ndarray
    extended: np.ndarray
    due_extended: np.ndarray
    ended: np.ndarray
    end_status: np.ndarray  # 9 settled, 7 withdrawn, 8 stopped
    returned: np.ndarray
    is_fee_due: np.ndarray
    is_paid_online: np.ndarray
    is_digitisation_due: np.ndarray
    is_digitised: np.ndarray
    is_e_result: np.ndarray
    is_reused: np.ndarray
    rating: np.ndarray  # 0 none, 1..5
    rated: np.ndarray
    delay: np.ndarray  # timedelta64[s] until this database learns of an event
    lot: np.ndarray  # uniform number for other systems (portal)

    def __len__(self) -> int:
        return len(self.code)

    def where(self, mask: np.ndarray) -> Lives:
        """The dossiers of a mask or of positions."""
        return Lives(**{f.name: getattr(self, f.name)[mask] for f in fields(self)})


class Offices:
    """All agencies that ever handled dossiers, as arrays: departments, commune agencies, districts, old communes."""

    def __init__(self, place: Place) -> None:
        current = [*place.departments, *place.commune_agencies]
        self.departments, self.communes = len(place.departments), len(place.communes)
        self.districts, self.old = len(place.districts), len(place.old_communes)
        self.first_district = self.departments + self.communes
        self.first_old = self.first_district + self.districts
        code = [unit.code for unit in current] + [unit.code for unit in place.districts]
        self.code = np.array(code + [old.agency for old in place.old_communes], dtype=object)
        commune = [None] * self.departments + [unit.code for unit in place.communes] + [None] * self.districts
        self.commune = np.array(commune + [old.code for old in place.old_communes], dtype=object)
        district = {unit.code: index for index, unit in enumerate(place.districts)}
        self.district_of_old = np.array([district[old.district_agency] for old in place.old_communes], dtype=int)
        self.new_of_old = np.array([old.successors[0] for old in place.old_communes], dtype=int)
        self.old_codes = np.array([old.code for old in place.old_communes], dtype=object)
        self.new_codes = np.array([unit.code for unit in place.communes], dtype=object)

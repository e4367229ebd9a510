"""How lives stand at an instant: what the one-stop database shows of them then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.demo.lives import Lives, Offices
from pipelines.demo.moment import NEVER, texts
from pipelines.demo.register import Register

_UNDER_WAY = np.timedelta64(5400, "s")  # from acceptance until an officer takes the file up


@dataclass(slots=True)
class Standing:
    """State of N lives at an instant; `visible` tells which are known at all."""

    visible: np.ndarray
    status: np.ndarray
    accepted: np.ndarray
    ended: np.ndarray
    returned: np.ndarray
    due_current: np.ndarray
    extensions: np.ndarray
    pause_days: np.ndarray
    settled: np.ndarray
    changed: np.ndarray  # the database's last change of the row


def stand(lives: Lives, instant: np.datetime64) -> Standing:
    """The state of each life at a local instant, as far as the database has learned of it by then."""
    known = instant - lives.delay  # events up to here have been synchronised

    def seen(times: np.ndarray) -> np.ndarray:
        return np.where(times <= known, times, NEVER)

    accepted, refused, ended, returned = map(seen, (lives.accepted, lives.refused, lives.ended, lives.returned))
    begins, resumes, extended = map(seen, (lives.pause_from, lives.pause_to, lives.extended))
    has = {
        name: ~np.isnat(value)
        for name, value in {
            "accepted": accepted,
            "refused": refused,
            "ended": ended,
            "returned": returned,
            "begins": begins,
            "resumes": resumes,
            "extended": extended,
        }.items()
    }
    taken_up = seen(lives.accepted + _UNDER_WAY)
    status = np.where(has["accepted"], np.where(np.isnat(taken_up), 2, 4), 1)
    paused = has["begins"] & ~has["resumes"]
    status = np.where(paused, np.where(lives.is_payment_wait, 6, 5), status)
    status = np.where(has["refused"], 3, np.where(has["ended"], lives.end_status, status))
    settled = has["ended"] & (lives.end_status == 9)
    status = np.where(settled & has["returned"], 10, status)
    shift = has["resumes"] & (lives.pause_days > 0)
    due_current = np.where(has["extended"], lives.due_extended, lives.due)
    due_current = np.where(shift, _shifted(due_current, np.where(shift, lives.pause_days, 0)), due_current)
    last = lives.submitted
    for times in (accepted, refused, taken_up, begins, resumes, extended, ended, returned):
        last = np.fmax(last, times)
    return Standing(
        visible=lives.submitted <= known,
        status=status,
        accepted=accepted,
        ended=np.where(has["refused"], refused, ended),
        returned=returned,
        due_current=np.where(has["accepted"], due_current, NEVER),
        extensions=has["extended"].astype(int),
        pause_days=np.where(shift, lives.pause_days, 0),
        settled=settled,
        changed=last + lives.delay,
    )


def _shifted(due: np.ndarray, days: np.ndarray) -> np.ndarray:
    from pipelines.demo.rhythm import calendar

    day = due.astype("M8[D]")
    return calendar().add_working_days_array(day, days).astype("M8[s]") + (due - day.astype("M8[s]"))


Column = list[object]


def dossier_columns(lives: Lives, standing: Standing, offices: Offices, register: Register) -> list[Column]:
    """Columns of `ho_so` in table order, for lives that are visible (select before)."""
    procedures = np.array(register.code, dtype=object)
    has_document = register.has_document[lives.procedure]
    settled = standing.settled
    number = (lives.lot * 1e9).astype(np.int64).tolist()
    online = lives.channel == 2
    paid = lives.is_paid_online & ~np.isnat(standing.accepted)
    changed = texts(standing.changed)
    flags = [
        lives.is_fee_due,
        paid,
        lives.is_digitisation_due,
        lives.is_digitised & (settled | online),
        has_document,
        lives.is_e_result & settled,
        lives.is_reused,
    ]
    return [
        lives.code.tolist(),
        procedures[lives.procedure].tolist(),
        offices.code[lives.agency].tolist(),
        offices.commune[lives.agency].tolist(),
        offices.code[lives.receiver].tolist(),
        lives.applicant.tolist(),
        lives.channel.tolist(),
        standing.status.tolist(),
        texts(lives.submitted),
        texts(standing.accepted),
        texts(np.where(np.isnat(standing.accepted), NEVER, lives.due)),
        texts(standing.due_current),
        texts(standing.ended),
        texts(standing.returned),
        *[flag.astype(int).tolist() for flag in flags],
        standing.extensions.tolist(),
        standing.pause_days.tolist(),
        changed,
        changed,
        [f"NGƯỜI DÙNG THỬ {k:09d}" for k in number],
        [f"000{k:09d}" for k in number],
        [f"0000{k % 1000000:06d}" for k in number],
    ]

"""Dossiers as whole lives: every event of a dossier from submission to hand-over, month by month.

A month is drawn at once from (seed, province, month); what a system shows at an instant is cut from the lives
(`standing`), so the same life is seen from every instant.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from pipelines.demo.chance import accumulate, draw, pick
from pipelines.demo.lives import Lives, Offices
from pipelines.demo.marks import draw_marks
from pipelines.demo.moment import NEVER, at_second, month_days
from pipelines.demo.options import FULL_SIZE
from pipelines.demo.place import Place
from pipelines.demo.register import make_register
from pipelines.demo.rhythm import (
    calendar,
    is_working,
    next_office_moment,
    office_seconds,
    office_weight,
    reference_weight,
    submit_seconds,
)
from pipelines.demo.trouble import sync_delays, troubled_offices

QUOTED_FROM = np.datetime64("2026-05-01")  # from here the shares stand where the source documents put them
REFORM = np.datetime64("2025-07-01")
LIFE_MONTHS = 9  # no event happens later than so many months after the month of submission
HOUR, MINUTE = 3600, 60
ONLINE, DIRECT, POST = 2, 1, 3


class DossierMaker:
    """Draws the lives of a province's dossiers."""

    def __init__(self, place: Place) -> None:
        self.place, self.options = place, place.options
        self.offices = Offices(place)
        self.register = make_register(place.options)
        self.daily = FULL_SIZE * place.options.scale * place.size / reference_weight()
        self.troubled = troubled_offices(place)
        self.delays = sync_delays(place)

    @cached_property
    def _popularity(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """For communes and departments: procedure positions and cumulative weights."""
        found = []
        positions = np.arange(self.register.in_service)
        for mask in (self.register.is_commune[positions], ~self.register.is_commune[positions]):
            found.append((positions[mask], accumulate(self.register.weight[positions][mask])))
        return tuple(found)

    def month(self, index: int) -> Lives:
        """All dossiers submitted in a month (index of `moment.month_index`)."""
        chance = draw(self.options, "dossiers", index)
        days = month_days(index)
        day = np.repeat(days, chance.poisson(self.daily * office_weight(days)))
        n = len(day)
        years = np.minimum((day - QUOTED_FROM).astype(np.int64) / 365.25, 0.0)  # the shares grow until then, and hold
        is_old = day < REFORM
        is_department, agency, applicant = self._agencies(chance, is_old)
        procedure = self._procedures(chance, is_department, agency)
        channel = self._channels(chance, day, years, agency)
        submitted = at_second(day, submit_seconds(channel == ONLINE, chance))
        order = np.argsort(submitted, kind="stable")
        agency, applicant, procedure, channel = (
            agency[order],
            applicant[order],
            procedure[order],
            channel[order],
        )
        submitted, day, years, is_old = submitted[order], day[order], years[order], is_old[order]
        lives = self._events(chance, submitted, agency, procedure, channel, years)
        receiver = self._receivers(chance, agency, is_old)
        lives.update(
            code=self._codes(agency, day),
            procedure=procedure,
            agency=agency,
            receiver=receiver,
            channel=channel,
            submitted=submitted,
            applicant=self._applicant_codes(chance, applicant, is_old),
            lot=chance.random(n),
            delay=self._sync(chance, agency, submitted),
        )
        return Lives(**lives)

    def _agencies(self, chance: np.random.Generator, is_old: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Handling agency and applicant (position of new or old commune) of each dossier."""
        n, offices, place = len(is_old), self.offices, self.place
        is_department = chance.random(n) < 0.21
        is_district = is_old & ~is_department & (chance.random(n) < 0.32)
        home = np.where(
            is_old,
            pick(accumulate(place.old_demand), uniform := chance.random(n)),
            pick(accumulate(place.demand), uniform),
        )
        agency = np.where(is_old, offices.first_old + home, offices.departments + home)
        district = offices.first_district + offices.district_of_old[np.where(is_old, home, 0)]
        agency = np.where(is_district, district, agency)
        return is_department, np.where(is_department, -1, agency), home

    def _procedures(self, chance: np.random.Generator, is_department: np.ndarray, agency: np.ndarray) -> np.ndarray:
        """Procedure of each dossier; departments follow from it (written into `agency`)."""
        uniform = chance.random(len(agency))
        (communal, communal_weight), (provincial, provincial_weight) = self._popularity
        procedure = np.where(
            is_department,
            provincial[pick(provincial_weight, uniform)],
            communal[pick(communal_weight, uniform)],
        )
        agency[is_department] = self.register.department[procedure[is_department]]
        return procedure

    def _channels(
        self, chance: np.random.Generator, day: np.ndarray, years: np.ndarray, agency: np.ndarray
    ) -> np.ndarray:
        """1 direct, 2 online, 3 post: the online share grows to 77.5 % by June 2026; remote communes lag."""
        lag = draw(self.options, "online lag").normal(0, 0.06, len(self.offices.code))
        remote = np.zeros(len(lag))
        first = self.offices.departments
        remote[first : first + self.offices.communes] = np.where(self.place.is_remote, -0.07, 0.01)
        share = np.clip(0.762 + 0.055 * years + (lag + remote)[agency], 0.3, 0.97)
        uniform = chance.random(len(day))
        rest_day = ~is_working(day)
        is_online = (uniform < share) | rest_day
        return np.where(is_online, ONLINE, np.where(chance.random(len(day)) < 0.07, POST, DIRECT))

    def _events(
        self,
        chance: np.random.Generator,
        submitted: np.ndarray,
        agency: np.ndarray,
        procedure: np.ndarray,
        channel: np.ndarray,
        years: np.ndarray,
    ) -> dict[str, np.ndarray]:
        n, table, register = len(submitted), calendar(), self.register
        online = channel == ONLINE
        # acceptance: at once at the counter, within office hours online; a few wait for days
        quick = next_office_moment(submitted, np.where(online, np.minimum(chance.exponential(4200, n), 12_000), 240))
        waits = online & (chance.random(n) < 0.022)
        accept_day = table.add_working_days_array(quick.astype("M8[D]"), np.where(waits, chance.integers(1, 4, n), 0))
        accepted = accept_day.astype("M8[s]") + (quick - quick.astype("M8[D]"))
        refused_flag = chance.random(n) < np.where(online, 0.012, 0.004)
        # due: 17:00 of the n-th working day; same-day procedures after 15:00 the next one
        allowance = register.allowance[procedure]
        after_three = (accepted - accept_day.astype("M8[s]")).astype(np.int64) > 15 * HOUR
        due_day = table.add_working_days_array(accept_day, np.where((allowance == 0) & after_three, 1, allowance))
        # work: most before the due day, some exactly on it
        share = chance.beta(2.0, 2.2, n)
        used = np.where(chance.random(n) < 0.14, allowance, np.floor(share * allowance)).astype(np.int64)
        late_flag = chance.random(n) < self._late_share(agency, submitted)
        bad = self._is_troubled(agency, submitted)
        overrun = 1 + chance.geometric(np.where(bad, 0.07, 0.22), n)
        used = np.where(late_flag, np.maximum(allowance, 1) + np.minimum(overrun, 75), used)
        # pauses
        paused = (allowance >= 2) & (chance.random(n) < 0.024)
        payment = (allowance >= 2) & ~paused & register.has_fee[procedure] & (chance.random(n) < 0.05)
        length = np.where(payment, chance.integers(0, 3, n), np.minimum(chance.geometric(0.3, n), 25))
        pause_start_day = table.add_working_days_array(
            accept_day, np.minimum(1 + (share * used * 0.5).astype(np.int64), used)
        )
        has_pause = (paused | payment) & ~refused_flag
        pause_from = np.where(has_pause, at_second(pause_start_day, office_seconds(chance, n)), NEVER)
        pause_from = np.where(pause_from <= accepted, accepted + np.timedelta64(600, "s"), pause_from)
        pause_end_day = table.add_working_days_array(pause_start_day, length)
        pause_to = np.where(has_pause, at_second(pause_end_day, office_seconds(chance, n)), NEVER)
        pause_to = np.where(pause_to <= pause_from, pause_from + np.timedelta64(1800, "s"), pause_to)
        pause_days = np.where(has_pause & paused, length, 0)
        # settled
        keeps_first = chance.random(n) < 0.6  # the office catches up within the first appointment
        span = np.where(
            keeps_first & ~late_flag,
            np.maximum(np.minimum(used + pause_days, allowance), pause_days + 1),
            used + pause_days,
        )
        end_day = table.add_working_days_array(accept_day, np.where(has_pause, np.maximum(span, length + 1), used))
        same_day = next_office_moment(accepted, 300 + chance.random(n) * 7000)
        ended = np.where(end_day > accept_day, at_second(end_day, office_seconds(chance, n)), same_day)
        limit = at_second(due_day, 17 * HOUR - 60)
        ended = np.where(
            ~late_flag & ~has_pause & (ended > limit),
            np.maximum(limit, accepted + np.timedelta64(60, "s")),
            ended,
        )
        ended = np.where(has_pause & (ended <= pause_to), pause_to + np.timedelta64(1200, "s"), ended)
        # withdrawn or stopped on the way
        lot = chance.random(n)
        end_status = np.where(lot < 0.005, 7, np.where(lot < 0.0075, 8, 9))
        # extension: a day before the due day of some of the late ones
        extend = late_flag & (allowance >= 3) & (chance.random(n) < 0.35)
        extended = np.where(extend, at_second(table.add_working_days_array(due_day, -1), 9 * HOUR), NEVER)
        extended = np.where(extended > accepted, extended, NEVER)
        due = at_second(due_day, 17 * HOUR)
        extended_day = table.add_working_days_array(due_day, np.where(extend, chance.integers(3, 11, n), 0))
        accepted_or_never = np.where(refused_flag, NEVER, accepted)
        gone = {"accepted": accepted_or_never, "refused": np.where(refused_flag, accepted, NEVER)}
        for name, value in {"due": due, "ended": ended, "extended": extended}.items():
            gone[name] = np.where(refused_flag, NEVER, value)
        settled = ~refused_flag & (end_status == 9)
        return (
            gone
            | {
                "pause_from": pause_from,
                "pause_to": pause_to,
                "is_payment_wait": payment,
                "pause_days": pause_days,
                "due_extended": at_second(extended_day, 17 * HOUR),
                "end_status": end_status,
            }
            | draw_marks(
                self.options, self.register, self.offices, chance, agency, procedure, online, years, ended, settled, bad
            )
        )

    def _late_share(self, agency: np.ndarray, submitted: np.ndarray) -> np.ndarray:
        own = np.clip(draw(self.options, "late").gamma(2.2, 0.0042, len(self.offices.code)), 0.001, 0.05)
        share = own[agency]
        for office in self.troubled:
            share = np.where((agency == office.row) & (submitted >= office.since), office.late_share, share)
        return share

    def _is_troubled(self, agency: np.ndarray, submitted: np.ndarray) -> np.ndarray:
        found = np.zeros(len(agency), dtype=bool)
        for office in self.troubled:
            found |= (agency == office.row) & (submitted >= office.since)
        return found

    def _receivers(self, chance: np.random.Generator, agency: np.ndarray, is_old: np.ndarray) -> np.ndarray:
        """Where the papers were handed in: elsewhere in about 4 % since filing is free of boundaries."""
        first, count = self.offices.departments, self.offices.communes
        other = first + pick(accumulate(self.place.demand), chance.random(len(agency)))
        moves = (chance.random(len(agency)) < 0.04) & ~is_old & (agency < first + count)
        return np.where(moves, other, agency)

    def _applicant_codes(self, chance: np.random.Generator, home: np.ndarray, is_old: np.ndarray) -> np.ndarray:
        offices = self.offices
        old = offices.old_codes[np.where(is_old, home, 0)]
        new = offices.new_codes[np.where(is_old, 0, home)]
        codes = np.where(is_old, old, new)
        codes[chance.random(len(home)) < 0.01] = None
        return codes

    def _sync(self, chance: np.random.Generator, agency: np.ndarray, submitted: np.ndarray) -> np.ndarray:
        seconds = chance.integers(3, 45, len(agency)).astype(float)
        for late in self.delays:
            mask = (agency == late.row) & (submitted >= late.start) & (submitted < late.end)
            seconds = np.where(mask, late.days * 86_400 + seconds * 60, seconds)
        return seconds.astype(np.int64).astype("m8[s]")

    def _codes(self, agency: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Agency, day, daily number; rows come ordered by submission."""
        key = agency.astype(np.int64) * 100_000 + day.astype(np.int64)
        order = np.argsort(key, kind="stable")
        ranked = key[order]
        starts = np.flatnonzero(np.concatenate(([True], ranked[1:] != ranked[:-1])))
        number = np.empty(len(key), dtype=np.int64)
        number[order] = np.arange(len(key)) - np.repeat(starts, np.diff(np.concatenate((starts, [len(key)])))) + 1
        days = np.unique(day)
        stamp = [f"{text[2:4]}{text[5:7]}{text[8:10]}" for text in np.datetime_as_string(days).tolist()]
        place_of = np.searchsorted(days, day)
        names = self.offices.code
        return np.array(
            [
                f"{names[a]}-{stamp[d]}-{k:04d}"
                for a, d, k in zip(agency.tolist(), place_of.tolist(), number.tolist(), strict=True)
            ],
            dtype=object,
        )

"""The State Council's calendar 放假调休, typed from its notices, and the mornings that are counted in working days."""

import datetime
import functools

from records import day_of

# Day on which the notice was published, the year whose days it settles, holidays (first and last day), make-up working days.
# A later notice changes single days of an earlier one.
NOTICES = [
    # 国办发明电〔2019〕16号
    ("2019-11-21", 2020,
     ["01-01 01-01", "01-24 01-30", "04-04 04-06", "05-01 05-05", "06-25 06-27", "10-01 10-08"],
     ["01-19", "02-01", "04-26", "05-09", "06-28", "09-27", "10-10"]),
    # 国办发明电〔2020〕1号: dated the 26th of January, published in the first hour of the 27th. The holiday is
    # lengthened to the 2nd of February; the 1st is no working day any more.
    ("2020-01-27", 2020, ["01-24 02-02"], []),
    # 国办发明电〔2020〕27号
    ("2020-11-25", 2021,
     ["01-01 01-03", "02-11 02-17", "04-03 04-05", "05-01 05-05", "06-12 06-14", "09-19 09-21", "10-01 10-07"],
     ["02-07", "02-20", "04-25", "05-08", "09-18", "09-26", "10-09"]),
    # 国办发明电〔2021〕11号
    ("2021-10-25", 2022,
     ["01-01 01-03", "01-31 02-06", "04-03 04-05", "04-30 05-04", "06-03 06-05", "09-10 09-12", "10-01 10-07"],
     ["01-29", "01-30", "04-02", "04-24", "05-07", "10-08", "10-09"]),
    # 国办发明电〔2022〕16号; its New Year begins on Saturday, the 31st of December 2022, which was free anyway
    ("2022-12-08", 2023,
     ["01-01 01-02", "01-21 01-27", "04-05 04-05", "04-29 05-03", "06-22 06-24", "09-29 10-06"],
     ["01-28", "01-29", "04-23", "05-06", "06-25", "10-07", "10-08"]),
    # 国办发明电〔2023〕7号
    ("2023-10-25", 2024,
     ["01-01 01-01", "02-10 02-17", "04-04 04-06", "05-01 05-05", "06-10 06-10", "09-15 09-17", "10-01 10-07"],
     ["02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"]),
    # 国办发明电〔2024〕12号
    ("2024-11-12", 2025,
     ["01-01 01-01", "01-28 02-04", "04-04 04-06", "05-01 05-05", "05-31 06-02", "10-01 10-08"],
     ["01-26", "02-08", "04-27", "09-28", "10-11"]),
    # 国办发明电〔2025〕7号
    ("2025-11-04", 2026,
     ["01-01 01-03", "02-15 02-23", "04-04 04-06", "05-01 05-05", "06-19 06-21", "09-25 09-27", "10-01 10-07"],
     ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]),
]


class Calendar:
    """Which days are worked, by what is known on a morning. `make_up` False is a deliberate mistake."""

    def __init__(self, make_up=True):
        # Stages: between two notices knowledge does not change. Each is (first morning, first morning after, known years, days).
        self.stages = []
        years, changed = set(), {}
        for i, (known, year, holidays, worked) in enumerate(NOTICES):
            years = years | {year}
            changed = dict(changed)
            for span in holidays:
                first, last = (day_of(f"{year}-{text}") for text in span.split())
                changed.update(dict.fromkeys(range(first, last + 1), False))
            if make_up:
                changed.update(dict.fromkeys((day_of(f"{year}-{text}") for text in worked), True))
            after = day_of(NOTICES[i + 1][0]) if i + 1 < len(NOTICES) else day_of("2099-12-31") + 1
            self.stages.append((day_of(known), after, years, changed))
        self.lead_morning = functools.lru_cache(maxsize=None)(self._lead_morning)
        self.escalation_morning = functools.lru_cache(maxsize=None)(self._escalation_morning)

    @staticmethod
    def _works(stage, day):
        """Whether a day is worked; None where its year has no data."""
        _, _, years, changed = stage
        if datetime.date.fromordinal(day).year not in years:
            return None
        return changed.get(day, (day - 1) % 7 < 5)  # day 1 was a Monday

    def works(self, day, morning):
        for stage in self.stages:
            if stage[0] <= morning < stage[1]:
                return self._works(stage, day)
        return None

    def _count(self, stage, day, step, wanted):
        """The day on which the wanted number of working days is full, going from a day (excluded); None without data."""
        while wanted > 0:
            day += step
            works = self._works(stage, day)
            if works is None:
                return None
            wanted -= works
        return day

    def _lead_morning(self, due, k):
        """First morning M before the deadline for which, by what is known on M, the k-th working day before is M or past."""
        for stage in self.stages:
            first = self._count(stage, due, -1, k)
            if first is not None:
                morning = max(first, stage[0])
                if morning < min(stage[1], due):
                    return morning
        return None

    def _escalation_morning(self, due, n):
        """First morning M after the deadline for which, by what is known on M, n working days lie in (deadline, M]."""
        for stage in self.stages:
            full = self._count(stage, due, 1, n)
            if full is not None:
                morning = max(full, stage[0], due + 1)
                if morning < stage[1]:
                    return morning
        return None

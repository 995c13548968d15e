"""When mails go: working hours, weekends, holidays and clock changes of the place where a person works."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
import yaml
from babel import Locale

from compliance.campaigns.gateways.calendars import always_open, place_of, zone_of
from compliance.campaigns.rules.schedule import Place, first_mail, reminder_at, reminders


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "subdivision", "earliest", "opens"),
    [
        # Over a change of the clocks: Friday evening in winter time, Monday morning in summer time, and back.
        ("DE", "", "2026-03-27 18:00", "2026-03-30 07:00"),
        ("DE", "", "2026-10-23 18:00", "2026-10-26 08:00"),
        ("GB", "", "2026-03-27 18:00", "2026-03-30 08:00"),
        ("GB", "", "2026-10-23 18:00", "2026-10-26 09:00"),
        ("US", "US-NY", "2026-03-06 23:00", "2026-03-09 13:00"),
        ("US", "US-NY", "2026-10-30 22:00", "2026-11-02 14:00"),
        ("US", "US-AZ", "2026-03-07 01:00", "2026-03-09 16:00"),
        ("AU", "AU-NSW", "2026-10-02 08:00", "2026-10-05 22:00"),  # Monday is Labour Day there; then Tuesday, 9:00
        # Within hours, before and after them.
        ("FR", "", "2026-01-15 10:30", "2026-01-15 10:30"),
        ("FR", "", "2026-01-15 05:00", "2026-01-15 08:00"),
        ("FR", "", "2026-01-15 16:00", "2026-01-16 08:00"),
        # Public holidays and other weekends.
        ("DE", "", "2026-12-24 20:00", "2026-12-28 08:00"),
        ("DE", "DE-BY", "2026-01-06 08:00", "2026-01-07 08:00"),
        ("GB", "GB-SCT", "2026-01-01 10:00", "2026-01-05 09:00"),
        ("GB", "GB-ENG", "2026-01-01 10:00", "2026-01-02 09:00"),
        ("AE", "", "2026-01-16 14:00", "2026-01-19 05:00"),
        ("SA", "", "2026-01-15 15:00", "2026-01-18 06:00"),
        ("IL", "", "2026-01-16 08:00", "2026-01-18 07:00"),
        # Hong Kong: no clock change, Chinese New Year.
        ("HK", "", "2026-02-16 10:00", "2026-02-20 01:00"),
        ("HK", "", "2026-07-03 12:00", "2026-07-06 01:00"),
        # Canada's zones.
        ("CA", "CA-NL", "2026-07-14 02:00", "2026-07-14 11:30"),
        ("CA", "CA-NS", "2026-07-14 02:00", "2026-07-14 12:00"),
        ("CA", "CA-ON", "2026-07-14 02:00", "2026-07-14 13:00"),
        ("CA", "CA-MB", "2026-07-14 02:00", "2026-07-14 14:00"),
        ("CA", "CA-AB", "2026-07-14 03:00", "2026-07-14 15:00"),
        ("CA", "CA-BC", "2026-07-14 03:00", "2026-07-14 16:00"),
        ("CA", "", "2026-07-01 02:00", "2026-07-02 13:00"),
        ("IN", "", "2026-07-14 00:00", "2026-07-14 03:30"),
    ],
)
def test_the_first_instant_of_work(country: str, subdivision: str, earliest: str, opens: str) -> None:
    assert place_of(country, subdivision).open_at(utc(earliest)) == utc(opens)


def _weekdays(day: date) -> bool:
    return day.weekday() < 5


def test_a_mail_waits_for_the_change_it_announces() -> None:
    berlin = Place(ZoneInfo("Europe/Berlin"), _weekdays)
    now, change = utc("2025-10-01 10:00"), date(2025, 11, 3)
    assert first_mail(berlin, now, None, change, 10) == utc("2025-10-20 07:00")
    assert first_mail(berlin, now, None, change, 0) == now
    assert first_mail(berlin, now, date(2025, 10, 25), change, 10) == utc("2025-10-27 08:00")
    assert first_mail(berlin, utc("2025-10-30 10:00"), None, change, 10) == utc("2025-10-30 10:00")


def test_reminders_are_working_days_apart_and_end_a_day_before_the_end() -> None:
    berlin = Place(ZoneInfo("Europe/Berlin"), _weekdays)
    first = utc("2026-03-25 10:00")  # a Wednesday
    assert reminder_at(berlin, first, 1, 3) == utc("2026-03-30 07:00")
    found = reminders(berlin, first, 3, 5, utc("2026-04-09 00:00"))
    assert [f"{at:%a %d %H}" for at in found] == ["Wed 01 07"]


def test_without_working_hours_a_mail_goes_at_once() -> None:
    sunday = utc("2026-01-18 02:00")
    assert always_open("DE", "").open_at(sunday) == sunday


def test_a_leap_of_the_clock_loses_nothing() -> None:
    """02:30 does not exist on that night; work that opens then opens when the clock is there again."""
    lisbon = Place(ZoneInfo("Europe/Berlin"), lambda day: True, opens=datetime(2026, 1, 1, 2, 30).time())  # noqa: DTZ001
    assert lisbon.open_at(utc("2026-03-28 23:30")) == utc("2026-03-29 01:30")


def test_a_calendar_without_working_days_does_not_hang() -> None:
    never = Place(UTC, lambda day: False)
    assert never.open_at(utc("2026-01-15 10:00")) >= utc("2026-01-15 10:00")
    assert never.before(date(2026, 1, 15), 3) < date(2026, 1, 15)


def test_every_country_has_a_clock() -> None:
    known = {code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha()}
    silent = {code for code in known if zone_of(code, "").key == "UTC"}
    assert silent <= {"BV", "HM", "AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}


def test_every_zone_is_one() -> None:
    from compliance.campaigns.gateways.calendars import _ZONES  # noqa: PLC0415

    read = yaml.safe_load(_ZONES.read_text())
    named = {*read["countries"].values(), *read["subdivisions"].values()}
    assert named <= available_timezones()
    assert all(code.partition("-")[0] in read["countries"] for code in read["subdivisions"])


def test_where_no_calendar_is_known_people_work_on_weekdays() -> None:
    place = place_of("XX", "")
    saturday = datetime(2026, 1, 17, 10, tzinfo=UTC)
    assert place.open_at(saturday) == saturday + timedelta(days=1, hours=23)

"""The list of people: found however a name is typed, cut into parts in which nobody is shown twice or left out."""

import random
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from employees.gateways import roster_file
from employees.models import Employee
from employees.queries import found_people, part
from employees.rules.listing import SORTS, Wanted, wanted
from employees.rules.searching import MAX_CHARS, patterns, searched
from employees.services import commit_import, plan_file
from organisations.models import Organisation

PEOPLE = [
    ("José Ñúñez", "jose.nunez@acme.example", "1001"),
    ("Łukasz Groß", "lukasz@acme.example", "1002"),
    ("Jürgen Müller-Lüdenscheidt", "j.mueller@acme.example", "1003"),
    ("Ελένη Παπαδοπούλου", "eleni@acme.example", "1004"),
    ("王小明", "ming@acme.example", "1005"),
    ("Sinéad O’Brien", "sinead@acme.example", "A-77"),
    ("Zoë Adams", "zoe@acme.example", ""),
    ("Ferenc Kőrösi", "ferenc@acme.example", ""),
]


def names(organisation: Organisation, **asked: str | tuple[str, ...]) -> list[str]:
    return [person.name for person in found_people(organisation, Wanted(**asked))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("jose", 0), ("JOSÉ", 0), ("nunez jose", 0), ("Ñuñ", 0), ("1001", 0), ("jose.nunez@", 0),
        ("lukasz", 1), ("Łukasz", 1), ("gross", 1), ("GROSS", 1), ("groß", 1),
        ("muller", 2), ("mueller lud", 2), ("müller-lüd", 2), ("Juergen", 2),
        ("ελενη", 3), ("ΕΛΈΝΗ", 3), ("παπαδοπουλου", 3), ("ΠΑΠΑΔΟΠΟΎΛΟΥ", 3),
        ("小明", 4), ("王", 4), ("明", 4),
        ("obrien", 5), ("O'Brien", 5), ("o’brien", 5), ("a-77", 5),
        ("zo ad", 6), ("korosi", 7), ("Koeroesi", 7),
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_typed(
    organisation: Organisation, hire: Callable[..., Employee], typed: str, number: int
) -> None:
    for name, email, external_id in PEOPLE:
        hire(name, "DE", email=email, external_id=external_id)
    assert names(organisation, q=typed) == [PEOPLE[number][0]]


@pytest.mark.parametrize("typed", ["%", "_", "zoe adam s x", "dams zz", "\\", "oe", "lu'; --", "小王"])
def test_what_is_not_there_is_not_found(organisation: Organisation, hire: Callable[..., Employee], typed: str) -> None:
    """Signs that mean something to a database mean nothing here; two letters are the beginning of a word."""
    hire("Zoë Adams", "DE")
    hire("王小明", "CN", email="ming@acme.example")
    assert names(organisation, q=typed) == []


def test_a_list_by_name_knows_no_accents(organisation: Organisation, hire: Callable[..., Employee]) -> None:
    for name in ("Özil", "Zander", "adam", "Ångström", "Österberg", "Łach", "Lund", "Émile"):
        hire(name, "DE", email=f"{len(name)}{name[-2:]}@acme.example".replace("ł", "l"))
    assert names(organisation) == ["adam", "Ångström", "Émile", "Łach", "Lund", "Österberg", "Özil", "Zander"]


def test_an_import_writes_what_is_searched(organisation: Organisation, now: datetime) -> None:
    """COPY and prepared statements go past the models."""
    head = "Number,Name,Work Email,Country\n"
    for rows in ("1,Zoë,zoe@acme.example,DE\n2,Bob,bob@acme.example,DE\n", "1,Čeněk,zoe@acme.example,DE\n"):
        file = roster_file("staff.csv", (head + rows).encode())
        made = plan_file(organisation=organisation, file=file, user=None, now=now)
        commit_import(roster_import=made, leavers_confirmed=True, now=now)
    assert names(organisation, q="cenek") == ["Čeněk"]
    assert names(organisation, q="zoe ") == ["Čeněk"]  # by the address
    assert names(organisation, q="bob", status="left") == ["Bob"]
    for person in Employee.objects.all():
        assert person.searched == searched(person.name, person.email, person.external_id)


def test_very_long_names_fit_an_index() -> None:
    found = searched("𒀀" * 1000, "é" * 300, "9" * 100)
    assert len(found) <= MAX_CHARS
    assert len(found.encode()) < 2_600
    assert len(patterns("ab " * 1000)) <= 6


# --- Parts -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(organisation: Organisation, now: datetime) -> list[Employee]:
    """Sixty people with many values alike, so that every sort has ties."""
    chance = random.Random(3)
    rows = [
        Employee(
            organisation=organisation,
            name=chance.choice(["Ada", "Zoë", "Émile", "bob"]),
            email=f"p{number}@acme.example",
            country=chance.choice(["DE", "FR", "GB"]),
            department=chance.choice(["", "Sales", "Ops"]),
            external_id=str(number) if number % 3 else "",
            language=chance.choice(["", "de"]),
            created_at=now,
        )
        for number in range(60)
    ]
    Employee.objects.bulk_create(rows)
    return list(Employee.objects.all())


def walk(organisation: Organisation, asked: Wanted, between: Callable[[], None] = lambda: None) -> list[list[int]]:
    """Ids of every page, forwards; `between` happens before each further page."""
    people, pages, after = found_people(organisation, asked), [], 0
    while True:
        found = part(organisation, people, asked, after=after, size=7)
        pages.append([person.pk for person in found.people])
        if not found.after:
            return pages
        after = found.after
        between()


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [False, True])
def test_every_sort_shows_everybody_once_in_both_directions(
    organisation: Organisation, crowd: list[Employee], sort: str, descending: bool
) -> None:
    asked = Wanted(sort=sort, descending=descending)
    pages = walk(organisation, asked)
    whole = [pk for page in pages for pk in page]
    assert whole == list(found_people(organisation, asked).values_list("pk", flat=True))
    assert sorted(whole) == sorted(person.pk for person in crowd)
    back, before = [pages[-1]], pages[-1][0]
    while before:
        found = part(organisation, found_people(organisation, asked), asked, before=before, size=7)
        back.insert(0, [person.pk for person in found.people])
        before = found.before
    # Backwards the pages end where they began, and the first is a whole one.
    assert [len(page) for page in back[1:-1]] == [7] * (len(back) - 2)
    assert {pk for page in back for pk in page} == set(whole)
    assert back[0] == whole[:7]


def test_nobody_is_lost_or_repeated_while_people_join_and_leave(
    organisation: Organisation, crowd: list[Employee], hire: Callable[..., Employee]
) -> None:
    chance = random.Random(5)
    joined: list[Employee] = []
    there = {person.pk for person in crowd}

    def meanwhile() -> None:
        for name in ("Aaron", "Zzz", "Emil"):
            joined.append(hire(name, "DE", email=f"{name}{len(joined)}@acme.example"))
        gone = chance.choice(sorted(there))
        there.discard(gone)
        Employee.objects.filter(pk=gone).update(status="left")

    asked = Wanted()
    seen = [pk for page in walk(organisation, asked, meanwhile) for pk in page]
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


def test_a_page_goes_on_from_somebody_who_has_left_and_begins_anew_after_one_who_is_gone(
    organisation: Organisation, other_organisation: Organisation, crowd: list[Employee], hire: Callable[..., Employee]
) -> None:
    asked = Wanted()
    people = found_people(organisation, asked)
    first = part(organisation, people, asked, size=7)
    expected = [person.pk for person in part(organisation, people, asked, after=first.after, size=7).people]
    Employee.objects.filter(pk=first.after).update(status="left")
    assert [p.pk for p in part(organisation, people, asked, after=first.after, size=7).people] == expected
    foreign = hire("Ada", "DE", organisation=other_organisation)
    anew = [p.pk for p in part(organisation, people, asked, size=7).people]
    assert [p.pk for p in part(organisation, people, asked, after=foreign.pk, size=7).people] == anew
    assert [p.pk for p in part(organisation, people, asked, after=10**15, size=7).people] == anew


# --- The page --------------------------------------------------------------------------------------------------------


def test_an_address_says_what_is_shown_and_nonsense_in_it_is_left_out(
    crowd: list[Employee], organisation: Organisation, signed_in: Callable[..., Client]
) -> None:
    browser, url = signed_in(), reverse("people", args=[organisation.slug])
    shown = browser.get(url, {"country": ["DE", "FR"], "department": "Sales", "sort": "-number"})
    expected = [p for p in crowd if p.country in {"DE", "FR"} and p.department == "Sales"]
    assert shown.context["number"] == len(expected)
    page = {person.pk for person in shown.context["part"].people}
    assert page == {person.pk for person in expected}
    odd = browser.get(url, {"sort": "--x", "country": "Germany\0", "after": "²", "status": "dead", "columns": "pay"})
    assert odd.context["wanted"] == wanted({"columns": []})
    assert odd.context["number"] == 60

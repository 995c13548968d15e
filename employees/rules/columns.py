"""Which of a file's headers holds what."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from employees.rules.regions import fold


class Column(StrEnum):
    EXTERNAL_ID = "external_id"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"
    COUNTRY = "country"
    STATE = "state"
    DEPARTMENT = "department"
    MANAGER_EMAIL = "manager_email"
    LANGUAGE = "language"
    STATUS = "status"


_HEADERS: dict[Column, str] = {
    Column.EXTERNAL_ID: "personnel no|personnel number|employee id|employee number|employee no|staff id|staff number"
    "|external id|id|personalnummer|mitarbeiternummer|matricule|numero dipendente|payroll id|worker id",
    Column.NAME: "full name|name|employee name|employee|display name|legal name|mitarbeiter|nom complet|nome completo",
    Column.FIRST_NAME: "first name|given name|forename|legal first name|vorname|prenom|nome|nombre|voornaam",
    Column.LAST_NAME: "last name|surname|family name|legal last name|nachname|nom|cognome|apellidos|achternaam",
    Column.EMAIL: "work email|email|e-mail|email address|work e-mail|business email|company email|work email address"
    "|e-mail-adresse|dienstliche e-mail|adresse e-mail|primary email|mail",
    Column.COUNTRY: "country|work country|country/region|country region|country of work|location country|land|pays"
    "|paese|pais|region|region of work",
    Column.STATE: "state|state/province|province|work state|bundesland|canton",
    Column.DEPARTMENT: "department|dept|team|division|abteilung|departement|reparto|afdeling|cost centre name",
    Column.MANAGER_EMAIL: "manager email|manager e-mail|managers email|supervisor email|reports to email",
    Column.LANGUAGE: "language|preferred language|communication language|correspondence language|sprache|langue|locale",
    Column.STATUS: "employment status|status|employee status|worker status|active status|beschaftigungsstatus|statut",
}
_COLUMN_OF = {name: column for column, names in _HEADERS.items() for name in names.split("|")}


def map_columns(headers: Sequence[str]) -> dict[Column, str]:
    """Which of the file's headers holds what; the first header that fits a column wins."""
    mapping: dict[Column, str] = {}
    for header in headers:
        column = _COLUMN_OF.get(fold(header))
        if column is not None:
            mapping.setdefault(column, header)
    return mapping


def missing_columns(mapping: Mapping[Column, str]) -> list[str]:
    """What the file lacks for an import, in words."""
    missing = []
    if Column.EMAIL not in mapping:
        missing.append("work e-mail")
    if Column.NAME not in mapping and not {Column.FIRST_NAME, Column.LAST_NAME} <= mapping.keys():
        missing.append("name")
    if Column.COUNTRY not in mapping:
        missing.append("country")
    return missing


# Headers that fit Column.COUNTRY, but whose values may as well be states, provinces or offices.
_ANY_PLACE = {"region", "location country", "region of work"}


def names_countries(header: str) -> bool:
    """Whether a header says that its column holds countries, so that a bare two-letter code is one."""
    return fold(header) not in _ANY_PLACE

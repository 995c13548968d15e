from django.apps import AppConfig

from employees.names import place_said
from organisations.told import READERS


class EmployeesConfig(AppConfig):
    name = "employees"

    def ready(self) -> None:
        if place_said not in READERS:
            READERS.append(place_said)

"""A person's browser, as the tests of the employee's page need it: it fills in forms as they were found."""

import re
from typing import Any

from django.test import Client

from compliance.campaigns.models import Invitation
from tests.conftest import link_path


def open_link(invitation: Invitation, browser: Client | None = None) -> tuple[Client, Any]:
    """Follows a personal link to its page."""
    browser = browser or Client()
    return browser, browser.get(link_path(invitation), follow=True)


def fields(response: Any, answer: str | None) -> dict[str, str]:
    """The answer form's values with one answer to everything that is asked."""
    html = response.content.decode()
    found = re.search(r'name="submission" value="([^"]+)"', html)
    assert found
    names = set(re.findall(r'name="(answer-\d+)"', html))
    assert names
    return {"submission": found[1]} | (dict.fromkeys(names, answer) if answer else {})


def send(invitation: Invitation, answer: str | None) -> Any:
    browser, page = open_link(invitation)
    return browser.post(page.request["PATH_INFO"], fields(page, answer), follow=True)


def without_csrf(response: Any) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())

"""Catalogue entries as sentences for people: steps, answers, region names."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from compliance.catalogue.rules import Advice, Answer, CollectionMode, Status
from compliance.catalogue.schema import Control, Instruction, RegionEntry, Step, VersionEntry
from employees.names import country_name


@dataclass(frozen=True)
class StepLine:
    """`before` LABEL `after`: the label is the platform's own wording and is set apart."""

    before: str
    label: str = ""
    after: str = ""
    url: str = ""

    def __str__(self) -> str:
        return f"{self.before}{self.label and f'“{self.label}”'}{self.after}{self.url and f' {self.url}'}"


def label(control: Control, name: str, language: str) -> str:
    """The platform's wording of a label in the language, or in English where it is not known."""
    texts = control.labels.get(name, {})
    found = texts.get(language) or texts.get("en")
    return found.text if found else ""


def deep_link(version: VersionEntry) -> str:
    """The address that leads straight to the control, or "" when none is known."""
    return next((url for control in version.controls for url in control.urls.values()), "")


def instruction_lines(version: VersionEntry, instruction: Instruction, platform: str, language: str) -> list[StepLine]:
    """An instruction as numbered lines. Recording the answer is the page's own business and left out."""
    controls = {control.id: control for control in version.controls}
    return [
        _WORDS[step.action](step, controls.get(step.control), platform, language)
        for step in instruction.steps
        if step.action in _WORDS
    ]


def way_title(instruction: Instruction) -> str:
    """What a way is called beside the others; the first one needs no name."""
    return (
        _("In the phone app")
        if instruction.client == "mobile_app"
        else _("If the link does not lead there: by the menu")
    )


def _sign_in(step: Step, control: Control | None, platform: str, language: str) -> StepLine:
    return StepLine(_("Sign in to %(platform)s.") % {"platform": platform})


def _open_url(step: Step, control: Control | None, platform: str, language: str) -> StepLine:
    return StepLine(_("Open the setting:"), url=control.urls.get(step.url_key, "") if control else "")


def _open_menu(step: Step, control: Control | None, platform: str, language: str) -> StepLine:
    places = {"top_right": _(" at the top right"), "top_left": _(" at the top left")}
    return StepLine(_("Choose your profile picture%(place)s.") % {"place": places.get(step.position, "")})


def _choose(step: Step, control: Control | None, platform: str, language: str) -> StepLine:
    group = label(control, step.within, language) if control and step.within else ""
    after = _(", under “%(group)s”.") % {"group": group} if group else "."
    return StepLine(_("Choose "), label(control, step.label, language) if control else "", after)


def _switch(step: Step, control: Control | None, platform: str, language: str) -> StepLine:
    after = _(" to off.") if step.to == "off" else _(" to on.")
    return StepLine(_("Set "), label(control, step.label, language) if control else "", after)


def _check(step: Step, control: Control | None, platform: str, language: str) -> StepLine:
    return StepLine(_("Reload the page and see that it stays off."))


def _fill(step: Step, control: Control | None, platform: str, language: str) -> StepLine:
    return StepLine(_("Fill in the form."))


def _submit(step: Step, control: Control | None, platform: str, language: str) -> StepLine:
    return StepLine(_("Send the form."))


def _await_mail(step: Step, control: Control | None, platform: str, language: str) -> StepLine:
    return StepLine(_("Wait for the answer by e-mail."))


_WORDS: dict[str, Callable[[Step, Control | None, str, str], StepLine]] = {
    "sign_in": _sign_in,
    "open_url": _open_url,
    "open_menu": _open_menu,
    "choose": _choose,
    "switch": _switch,
    "check": _check,
    "fill": _fill,
    "submit": _submit,
    "await_mail": _await_mail,
}


def answer_text(answer: Answer | str) -> str:
    """What a person says by choosing this answer, in the first person."""
    return {
        Answer.SWITCHED_OFF_NOW: _("I have switched it off now"),
        Answer.ALREADY_OFF: _("It was off already"),
        Answer.LEFT_ON: _("I leave it on"),
        Answer.NOT_VISIBLE: _("I cannot find this setting"),
        Answer.FORM_SENT: _("I have sent the form"),
        Answer.FORM_ACKNOWLEDGED: _("The platform has confirmed my form"),
        Answer.FORM_REFUSED: _("The platform has refused my request"),
        Answer.NO_ACCOUNT: _("I have no account there"),
        Answer.PREFER_NOT_TO_SAY: _("I would rather not say"),
        Answer.NEED_HELP: _("I need help"),
    }[Answer(answer)]


def status_words(status: Status) -> str:
    """A region's status as a reader says it."""
    return {
        Status.IN_SCOPE: _("Applies"),
        Status.CONTINUING: _("Applied before, unchanged"),
        Status.PAUSED: _("Suspended"),
        Status.EXCLUDED: _("Left out"),
        Status.DISPUTED: _("Sources disagree"),
        Status.UNKNOWN: _("Not known"),
    }[status]


_SETS = {
    "EU27": "European Union",
    "EEA30": "European Economic Area",
    "EEA_EFTA": "Iceland, Liechtenstein, Norway",
    "EU_OUTERMOST_OWN_ISO": "French overseas parts of the EU",
    "REST_OF_WORLD": "Rest of the world",
}


def region_words(entry: RegionEntry) -> str:
    """Where a rule holds: a set's name, or its countries."""
    return _SETS.get(entry.set, entry.set) or ", ".join(country_name(code) for code in entry.codes)


def advice_words(advice: Advice) -> str:
    """What to do about a policy for a person."""
    return {
        Advice.SEND: _("Send the steps"),
        Advice.SEND_NEUTRAL: _("Send the steps in neutral words"),
        Advice.OFFER: _("Offer the steps as an extra"),
        Advice.WITHHOLD: _("Do not send anything"),
    }[advice]


def mode_words(mode: CollectionMode) -> str:
    """How answers are collected."""
    return {
        CollectionMode.NAMED: _("with the person's name, for the privacy team only"),
        CollectionMode.ANONYMOUS_COUNT: _("counted without names"),
        CollectionMode.INFORM_ONLY: _("not at all: people are told and not asked"),
    }[mode]

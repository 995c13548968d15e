"""Catalogue entries as sentences for people: steps, answers, region names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from django.utils.translation import get_language, to_locale
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
    by_form = control is not None and control.kind == "form"
    return StepLine(
        _("Open the form:") if by_form else _("Open the setting:"),
        url=control.urls.get(step.url_key, "") if control else "",
    )


def _open_menu(step: Step, control: Control | None, platform: str, language: str) -> StepLine:
    sentences = {
        "top_right": _("Choose your profile picture at the top right."),
        "top_left": _("Choose your profile picture at the top left."),
    }
    return StepLine(sentences.get(step.position) or _("Choose your profile picture."))


def _around(sentence: str, name: str, **others: str) -> StepLine:
    """A sentence that holds `%(label)s`, cut there: languages put it in different places."""
    before, _sep, after = (sentence % {"label": "\0", **others}).partition("\0")
    return StepLine(before, name, after)


def _choose(step: Step, control: Control | None, platform: str, language: str) -> StepLine:
    name = label(control, step.label, language) if control else ""
    group = label(control, step.within, language) if control and step.within else ""
    if group:
        return _around(_("Choose %(label)s, under “%(group)s”."), name, group=group)
    return _around(_("Choose %(label)s."), name)


def _switch(step: Step, control: Control | None, platform: str, language: str) -> StepLine:
    name = label(control, step.label, language) if control else ""
    return _around(_("Set %(label)s to off.") if step.to == "off" else _("Set %(label)s to on."), name)


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


_DATES = {"en": "en_GB", "pt": "pt_PT"}  # where CLDR's default is another country's


def long_date(day: date) -> str:
    """A day as the language in use writes it in a sentence: 3 November 2025, 1er novembre 2025, 2025年11月3日."""
    language = get_language() or "en"
    return format_date(day, "long", locale=_DATES.get(language, to_locale(language)))


def said(text: str) -> str:
    """A sentence of the catalogue in the language in use; as it is where no translation is known."""
    return _(text) if text else ""


def staff_reason(version: VersionEntry, platform: str, status: Status | str, place: str) -> str:
    """Why this concerns a person: what the platform does in the region that we assume."""
    sentences = {
        Status.IN_SCOPE: _("%(platform)s says that this applies in your region (%(place)s) from %(day)s."),
        Status.CONTINUING: _("%(platform)s already did this in your region (%(place)s) before %(day)s."),
        Status.PAUSED: _("%(platform)s started this in your region (%(place)s) and then suspended it."),
        Status.EXCLUDED: _("%(platform)s says that it leaves your region (%(place)s) out."),
        Status.DISPUTED: _("Sources disagree whether this applies in your region (%(place)s)."),
        Status.UNKNOWN: _("Whether %(platform)s does this in your region (%(place)s) is not known."),
    }
    text = sentences[Status(status)]
    if status == Status.IN_SCOPE and version.start_is == "announced":
        text = _("%(platform)s announced on %(day)s that this applies in your region (%(place)s).")
    elif status == Status.IN_SCOPE and version.start_is == "entry":
        text = _("%(platform)s does this in your region (%(place)s); since when is not known.")
    return text % {"platform": platform, "place": place, "day": long_date(version.effective_from)}


def status_words(status: Status) -> str:
    """A region's status as a reader says it."""
    return {
        Status.IN_SCOPE: "Applies",
        Status.CONTINUING: "Applied before, unchanged",
        Status.PAUSED: "Suspended",
        Status.EXCLUDED: "Left out",
        Status.DISPUTED: "Sources disagree",
        Status.UNKNOWN: "Not known",
    }[status]


_SETS = {
    "EU27": "European Union",
    "EEA30": "European Economic Area",
    "EEA_EFTA": "Iceland, Liechtenstein, Norway",
    "EU_OUTERMOST_OWN_ISO": "French overseas parts of the EU",
    "REST_OF_WORLD": "Rest of the world",
}


def region_words(entry: RegionEntry, language: str = "en") -> str:
    """Where a rule holds: a set's name, or its countries in the language."""
    return _SETS.get(entry.set, entry.set) or ", ".join(country_name(code, language) for code in entry.codes)


def advice_words(advice: Advice) -> str:
    """What to do about a policy for a person."""
    return {
        Advice.SEND: "Send the steps",
        Advice.SEND_NEUTRAL: "Send the steps in neutral words",
        Advice.OFFER: "Offer the steps as an extra",
        Advice.WITHHOLD: "Do not send anything",
    }[advice]


def mode_words(mode: CollectionMode) -> str:
    """How answers are collected."""
    return {
        CollectionMode.NAMED: "with the person's name, for the privacy team only",
        CollectionMode.ANONYMOUS_COUNT: "counted without names",
        CollectionMode.INFORM_ONLY: "not at all: people are told and not asked",
    }[mode]

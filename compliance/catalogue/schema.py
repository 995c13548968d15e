"""The shape of the catalogue's YAML files. docs/catalogue.md explains each field to the person who writes one."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from compliance.catalogue.rules import Advice, Answer, CollectionMode, Confidence, Status

Code = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
SourceId = Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
Sources = list[SourceId]


_KINDS = {
    "platform": "platform's own text",
    "regulator": "regulator",
    "government": "government",
    "press": "press",
    "statute": "statute",
    "seed": "source document",
}


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceEntry(Part):
    id: SourceId
    kind: Literal["seed", "platform", "regulator", "government", "press", "statute"]
    title: str = ""
    file: str = ""
    url: str = ""
    via: str = ""
    note: str = ""

    @property
    def shown(self) -> str:
        """What kind of thing is cited, in words."""
        return self.title or (f"source document {self.file}" if self.file else _KINDS[self.kind])


class SourcesFile(Part):
    sources: list[SourceEntry]


class Reading(Part):
    claim: str
    sources: Sources
    at: list[str] = []


class ConflictEntry(Part):
    id: SourceId
    policies: list[SourceId]
    question: str
    readings: list[Reading]
    default: str
    confidence: Confidence
    reason: str
    sources: Sources

    @property
    def reading_taken(self) -> str:
        """Our reading as a reader says it."""
        return self.default.replace("_", " ")


class ConflictsFile(Part):
    conflicts: list[ConflictEntry]


class TerritoryEntry(Part):
    codes: list[Code]
    treat_as: str
    confidence: Confidence
    ask_person: bool
    sources: Sources
    reason: str


class RegionsFile(Part):
    sets: dict[str, list[Code]]
    territories: list[TerritoryEntry]


class CollectionDefault(Part):
    mode: CollectionMode
    reason: str
    sources: Sources
    requires: Literal["", "works_council"] = ""
    note: str = ""


class CollectionEntry(CollectionDefault):
    codes: list[Code]


class CollectionFile(Part):
    default: CollectionDefault
    rules: list[CollectionEntry]


SeedLine = Annotated[str, Field(pattern=r"^\d{3}:\d+(-\d+)?$")]


class Cited(Part):
    """`at` gives lines of the source documents, as `file:line`."""

    item: str
    sources: Sources
    at: list[SeedLine] = []
    note: str = ""

    @property
    def words(self) -> str:
        return self.item


class Text(Part):
    text: str
    sources: Sources
    at: list[SeedLine] = []
    confidence: Confidence = Confidence.HIGH

    @property
    def words(self) -> str:
        return self.text


class ExtraAction(Text):
    id: str


class Exemption(Text):
    """Somebody whom the version leaves out wherever they live."""

    who: Literal["under_18", "business_plan", "managed_account"]


class RegionEntry(Part):
    """Either `codes` or a named `set`."""

    codes: list[Code] = []
    set: str = ""
    status: Status
    confidence: Confidence
    advice: Advice
    since: date | None = None
    control_visible: str = ""
    conflict: str = ""
    note: str = ""
    sources: Sources
    at: list[SeedLine] = []

    @model_validator(mode="after")
    def _codes_or_set(self) -> "RegionEntry":
        if bool(self.codes) == bool(self.set):
            raise ValueError("give either `codes` or `set`")
        return self


class LegalBasis(Part):
    regions: list[str] = []
    claim: str
    confidence: Confidence | None = None
    sources: Sources
    at: list[SeedLine] = []
    note: str = ""


class RejectedDate(Part):
    value: str
    sources: Sources
    note: str = ""


class OptOut(Part):
    deadline: date | None
    retroactive: bool
    does: list[Text]
    does_not: list[Text]
    unsettled: list[Text] = []


class SeedWording(Part):
    seed: SourceId
    at: str
    path: list[str]
    raw: str = ""


class Control(Part):
    id: str
    kind: Literal["toggle", "form"]
    wanted_state: str = ""
    urls: dict[str, str]
    url_sources: Sources
    help_url: str = ""
    labels: dict[str, dict[str, Text]]
    other_names: list[Text] = []
    notes: list[Text] = []
    seed_wordings: list[SeedWording] = []


class Step(Part):
    action: Literal[
        "sign_in",
        "open_url",
        "open_menu",
        "choose",
        "switch",
        "fill",
        "submit",
        "await_mail",
        "check",
        "record",
    ]
    target: str = ""
    control: str = ""
    label: str = ""
    within: str = ""
    url_key: str = ""
    to: str = ""
    expect: str = ""
    position: str = ""
    fields: list[str] = []
    sender: str = Field(default="", alias="from")
    sources: Sources = []


class Instruction(Part):
    id: str
    client: Literal["web", "mobile_app"]
    steps: list[Step]


class VersionEntry(Part):
    """One immutable version. `effective_until` is exclusive; null means still in force."""

    id: str
    supersedes: str | None = None
    announced_on: date | None = None
    announced_sources: Sources = []
    effective_from: date
    start_is: Literal["effective", "announced", "entry"] = "effective"
    effective_until: date | None
    date_note: str = ""
    date_sources: Sources
    date_at: list[SeedLine] = []
    rejected_dates: list[RejectedDate] = []
    default_state: Literal["on", "off", "asked", "not_applicable", "unknown"]
    default_sources: Sources = []
    default_at: list[SeedLine] = []
    legal_basis: list[LegalBasis]
    data_in: list[Cited]
    data_out: list[Cited]
    data_unsettled: list[Cited] = []
    regions: list[RegionEntry]
    opt_out: OptOut
    controls: list[Control]
    instructions: list[Instruction]
    controlled_by: str = Field(default="", description="the policy whose control also switches this one off")
    exemptions: list[Exemption] = []
    not_found: list[str] = []
    attestation: list[Answer]
    extra_actions: list[ExtraAction]

    def core_sources(self) -> list[str]:
        """Ids behind when, where, on what basis and with what effect, in the order in which a reader meets them."""
        found = [self.date_sources, self.default_sources]
        found += [entry.sources for entry in self.regions]
        found += [basis.sources for basis in self.legal_basis]
        found += [item.sources for item in (*self.opt_out.does, *self.opt_out.does_not)]
        return list(dict.fromkeys(source for sources in found for source in sources))

    def all_sources(self) -> list[str]:
        """Those, and the ids behind everything else."""
        found = [self.core_sources(), self.announced_sources]
        found += [item.sources for item in (*self.data_in, *self.data_out, *self.data_unsettled)]
        found += [item.sources for item in (*self.opt_out.unsettled, *self.extra_actions, *self.exemptions)]
        found += [control.url_sources for control in self.controls]
        return list(dict.fromkeys(source for sources in found for source in sources))


class PolicyFile(Part):
    id: SourceId
    platform: str
    title: str
    headline: str
    summary: str
    actor: Literal["member", "organisation_admin"]
    mechanism: Literal["toggle", "form", "email_request", "none_needed", "none_offered"]
    account_kind: str
    last_checked: date
    review_due: date
    versions: list[VersionEntry]

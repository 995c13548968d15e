from organisations.models.evidence import (
    CheckpointMail,
    EvidenceCheckpoint,
    EvidenceEntry,
    EvidenceHead,
    EvidenceJob,
    EvidenceKey,
    EvidenceOutside,
    EvidencePersonal,
    EvidenceTimestamp,
)
from organisations.models.tenants import Membership, Organisation, OrganisationLogo, User, UserManager

__all__ = [
    "CheckpointMail",
    "EvidenceCheckpoint",
    "EvidenceEntry",
    "EvidenceHead",
    "EvidenceJob",
    "EvidenceKey",
    "EvidenceOutside",
    "EvidencePersonal",
    "EvidenceTimestamp",
    "Membership",
    "Organisation",
    "OrganisationLogo",
    "User",
    "UserManager",
]

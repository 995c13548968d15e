from organisations.models.certificates import SigningCertificate
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
from organisations.models.tenants import (
    ColleagueInvitation,
    Membership,
    Organisation,
    OrganisationLogo,
    SetupCode,
    User,
    UserManager,
    token_hash,
)

__all__ = [
    "CheckpointMail",
    "ColleagueInvitation",
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
    "SetupCode",
    "SigningCertificate",
    "User",
    "UserManager",
    "token_hash",
]

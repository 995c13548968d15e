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
    "SetupCode",
    "User",
    "UserManager",
    "token_hash",
]

"""Every table, one file per concern. Importing this package registers them all with `db.Base`."""

from directory.models.account import Account, LoginSession, ProviderMember, RateCount, SingleUseToken
from directory.models.affiliation import Affiliation
from directory.models.audit_event import AuditEvent
from directory.models.change_log import ChangeLog
from directory.models.credential import Credential, CredentialOffice
from directory.models.judgement import Judgement
from directory.models.mail import OutgoingMail
from directory.models.need import Need, Shortlist
from directory.models.owner import Owner, OwnerMember
from directory.models.person import Person
from directory.models.profile_revision import ProfileRevision
from directory.models.provider import ConflictEntry, Provider, ProviderLanguage
from directory.models.service_line import LineOffice, ServiceLine
from directory.models.track_record import ClientReference, Matter, Outcome

__all__ = [
    "Account",
    "Affiliation",
    "AuditEvent",
    "ChangeLog",
    "ClientReference",
    "ConflictEntry",
    "Credential",
    "CredentialOffice",
    "Judgement",
    "LineOffice",
    "LoginSession",
    "Matter",
    "Need",
    "Outcome",
    "OutgoingMail",
    "Owner",
    "OwnerMember",
    "Person",
    "ProfileRevision",
    "Provider",
    "ProviderLanguage",
    "ProviderMember",
    "RateCount",
    "ServiceLine",
    "Shortlist",
    "SingleUseToken",
]

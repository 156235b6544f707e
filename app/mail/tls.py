"""TLS contexts, made once, and what a failed handshake or a certificate means."""

import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from app.mail.failures import StepFailed
from app.mail.outcomes import Outcome
from app.mail.result import Certificate
from app.mail.texts import plain_text

_contexts: dict[tuple[bool, str | None], ssl.SSLContext] = {}
_contexts_lock = threading.Lock()

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_VERIFY_OUTCOMES = {
    9: Outcome.CERT_NOT_YET_VALID,
    10: Outcome.CERT_EXPIRED,
    18: Outcome.CERT_SELF_SIGNED,
    62: Outcome.CERT_WRONG_HOST,
    64: Outcome.CERT_WRONG_HOST,
    66: Outcome.CERT_WEAK,
    67: Outcome.CERT_WEAK,
    68: Outcome.CERT_WEAK,
}
_TOO_OLD = (
    "UNSUPPORTED_PROTOCOL",
    "PROTOCOL_VERSION",
    "WRONG_SSL_VERSION",
    "VERSION_TOO_LOW",
    "NO_PROTOCOLS_AVAILABLE",
    "INSUFFICIENT_SECURITY",
    "LEGACY_RENEGOTIATION",
    "DH_KEY_TOO_SMALL",
)
_WEAK = ("KEY_TOO_SMALL", "KEY_TOO_WEAK", "MD_TOO_WEAK")
_LONGEST_NAME = 255
_MOST_NAMES = 100


@dataclass(frozen=True, slots=True)
class Trust:
    """Which certificate is good enough: a verified one, one exact one (``pin``), or any."""

    verified: bool
    pin: str | None = None
    ca_file: str | None = None

    @property
    def context(self) -> ssl.SSLContext:
        """The context for these checks. A pin replaces the checks of issuer, name and date."""
        return _context(self.verified and self.pin is None, self.ca_file)

    def judge(self, der: bytes) -> None:
        """Raise StepFailed(cert_changed) if a certificate is pinned and ``der`` is another one."""
        if self.pin is not None and sha256(der).hexdigest() != self.pin:
            raise StepFailed(Outcome.CERT_CHANGED)


def canonical_pin(text: str) -> str:
    """Return a SHA-256 fingerprint as it is stored: lower-case hex without colons."""
    return text.strip().replace(":", "").lower()


def _context(verified: bool, ca_file: str | None) -> ssl.SSLContext:
    # Loading the system's certificates costs 40 ms: once per process and mode, not once per connection.
    key = (verified, ca_file if verified else None)
    with _contexts_lock:
        if key not in _contexts:
            _contexts[key] = _make_context(verified, ca_file)
        return _contexts[key]


def _make_context(verified: bool, ca_file: str | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    # RFC 6125, 6.4.4: the common name is not looked at.
    context.hostname_checks_common_name = False
    context.load_default_certs()
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
        # The operator's file may hold an intermediate or a single server's certificate as its anchor.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def outcome_of(error: ssl.SSLError) -> Outcome:
    """Return what a failed handshake means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFY_OUTCOMES.get(error.verify_code, Outcome.CERT_UNKNOWN_ISSUER)
    reason = (getattr(error, "reason", None) or "").upper()
    if any(word in reason for word in _TOO_OLD):
        return Outcome.TLS_TOO_OLD
    if any(word in reason for word in _WEAK):
        return Outcome.CERT_WEAK
    return Outcome.TLS_FAILED


def detail_of(error: ssl.SSLError) -> str | None:
    """Return a hint that goes with the outcome, where OpenSSL knows more than the outcome says."""
    # "Unable to verify the first certificate": the server did not send what leads to the issuer.
    incomplete = isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in (20, 21)
    return "incomplete chain" if incomplete else None


def read_certificate(der: bytes) -> Certificate:
    """Return what the certificate says; fields that cannot be read are empty."""
    fingerprint = sha256(der).hexdigest()
    try:
        parsed = x509.load_der_x509_certificate(der)
        return Certificate(
            subject=plain_text(parsed.subject.rfc4514_string()) or "",
            issuer=plain_text(parsed.issuer.rfc4514_string()) or "",
            names=_names(parsed),
            not_before=_iso(parsed.not_valid_before_utc),
            not_after=_iso(parsed.not_valid_after_utc),
            sha256=fingerprint,
        )
    except (ValueError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return Certificate("", "", (), "", "", fingerprint)


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    except x509.ExtensionNotFound:
        return ()
    assert isinstance(extension.value, x509.SubjectAlternativeName)  # noqa: S101 -- what that OID stands for
    names = extension.value.get_values_for_type(x509.DNSName)
    addresses = extension.value.get_values_for_type(x509.IPAddress)
    plain = (plain_text(str(name)[:_LONGEST_NAME]) for name in [*names, *addresses][:_MOST_NAMES])
    return tuple(name for name in plain if name)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

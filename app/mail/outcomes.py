"""The closed set of verdicts about a mail server, and what each says about trying again."""

from enum import StrEnum


class Outcome(StrEnum):
    """What came of talking to a server. Sentences for people live in the web edge."""

    OK = "ok"

    HOST_INVALID = "host_invalid"
    HOST_NOT_ALLOWED = "host_not_allowed"
    DNS_NOT_FOUND = "dns_not_found"
    WRONG_PROTOCOL = "wrong_protocol"
    WRONG_SECURITY = "wrong_security"
    TLS_REQUIRED = "tls_required"
    TLS_UNSAFE = "tls_unsafe"
    TLS_TOO_OLD = "tls_too_old"
    CERT_EXPIRED = "cert_expired"
    CERT_NOT_YET_VALID = "cert_not_yet_valid"
    CERT_WRONG_HOST = "cert_wrong_host"
    CERT_SELF_SIGNED = "cert_self_signed"
    CERT_UNKNOWN_ISSUER = "cert_unknown_issuer"
    CERT_WEAK = "cert_weak"
    CERT_CHANGED = "cert_changed"
    LOGIN_DISABLED = "login_disabled"
    AUTH_METHOD_MISSING = "auth_method_missing"
    OAUTH_REQUIRED = "oauth_required"
    AUTH_FAILED = "auth_failed"
    AUTH_OR_DISABLED = "auth_or_disabled"
    APP_PASSWORD_REQUIRED = "app_password_required"
    WEB_LOGIN_REQUIRED = "web_login_required"
    PROTOCOL_DISABLED = "protocol_disabled"
    ACCOUNT_BLOCKED = "account_blocked"
    FOLDER_MISSING = "folder_missing"
    REJECTED_SENDER = "rejected_sender"

    DNS_FAILURE = "dns_failure"
    CONNECT_REFUSED = "connect_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    UNREACHABLE = "unreachable"
    TIMEOUT_BANNER = "timeout_banner"
    TIMEOUT_TLS = "timeout_tls"
    TIMEOUT_OP = "timeout_op"
    TIMEOUT_TOTAL = "timeout_total"
    SERVER_CLOSED = "server_closed"
    TLS_FAILED = "tls_failed"
    AUTH_TEMP = "auth_temp"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    RATE_LIMITED = "rate_limited"
    SERVER_BUSY = "server_busy"
    PROTOCOL_ERROR = "protocol_error"
    TOO_MUCH_DATA = "too_much_data"

    REJECTED_RECIPIENT = "rejected_recipient"
    RECIPIENT_UNSUPPORTED = "recipient_unsupported"
    REJECTED_CONTENT = "rejected_content"
    TOO_LARGE = "too_large"
    PARTIAL = "partial"
    UNCERTAIN = "uncertain"

    # Makes an unmapped exception visible; it must never occur.
    INTERNAL = "internal"


class Retry(StrEnum):
    """Who has to act before another try makes sense."""

    NONE = "none"
    USER = "user"
    LATER = "later"
    MESSAGE = "msg"


_LATER = frozenset(
    {
        Outcome.DNS_FAILURE,
        Outcome.CONNECT_REFUSED,
        Outcome.CONNECT_TIMEOUT,
        Outcome.UNREACHABLE,
        Outcome.TIMEOUT_BANNER,
        Outcome.TIMEOUT_TLS,
        Outcome.TIMEOUT_OP,
        Outcome.TIMEOUT_TOTAL,
        Outcome.SERVER_CLOSED,
        Outcome.TLS_FAILED,
        Outcome.AUTH_TEMP,
        Outcome.TOO_MANY_CONNECTIONS,
        Outcome.RATE_LIMITED,
        Outcome.SERVER_BUSY,
        Outcome.PROTOCOL_ERROR,
        Outcome.TOO_MUCH_DATA,
        Outcome.INTERNAL,
    }
)
_MESSAGE = frozenset(
    {
        Outcome.REJECTED_RECIPIENT,
        Outcome.RECIPIENT_UNSUPPORTED,
        Outcome.REJECTED_CONTENT,
        Outcome.TOO_LARGE,
        Outcome.PARTIAL,
        Outcome.UNCERTAIN,
    }
)


def retry_of(outcome: Outcome) -> Retry:
    """Return who has to act before ``outcome`` can change."""
    if outcome is Outcome.OK:
        return Retry.NONE
    if outcome in _LATER:
        return Retry.LATER
    return Retry.MESSAGE if outcome in _MESSAGE else Retry.USER

"""Outcome code to words: what happened, what to do next, and which field it is about."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from app.mail.outcomes import Outcome
from app.mail.settings import Side
from app.models import Problem


@dataclass(frozen=True, slots=True)
class Message:
    """One verdict in the reader's language. ``field`` is the input that it concerns, if there is one.

    ``passes``: it is usually temporary, and the next step is nothing but to try again.
    """

    what: str
    next_step: str
    field: str | None
    passes: bool


@dataclass(frozen=True, slots=True)
class _Text:
    what: str
    next_step: str
    # The part of the side ("host", "port" ...), or a whole field name.
    about: str | None = None


_ASK_PROVIDER = _l("Ask your provider for a valid one. Fast mode would skip the check; it is not recommended.")
_TRUST_ONE = _l("Ask your provider for a valid one, or trust only this certificate if you know that it is theirs.")
_LATER = _l("This is usually temporary. Try again in a few minutes.")
_OTHER_PORT = _l("Check the server and the port. Usual ports: 993 or 143 for IMAP, 465 or 587 for SMTP.")

_TEXTS: Mapping[Outcome, _Text] = {
    Outcome.OK: _Text(_l("%(host)s accepted the settings."), ""),
    Outcome.HOST_INVALID: _Text(
        _l("“%(host)s” is not the name of a server."),
        _l("Type the name that your provider gives, for example imap.example.com."),
        "host",
    ),
    Outcome.HOST_NOT_ALLOWED: _Text(
        _l("This system must not connect to %(host)s on port %(port)s."),
        _l("Check the server and the port. If it is a server of your own network, its operator has to allow it."),
        "host",
    ),
    Outcome.DNS_NOT_FOUND: _Text(
        _l("There is no server called %(host)s."),
        _l("Check the spelling. Many providers use a name such as imap.example.com or mail.example.com."),
        "host",
    ),
    Outcome.WRONG_PROTOCOL: _Text(
        _l("%(host)s answers on port %(port)s, but it speaks another protocol."),
        _OTHER_PORT,
        "port",
    ),
    Outcome.WRONG_SECURITY: _Text(
        _l("%(host)s uses another connection security on port %(port)s."),
        _l("Choose SSL/TLS for ports 993 and 465, and STARTTLS or no encryption for 143, 587 and 25."),
        "security",
    ),
    Outcome.TLS_REQUIRED: _Text(
        _l("%(host)s offers no encryption on port %(port)s, but the form asks for it."),
        _l("Choose SSL/TLS with port 993 or 465. The password was not sent."),
        "security",
    ),
    Outcome.TLS_UNSAFE: _Text(
        _l("The beginning of the encrypted connection to %(host)s was tampered with."),
        _l("Choose SSL/TLS with port 993 or 465, or try from another network. The password was not sent."),
        "security",
    ),
    Outcome.TLS_TOO_OLD: _Text(
        _l("%(host)s only offers an outdated encryption that is no longer safe."),
        _l("Ask your provider for a server that supports TLS 1.2 or newer."),
        "host",
    ),
    Outcome.CERT_EXPIRED: _Text(_l("The certificate of %(host)s has expired."), _TRUST_ONE, "host"),
    Outcome.CERT_NOT_YET_VALID: _Text(_l("The certificate of %(host)s is not valid yet."), _ASK_PROVIDER, "host"),
    Outcome.CERT_WRONG_HOST: _Text(
        _l("The certificate of %(host)s was issued for another name."),
        _l("Use a server name from the certificate, or trust only this certificate if you know that it is theirs."),
        "host",
    ),
    Outcome.CERT_SELF_SIGNED: _Text(
        _l("The certificate of %(host)s is self-signed, so nobody vouches for it."), _TRUST_ONE, "host"
    ),
    Outcome.CERT_UNKNOWN_ISSUER: _Text(
        _l("The certificate of %(host)s was issued by somebody this system does not know, or its chain is incomplete."),
        _TRUST_ONE,
        "host",
    ),
    Outcome.CERT_WEAK: _Text(_l("The certificate of %(host)s is too weak to be trusted."), _ASK_PROVIDER, "host"),
    Outcome.CERT_CHANGED: _Text(
        _l("%(host)s shows another certificate than the one you chose to trust."),
        _l("Ask your provider whether the certificate was replaced before you trust the new one."),
        "host",
    ),
    Outcome.LOGIN_DISABLED: _Text(
        _l("%(host)s does not allow signing in over this connection."),
        _l("Choose SSL/TLS with port 993 or 465. The password was not sent."),
        "security",
    ),
    Outcome.AUTH_METHOD_MISSING: _Text(
        _l("%(host)s offers no way of signing in that this system knows."),
        _l("Ask your provider how mail programs sign in with a password."),
        "security",
    ),
    Outcome.OAUTH_REQUIRED: _Text(
        _l("%(host)s does not accept passwords from mail programs."),
        _l("Look in your provider's settings for an app password, or for a switch that allows mail programs."),
        "password",
    ),
    Outcome.AUTH_FAILED: _Text(
        _l("%(host)s refused the user name or the password."),
        _l("Type the password again and check the user name; it is mostly the full address."),
        "password",
    ),
    Outcome.AUTH_OR_DISABLED: _Text(
        _l("%(host)s refused the sign-in."),
        _l("Check the user name and the password, and whether your provider has to switch on mail programs first."),
        "password",
    ),
    Outcome.APP_PASSWORD_REQUIRED: _Text(
        _l("%(host)s wants an app password instead of your usual one."),
        _l("Create an app password in your provider's security settings and type it here."),
        "password",
    ),
    Outcome.WEB_LOGIN_REQUIRED: _Text(
        _l("%(host)s wants you to sign in with a browser first."),
        _l("Sign in on your provider's web page, confirm what it asks, and test again."),
        "password",
    ),
    Outcome.PROTOCOL_DISABLED: _Text(
        _l("Your provider has switched off this kind of access for your account."),
        _l("Switch on access for mail programs in your provider's settings, or ask the provider to."),
        "password",
    ),
    Outcome.ACCOUNT_BLOCKED: _Text(
        _l("%(host)s says that this account is blocked."),
        _l("Sign in on your provider's web page, or ask the provider to unblock the account."),
        "username",
    ),
    Outcome.FOLDER_MISSING: _Text(
        _l("%(host)s has no inbox for this user."), _l("Check the user name, or ask your provider."), "username"
    ),
    Outcome.REJECTED_SENDER: _Text(
        _l("%(host)s does not let this user send from this address."),
        _l("Check the address and the user name, and whether the server requires authentication."),
        "email",
    ),
    Outcome.DNS_FAILURE: _Text(_l("The name %(host)s could not be looked up just now."), _LATER, "host"),
    Outcome.CONNECT_REFUSED: _Text(_l("%(host)s does not accept connections on port %(port)s."), _OTHER_PORT, "port"),
    Outcome.CONNECT_TIMEOUT: _Text(_l("%(host)s did not answer on port %(port)s."), _OTHER_PORT, "port"),
    Outcome.UNREACHABLE: _Text(_l("%(host)s cannot be reached from this system."), _LATER, "host"),
    Outcome.TIMEOUT_BANNER: _Text(
        _l("%(host)s accepted the connection on port %(port)s, but said nothing."),
        _l("The port probably expects SSL/TLS. Check the port and the connection security, or try again later."),
        "port",
    ),
    Outcome.TIMEOUT_TLS: _Text(_l("%(host)s did not finish setting up the encryption."), _LATER, "security"),
    Outcome.TIMEOUT_OP: _Text(_l("%(host)s stopped answering."), _LATER, None),
    Outcome.TIMEOUT_TOTAL: _Text(_l("%(host)s answered too slowly."), _LATER, None),
    Outcome.SERVER_CLOSED: _Text(_l("%(host)s closed the connection."), _LATER, None),
    Outcome.TLS_FAILED: _Text(_l("The encrypted connection to %(host)s could not be set up."), _LATER, "security"),
    Outcome.AUTH_TEMP: _Text(
        _l("%(host)s cannot check passwords just now. This does not mean that the password is wrong."), _LATER, None
    ),
    Outcome.TOO_MANY_CONNECTIONS: _Text(
        _l("%(host)s has too many connections for this account."),
        _l("Close other mail programs that use the account, or try again in a few minutes."),
        None,
    ),
    Outcome.RATE_LIMITED: _Text(_l("%(host)s asks to be contacted less often."), _LATER, None),
    Outcome.SERVER_BUSY: _Text(_l("%(host)s is too busy just now."), _LATER, None),
    Outcome.PROTOCOL_ERROR: _Text(
        _l("%(host)s gave an answer that makes no sense."),
        _l("Check the server and the port. If they are right, tell your provider."),
        "host",
    ),
    Outcome.TOO_MUCH_DATA: _Text(
        _l("%(host)s sent far more data than expected."),
        _l("Check the server and the port. If they are right, tell your provider."),
        "host",
    ),
    Outcome.REJECTED_RECIPIENT: _Text(
        _l("%(host)s refused this recipient."),
        _l("Check the address; the server's own words say more. Then try again or write to another address."),
    ),
    Outcome.RECIPIENT_UNSUPPORTED: _Text(
        _l("%(host)s cannot deliver to addresses with letters such as ż before the @."),
        _l("Remove that recipient, or ask for an address with plain letters."),
    ),
    Outcome.REJECTED_CONTENT: _Text(
        _l("%(host)s refused the text or the files of the message."),
        _l("The server's own words say why. Change the message and send it again."),
    ),
    Outcome.TOO_LARGE: _Text(
        _l("The message is larger than %(host)s takes."),
        _l("Remove or shrink files, then send it again."),
    ),
    Outcome.UNCERTAIN: _Text(
        _l("The connection to %(host)s was lost before it said whether it took the message."),
        _l("Ask the recipient whether it arrived. If you send it again, it may arrive twice."),
    ),
    Outcome.INTERNAL: _Text(
        _l("Something went wrong in this system while talking to %(host)s."),
        _l("Try again. If it happens again, tell the operator of this system."),
        None,
    ),
}

_PROBLEMS: Mapping[Problem, str] = {
    Problem.QUEUE_UNAVAILABLE: _l(
        "The test could not be started, because the job queue cannot be reached. "
        "Nothing you typed is lost: try again in a moment."
    ),
    Problem.TOO_MANY_TESTS: _l(
        "Too many tests in a short time, so this one was not begun. Everything you typed is kept."
    ),
    Problem.SECRET_UNREADABLE: _l("The stored password cannot be opened any more. Type it again, then test again."),
    Problem.ADDRESS_TAKEN: _l(
        "Both servers accepted the settings, but another account has got this address meanwhile. Change the address."
    ),
    Problem.ALREADY_CREATED: _l(
        "This form had saved its account before, with other values, so nothing was overwritten. "
        "Open the account in the list to change it."
    ),
    Problem.CHANGED_MEANWHILE: _l(
        "Both servers accepted the settings, but somebody else has changed this account meanwhile. "
        "Nothing was overwritten: open the account again and make your changes once more."
    ),
    Problem.ACCOUNT_NOT_FOUND: _l(
        "Both servers accepted the settings, but somebody has deleted this account meanwhile. "
        "To keep the settings, add it as a new account."
    ),
    Problem.LINK_USED: _l("This form has saved its account before, so nothing was added a second time."),
    Problem.LINK_SPENT: _l(
        "This form has been tested as often as one form may be. Go back to the page that led you here and start again."
    ),
}


def explain(outcome: Outcome, side: Side, *, host: str, port: int) -> Message:
    """Return what ``outcome`` means for one server, in the language of the request. ``host`` is as people read it."""
    text = _TEXTS[outcome]
    values = {"host": host, "port": port}
    field = text.about if text.about in (None, "email") else f"{side}-{text.about}"
    return Message(str(text.what) % values, str(text.next_step) % values, field, passes=text.next_step is _LATER)


def explain_problem(problem: Problem) -> str:
    """Return why a test was not run, or why what passed was not saved, in the language of the request."""
    return str(_PROBLEMS[problem])

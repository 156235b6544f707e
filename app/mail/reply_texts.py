"""What servers say when they refuse, and what they mean: the one place where wordings are kept.

The order is the order of judgement, specific before general: the first pattern that is found anywhere in the reply
(in lower case, lines joined, status codes removed) decides. Each stands beside the servers that say so, in their words.
"""

import re
from dataclasses import dataclass

from app.mail.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Example:
    """A refusal in the words of one server, without status and response codes."""

    server: str
    text: str


@dataclass(frozen=True, slots=True)
class Wording:
    """A way of saying something, and who was seen saying it that way."""

    outcome: Outcome
    pattern: str
    examples: tuple[Example, ...]

    def is_in(self, words: str) -> bool:
        """Return whether ``words`` say it."""
        # Compiled when a server first refuses something: all of them would take a tenth of the start of each command.
        return re.search(self.pattern, words) is not None


def _says(outcome: Outcome, pattern: str, *examples: tuple[str, str]) -> Wording:
    return Wording(outcome, pattern, tuple(Example(server, text) for server, text in examples))


_BROKEN = r"(?:invalid|incorrect|wrong|bad|unknown|b[łl][ęe]dn\w*|nieprawid[łl]ow\w*|z[łl][ye]|niepoprawn\w*)"
_CREDENTIAL = r"(?:credential|password|user|login|log-in|has[łl]o|auth|u[żz]ytkownik)"
_OFF = (
    r"(?:disabled|not (?:enabled|allowed|permitted|authori[sz]ed|active)|(?:turned|switched) off|blocked|denied|"
    r"forbidden|deactivated|wy[łl][ąa]czon\w*|zablokowan\w*|nieaktywn\w*|niedost[ęe]pn\w*)"
)
_PROTOCOL = (
    r"(?:imap|smtp|pop3|protoco[łl]|protok[óo][łl]|client ?authentication|(?:remote|external|mail) access"
    r"|us[łl]ug[ai]|dost[ęe]p)"
)
_HOLDER = r"(?:account|user|mailbox|login|konto|skrzynka|u[żz]ytkownik)"
_LOCKED = r"(?:locked|suspended|disabled|blocked|deactivated|frozen|inactive|closed|expired|banned)"
_TOO_MANY = r"(?:too many|(?:zbyt|za) (?:wiele|du[żz]o|cz[ęe]st\w*))"


def _near(most: int) -> str:
    """Return a pattern for at most so many characters of one sentence: the next one may speak of something else."""
    return rf"(?:(?![.;!] ).){{0,{most}}}"


# Whoever says so has not judged for good: no permanent outcome is drawn from such a text.
TEMPORARY = re.compile(
    r"temporar|tymczasow|chwilow|(?:try|retry)(?: again)? (?:later|in \d|after)|spr[óo]buj (?:ponownie )?p[óo][źz]niej"
)
PERMANENT = frozenset(
    {Outcome.AUTH_OR_DISABLED, Outcome.ACCOUNT_BLOCKED, Outcome.PROTOCOL_DISABLED, Outcome.AUTH_FAILED}
)

WORDINGS: tuple[Wording, ...] = (
    _says(
        Outcome.APP_PASSWORD_REQUIRED,
        r"app(?:lication)?(?:[- ]specific)?[- ]passwords?",
        (
            "Gmail",
            "Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)",
        ),
        ("Gmail", "Application-specific password required. For more information, go to https://support.google.com/x"),
        ("mail.ru", "NEOBHODIM parol prilozheniya https://help.mail.ru/x / Application password is REQUIRED"),
        ("Yahoo", "Please use an app password to sign in"),
        ("iCloud", "Authentication failed, use an app-specific password"),
        ("Fastmail", "Sorry, you need to create an app password to use this service"),
        ("Yandex", "Error: authentication failed: use an app password"),
        ("Zoho", "Use application-specific password to sign in (Failure)"),
    ),
    _says(
        Outcome.APP_PASSWORD_REQUIRED,
        r"authori[sz]ation code",
        ("QQ Mail", "Login Fail. Please enter your authorization code to login. More information in http://x.qq.com"),
    ),
    _says(
        Outcome.APP_PASSWORD_REQUIRED,
        r"(?:device|client)[- ]specific password",
        ("Coremail", "Please log in with your client-specific password"),
    ),
    _says(
        Outcome.APP_PASSWORD_REQUIRED,
        r"has[łl][oae] (?:do |dla )?aplikacji",
        ("WP", "Użyj hasła aplikacji"),
        ("Onet", "Logowanie z programu pocztowego wymaga hasła do aplikacji"),
        ("Interia", "Nieprawidłowe hasło, wygeneruj hasło dla aplikacji w ustawieniach konta"),
    ),
    _says(
        Outcome.WEB_LOGIN_REQUIRED,
        r"(?:log|sign)[- ]?in (?:via|with|through|using|to|on) (?:your |the |a )?web",
        (
            "Gmail",
            "Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 (Failure)",
        ),
        ("Gmail", "<https://accounts.google.com/x> Please log in via your web browser and then try again."),
    ),
    _says(
        Outcome.WEB_LOGIN_REQUIRED,
        r"web ?(?:mail )?log[- ]?in (?:is )?(?:required|needed)|web browser|captcha",
        ("Gmail", "Web login required. (Failure)"),
        ("Yahoo", "For your security, sign in once with a web browser"),
    ),
    _says(
        Outcome.WEB_LOGIN_REQUIRED,
        r"verify your (?:account|identity)",
        ("mail.ru", "Authentication failed. Please verify your account by going to https://e.mail.ru/login"),
        ("Outlook.com", "Your account needs attention, please verify your identity at https://account.live.com"),
    ),
    _says(
        Outcome.WEB_LOGIN_REQUIRED,
        r"zaloguj si[ęe] (?:przez|na|do|w) (?:stron|www|poczt|przegl[ąa]dark|panel)",
        ("WP", "Zaloguj się przez stronę poczta.wp.pl i potwierdź, że to Ty"),
        ("Onet", "Zaloguj się na poczta.onet.pl i włącz dostęp dla programów pocztowych"),
    ),
    _says(
        Outcome.WEB_LOGIN_REQUIRED,
        r"(?:password|has[łl]o).{0,20}(?:must be changed|expired|is expired|wygas[łl]o)|must change (?:your )?password",
        ("Dovecot", "Password expired"),
        ("Kerio", "Your password has expired"),
        ("Zimbra", "LOGIN failed: must change password"),
        ("home.pl", "Hasło do skrzynki wygasło"),
    ),
    _says(
        Outcome.OAUTH_REQUIRED,
        r"basic ?auth(?:entication)?.{0,20}(?:disabled|blocked)|modern auth|\boauth",
        ("Microsoft 365", "Authentication unsuccessful, basic authentication is disabled. [AM0PR01CA0001.outlook.com]"),
        ("Exchange", "Basic authentication is blocked, use modern authentication"),
        ("Gmail", "Username and password are no longer accepted, use OAuth 2.0"),
    ),
    _says(
        Outcome.OAUTH_REQUIRED,
        r"security defaults policy",
        (
            "Microsoft 365",
            "Authentication unsuccessful, user is locked by your organization's security defaults policy.",
        ),
    ),
    _says(
        Outcome.TLS_REQUIRED,
        r"(?:plain|clear)[- ]?text (?:auth|login)\w* (?:is |are )?(?:disallowed|disabled|not allowed|not permitted)",
        ("Dovecot", "Plaintext authentication disallowed on non-secure (SSL/TLS) connections."),
        ("Dovecot 2.4", "Cleartext authentication disallowed on non-secure (SSL/TLS) connections."),
        ("Zimbra", "LOGIN failed: cleartext logins disabled"),
    ),
    _says(
        Outcome.TLS_REQUIRED,
        r"(?:must|please|first) (?:first )?(?:issue|use|start)(?: an?)? (?:starttls|tls|ssl)\b",
        ("Postfix", "Must issue a STARTTLS command first"),
        ("hMailServer", "Must issue STARTTLS first."),
        ("Exim", "Please use TLS"),
    ),
    _says(
        Outcome.TLS_REQUIRED,
        r"(?:encryption|(?:encrypted|secure|ssl|tls)[- ]connection|starttls|tls|ssl) (?:is )?(?:required|needed)",
        ("Exchange", "Encryption required for requested authentication mechanism"),
        ("hMailServer", "A SSL/TLS-connection is required for authentication."),
        ("MDaemon", "STARTTLS required"),
    ),
    _says(
        Outcome.TLS_REQUIRED,
        r"only available under a layer",
        ("Cyrus", "Login only available under a layer"),
    ),
    _says(
        Outcome.AUTH_OR_DISABLED,
        rf"{_BROKEN}{_near(80)}\b(?:or|lub|albo)\b{_near(40)}(?:{_PROTOCOL}|{_HOLDER}|access|service)\w*{_near(30)}{_OFF}",
        ("Yandex", "LOGIN invalid credentials or IMAP is disabled"),
        ("Rambler", "Invalid login or password or IMAP access is not allowed"),
        ("Interia", "Nieprawidłowy login lub hasło albo dostęp IMAP wyłączony"),
    ),
    _says(
        Outcome.AUTH_OR_DISABLED,
        rf"{_PROTOCOL}\w*{_near(30)}{_OFF}{_near(30)}\b(?:or|lub|albo)\b{_near(60)}{_BROKEN}",
        ("Axigen", "IMAP service disabled for this user or wrong password"),
    ),
    _says(
        Outcome.AUTH_OR_DISABLED,
        rf"{_BROKEN}{_near(40)}{_CREDENTIAL}{_near(60)}[.;!] .{{0,80}}{_PROTOCOL}\w*{_near(40)}{_OFF}",
        ("o2", "Nieprawidłowe hasło. Sprawdź też, czy dostęp przez programy pocztowe nie jest wyłączony"),
    ),
    _says(
        Outcome.ACCOUNT_BLOCKED,
        rf"(?:account|user|mailbox|login)(?: \S+)? (?:(?:is|has been|was|currently) )*{_LOCKED}",
        ("Dovecot", "Account is disabled."),
        ("Exim", "Your account has been suspended"),
        ("cPanel", "The account anna is suspended"),
        ("Zimbra", "authentication failed for [anna@skrzynka.test]: account locked"),
        ("vpopmail", "this account has been disabled"),
        ("SmarterMail", "The user account is currently disabled"),
        ("T-Online", "Login blocked, please contact the customer service"),
    ),
    _says(
        Outcome.ACCOUNT_BLOCKED,
        r"(?:locked|suspended|blocked|inactive|disabled|deactivated) (?:account|user|mailbox)",
        ("Yahoo", "LOGIN failed for locked account"),
        ("MailEnable", "Disabled mailbox"),
    ),
    _says(
        Outcome.ACCOUNT_BLOCKED,
        r"(?:konto|skrzynka|u[żz]ytkownik)(?: \S+)? (?:(?:jest|zosta[łl][oa]?) )*"
        r"(?:zablokowan|zawieszon|wy[łl][ąa]czon|nieaktywn|wygas)",
        ("home.pl", "Konto zablokowane"),
        ("nazwa.pl", "Skrzynka została zawieszona"),
        ("WP", "Konto jest nieaktywne"),
        ("az.pl", "Konto pocztowe wygasło"),
    ),
    _says(
        Outcome.PROTOCOL_DISABLED,
        rf"{_PROTOCOL}\w*{_near(60)}{_OFF}",
        ("Courier", "IMAP access disabled for this account."),
        ("Microsoft 365", "Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."),
        ("Microsoft 365", "Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox."),
        ("Google Workspace", "IMAP access is disabled for your domain. Please contact your domain administrator"),
        ("GMX", "IMAP access is not enabled for this account"),
        ("web.de", "Login failed, POP3/IMAP is not enabled"),
        ("o2", "Dostęp przez IMAP jest wyłączony"),
        ("Kerio", "Access to IMAP service denied"),
    ),
    _says(
        Outcome.PROTOCOL_DISABLED,
        rf"{_OFF}{_near(30)}(?:for|to use|w|dla) {_near(20)}(?:imap|smtp|protocol)",
        ("Gmail", "Your account is not enabled for IMAP use. Please visit your Gmail settings page"),
        ("Exchange", "The user is not allowed to use IMAP4"),
    ),
    _says(
        Outcome.PROTOCOL_DISABLED,
        r"access rights to this service",
        ("Yandex", "Error: authentication failed: This user does not have access rights to this service"),
    ),
    _says(
        Outcome.PROTOCOL_DISABLED,
        r"enable (?:imap|smtp|pop)|w[łl][ąa]cz .{0,30}(?:imap|smtp)",
        ("Zoho", "You are yet to enable IMAP for your account. Please contact your administrator (Failure)"),
        ("Interia", "Włącz obsługę IMAP w ustawieniach poczty"),
    ),
    _says(
        Outcome.PROTOCOL_DISABLED,
        r"did not meet the criteria to be authenticated|authenticated but not connected",
        (
            "Microsoft 365",
            "Authentication unsuccessful, the request did not meet the criteria to be authenticated successfully.",
        ),
        ("Exchange", "User is authenticated but not connected."),
    ),
    _says(
        Outcome.TOO_MANY_CONNECTIONS,
        rf"{_TOO_MANY} .{{0,40}}(?:connection|session|client|process|child|user|po[łl][ąa]cze[ńn]|sesji)",
        ("Gmail", "Too many simultaneous connections. (Failure)"),
        ("Postfix", "mail.skrzynka.test Error: too many connections from 192.0.2.1"),
        ("Exim", "Too many concurrent SMTP connections; please try again later."),
        ("Cyrus", "Too many open connections from your host"),
        ("nazwa.pl", "Zbyt wiele połączeń z Twojego adresu"),
    ),
    _says(
        Outcome.TOO_MANY_CONNECTIONS,
        r"(?:max\w*|limit\w*|exceed\w*|number) .{0,40}connections?",
        ("Dovecot", "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)"),
        ("Courier", "Error: Maximum connection limit reached for your IP"),
    ),
    _says(
        Outcome.TOO_MANY_CONNECTIONS,
        r"connections? .{0,30}(?:limit|exceed)",
        ("Microsoft 365", "Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending"),
        ("OVH", "Connection limit exceeded"),
    ),
    _says(
        Outcome.RATE_LIMITED,
        r"rate[- ]?limit|throttl|too (?:fast|frequent|quick)|rate (?:is )?exceed|exceed\w* .{0,30}rate",
        ("Yahoo", "LOGIN Rate limit hit."),
        ("Exchange", "Request is throttled. Suggested Backoff Time: 299499 milliseconds"),
        ("Yandex", "Message rate exceeded"),
    ),
    _says(
        Outcome.RATE_LIMITED,
        rf"{_TOO_MANY} .{{0,40}}(?:attempt|failure|failed|request|command|log-?[io]n|auth|message|mail|error)",
        ("Gmail", "Too many login attempts, please try again later. For more information, go to https://x"),
        ("hMailServer", "Too many invalid logon attempts."),
        ("T-Online", "Temporarily blocked due to too many failed logins"),
        ("OVH", "Too many authentication failures"),
    ),
    _says(
        Outcome.RATE_LIMITED,
        rf"{_TOO_MANY} .{{0,30}}(?:pr[óo]b|logowa|wiadomo[śs]ci|zapyta[ńn])",
        ("home.pl", "Zbyt wiele nieudanych prób logowania"),
    ),
    # A block that ends by itself: waiting helps, and nothing else does.
    _says(
        Outcome.RATE_LIMITED,
        r"(?:temporar|tymczasow|chwilow)\w*.{0,30}(?:block|lock|suspend|bann|zablok|zawiesz)",
        ("IONOS", "The account is temporarily locked"),
        ("WP", "Konto tymczasowo zablokowane"),
        ("Strato", "Your IP has been temporarily blocked"),
    ),
    _says(
        Outcome.RATE_LIMITED,
        r"(?:block|lock|suspend|bann|zablok|zawiesz)\w*.{0,30}(?:temporar|tymczasow|chwilow|try again later)",
        ("SmarterMail", "Your account is locked, try again later"),
        ("Onet", "Konto zostało zablokowane tymczasowo"),
    ),
    _says(
        Outcome.RATE_LIMITED,
        r"(?:sending|message|mail|daily|hourly) (?:\w+ )?(?:limit|quota) .{0,20}(?:exceeded|reached)",
        ("Zoho", "Daily sending limit has been exceeded"),
    ),
    _says(
        Outcome.RATE_LIMITED,
        r"exceed\w* .{0,20}(?:command|bandwidth)",
        ("Gmail", "Account exceeded command or bandwidth limits. (Failure)"),
    ),
    # A word of "temporary" means that the password was not judged.
    _says(
        Outcome.AUTH_TEMP,
        TEMPORARY.pattern,
        ("Dovecot", "Temporary authentication failure. [mail:2026-11-24 09:00:00]"),
        ("Postfix", "Temporary authentication failure: Connection lost to authentication server"),
        ("Courier", "Temporary problem, please try again later"),
        ("Yahoo", "LOGIN Server error - Please try again later"),
        ("Gmail", "Temporary System Error (Failure)"),
        ("interia.pl", "Chwilowy brak dostępu do usługi"),
        ("o2", "Błędny login lub hasło, spróbuj ponownie później"),
    ),
    _says(
        Outcome.AUTH_TEMP,
        r"not available|(?<!\(reason )unavailable",  # "(reason unavailable)" is Postfix's way of saying nothing
        ("Exchange", "Server Unavailable. 15"),
        ("Dovecot", "Authentication service is not available"),
    ),
    _says(
        Outcome.AUTH_TEMP,
        r"(?:internal|server|system) (?:server |login )?(?:error|failure)|generic failure",
        ("Yandex", "AUTHENTICATE internal server error. sc=abc123"),
        ("Dovecot", "Internal login failure. Refer to server log for more information."),
        ("Cyrus SASL", "Error: authentication failed: generic failure"),
    ),
    _says(
        Outcome.AUTH_TEMP,
        r"overload|\bbusy\b|timed? ?out|maintenance|backend|at present",
        ("Zimbra", "LOGIN failed: account is in maintenance mode"),
        ("Exim", "Unable to authenticate at present"),
        ("Axigen", "Authentication backend did not answer"),
    ),
    _says(
        Outcome.AUTH_TEMP,
        r"b[łl][ąa]d (?:serwera|wewn[ęe]trzny)|przerwa techniczna",
        ("az.pl", "Błąd serwera uwierzytelniania"),
        ("home.pl", "Przerwa techniczna"),
    ),
    _says(
        Outcome.AUTH_FAILED,
        r"auth\w* (?:has |was )?(?:fail|unsuccessful|rejected|denied|error)",
        ("Dovecot", "Authentication failed."),
        ("Exchange", "AUTHENTICATE failed."),
        ("Exchange", "Authentication unsuccessful"),
        ("Postfix", "Error: authentication failed: (reason unavailable)"),
        ("nazwa.pl", "Error: authentication failed: UGFzc3dvcmQ6"),
        ("hMailServer", "Authentication failed. Restarting authentication process."),
        ("qmail", "authorization failed (#5.7.0)"),
        ("iCloud", "Authentication Failed"),
        ("Zoho", "Authentication Failed"),
        ("Strato", "Error: authentication failed: authentication failure"),
        ("OVH", "Authentication failed"),
    ),
    _says(
        Outcome.AUTH_FAILED,
        r"(?:log-?in|logon|logowani\w*) (?:fail|incorrect|invalid|denied|nie)",
        ("Courier", "Login failed."),
        ("Exchange", "LOGIN failed."),
        ("Cyrus", "Login failed: authentication failure"),
        ("Kerio", "Login failed: wrong username or password"),
        ("Onet", "Logowanie nie powiodło się"),
    ),
    _says(
        Outcome.AUTH_FAILED,
        rf"{_BROKEN}.{{0,40}}{_CREDENTIAL}",
        ("Gmail", "Invalid credentials (Failure)"),
        ("Yahoo", "LOGIN Invalid credentials"),
        ("Zoho", "Invalid credentials(Failure)"),
        ("Fastmail", "Incorrect username, password or access token"),
        ("Yandex", "Error: authentication failed: Invalid user or password!"),
        ("mail.ru", "Invalid login or password"),
        ("Exim", "Incorrect authentication data"),
        ("hMailServer", "Invalid user name or password."),
        ("MailEnable", "Invalid Username or Password"),
        ("Exchange", "Logon failure: unknown user name or bad password."),
        ("WP", "Nieprawidłowy login lub hasło."),
        ("az.pl", "Błędna nazwa użytkownika lub hasło"),
    ),
    _says(
        Outcome.AUTH_FAILED,
        r"(?:credential|password|username).{0,40}(?:invalid|incorrect|wrong|not accepted|mismatch|rejected)",
        ("GMX", "Authentication credentials invalid"),
        ("IONOS", "Authentication credentials invalid"),
        ("Gmail", "Username and Password not accepted. For more information, go to https://support.google.com/x"),
    ),
)

# Only about a folder that is to be opened: elsewhere the same words speak of an account.
MISSING_FOLDER = _says(
    Outcome.FOLDER_MISSING,
    r"(?:doesn.?t|does not|do not) exist|nie istnieje|no such (?:mail ?box|mail ?folder|folder)"
    r"|(?:unknown|nonexist[ae]nt|nieznan\w+) (?:mail ?box|folder)"
    r"|(?:mail ?box|folder)\b.{0,200}(?:not found|could not be found|not be opened)",
    ("Dovecot", "Mailbox doesn't exist: Konto zablokowane (0.001 + 0.000 secs)."),
    ("Dovecot", "Mailbox doesn't exist: Blocked users"),
    ("Cyrus", "Mailbox does not exist"),
    ("Exchange", "Closed account doesn't exist."),
    ("Gmail", "Unknown Mailbox: IMAP disabled (Failure)"),
    ("hMailServer", "The folder could not be found."),
    ("Yahoo", "No such mailbox"),
    ("WP", "Folder nie istnieje"),
)

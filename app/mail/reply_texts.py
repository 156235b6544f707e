"""What servers say when they refuse, and what they mean: the one place where wordings are kept.

The order is the order of judgement, specific before general: the first pattern that is found anywhere in the reply
(in lower case, lines joined, status codes removed) decides. The comments name servers that were seen saying so.
"""

import re

from app.mail.outcomes import Outcome

_BROKEN = r"(?:invalid|incorrect|wrong|bad|unknown|b[łl][ęe]dn\w*|nieprawid[łl]ow\w*|z[łl]y|niepoprawn\w*)"
_OFF = (
    r"(?:disabled|not (?:enabled|allowed|permitted|authori[sz]ed|active)|(?:turned|switched) off|blocked|denied|"
    r"forbidden|deactivated|wy[łl][ąa]czon\w*|zablokowan\w*|nieaktywn\w*|niedost[ęe]pn\w*)"
)
_TOO_MANY = r"(?:too many|(?:zbyt|za) (?:wiele|du[żz]o|cz[ęe]st\w*))"

_TABLE: tuple[tuple[Outcome, tuple[str, ...]], ...] = (
    (
        Outcome.APP_PASSWORD_REQUIRED,
        (
            r"app(?:lication)?(?:[- ]specific)?[- ]passwords?",  # Gmail, Yahoo, iCloud, Fastmail, mail.ru
            r"authori[sz]ation code",  # QQ, 163
            r"(?:device|client)[- ]specific password",
            r"has[łl][oae] (?:do |dla )?aplikacji",  # WP, Onet, Interia
        ),
    ),
    (
        Outcome.WEB_LOGIN_REQUIRED,
        (
            r"(?:log|sign)[- ]?in (?:via|with|through|using|to|on) (?:your |the |a )?web",  # Gmail
            r"web ?(?:mail )?log[- ]?in (?:is )?(?:required|needed)|web browser|captcha",  # Gmail, Yahoo
            r"zaloguj si[ęe] (?:przez|na|do|w) (?:stron|www|poczt|przegl[ąa]dark|panel)",  # WP, Onet
            r"(?:password|has[łl]o).{0,20}(?:must be changed|has expired|is expired|wygas[łl]o)",
        ),
    ),
    # Microsoft 365, Outlook.com.
    (Outcome.OAUTH_REQUIRED, (r"basic ?auth(?:entication)?.{0,20}(?:disabled|blocked)|modern auth|oauth",)),
    (
        Outcome.TLS_REQUIRED,
        (
            r"plaintext auth\w* (?:is )?(?:disallowed|disabled|not allowed|not permitted)",  # Dovecot
            r"(?:must|please|first) (?:first )?(?:issue|use|start)(?: an?)? (?:starttls|tls|ssl)\b",  # Postfix, Exim
            r"(?:encryption|(?:encrypted|secure) connection|tls|ssl) (?:is )?(?:required|needed)",  # Postfix, Exchange
        ),
    ),
    (
        Outcome.AUTH_OR_DISABLED,
        (
            rf"{_BROKEN}.{{0,80}}\b(?:or|lub|albo)\b.{{0,60}}{_OFF}",  # Yandex, Interia
            rf"{_OFF}.{{0,60}}\b(?:or|lub|albo)\b.{{0,80}}{_BROKEN}",
        ),
    ),
    (
        Outcome.ACCOUNT_BLOCKED,
        (
            r"(?:account|user|mailbox|login)(?: \S+)? (?:(?:is|has been|was|currently) )*"
            r"(?:locked|suspended|disabled|blocked|deactivated|frozen|inactive|closed|expired|banned)",  # Exim, Zimbra
            r"(?:locked|suspended|blocked|inactive|disabled|deactivated) (?:account|user|mailbox)",  # cPanel, Yahoo
            r"(?:konto|skrzynka|u[żz]ytkownik)(?: \S+)? (?:(?:jest|zosta[łl][oa]?) )*"
            r"(?:zablokowan|zawieszon|wy[łl][ąa]czon|nieaktywn|wygas)",  # home.pl, WP
        ),
    ),
    (
        Outcome.PROTOCOL_DISABLED,
        (
            r"(?:imap|smtp|pop3?|protoco[lł]|protok[óo][łl]|client ?authentication|(?:remote|external) access"
            rf"|us[łl]ug[ai]|dost[ęe]p)\w*.{{0,60}}{_OFF}",  # Courier, Microsoft 365, Gmail, o2
            rf"{_OFF}.{{0,30}}(?:for|to use|w|dla) .{{0,20}}(?:imap|smtp|protocol)",
            r"access rights to this service",  # Yandex
            r"enable (?:imap|smtp|pop)|w[łl][ąa]cz .{0,30}(?:imap|smtp)",
        ),
    ),
    (
        Outcome.TOO_MANY_CONNECTIONS,
        (
            rf"{_TOO_MANY} .{{0,40}}(?:connection|session|client|process|child|user|po[łl][ąa]cze[ńn]|sesji)",  # Gmail
            r"(?:max\w*|limit\w*|exceed\w*|number) .{0,40}connections?",  # Dovecot: mail_max_userip_connections
            r"connections? .{0,30}(?:limit|exceed)",  # Postfix, Courier
        ),
    ),
    (
        Outcome.RATE_LIMITED,
        (
            r"rate[- ]?limit|throttl|too (?:fast|frequent|quick)|rate (?:is )?exceed|exceed\w* .{0,30}rate",  # Yahoo
            rf"{_TOO_MANY} .{{0,40}}(?:attempt|failure|request|command|log-?in|auth|message|mail|error)",  # Gmail, OVH
            rf"{_TOO_MANY} .{{0,30}}(?:pr[óo]b|logowa|wiadomo[śs]ci|zapyta[ńn])",  # home.pl, OVH
            r"(?:sending|message|mail|daily|hourly) (?:\w+ )?(?:limit|quota) .{0,20}(?:exceeded|reached)",  # Zoho
        ),
    ),
    # Anybody; a word of "temporary" means that the password was not judged.
    (
        Outcome.AUTH_TEMP,
        (
            r"temporar|tymczasow|chwilow|(?:try|retry)(?: again)? (?:later|in \d|after)|not available",
            r"(?<!\(reason )unavailable",  # "(reason unavailable)" is Postfix's way of saying nothing
            r"(?:internal|server|system) (?:server )?error|overload|\bbusy\b|timed? ?out|maintenance|backend",
            r"spr[óo]buj (?:ponownie )?p[óo][źz]niej|b[łl][ąa]d (?:serwera|wewn[ęe]trzny)|przerwa techniczna",
        ),
    ),
    # Dovecot, Courier, Gmail, Exchange, Postfix, Exim, hMailServer, Cyrus, WP, Onet.
    (
        Outcome.AUTH_FAILED,
        (
            r"auth\w* (?:has |was )?(?:fail|unsuccessful|rejected|denied|error)",
            r"(?:log-?in|logon|logowani\w*) (?:fail|incorrect|invalid|denied|nie)",
            rf"{_BROKEN}.{{0,40}}(?:credential|password|user|login|has[łl]o|auth)",
            r"(?:credential|password|username).{0,40}(?:invalid|incorrect|wrong|not accepted|mismatch|rejected)",
        ),
    ),
)

TEXTS = tuple((outcome, re.compile("|".join(patterns))) for outcome, patterns in _TABLE)

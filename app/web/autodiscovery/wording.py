"""What is said about an address and its provider."""

from collections.abc import Collection, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.autodiscovery import Mail, ProviderNote, Source, Way, domain_of
from app.mail.owners import organisation_of
from app.mail.settings import ConnectionSecurity, Side
from app.web.hosts import readable_host, readable_owner

_OAUTH_ONLY = _l(
    "This provider lets mail programs in only through its own sign-in page (OAuth 2), not with a password. That does "
    "not work here yet: use an account of another provider, or ask the provider for a way with a password."
)
_OAUTH_ONLY_THERE: Mapping[Side, str] = {
    Side.IMAP: _l(
        "This provider lets mail programs fetch mail only through its own sign-in page (OAuth 2), not with a password. "
        "That does not work here yet: ask the provider for an incoming server that takes a password."
    ),
    Side.SMTP: _l(
        "This provider lets mail programs send mail only through its own sign-in page (OAuth 2), not with a password. "
        "That does not work here yet: ask the provider for an outgoing server that takes a password."
    ),
}
# What else a provider wants, by the codes that the data has for it.
NOTES: Mapping[str, str] = {
    "no_imap": _l("This provider lets no mail programs in, so its accounts cannot be used here."),
    "bridge": _l(
        "Mail programs reach this provider only through a program of its own, which has to run where this system does: "
        "ask your administrator for its server, user name and password."
    ),
    "mail_password": _l("Mail programs have a password of their own here: set it in the mailbox, and type that one."),
    "own_server_name": _l("Each customer of this provider has a server with a name of its own: its panel shows yours."),
    "paid_plan": _l("This provider lets mail programs in only with a paid plan."),
    "set_up_first": _l("Something has to be set up in the mailbox first."),
}
_SECURITIES: Mapping[ConnectionSecurity, str] = {
    ConnectionSecurity.TLS: _l("SSL/TLS"),
    ConnectionSecurity.STARTTLS: _l("STARTTLS"),
    ConnectionSecurity.NONE: _l("No encryption"),
}
_GUESSED = _l("That your mailbox is there is only a guess.")
_DOUBTS: Mapping[Source, str] = {
    Source.GUESS: _GUESSED,
    Source.ANSWERED: _GUESSED,
    Source.PASSWORDLESS: _l("So far no password is sent to this server."),
    Source.EARLIER: _l("This server was suggested for another address."),
}


def about_mail(mail: Mail, domain: str) -> str | None:
    """Return what to say where the domain itself has something to say about its mail."""
    domain = readable_host(domain)
    if mail is Mail.NO_DOMAIN:
        return str(_("There is no domain %(domain)s: check the address for a slip.", domain=domain))
    if mail is Mail.REFUSED:
        return str(_("The domain %(domain)s says that it takes no mail: check the address for a slip.", domain=domain))
    if mail is Mail.NOWHERE:
        return str(_("The domain %(domain)s names no server that takes its mail: check the address.", domain=domain))
    return None


def about_silence(domain: str) -> str:
    """Return what to say where nobody has named a server, and somebody who may know one was silent."""
    return str(
        _(
            "Not everybody who may know the servers of %(domain)s has answered, so this is a guess: compare it with "
            "the help pages of your provider.",
            domain=readable_host(domain),
        )
    )


def about_denied(denied: Collection[Side], domain: str) -> list[str]:
    """Return what to say where DNS says that the domain does not offer one of the sides."""
    said, domain = [], readable_host(domain)
    if Side.IMAP in denied:
        said.append(
            _(
                "DNS of %(domain)s says that there is no IMAP here: ask whoever looks after your mail which server to "
                "use.",
                domain=domain,
            )
        )
    if Side.SMTP in denied:
        said.append(
            _(
                "DNS of %(domain)s says that there is no server for sending here: ask whoever looks after your mail "
                "which one to use.",
                domain=domain,
            )
        )
    return [str(sentence) for sentence in said]


def about_oauth(sides: Collection[Side]) -> list[str]:
    """Return what to say where ``sides`` take no password."""
    if len(sides) == len(Side):
        return [str(_OAUTH_ONLY)]
    return [str(_OAUTH_ONLY_THERE[side]) for side in sides]


def about_provider(note: ProviderNote, *, quoted: bool = False) -> list[str]:
    """Return what a person has to know of a provider, the most important first.

    ``quoted``: its own words stand beside it, and say what is to be set up.
    """
    name, said = readable_host(note.name), []
    if note.imap_switch:
        said.append(_("Switch on IMAP in the settings of your mailbox at %(name)s first.", name=name))
    if note.app_password:
        said.append(
            _("%(name)s wants an app password here: make one there, and type it instead of your own.", name=name)
        )
    if note.local_part:
        said.append(_("The user name at %(name)s is only what stands before the @.", name=name))
    told = {"set_up_first"} if note.imap_switch or quoted else set()
    said += [str(NOTES[code]) for code in note.texts if code in NOTES.keys() - told]
    return [str(sentence) for sentence in said]


def about_stranger(source: Source, organisation: str, email: str, led_by: str) -> str:
    """Return why a person is asked before a password goes to ``organisation``.

    ``led_by`` is the host that has led there from the domain, if that is known.
    """
    if source in _DOUBTS:
        return str(_DOUBTS[source])
    domain = domain_of(email) or ""
    values = {"organisation": readable_owner(organisation), "domain": readable_host(domain)}
    # Within the organisation of the address it is not the server that is strange, but who has named it.
    at_home = organisation == organisation_of(domain)
    if source is Source.REDIRECTED:
        leader = organisation_of(led_by, domain) if led_by else organisation
        return _about_redirect(readable_owner(leader) if leader != organisation else "", values, at_home=at_home)
    if at_home:
        return str(
            _(
                "DNS, which nobody has signed, names servers of %(organisation)s: whoever stands in between may have "
                "chosen them.",
                **values,
            )
        )
    return str(_("DNS, which nobody has signed, names servers of %(organisation)s for %(domain)s.", **values))


def _about_redirect(leader: str, values: Mapping[str, str], *, at_home: bool) -> str:
    """Return what to say of a configuration that ``leader`` has a hand in: empty if not known, or named anyway."""
    if at_home and leader:
        return str(
            _(
                "The configuration of %(domain)s comes by way of %(leader)s, for which nobody vouches; it names "
                "servers of %(organisation)s.",
                leader=leader,
                **values,
            )
        )
    if at_home:
        return str(
            _(
                "The configuration of %(domain)s comes by way of another organisation, for which nobody vouches; it "
                "names servers of %(organisation)s.",
                **values,
            )
        )
    if leader:
        return str(
            _(
                "The configuration of %(domain)s comes by way of %(leader)s and leads to servers of %(organisation)s.",
                leader=leader,
                **values,
            )
        )
    return str(_("The configuration of %(domain)s leads to servers of %(organisation)s.", **values))


def ask_to_trust(organisation: str) -> str:
    """Return the words beside the switch that says yes."""
    known = readable_owner(organisation)
    return str(_("I know %(organisation)s: my password may be sent to its servers.", organisation=known))


def refuse_stranger(organisation: str) -> str:
    """Return what to say where a password would go to a stranger without that yes."""
    return str(
        _(
            "Nobody vouches for this server of %(organisation)s. If your mailbox is there, switch on “I know "
            "%(organisation)s”; else type the server that your provider names.",
            organisation=readable_owner(organisation),
        )
    )


def name_of(way: Way) -> str:
    """Return a way to reach a server in words."""
    return str(
        _(
            "%(host)s, port %(port)s, %(security)s",
            host=readable_host(way.host),
            port=way.port,
            security=_SECURITIES[way.security],
        )
    )

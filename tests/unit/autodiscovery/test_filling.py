"""Suggestions never overwrite what a person typed; port and security follow each other."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.autodiscovery import AdminDefaults, Memory, Remembered, Source, Suggestion, fill, suggest
from app.mail.settings import ConnectionSecurity, Side
from app.mail.usual_ports import PORT_SECURITY


class Form:
    """A form as a person sees it: types into fields, and lets the server answer."""

    def __init__(self, find: Callable[[str], Suggestion | None] = suggest, **values: str) -> None:
        self.find = find
        self.values = {"imap-security": "tls", "smtp-security": "tls"} | _names(values)
        self.memory = Memory({})
        self.sources: dict[str, Source] = {}

    def type(self, **values: str) -> "Form":
        self.values |= _names(values)
        # The memory makes the round trip through the hidden input.
        found = self.find(self.values.get("email", ""))
        answer = fill(self.values, Memory.parse(str(self.memory)), found, PORT_SECURITY)
        self.values |= answer.values
        self.memory, self.sources = answer.memory, dict(answer.sources)
        return self

    def pair(self, side: str) -> tuple[str, str]:
        return self.values[f"{side}-port"], self.values[f"{side}-security"]


def _names(values: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in values.items()}


def test_an_address_fills_everything_with_the_general_rule():
    form = Form().type(email="biuro@infirma.pl")
    assert form.values["imap-host"] == form.values["smtp-host"] == "infirma.pl"
    assert form.values["imap-username"] == "biuro@infirma.pl"
    assert form.pair("imap") == ("993", "tls")
    assert form.pair("smtp") == ("465", "tls")
    assert set(form.sources.values()) == {Source.GUESS}


def test_another_address_replaces_what_was_only_suggested():
    form = Form().type(email="biuro@infirma.pl").type(email="anna@wp.pl")
    assert form.values["imap-host"] == "wp.pl"
    assert form.values["smtp-username"] == "anna@wp.pl"


def of_a_provider(email: str) -> Suggestion | None:
    """Find a provider that offers STARTTLS, too; that of hoster.pl offers nothing else."""
    rule = suggest(email)
    if rule is None:
        return None
    offered = {587: ConnectionSecurity.STARTTLS}
    smtp = replace(rule.servers[Side.SMTP], source=Source.PROVIDER, securities=offered)
    if rule.domain == "hoster.pl":
        smtp = replace(smtp, port=587, security=ConnectionSecurity.STARTTLS, securities={})
    return replace(rule, servers={**rule.servers, Side.SMTP: smtp})


def test_a_port_has_the_security_that_its_provider_says_before_the_one_that_is_usual():
    form = Form(of_a_provider).type(email="anna@wp.pl").type(smtp_port="587")
    assert (form.pair("smtp"), form.sources["smtp-security"]) == (("587", "starttls"), Source.PROVIDER)
    assert form.type(smtp_port="25").pair("smtp") == ("25", "none")
    assert form.type(smtp_port="465").pair("smtp") == ("465", "tls")


def test_nothing_is_known_of_the_ports_of_another_server():
    form = Form(of_a_provider).type(email="anna@wp.pl").type(smtp_host="smtp.mine.pl").type(smtp_port="587")
    assert (form.pair("smtp"), form.sources["smtp-security"]) == (("587", "none"), Source.PORT)


def test_the_security_of_a_typed_port_follows_the_address():
    form = Form(of_a_provider).type(email="anna@wp.pl").type(smtp_port="25").type(smtp_port="587", email="a@firma")
    assert form.pair("smtp") == ("587", "none")
    form.type(email="anna@hoster.pl")
    assert (form.pair("smtp"), form.sources["smtp-security"]) == (("587", "starttls"), Source.PROVIDER)
    form.type(smtp_security="none").type(email="anna@wp.pl")
    assert form.pair("smtp") == ("587", "none"), "that was chosen"


NO_SERVERS = Suggestion("anna@tuta.com", "tuta.com", {})


def test_where_there_is_no_server_nothing_suggested_stays_and_all_that_was_typed_does():
    form = Form().type(email="biuro@infirma.pl").type(smtp_host="smtp.mine.pl")
    form.values["email"] = "anna@tuta.com"
    answer = fill(form.values, form.memory, NO_SERVERS, PORT_SECURITY)
    emptied = form.values | answer.values
    assert [emptied[f"{side}-{part}"] for side in Side for part in ("username", "port")] == ["", "", "", ""]
    assert (emptied["imap-host"], emptied["smtp-host"], emptied["imap-security"]) == ("", "smtp.mine.pl", "tls")
    assert answer.sources == {}
    assert fill(emptied, answer.memory, suggest("a@infirma.pl"), PORT_SECURITY).values["imap-host"] == "infirma.pl"


def test_an_admins_default_for_every_address_stands_also_where_there_is_no_server():
    memory = Memory({"imap-host": Remembered("bridge.lan", Source.ADMIN)})
    typed = {"email": "anna@proton.me", "imap-host": "bridge.lan"}
    answer = fill(typed, memory, NO_SERVERS, PORT_SECURITY, AdminDefaults(lasting={"imap-host": "bridge.lan"}))
    assert "imap-host" not in answer.values
    assert answer.sources["imap-host"] is Source.ADMIN


def test_a_typed_server_survives_another_address():
    form = Form().type(email="biuro@infirma.pl").type(imap_host="mail.infirma.pl").type(email="anna@wp.pl")
    assert form.values["imap-host"] == "mail.infirma.pl"
    assert "imap-host" not in form.sources
    assert form.values["smtp-host"] == "wp.pl"


def test_typing_exactly_the_suggested_value_keeps_it_a_suggestion():
    form = Form().type(email="biuro@infirma.pl").type(imap_host="infirma.pl")
    assert form.sources["imap-host"] is Source.GUESS


@pytest.mark.parametrize(
    ("side", "port", "security"),
    [
        ("imap", "143", "starttls"),
        ("imap", "993", "tls"),
        ("smtp", "465", "tls"),
        ("smtp", "587", "none"),
        ("smtp", "25", "none"),
    ],
)
def test_a_port_suggests_its_security(side, port, security):
    form = Form().type(email="a@infirma.pl").type(**{f"{side}_port": port})
    assert form.pair(side) == (port, security)


@pytest.mark.parametrize(
    ("side", "security", "port"),
    [("imap", "starttls", "143"), ("imap", "none", "143"), ("smtp", "starttls", "587"), ("smtp", "none", "587")],
)
def test_a_security_suggests_its_port(side, security, port):
    form = Form().type(email="a@infirma.pl").type(**{f"{side}_security": security})
    assert form.pair(side) == (port, security)
    assert form.sources[f"{side}-port"] is Source.SECURITY


def test_a_standard_port_follows_even_after_it_was_typed():
    form = Form().type(email="a@infirma.pl").type(imap_port="143").type(imap_security="tls")
    assert form.pair("imap") == ("993", "tls")


def test_a_custom_port_is_never_replaced():
    form = Form().type(email="a@infirma.pl").type(imap_port="1993").type(imap_security="starttls")
    assert form.pair("imap") == ("1993", "starttls")
    assert form.type(email="b@wp.pl").pair("imap") == ("1993", "starttls")
    assert "imap-port" not in form.sources


def test_a_security_chosen_against_custom_stays_when_the_port_changes():
    form = Form().type(email="a@infirma.pl").type(imap_port="143").type(imap_security="none")
    assert form.pair("imap") == ("143", "none")
    assert form.type(imap_port="5").type(imap_port="58").type(imap_port="587").pair("imap") == ("587", "none")
    form.type(smtp_security="starttls").type(smtp_port="25")
    assert (form.pair("smtp"), form.sources.get("smtp-security")) == (("25", "starttls"), None)


@pytest.mark.parametrize(("side", "port", "other"), [("imap", "993", "143"), ("smtp", "465", "587")])
@pytest.mark.parametrize("chosen", ["starttls", "none"])
def test_a_port_for_tls_brings_it_along_whatever_was_chosen_before(side, port, other, chosen):
    form = Form().type(email="a@infirma.pl").type(**{f"{side}_security": chosen})
    assert form.pair(side) == (other, chosen)
    for digits in (port[:1], port[:2], port):
        form.type(**{f"{side}_port": digits})
    assert (form.pair(side), form.sources[f"{side}-security"]) == ((port, "tls"), Source.PORT)


def test_a_port_for_tls_brings_it_along_in_the_form_of_an_account():
    form = Form(smtp_host="s.x.pl", smtp_port="587", smtp_security="starttls")
    fields = {name: Remembered(form.values[f"smtp-{name}"]) for name in ("host", "port", "security")}
    form.memory = Memory({f"smtp-{name}": it for name, it in fields.items()})
    assert form.type(smtp_port="465").pair("smtp") == ("465", "tls")


def test_a_security_stays_that_somebody_has_chosen_along_with_a_port_for_tls():
    form = Form().type(email="a@infirma.pl").type(smtp_security="starttls")
    assert form.type(smtp_port="465", smtp_security="none").pair("smtp") == ("465", "none")
    assert form.type(email="b@wp.pl").pair("smtp") == ("465", "none")


def test_the_digits_of_a_port_may_arrive_one_by_one():
    form = Form().type(email="a@infirma.pl").type(imap_port="1").type(imap_port="14").type(imap_port="143")
    assert form.pair("imap") == ("143", "starttls")


def test_there_and_back_again_ends_where_it_began():
    form = Form().type(email="a@infirma.pl")
    form.type(imap_security="starttls").type(imap_security="tls")
    assert form.pair("imap") == ("993", "tls")
    form.type(smtp_port="587").type(smtp_port="465")
    assert form.pair("smtp") == ("465", "tls")


def test_a_port_of_the_persons_own_survives_another_address():
    form = Form().type(email="a@infirma.pl").type(imap_port="143").type(email="b@wp.pl")
    assert form.pair("imap") == ("143", "starttls")
    assert form.sources["imap-security"] is Source.PORT


def test_without_an_address_port_and_security_still_follow():
    assert Form(imap_port="993").type(imap_port="993").type(imap_port="143").pair("imap") == ("143", "starttls")


def test_an_existing_account_is_never_refilled():
    form = Form(email="a@infirma.pl", imap_host="mail.x.pl", imap_port="993", imap_username="a", smtp_host="s.x.pl",
                smtp_port="587", smtp_security="starttls", smtp_username="a")  # fmt: skip
    before = dict(form.values)
    assert form.type(email="b@wp.pl").values == before | {"email": "b@wp.pl"}
    assert form.sources == {}


@pytest.mark.parametrize(
    "text", ["", "[]", "nonsense", '{"imap-host": 3}', '{"imap-host": ["a", "made-up"]}', "[" * 9999]
)
def test_a_broken_memory_counts_everything_as_typed(text):
    answer = fill({"imap-host": "x.pl"}, Memory.parse(text), suggest("a@infirma.pl"), PORT_SECURITY)
    assert "imap-host" not in answer.values


@pytest.mark.parametrize(
    "email", ["", "biuro", "biuro@", "@infirma.pl", "biuro@infirma", "biuro@infirma.", "a@b..pl", "a@x.p"]
)
def test_an_unfinished_address_suggests_nothing(email):
    assert suggest(email) is None


def _suggestion(email: str, *, auth: bool) -> Suggestion:
    rule = suggest(email)
    assert rule is not None
    smtp = replace(rule.servers[Side.SMTP], source=Source.AUTOCONFIG, auth=auth)
    return replace(rule, servers={**rule.servers, Side.SMTP: smtp})


def _switched(memory: Memory, current: str, *, auth: bool) -> tuple[str, Source | None, Memory]:
    """Return how the switch stands after an answer, where that came from, and the memory."""
    answer = fill({"smtp-auth": current}, memory, _suggestion("biuro@infirma.pl", auth=auth), PORT_SECURITY)
    remembered = Memory.parse(str(answer.memory))
    return answer.values.get("smtp-auth", current), answer.sources.get("smtp-auth"), remembered


def test_a_server_that_wants_no_authentication_switches_it_off_and_another_one_on_again():
    switch, source, memory = _switched(Memory({}), "y", auth=False)
    assert (switch, source) == ("", Source.AUTOCONFIG)
    assert _switched(memory, "", auth=False)[:2] == ("", Source.AUTOCONFIG)
    switch, source, memory = _switched(memory, "", auth=True)
    assert (switch, source) == ("y", None)
    assert "smtp-auth" not in memory.fields


def test_a_switch_that_somebody_has_set_stays():
    memory = _switched(Memory({}), "y", auth=False)[2]
    switch, source, memory = _switched(memory, "y", auth=False)
    assert (switch, source) == ("y", None)
    assert _switched(memory, "y", auth=False)[:2] == ("y", None)
    off = _switched(Memory({}), "", auth=True)
    assert off[:2] == ("", None)
    assert _switched(off[2], "y", auth=False)[:2] == ("y", None)


def test_what_is_known_of_a_server_goes_above_an_admins_switch_and_the_general_rule_below():
    on, off = (Memory({"smtp-auth": Remembered(value, Source.ADMIN)}) for value in ("y", ""))
    assert _switched(on, "y", auth=False)[:2] == ("", Source.AUTOCONFIG)
    assert _switched(on, "y", auth=True)[:2] == ("y", Source.ADMIN)
    assert _switched(off, "", auth=True)[:2] == ("", Source.ADMIN)


@pytest.mark.parametrize("email", ["jan@wp.l", "a@localhost", ""])
def test_what_was_suggested_for_one_address_goes_with_it_and_what_was_typed_stays(email):
    form = Form().type(email="jan@gmail.com").type(smtp_host="smtp.mine.test", smtp_port="25")
    form.type(email=email)
    assert form.values["imap-host"] == form.values["imap-username"] == form.values["smtp-username"] == ""
    assert form.pair("imap") == ("", "tls")
    assert form.values["smtp-host"] == "smtp.mine.test"
    assert form.pair("smtp") == ("25", "none")
    assert form.sources == {"smtp-security": Source.PORT}
    form.type(email="anna@infirma.pl")
    assert form.values["imap-host"] == "infirma.pl"
    assert form.pair("imap") == ("993", "tls")
    assert form.values["smtp-host"] == "smtp.mine.test"
    assert form.pair("smtp") == ("25", "none")


def test_what_an_admin_has_set_for_every_address_stays_without_one():
    hosts = {"imap-host": "mail.ours.test", "smtp-host": "mail.jan.test"}
    memory = Memory({name: Remembered(host, Source.ADMIN) for name, host in hosts.items()})
    answer = fill(hosts, memory, None, PORT_SECURITY, AdminDefaults(lasting={"imap-host": "mail.ours.test"}))
    assert answer.sources["imap-host"] is Source.ADMIN
    assert answer.values["smtp-host"] == ""
    assert "imap-host" not in answer.values


@pytest.mark.parametrize(
    ("email", "source"),
    [
        ("Anna@Gmail.com", Source.PROVIDER),
        ("jan@wp.pl", Source.EARLIER),
        ("jan@wp.l", Source.EARLIER),
        ("a@localhost", Source.EARLIER),
    ],
)
def test_nobody_vouches_for_a_value_beside_another_address(email, source):
    fields = {
        "imap-host": Remembered("imap.gmail.com", Source.PROVIDER),
        "imap-port": Remembered("993", Source.ADMIN),
        "smtp-host": Remembered("smtp.mine.test"),
        "smtp-security": Remembered("none", Source.PORT),
    }
    memory = Memory.parse(str(Memory(fields, domain="gmail.com"))).beside(email, {"imap-port": "993"})
    assert memory.fields == fields | {"imap-host": Remembered("imap.gmail.com", source)}


def test_a_suggestion_that_does_not_say_for_whom_it_was_made_is_nobodys():
    memory = Memory({"imap-host": Remembered("imap.gmail.com", Source.PROVIDER)})
    assert memory.beside("a@localhost", {}).of("imap-host").source is Source.EARLIER
    assert memory.beside("jan@gmail.com", {}).of("imap-host").source is Source.EARLIER

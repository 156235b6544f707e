"""Who has to be asked before a password goes where a suggestion leads."""

import pytest

from app.autodiscovery import Memory, Remembered, Source, to_confirm
from app.mail.settings import Side


@pytest.mark.parametrize(
    ("source", "host", "organisation"),
    [
        (Source.SRV, "imap.hoster.test", "hoster.test"),
        (Source.MX, "imap.gmail.com", "gmail.com"),
        (Source.REDIRECTED, "mail.infirma.home.pl", "mail.infirma.home.pl"),
        (Source.SRV, "192.0.2.7", "192.0.2.7"),
        (Source.GUESS, "infirma.pl", "infirma.pl"),
        (Source.SRV, "imap.infirma.pl", "infirma.pl"),
        (Source.REDIRECTED, "imap.infirma.pl", "infirma.pl"),
        (Source.MX, "mail.infirma.pl", "infirma.pl"),
        (Source.ANSWERED, "poczta.infirma.pl", None),
        # The address was changed after the guess.
        (Source.ANSWERED, "poczta.inna.pl", "inna.pl"),
        (Source.ISPDB, "imap.hoster.test", None),
        (Source.LEARNED, "imap.hoster.test", None),
        (Source.ADMIN, "imap.hoster.test", None),
        (None, "imap.hoster.test", None),
        (Source.SRV, "not a host", None),
    ],
)
def test_only_a_weak_word_is_a_question(source, host, organisation):
    asked = to_confirm("biuro@Infirma.pl", {Side.IMAP: Remembered(host, source)})
    assert asked == ({} if organisation is None else {Side.IMAP: organisation})


def test_beside_what_is_no_address_in_the_internet_a_weak_word_is_a_question_too():
    hosts = {Side.IMAP: Remembered("imap.gmail.com", Source.EARLIER), Side.SMTP: Remembered("smtp.mine.test")}
    assert to_confirm("a@localhost", hosts) == {Side.IMAP: "gmail.com"}


def test_names_below_a_shared_hoster_are_strangers_to_one_another():
    asked = to_confirm("biuro@infirma.home.pl", {Side.IMAP: Remembered("evil.home.pl", Source.SRV)})
    assert asked == {Side.IMAP: "evil.home.pl"}


def test_what_was_agreed_to_makes_the_round_trip():
    memory = Memory({"imap-host": Remembered("x.test", Source.MX)}, frozenset({"x.test"}))
    assert Memory.parse(str(memory)) == memory


@pytest.mark.parametrize("text", ['{"trusted": 3}', '{"trusted": {"a": 1}}', '{"trusted": [[[]]]}', "[1]"])
def test_nonsense_in_its_place_is_forgotten(text):
    assert "x.test" not in Memory.parse(text).trusted

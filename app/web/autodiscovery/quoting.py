"""Whether a provider's own words say more than our note does. Where that cannot be told they are taken to."""

import re

from app.autodiscovery import ProviderNote

# One sentence without anything in it that could be a way through menus.
_PLAIN_SENTENCE = re.compile(r"[\w\s-]*[.!]?")


def adds_to(note: ProviderNote, words: str) -> bool:
    """Say whether ``words`` of the provider say something that its note does not; its name is nothing new."""
    if not note.imap_switch or not _PLAIN_SENTENCE.fullmatch(words):
        return True
    return not _words(words) <= _SWITCH_ON_IMAP | _words(note.name)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


# What is said around "switch on IMAP first" in the languages of our pages.
_SWITCH_ON_IMAP = _words(
    """
    imap pop pop3 access service protocol support mail e email mailbox account settings webmail
    enable enabled activate activated allow allowed switch switched turn turned on
    please you your must need needs should has have be is it this first before using
    the an and or in at of to for from by via with through

    imap dostęp dostępu usługę usługa protokół protokołu obsługę obsługa poczta poczty pocztę skrzynka skrzynki skrzynkę
    skrzynce konto konta koncie ustawienia ustawieniach
    włącz włączyć włączony włączona włączone aktywuj aktywować zezwól zezwolić najpierw przed proszę prosimy należy
    trzeba musisz być jest aby żeby i oraz lub w na do z za przez po dla swojej swoim twojej twoim
    """
)

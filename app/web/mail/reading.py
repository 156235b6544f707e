"""From what was posted to a message that can be sent, or to the sentences that say what is still wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app import accounts, sending
from app.extensions import db
from app.models import Account, OutgoingMessage
from app.sending import Addressed, Decision, Dress, Flaw, Recipient, RecipientInvalid, Shown, Typed
from app.web.mail import dressing
from app.web.mail.dressing import number
from app.web.mail.recipient_faults import faults_sentence, too_many_sentence

_MOST_REFERENCES_READ = 20_000


@dataclass
class Form:
    """A message as somebody writes it, with what is wrong where."""

    typed: Typed
    errors: dict[str, str] = field(default_factory=dict)
    addressed: Addressed = field(default_factory=Addressed)
    # Whether it was said already that there is no subject.
    subject_asked: bool = False
    # What the page showed around the text, and what stands there now.
    shown: Shown = field(default_factory=lambda: Shown(Dress()))
    decision: Decision = field(default_factory=lambda: Decision(Dress()))

    @property
    def account(self) -> Account | None:
        """The account that was chosen, if it may be used."""
        found = _find(self.typed.account_id)
        return found if found is not None and found.active else None


def read(posted: MultiDict[str, str]) -> Form:
    """Return what was posted, unjudged."""
    lines = {name: posted.get(name, "") for name in ("to", "cc", "bcc", "subject")}
    account_id = number(posted.get("sender", ""))
    shown, decision = dressing.decided(posted, _find(account_id))
    typed = Typed(
        account_id=account_id,
        text=posted.get("text", ""),
        in_reply_to=posted.get("in-reply-to", "")[:1000],
        references=posted.get("references", "")[:_MOST_REFERENCES_READ],
        dress=decision.dress,
        **lines,
    )
    return Form(typed, subject_asked=posted.get("without-subject") == "y", shown=shown, decision=decision)


def of_draft(message: OutgoingMessage) -> Form:
    """Return the form of a draft that is taken up again."""
    decision = dressing.of_draft(message, _find(message.account_id))
    typed = Typed(
        account_id=message.account_id,
        to=message.to_text,
        cc=message.cc_text,
        bcc=message.bcc_text,
        subject=message.subject,
        text=message.source_text,
        in_reply_to=message.in_reply_to or "",
        references=message.references or "",
        dress=decision.dress,
    )
    return Form(typed, shown=Shown(decision.dress), decision=decision)


def judge(form: Form) -> bool:
    """Say whether the message can be sent; else put what is wrong beside the fields."""
    _judge_account(form)
    parsed = {name: _recipients(form, name) for name in ("to", "cc", "bcc")}
    form.addressed = Addressed(**parsed)
    everybody = form.addressed.distinct()
    if not everybody and not form.errors.keys() & parsed.keys():
        form.errors["to"] = _("Type at least one recipient, for example biuro@infirma.pl.")
    elif len(everybody) > sending.MOST_RECIPIENTS:
        form.errors["to"] = too_many_sentence()
    _judge_subject(form)
    _judge_stationery(form)
    return not form.errors


def _judge_account(form: Form) -> None:
    if form.account is not None:
        return
    chosen = _find(form.typed.account_id)
    if chosen is not None:
        form.errors["sender"] = _(
            "The account “%(name)s” was switched off meanwhile. Choose another one, or switch it on again; "
            "everything you wrote is kept.",
            name=chosen.name,
        )
    else:
        form.errors["sender"] = _("Choose the account that the message is sent from.")


def _recipients(form: Form, name: str) -> Sequence[Recipient]:
    try:
        return sending.parse(getattr(form.typed, name))
    except RecipientInvalid as invalid:
        form.errors[name] = faults_sentence(invalid.faults)
        return ()


def _judge_subject(form: Form) -> None:
    subject = sending.single_spaced(form.typed.subject)
    flaw = sending.flaw_of(form.typed.subject.strip())
    if flaw is Flaw.CONTROL_CHARACTER:
        form.errors["subject"] = _("Type this on one line, without tabs or other control characters.")
    elif flaw is Flaw.ENCODED_WORD:
        form.errors["subject"] = _("Type the subject in plain letters: =?…?= would be read as something else.")
    elif len(subject) > sending.LONGEST_SUBJECT:
        form.errors["subject"] = _("Shorten this to at most %(count)s characters.", count=sending.LONGEST_SUBJECT)
    elif not subject and not form.subject_asked:
        form.subject_asked = True
        form.errors["subject"] = _("The message has no subject. Type one, or press “Send” again to send it without.")


def _judge_stationery(form: Form) -> None:
    # Each is said once: pressing "Send" with the words in view is an answer.
    if form.decision.gone and not form.shown.gone:
        form.errors["stationery"] = dressing.gone_sentence(form.decision)
    elif form.decision.asks and not form.shown.asked:
        form.errors["stationery"] = _("Another account was chosen: say which stationery the message has, then send it.")


def _find(account_id: int | None) -> Account | None:
    return accounts.find(db.session, account_id) if account_id is not None else None

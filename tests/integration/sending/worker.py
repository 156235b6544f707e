"""Workers that send (``send ID``) or file a copy (``copy ID``), made to be killed."""

import random
from functools import partial

from sqlalchemy.orm import Session

from app import clock, sending
from app.mail.dial import NetworkRules
from app.mail.sent_copy import mailbox
from app.mail.submission import submission
from app.models.database import engine_for
from app.sending import FilingTools, Tools
from app.vault import Vault
from tests.integration.workers import serve


def work(url: str, vault: Vault, rules: NetworkRules, order: list[str]) -> None:
    """Do what the job does."""
    what, message_id = order
    with Session(engine_for(url)) as session:
        if what == "send":
            connect = partial(submission, rules=rules)
            sending.run(session, message_id, Tools(vault, connect, clock.now, session.commit, random.random))
        else:
            open_mailbox = partial(mailbox, rules=rules)
            tools = FilingTools(vault, open_mailbox, clock.now, session.commit, random.random)
            sending.filing.run(session, message_id, tools)


if __name__ == "__main__":
    serve(work)

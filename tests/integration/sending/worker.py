"""Worker processes made to be killed: ``worker.py URL KEY PORTS``; each line on stdin (``send ID``) starts one.

Everything is loaded once; a child is forked per line, its pid printed, and its end announced.
"""

import base64
import os
import random
import sys
from functools import partial

from sqlalchemy.orm import Session

from app import clock, sending
from app.mail.dial import AllowRule, NetworkRules
from app.mail.sent_copy import mailbox
from app.mail.submission import submission
from app.models.database import engine_for
from app.sending import FilingTools, Tools
from app.vault import Vault


def main(url: str, key: str, ports: str) -> None:
    """Serve one line after the other."""
    rules = NetworkRules(
        allow=(AllowRule.parse("127.0.0.0/8:*"),), ports=frozenset(int(port) for port in ports.split(","))
    )
    vault = Vault({"k1": base64.b64decode(key)})
    for line in sys.stdin:
        what, message_id = line.split()
        child = os.fork()
        if not child:
            try:
                work(what, message_id, url, vault, rules)
            finally:
                os._exit(0)
        say(str(child))
        os.waitpid(child, 0)
        say("ended")


def work(what: str, message_id: str, url: str, vault: Vault, rules: NetworkRules) -> None:
    """Do what the job does."""
    with Session(engine_for(url)) as session:
        if what == "send":
            connect = partial(submission, rules=rules)
            sending.run(session, message_id, Tools(vault, connect, clock.now, session.commit, random.random))
        else:
            open_mailbox = partial(mailbox, rules=rules)
            tools = FilingTools(vault, open_mailbox, clock.now, session.commit, random.random)
            sending.filing.run(session, message_id, tools)


def say(word: str) -> None:
    """Write a line that is read at once."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

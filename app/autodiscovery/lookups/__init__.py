"""What was found out about domains, and what other accounts have proven: all of it from the database.

It stands apart so that the command that asks about one address loads no database.
"""

from app.autodiscovery.lookups.operations import ask, begin, forget_expired, give_up, record
from app.autodiscovery.lookups.queries import find_lookup, known

__all__ = ["ask", "begin", "find_lookup", "forget_expired", "give_up", "known", "record"]

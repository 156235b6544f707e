"""The people of the tests. Each test that needs somebody asks for them by what they may do."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app import users
from app.clock import now
from app.models import Role, User


@dataclass(frozen=True)
class Person:
    """Somebody with an address and a password that they know."""

    email: str
    role: Role
    password: str

    def join(self, session: Session) -> User:
        """Add the person, for good."""
        user = users.add(session, email=self.email, role=self.role, password=self.password, now=now())
        session.commit()
        return user


MEMBER = Person("maria@firma.test", Role.MEMBER, "trzy zielone parasole")
ADMIN = Person("adam@firma.test", Role.ADMIN, "siedem starych mostów")
# Has an account, but nothing of what the others have.
OUTSIDER = Person("olga@gdzie-indziej.test", Role.MEMBER, "cztery puste pociągi")

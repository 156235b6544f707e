from argon2 import PasswordHasher

from app.users import passwords


def test_a_hash_is_argon2id_with_the_parameters_of_rfc_9106():
    stored = passwords.hashed("a few good words")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert "good words" not in stored


def test_only_the_same_password_matches():
    stored = passwords.hashed("żółte buty 12")
    assert passwords.matches(stored, "żółte buty 12")
    assert not passwords.matches(stored, "żółte buty 12 ")
    assert not passwords.matches(stored, "zolte buty 12")


def test_without_a_stored_password_nothing_matches_but_the_work_is_done(monkeypatch):
    verified = []

    class Spy(PasswordHasher):
        def verify(self, hash, password):  # noqa: A002  (the name is theirs)
            verified.append(hash)
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Spy())
    assert not passwords.matches(None, "anything at all")
    costs = passwords.hashed("something").split("$")[3]
    assert verified[0].split("$")[3] == costs


def test_what_is_no_hash_matches_nothing():
    assert not passwords.matches("not a hash", "anything at all")


def test_a_hash_with_weaker_parameters_is_outdated():
    assert passwords.outdated(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("x"))
    assert not passwords.outdated(passwords.hashed("x"))

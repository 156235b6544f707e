"""A certificate authority of our own, and certificates with every flaw that a check must name."""

import datetime
import ipaddress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
HOSTS = ("localhost", "127.0.0.1", "*.skrzynka.test")


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate (with its chain) and its key, as PEM files."""

    chain: Path
    key: Path

    @property
    def sha256(self) -> str:
        """The fingerprint of the certificate itself."""
        return x509.load_pem_x509_certificate(self.chain.read_bytes()).fingerprint(hashes.SHA256()).hex()


class Authority:
    """Issues certificates into a folder; ``ca_file`` is its root."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Skrzynka test root")
        self._root = _sign(self._name, self._key.public_key(), self._name, self._key, ca=True)
        self._middle_key = ec.generate_private_key(ec.SECP256R1())
        self._middle_name = _name("Skrzynka test intermediate")
        self._middle = _sign(self._middle_name, self._middle_key.public_key(), self._name, self._key, ca=True)
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(_pem(self._root))

    def good(self, *hosts: str) -> Issued:
        """Issue a certificate that passes every check."""
        return self._issue("good", hosts or HOSTS)

    def expired(self) -> Issued:
        """Issue one that ended a year ago."""
        return self._issue("expired", HOSTS, start=NOW - 730 * DAY, end=NOW - 365 * DAY)

    def not_yet_valid(self) -> Issued:
        """Issue one that begins in a year."""
        return self._issue("not_yet_valid", HOSTS, start=NOW + 365 * DAY, end=NOW + 730 * DAY)

    def wrong_host(self, *hosts: str) -> Issued:
        """Issue one for another host."""
        return self._issue("wrong_host", hosts or ("mail.hoster.test",))

    def self_signed(self) -> Issued:
        """Make one that vouches for itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("localhost")
        return self._write("self_signed", [_sign(name, key.public_key(), name, key, hosts=HOSTS)], key)

    def unknown_issuer(self) -> Issued:
        """Issue one from a root that nobody trusts."""
        return Authority(_made(self._folder / "stranger")).good()

    def incomplete_chain(self) -> Issued:
        """Issue one below an intermediate that the server does not send."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _sign(_name("localhost"), key.public_key(), self._middle_name, self._middle_key, hosts=HOSTS)
        return self._write("incomplete_chain", [leaf], key)

    def complete_chain(self) -> Issued:
        """Issue one below an intermediate that the server does send."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _sign(_name("localhost"), key.public_key(), self._middle_name, self._middle_key, hosts=HOSTS)
        return self._write("complete_chain", [leaf, self._middle], key)

    def weak(self) -> Issued:
        """Issue one with a key of 1024 bits."""
        key = rsa.generate_private_key(65537, 1024)
        leaf = _sign(_name("localhost"), key.public_key(), self._name, self._key, hosts=HOSTS)
        return self._write("weak", [leaf], key)

    def _issue(
        self,
        name: str,
        hosts: tuple[str, ...],
        start: datetime.datetime = NOW - DAY,
        end: datetime.datetime = NOW + 365 * DAY,
    ) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _sign(_name(hosts[0]), key.public_key(), self._name, self._key, hosts=hosts, start=start, end=end)
        return self._write(name, [leaf], key)

    def _write(self, name: str, chain: list[x509.Certificate], key: Key) -> Issued:
        # Never the files of an earlier one: a server that is running reads them again for each connection.
        path = self._folder / f"{name}-{next(self._numbers)}"
        issued = Issued(path.with_suffix(".pem"), path.with_suffix(".key"))
        issued.chain.write_bytes(b"".join(_pem(certificate) for certificate in chain))
        issued.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return issued


def _sign(
    subject: x509.Name,
    public_key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    hosts: tuple[str, ...] = (),
    ca: bool = False,
    start: datetime.datetime = NOW - DAY,
    end: datetime.datetime = NOW + 365 * DAY,
) -> x509.Certificate:
    builder = x509.CertificateBuilder(
        issuer, subject, public_key, x509.random_serial_number(), start, end
    ).add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_san(host) for host in hosts]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _san(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder

"""What a scripted IMAP server says after COMPRESS DEFLATE (RFC 4978)."""

import zlib
from collections.abc import Callable

from tests.fakes.mail_server import Peer
from tests.fakes.shelf import tag_of

# Gets a command's tag and the command; returns what to say, compressed in one go.
Answer = Callable[[bytes, bytes], bytes]


class Packer:
    """Compresses as a server does: everything that was said can be read at once."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(wbits=-15)

    def __call__(self, data: bytes) -> bytes:
        return self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)


def squeezed(answer: Answer, *, at_once: bytes = b"", pack: Callable[[bytes], bytes] | None = None) -> object:
    """Return the reply that says yes and goes on compressed; ``at_once`` comes in the same piece as the yes."""

    def take_over(peer: Peer) -> None:
        squeeze, unpacker = pack or Packer(), zlib.decompressobj(-15)
        peer.send(tag_of(peer) + b" OK DEFLATE active\r\n" + (squeeze(at_once) if at_once else b""))
        said = b""
        while (line := peer.read(1)) != b"":
            said += unpacker.decompress(line)
            while b"\r\n" in said:
                command, _, said = said.partition(b"\r\n")
                tag, _, words = command.partition(b" ")
                peer.send(squeeze(answer(tag, words)))

    return take_over

"""Digests of functions as they were when their lines had other numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b

import msgspec

from bpf_lint.cache.moved import Lines
from bpf_lint.ir.nodes import Function

_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(str).decode
_NOWHERE = b"\xc1"  # msgpack never begins anything with it, and no text holds it
_NUMBER = re.compile(rb"[\x00-\x7f]|\xcc.|\xcd..|\xce....", re.DOTALL)
# A place: four parts, of which the first is a path and the second a line; and a place as text.
_PATTERN = rb"\x94(?P<path>%b)|(?P<head>[\xa0-\xbf]|\xd9.|\xda..)(?P<spelt>%b):"


class Digests:
    """Digests of everything that a function is but its content key.

    Equal digests mean that a function is what it was then, and that each line that it names in a
    file that has changed since is where a line with the same text was then.

    Args:
        back: What numbers lines had, by file: path -> line now -> line then; others were not there.
    """

    def __init__(self, back: Lines) -> None:
        self._back = {path.encode(): lines for path, lines in back.items()}
        whole = b"|".join(re.escape(_ENCODE(path)) for path in back)
        begun = b"|".join(map(re.escape, self._back))
        self._places = re.compile(_PATTERN % (whole, begun), re.DOTALL) if back else None
        self._known: dict[str, bytes] = {}

    def of(self, function: Function) -> bytes:
        """The digest of a function."""
        known = self._known.get(function.key)
        if known is None:
            data = _ENCODE(msgspec.structs.replace(function, key=""))
            if self._places is not None:
                data = b"".join(self._parts(data, self._places))
            known = self._known[function.key] = blake2b(data, digest_size=16).digest()
        return known

    def _parts(self, data: bytes, places: re.Pattern[bytes]) -> Iterator[bytes]:
        """A function as it was then: its lines, and the bytes between them."""
        done = at = 0
        while found := places.search(data, at):
            at = found.start() + 1
            if found["path"]:
                begin, number = found.end(), _NUMBER.match(data, found.end())
                if number:
                    yield data[done:begin]
                    yield self._line(_DECODE(found["path"]).encode(), _value(number[0]))
                    done = at = number.end()
            else:
                end = found.start("spelt") + _length(found["head"])
                line, _, column = data[found.end() : end].partition(b":")
                if line.isdigit() and column.isdigit():
                    yield data[done : found.start()]
                    yield self._spelling(found["spelt"], int(line), column)
                    done = at = end
        yield data[done:]

    def _line(self, path: bytes, line: int) -> bytes:
        old = self._back[path].get(line)
        return _NOWHERE if old is None else _ENCODE(old)

    def _spelling(self, path: bytes, line: int, column: bytes) -> bytes:
        old = self._back[path].get(line)
        return _NOWHERE if old is None else _ENCODE(f"{path.decode()}:{old}:{column.decode()}")


def _length(head: bytes) -> int:
    return head[0] & 0x1F if len(head) == 1 else int.from_bytes(head[1:], "big")


def _value(number: bytes) -> int:
    return number[0] if len(number) == 1 else int.from_bytes(number[1:], "big")

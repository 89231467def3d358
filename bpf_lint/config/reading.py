"""Reading a TOML file into one of the schema's types, with located errors."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from bpf_lint.config.nearest import suggest
from bpf_lint.config.positions import Path as KeyPath
from bpf_lint.config.positions import positions
from bpf_lint.files import reading
from bpf_lint.model.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LARGEST = 4_000_000  # bytes of a TOML file
T = TypeVar("T")
AT = re.compile(r"^(?P<what>.*?)(?: - at (?:`key` in )?`(?P<path>[^`]*)`)?$", re.DOTALL)
STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


class Document(msgspec.Struct, frozen=True):
    """A TOML file: its text and its keys."""

    path: str
    text: str
    data: dict[str, Any]

    def line(self, *keys: str | int) -> int:
        """Line of a key, of the first below it, or of the nearest table above that is written."""
        lines = positions(self.text)
        if keys and keys not in lines:
            below = [line for key, line in lines.items() if key[: len(keys)] == keys]
            if below:
                return min(below)
        for end in range(len(keys), 0, -1):
            if keys[:end] in lines:
                return lines[keys[:end]]
        return 0

    def error(self, message: str, *keys: str | int) -> ConfigError:
        """An error about one key of this document."""
        return ConfigError(message, self.path, self.line(*keys))


def read(path: Path) -> Document:
    """Read and parse a TOML file.

    Raises:
        ConfigError: It cannot be read, is not UTF-8 or not TOML.
    """
    try:
        text = reading.read(path, LARGEST).decode()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", str(path)) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"is not UTF-8 (byte {error.start})", str(path)) from None
    return parse(text, str(path))


def parse(text: str, path: str) -> Document:
    """Parse a TOML text; `path` is for messages."""
    try:
        return Document(path, text, tomllib.loads(text))
    except RecursionError:
        raise ConfigError("is nested too deeply", path) from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at line (\d+), column \d+\)$", str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        what = str(error)[: found.start()] if found else str(error).split(" (at ")[0]
        raise ConfigError(f"is not valid TOML: {what}", path, line) from None
    except ValueError as error:  # a number with thousands of digits
        raise ConfigError(f"is not valid TOML: {error}", path) from None


def convert(document: Document, kind: type[T], *below: str) -> T:
    """Convert a document, or the table `below` in it, to a schema type.

    Raises:
        ConfigError: A key is unknown or missing, or a value has the wrong type.
    """
    data: Any = document.data
    for key in below:
        data = data[key]
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise _located(document, data, kind, below, str(error)) from None


def _located(
    document: Document, data: Any, kind: Any, below: tuple[str, ...], text: str
) -> ConfigError:
    """The converter's message with the file's line, and a near match for unknown keys."""
    match = AT.match(text)
    what, where = (match["what"], match["path"] or "$") if match else (text, "$")
    keys = _concrete(data, kind, text, STEP.findall(where))
    named = re.search(r"(unknown field|missing required field) `([^`]*)`", what)
    table = ".".join(str(key) for key in keys)
    if named and named[1].startswith("unknown"):
        hint = suggest(named[2], _fields(kind, keys))
        message = f'unknown key "{named[2]}"' + (f" in [{table}]" if table else "") + hint
        return document.error(message, *below, *keys, named[2])
    if named:
        message = f'key "{named[2]}" is missing' + (f" in [{table}]" if table else "")
        return document.error(message, *below, *keys)
    chosen = re.search(r"nvalid (?:enum )?value '([^']*)'", what)
    if chosen:
        known = _choices(_type_at(kind, keys[:-1] if _is_tag(kind, keys) else keys))
        message = f'key "{table}": unknown value "{chosen[1]}"{suggest(chosen[1], known)}'
        return document.error(message, *below, *keys)
    if "matching regex" in what:
        value = data
        for key in keys:
            value = value[key]
        return document.error(f'key "{table}": "{value}" is of the wrong form', *below, *keys)
    return document.error(f'key "{table}": {_plain(what)}', *below, *keys)


def _plain(what: str) -> str:
    words = {"`str`": "text", "`int`": "a number", "`array`": "a list", "`object`": "a table"}
    for typed, plain in {**words, "`bool`": "true or false"}.items():
        what = what.replace(typed, plain)
    return what[:1].lower() + what[1:]


def _concrete(data: Any, kind: Any, text: str, steps: list[tuple[str, str]]) -> KeyPath:
    """The key path of an error; the converter does not name keys of mappings, so try each."""
    keys: KeyPath = ()
    here = data
    for name, index in steps:
        if index == "...":
            name = next(
                (key for key in here if _fails(_only(data, keys, key), kind, text)),
                next(iter(here)),
            )
        key: str | int = int(index) if index.isdigit() else name
        keys += (key,)
        here = here[key]
    return keys


def _only(data: Any, keys: KeyPath, kept: str) -> Any:
    """A copy of `data` in which the mapping at `keys` has one key left."""
    if not keys:
        return {kept: data[kept]}
    copy = data.copy()
    copy[keys[0]] = _only(data[keys[0]], keys[1:], kept)
    return copy


def _fails(data: Any, kind: Any, text: str) -> bool:
    try:
        msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        return str(error) == text
    return False


def _fields(kind: Any, keys: KeyPath) -> list[str]:
    """Field names of the types that can sit at a key path below `kind`."""
    return [
        field.encode_name
        for one in _type_at(kind, keys)
        if isinstance(one, type) and issubclass(one, msgspec.Struct)
        for field in msgspec.structs.fields(one)
    ]


def _type_at(kind: Any, keys: KeyPath) -> list[Any]:
    """The types that can sit at a key path below `kind`."""
    found = _alternatives(kind)
    for key in keys:
        below: list[Any] = []
        for one in found:
            if get_origin(one) in (dict, list, tuple):
                below += _alternatives(get_args(one)[-1])
            elif isinstance(one, type) and issubclass(one, msgspec.Struct):
                fields = {field.encode_name: field.type for field in msgspec.structs.fields(one)}
                below += _alternatives(fields[str(key)]) if str(key) in fields else []
        found = below
    return found


def _alternatives(kind: Any) -> list[Any]:
    """The members of a union, any other type alone; annotations are dropped."""
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return [one for part in get_args(kind) for one in _alternatives(part)]
    return [] if kind is type(None) else [kind]


def _is_tag(kind: Any, keys: KeyPath) -> bool:
    """True for the key that says which member of a union a table is."""
    return any(
        isinstance(one, type)
        and issubclass(one, msgspec.Struct)
        and one.__struct_config__.tag_field == keys[-1]
        for one in (_type_at(kind, keys[:-1]) if keys else ())
    )


def _choices(kinds: list[Any]) -> list[str]:
    """The words that types allow: those of a Literal, also as keys, and tags of a union."""
    found: list[str] = []
    for one in kinds:
        if get_origin(one) is dict:
            found += _choices(_alternatives(get_args(one)[0]))
        if get_origin(one) is Literal:
            found += map(str, get_args(one))
        elif isinstance(one, type) and issubclass(one, msgspec.Struct):
            found.append(str(one.__struct_config__.tag))
    return found

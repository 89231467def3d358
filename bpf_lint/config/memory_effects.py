"""What helpers do with maps, with memory of the caller, and with functions of the program."""

from __future__ import annotations

from bpf_lint.config.effect import Effect, Parameter


class MapLookupEffect(Effect, frozen=True, kw_only=True, tag="map_lookup"):
    """The address of a map's value is returned.

    Args:
        map, key: Parameters that hold the map and the address of the key.
        value: Parameter that holds the address of what a new entry holds.
    """

    map: Parameter
    key: Parameter = ""
    value: Parameter = ""


class MapReadEffect(Effect, frozen=True, kw_only=True, tag="map_read"):
    """A map's value is copied to the caller.

    Args:
        map, buffer: Parameters that hold the map and the address of the copy.
    """

    map: Parameter
    buffer: Parameter


class MapUpdateEffect(Effect, frozen=True, kw_only=True, tag="map_update"):
    """A value is copied into a map.

    Args:
        map, key, value: Parameters that hold the map and the addresses of key and value.
    """

    map: Parameter
    key: Parameter = ""
    value: Parameter


class ForEachEffect(Effect, frozen=True, kw_only=True, tag="for_each"):
    """A function is called for each entry of a map.

    Args:
        map: Parameter that holds the map.
        callback, callback_context: Parameters that hold the function and what it is handed.
    """

    map: Parameter
    callback: Parameter
    callback_context: Parameter


class LoopEffect(Effect, frozen=True, kw_only=True, tag="loop"):
    """A function is called a number of times.

    Args:
        callback, callback_context: See `ForEachEffect`.
    """

    callback: Parameter
    callback_context: Parameter


class LaterEffect(Effect, frozen=True, kw_only=True, tag="later"):
    """A function is called some time later, by a timer in a map's value.

    Args:
        timer: Parameter that holds the address of the timer.
        callback: Parameter that holds the function.
    """

    timer: Parameter
    callback: Parameter


class DynptrEffect(Effect, frozen=True, kw_only=True, tag="dynptr"):
    """Memory is given to a dynptr, the 16 bytes of which then stand for it.

    Args:
        dynptr, buffer: Parameters that hold the addresses of the dynptr and of the memory.
    """

    dynptr: Parameter
    buffer: Parameter


class DynptrDataEffect(Effect, frozen=True, kw_only=True, tag="dynptr_data"):
    """The address of memory behind a dynptr is returned.

    Args:
        dynptr, offset: Parameters that hold the dynptr's address, and where in the memory in bytes.
    """

    dynptr: Parameter
    offset: Parameter


class DynptrReadEffect(Effect, frozen=True, kw_only=True, tag="dynptr_read"):
    """Memory behind a dynptr is copied to the caller.

    Args:
        dynptr, offset: See `DynptrDataEffect`.
        buffer, length: Parameters that hold the address of the copy, and its size in bytes.
    """

    dynptr: Parameter
    offset: Parameter
    buffer: Parameter
    length: Parameter


class DynptrWriteEffect(Effect, frozen=True, kw_only=True, tag="dynptr_write"):
    """Memory of the caller is copied to what is behind a dynptr.

    Args:
        dynptr, offset: See `DynptrDataEffect`.
        buffer, length: Parameters that hold the address of what is copied, and its size in bytes.
    """

    dynptr: Parameter
    offset: Parameter
    buffer: Parameter
    length: Parameter


class WriteEffect(Effect, frozen=True, kw_only=True, tag="write"):
    """A buffer of the caller is filled.

    Args:
        buffer: Parameter that holds its address.
        length: Parameter that holds its size in bytes.
        size: Its size in bytes, where it is always the same.
        map: Parameter that holds a map whose value is as large, where neither is known.
        index: Parameter that holds the offset in the packet that it is filled from.
    """

    buffer: Parameter
    length: Parameter = ""
    size: int = 0
    map: Parameter = ""
    index: Parameter = ""

"""Every limit of the analysis, and what is lost where one is met.

Two kinds: a *cap* makes a result coarser, and never wrong; a *bound* ends work that did not
settle, and the report says so. `docs/analysis.md` has them as a table.
"""

from __future__ import annotations

# --- caps of the domain --------------------------------------------------------------------------

# Atoms of a value. With more, integers become the marks of their signs, then origins lose their
# places and maps.
ATOMS = 12
# Integers that stay what they are in a value with more atoms than that.
INTEGERS = 4
# Atoms from which on addresses become "somewhere in their object".
ADDRESSES = 48
# Pairs of atoms that an operation is computed for; the result of more is not known.
PAIRS = 64

# --- caps of what is kept apart ------------------------------------------------------------------

# States of one block that are kept apart inside it and at its end; more are joined.
STATES = 8
# Atoms of a returned value up to which it is split by class; more are one class.
RETURNED = 6
# Small results that are each a class of their own: 0 up to this, exclusive.
RESULTS = 16
# Entry states of a program at a hook, for each history of its packet; more are joined.
ENTRIES = 8
# Protocols of the packet that the entry states of a program are kept apart by; with more, it is not
# known.
PROTOCOLS = 4
# Ways in which the packet's room has changed that the entry states of a program are kept apart by;
# with more, it is not known.
ROOMS = 4
# Tail calls that are remembered of those that lead to a program in a state.
WAYS = 8
# States in which one path may start a program when it is run again alone.
REPLAYED = 8
# Entries of a per-CPU array that is memory of the run; a larger one is a shared map.
SCRATCH = 8

# Kinds of keys of a shared map for which stores are kept apart; those of further ones meet.
KEYS = 8

# --- when a state is widened ---------------------------------------------------------------------

# Times that the state of a loop grows before its integers become unknown; after twice as many,
# addresses lose their offsets and origins their places.
WIDEN_LOOP = 3
# The same for a program's entry state, which grows by tail calls.
WIDEN_ENTRY = 24

# --- bounds: met, they are reported, and the exit code is 2 --------------------------------------

# Times that the state of a loop or callback can grow.
LOOP = 64
# Times that the entry states of a program can grow.
ARRIVALS = 256
# Rounds of all programs until the shared maps hold nothing new; a number that is copied from map
# to map moves at least one on in each.
ROUNDS = 32
# Functions run, not replayed, in one system; the largest tree measured needs 8,000.
RUNS = 200_000

# --- bounds on calls: beyond, the callee is not followed, which the audit counts -----------------

# Calls inside each other.
DEPTH = 48
# Functions that can call each other, in any order; larger cycles are cut at every call.
CYCLE = 4

# --- what is shown -------------------------------------------------------------------------------

# Maps that one number is followed back through.
TRACED_MAPS = 4

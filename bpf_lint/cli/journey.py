"""`bpf-lint journey`: where a packet can go, between programs, devices and namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bpf_lint.cli.check import COLUMNS, colored
from bpf_lint.cli.options import color_option, request_of, shared
from bpf_lint.cli.progress import progress
from bpf_lint.cli.streams import output, say

if TYPE_CHECKING:
    from bpf_lint.model.journey import Journey
    from bpf_lint.reporters.paint import Paint

FORMATS = ("text", "mermaid", "svg", "json")
MOST = 8

HELP = """Draw where a packet can go: through programs at their hooks, devices and namespaces.

PLACE is "wire", a namespace ("pod", "host"), or a device; --from takes a hook or an entry, too.
What the kernel does between hooks is taken from the profile's devices. A redirect into the wrong
namespace is drawn as the step that is broken, with where the packet ends instead.

Each step is one that some path of the program takes; one packet need not be able to take them all.
"""


@click.command("journey", help=HELP)
@shared
@click.option(
    "--from", "start", default="", metavar="PLACE", help="Only journeys that begin there."
)
@click.option("--to", "end", default="", metavar="PLACE", help='Only journeys to it (or "drop").')
@click.option("--compare", default="", metavar="A,B", help="Two device modes, side by side.")
@click.option("--both-ways", is_flag=True, help="The way there, and the way back.")
@click.option("--all", "everything", is_flag=True, help=f"More than the {MOST} shortest of each.")
@click.option("--output-format", "form", type=click.Choice(FORMATS), default="text")
@color_option
def command(**options: Any) -> int:
    """Draw journeys."""
    from bpf_lint.journeys import Choice, chosen
    from bpf_lint.pipeline.journeys import journeys
    from bpf_lint.pipeline.planning import prepare
    from bpf_lint.pipeline.stages import not_analysed, stages

    modes = _modes(options)
    line = progress(options["quiet"])
    setup = prepare(request_of({**options, "modes": modes or options["modes"]}))
    try:
        done = stages(setup, line, passages=True)
    finally:
        line.clear()
    told = journeys(setup, done.parsed, done.answers)
    stream = output()
    stream.use_utf8()
    wanted = chosen(told, Choice(options["start"], options["end"]))
    stream.write_own(_shown(wanted, told, modes, options), styles=colored(options))
    problems = not_analysed(setup, done)
    for reason in problems:
        say(f"not analysed: {reason}", err=True)
    if not wanted:
        say(_nothing(told), err=True)
    return 2 if problems else 0


def _modes(options: Any) -> tuple[str, ...]:
    """The two modes that are compared."""
    names = (
        tuple(name.strip() for name in options["compare"].split(",")) if options["compare"] else ()
    )
    if names and (len(names) != 2 or not all(names) or names[0] == names[1]):
        raise click.UsageError("--compare takes two device modes, as in --compare veth,ipvlan")
    for one, other in (("compare", "modes"), ("compare", "both_ways")):
        if options[one] and options[other]:
            raise click.UsageError("--compare goes with neither --mode nor --both-ways")
    if options["both_ways"] and not (options["start"] and options["end"]):
        raise click.UsageError("--both-ways needs --from and --to")
    if (options["compare"] or options["both_ways"]) and options["form"] != "text":
        raise click.UsageError("--compare and --both-ways are text")
    return names


def _nothing(told: list[Journey]) -> str:
    places = sorted({place for one in told for place in (one.start, one.end) if place})
    return f"no such journey; journeys begin and end at: {', '.join(places) or 'nowhere'}"


def _shown(wanted: list[Journey], told: list[Journey], modes: tuple[str, ...], options: Any) -> str:
    """The journeys in the form that was asked for."""
    from bpf_lint.journeys import few
    from bpf_lint.reporters.journeys import jsonform, mermaid, svg, text

    most = 0 if options["everything"] else MOST
    paint = _paint(options)
    if options["both_ways"]:
        return _both_ways(wanted, told, options, paint)
    if modes:
        own = [[one for one in wanted if one.mode == mode] for mode in modes]
        return _compared(own, (modes[0], modes[1]), paint, most)
    if options["form"] == "json":
        return jsonform.render(wanted)
    if options["form"] == "text":
        return text.listed(wanted, paint, most)
    shown = few(wanted, most)
    return mermaid.render(shown) if options["form"] == "mermaid" else svg.document(shown)


def _compared(own: list[list[Journey]], modes: tuple[str, str], paint: Paint, most: int) -> str:
    from bpf_lint.journeys import few
    from bpf_lint.journeys.beside import beside
    from bpf_lint.reporters.journeys import text

    shown = [few(journeys, most) for journeys in own]
    return text.compared(beside(*shown), modes, paint)


def _both_ways(wanted: list[Journey], told: list[Journey], options: Any, paint: Paint) -> str:
    from bpf_lint.journeys import Choice, chosen, few
    from bpf_lint.journeys.beside import mismatches
    from bpf_lint.reporters.journeys import text

    back = chosen(told, Choice(options["end"], options["start"]))
    most = 0 if options["everything"] else MOST
    parts = []
    for mode in sorted({one.mode for one in wanted}):
        there, again = (
            few([one for one in way if one.mode == mode], most) for way in (wanted, back)
        )
        parts.append(paint.style(mode or "no mode", "bold") + "\n\n")
        parts.append(text.both_ways(there, again, mismatches(there, again), paint) + "\n")
    return "".join(parts)


def _paint(options: Any) -> Paint:
    import shutil

    from bpf_lint.reporters import Options
    from bpf_lint.reporters.paint import paint_for

    width = min(COLUMNS, shutil.get_terminal_size((COLUMNS, 24)).columns)
    return paint_for(Options(color=colored(options), width=width))

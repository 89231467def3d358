"""Two reports made by hand: a rich one and one without findings; and the sources they show."""

from bpf_lint.config.rule_schema import Example, Rule
from bpf_lint.model.context import HookContext
from bpf_lint.model.finding import (
    Argument,
    Earlier,
    Finding,
    Judged,
    Occurrence,
    Report,
    Skipped,
    Step,
    Summary,
    Target,
    Tested,
    UnitRecord,
)
from bpf_lint.model.journey import Hop, Journey
from bpf_lint.model.place import Place
from bpf_lint.reporters import Options

SERVICE = "datapath/lib/service.h"
POD = "datapath/pod.c"
NODE = "datapath/node.c"

_SERVICE_LINES = {
    40: "\t\tstate.ifindex = NODE_DEV_IFINDEX;",
    41: "\t\tct_create(&state);",
    87: "\t/* back to the device that the request came from */",
    88: "\tif (ct_lookup(ctx, &state))",
    89: "\t\treturn bpf_redirect(state.ifindex, 0);",
    90: "\t\treturn bpf_redirect(state.ifindex, 0);",
    120: "\tret = bpf_fib_lookup(ctx, &params, sizeof(params), 0);",
}

SOURCES = {
    SERVICE: "".join(f"{_SERVICE_LINES.get(n, '')}\n" for n in range(1, 130)),
    POD: "\n" * 80,
    NODE: "\n" * 80,
}


def rule(name: str, title: str) -> Rule:
    return Rule(
        id=name,
        cause="cross-netns-redirect",
        title=title,
        event="redirect",
        when="target.netns != skb.netns",
        message="…",
        suggestion="…",
        description="The number is looked up in the namespace of skb->dev.",
        kernel="skb_do_redirect() calls dev_get_by_index_rcu(dev_net(skb->dev), index).",
        limits="An ifindex of unknown origin is not reported.",
        evidence=["NS-01"],
        bad=Example(caption="a host ifindex in the pod", code="return bpf_redirect(HOST_IF, 0);"),
        good=Example(caption="left to the stack", code="return TC_ACT_OK;"),
        references=["https://docs.ebpf.io/linux/helper-function/bpf_redirect/"],
    )


RULES = {
    "cross-netns-redirect": rule(
        "cross-netns-redirect", "redirect to an ifindex of another network namespace"
    ),
    "cross-netns-fib-lookup": rule(
        "cross-netns-fib-lookup", "FIB lookup with an ifindex of another network namespace"
    ),
}


def hook(configuration: str = "default", **changes: object) -> HookContext:
    members: dict[str, object] = {
        "mode": "ipvlan",
        "configuration": configuration,
        "program": POD,
        "entry": "from_pod",
        "hook": "tc-egress",
        "device": "pod-eth0",
        "device_kind": "ipvlan",
        "skb_netns": "pod",
    }
    return HookContext(**(members | changes))  # type: ignore[arg-type]


TRACE = (
    Step("entry", POD, 61, 5, "from_pod at tc-egress of pod-eth0, in pod"),
    Step("call", POD, 64, 9, "calls handle_pod"),
    Step("branch", POD, 30, 6, "reply is true"),
    Step("tail_call", POD, 33, 3, "tail call calls[REVNAT] to tail_rev_nat"),
    Step("map_load", SERVICE, 88, 6, "read from the map ct_map in pod, stored in state.ifindex"),
    Step("redirect", SERVICE, 89, 10, "bpf_redirect(state.ifindex, 0)"),
)

TARGET = Target(
    "host",
    "NODE_DEV_IFINDEX",
    SERVICE,
    40,
    (
        Step("entry", NODE, 20, 5, "from_net at tc-ingress of eth0, in host"),
        Step("assign", SERVICE, 40, 3, "NODE_DEV_IFINDEX, a number of eth0 in host"),
        Step(
            "map_store",
            SERVICE,
            41,
            3,
            "stored in the map ct_map by from_net at tc-ingress of eth0, in host",
        ),
    ),
    symbol="NODE_DEV_IFINDEX",
    device="eth0",
    kept="ct_map",
)

TESTED = (
    Tested("ENABLE_NODEPORT", "1", "--enable-nodeport"),
    Tested("LB_MODE", "2"),
    Tested("with_bypass", "?"),
    Tested("ENABLE_TUNNEL", "", "--tunnel"),
)

MESSAGE = (
    "bpf_redirect() is given state.ifindex, which names a device of netns host "
    "(NODE_DEV_IFINDEX, stored by from_net). Here skb->dev is pod-eth0 in netns pod, so the kernel "
    "looks the number up there: the packet is lost, or leaves through another device."
)


def finding(**changes: object) -> Finding:
    members: dict[str, object] = {
        "rule": "cross-netns-redirect",
        "severity": "error",
        "confidence": "high",
        "path": SERVICE,
        "line": 89,
        "column": 10,
        "function": "rev_nat",
        "message": MESSAGE,
        "suggestion": "Return TC_ACT_OK in this mode, so that the pod's own routes are used.",
        "statement": "return bpf_redirect(state.ifindex, 0);",
        "fingerprint": "1f" * 16,
        "fact": "bpf_redirect(NODE_DEV_IFINDEX): a number of host, at tc-egress in pod",
        "argument": Argument(SERVICE, 89, 23, "state.ifindex"),
        "cause": "ca" * 16,
        "occurrences": (
            Occurrence(
                hook(),
                TARGET,
                {"ENABLE_NODEPORT": "1", "POD_MTU": "1500"},
                TRACE,
                tested=TESTED,
                described="A pod's own routes",
                elsewhere=Step("right", SERVICE, 89, 10, "from_net at tc-ingress of eth0, in host"),
            ),
            Occurrence(
                hook("fast-redirect"),
                TARGET,
                {"ENABLE_NODEPORT": "1", "ENABLE_FAST": "1", "POD_MTU": "1500"},
                TRACE,
                ("ct_lookup() finds an entry",),
            ),
            Occurrence(
                hook(),
                Target("host", "NODE_DEV_IFINDEX", SERVICE, 55),
                {"ENABLE_NODEPORT": "1"},
                TRACE,
            ),
            Occurrence(
                hook(mode="netkit", hook="netkit-primary", device="pod", device_kind="netkit"),
                TARGET,
                {"ENABLE_NODEPORT": "1"},
                TRACE,
            ),
        ),
    }
    return Finding(**(members | changes))  # type: ignore[arg-type]


SECOND = finding(
    rule="cross-netns-fib-lookup",
    severity="warning",
    confidence="medium",
    line=120,
    column=8,
    message="bpf_fib_lookup() is given an ifindex of netns host in netns pod.",
    suggestion="Use ctx->ifindex.",
    statement="ret = bpf_fib_lookup(ctx, &params, sizeof(params), 0);",
    fingerprint="2e" * 16,
    fact="bpf_fib_lookup(NODE_DEV_IFINDEX): a number of host, at tc-egress in pod",
    argument=Argument(SERVICE, 120, 28, "&params"),
    occurrences=(Occurrence(hook(), None, {}, TRACE[:2]),),
)

TWIN = finding(
    line=90,
    function="rev_nat6",
    argument=Argument(SERVICE, 90, 23, "state.ifindex"),
    fingerprint="3d" * 16,
    occurrences=finding().occurrences[:1],
)

EARLIER = Earlier(
    "discarded-redirect",
    "the redirect never happens",
    "The redirect never happens: a tail call to send_later follows, with a verdict of its own.",
    "Were it carried out",
    "Its result alone does not help.",
)
LOST = finding(
    rule="discarded-redirect",
    fact="bpf_redirect(): the program ends with another verdict at tc-egress",
    message="The verdict of bpf_redirect() is lost on a path.",
    suggestion="Return the helper's result from the program, or leave the call out.",
    argument=None,
    fingerprint="4c" * 16,
    occurrences=(
        Occurrence(
            hook(),
            None,
            {},
            TRACE,
            after=(Step("lost", SERVICE, 92, 3, "lost in the tail call to send_later"),),
        ),
    ),
)
VOID = finding(
    fact=f"{EARLIER.fact}; besides, {finding().fact}",
    message=f"{EARLIER.text} {EARLIER.otherwise}: {MESSAGE}",
    suggestion=f"{EARLIER.advice} {finding().suggestion}",
    occurrences=(
        Occurrence(
            hook(),
            TARGET,
            {},
            TRACE,
            earlier=EARLIER,
            after=(Step("lost", SERVICE, 92, 3, "lost in the tail call to send_later"),),
        ),
    ),
)

UNITS = tuple(
    UnitRecord(path, ("-target", "bpf", "-Idatapath/include"), mode, configuration)
    for path in (NODE, POD)
    for mode in ("ipvlan", "veth")
    for configuration in ("default", "fast-redirect")
)

RICH = Report(
    Summary(
        programs=3,
        analysed=2,
        configurations=2,
        findings=3,
        unresolved_tail_calls=1,
        skipped=(Skipped("datapath/xdp.c", "datapath/xdp.c:7:10: 'missing.h' file not found"),),
        units=UNITS,
        profile="demo",
        flags_from="profile demo",
        notes=("unused suppression at datapath/pod.c:12",),
        judged=Judged(6, 2, 1, ("datapath/pod.c:to_pod",)),
    ),
    (SECOND, TWIN, finding()),
)

TOGETHER = Report(Summary(1, 1, 1, 2, 0, judged=Judged(2)), (VOID, LOST))
ALONE = Report(Summary(1, 1, 1, 1, 0, judged=Judged(2)), (VOID,))

EMPTY = Report(
    Summary(
        programs=2,
        analysed=1,
        configurations=1,
        findings=0,
        unresolved_tail_calls=0,
        skipped=(Skipped("plain/b.c", "syntax error at line 3: expected ';'"),),
        units=(UnitRecord("plain/a.c", ("-target", "bpf"), "", "default"),),
        flags_from="compile_commands.json",
        judged=Judged(2),
    )
)

OPTIONS = Options(rules=RULES, read_source=SOURCES.get, version="1.2.3")

JOURNEYS = (
    Journey(
        "ipvlan",
        "pod",
        "wire",
        (
            Hop("start", "pod", "pod", leaves="sends through pod-eth0"),
            Hop(
                "program",
                "pod",
                "from_pod",
                "tc-egress",
                "pod-eth0",
                "bpf_redirect() to eth0 of host",
                "redirect",
                "eth0",
                (Place(SERVICE, 89, 10), Place(SERVICE, 90, 10)),
                ("tail_rev_nat",),
                "a number of host, looked up in pod: dropped",
            ),
            Hop("lost", "pod", "lost", leaves="a number of host, looked up in pod: dropped"),
        ),
        ("default", "fast-redirect"),
        (),
        True,
    ),
    Journey(
        "veth",
        "pod",
        "wire",
        (
            Hop("start", "pod", "pod", leaves="sends, and lxc receives it"),
            Hop("program", "host", "from_pod", "tc-ingress", "lxc", "passes", "pass"),
            Hop("stack", "host", "stack of host", leaves="routed to eth0"),
            Hop("end", "", "wire", device="eth0"),
        ),
        ("default",),
        ("host",),
    ),
)

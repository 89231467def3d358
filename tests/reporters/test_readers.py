"""Each format against its own schema, or against a reader that others wrote."""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from junitparser import Error, Failure, JUnitXml

from bpf_lint.model import addresses
from bpf_lint.model.finding import Report, Skipped, Suppressed
from bpf_lint.reporters import FORMATS, Options, Repository, json_v1
from bpf_lint.reporters.registry import render
from bpf_lint.reporters.sarif import semantic
from tests.reporters.samples import EMPTY, OPTIONS, RICH, SERVICE, finding

SARIF_SCHEMA = Path(__file__).parents[1] / "data" / "sarif" / "sarif-2.1.0-rtm.5.json"
REPORTS = pytest.mark.parametrize("report_", [RICH, EMPTY], ids=["rich", "empty"])


def many(count: int) -> Report:
    """A report of so many findings, every second one a warning."""
    findings = tuple(
        finding(line=n + 1, severity="warning" if n % 2 else "error", fingerprint=f"{n:032x}")
        for n in range(count)
    )
    summary = msgspec.structs.replace(RICH.summary, findings=count, skipped=())
    return Report(summary, findings)


@REPORTS
def test_json_is_valid_and_can_be_read_back(report_: Report) -> None:
    text = render(report_, "json", OPTIONS)
    jsonschema.Draft202012Validator(json_v1.schema()).validate(json.loads(text))
    read = json_v1.parse(text)
    assert read.summary == report_.summary
    assert read.findings == tuple(sorted(report_.findings, key=lambda f: f.line))
    assert render(read, "json", OPTIONS) == text


def test_json_has_the_keys_of_the_contract() -> None:
    document = json.loads(render(RICH, "json", OPTIONS))
    assert document["version"] == 1
    assert document["tool"] == {"name": "bpf-lint", "version": "1.2.3"}
    assert document["summary"]["skipped"][0]["path"] == "datapath/xdp.c"
    assert set(document["summary"]["units"][0]) == {"path", "flags", "mode", "configuration"}
    first = document["findings"][0]
    context = first["contexts"][0]
    assert (first["path"], first["line"], first["column"]) == (SERVICE, 89, 10)
    assert context["defines"] == {"ENABLE_NODEPORT": "1", "POD_MTU": "1500"}
    assert context["skb_netns"] == "pod"
    assert {"netns", "origin", "path", "line"} <= set(context["target"])
    assert set(context["trace"][0]) == {"kind", "path", "line", "column", "text"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "truncated"),
        ('{"version": 2}', "Invalid enum value 2"),
        ('{"version": 1, "tool": {"name": "x"}}', "`version`"),
    ],
)
def test_broken_json_report_is_named(text: str, words: str) -> None:
    with pytest.raises(json_v1.ReportError) as error:
        json_v1.parse(text, "old.json")
    assert str(error.value).startswith("old.json: not a bpf-lint JSON report")
    assert words in str(error.value)


@REPORTS
def test_sarif_is_valid(report_: Report) -> None:
    schema = json.loads(SARIF_SCHEMA.read_text())
    document = json.loads(render(report_, "sarif", OPTIONS))
    jsonschema.Draft4Validator(schema).validate(document)


def test_sarif_explains_itself() -> None:
    run = json.loads(render(RICH, "sarif", OPTIONS))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert all(rule["help"]["text"] and rule["help"]["markdown"] for rule in rules)
    result = run["results"][0]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "cross-netns-redirect"
    assert result["partialFingerprints"] == {"bpfLint/v1": "1f" * 16}
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": SERVICE, "uriBaseId": "%SRCROOT%"}
    flow = result["codeFlows"][0]["threadFlows"][0]["locations"]
    lines = [step["location"]["physicalLocation"]["region"]["startLine"] for step in flow]
    assert lines == [20, 40, 41, 61, 64, 30, 33, 88, 89]
    assert result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 40
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_keeps_the_limits_and_the_severe() -> None:
    run = json.loads(render(many(5200), "sarif", OPTIONS))["runs"][0]
    levels = [result["level"] for result in run["results"]]
    assert (len(levels), levels.count("error")) == (5000, 2600)
    notes = [
        note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]
    ]
    assert any("200 findings more" in note for note in notes)


def test_sarif_columns_are_utf16_units() -> None:
    source = 's = "\U0001f41d"; bpf_redirect(1, 0);\n'
    column = source.encode().index(b"bpf_redirect") + 1
    report = Report(RICH.summary, (finding(path="a.c", line=1, column=column, occurrences=()),))
    options = msgspec.structs.replace(OPTIONS, read_source={"a.c": source}.get)
    run = json.loads(render(report, "sarif", options))["runs"][0]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region["startColumn"] == len(source[: source.index("bpf_")].encode("utf-16-le")) // 2 + 1


def test_sarif_shows_the_source_of_a_result_to_the_end_of_its_name() -> None:
    run = json.loads(render(RICH, "sarif", OPTIONS))["runs"][0]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["region"]["endColumn"] - place["region"]["startColumn"] == len("bpf_redirect")
    assert place["region"]["snippet"]["text"] == "bpf_redirect"
    context = place["contextRegion"]
    assert (context["startLine"], context["endLine"]) == (88, 90)
    assert "ct_lookup(ctx, &state)" in place["contextRegion"]["snippet"]["text"]
    gone = json.loads(render(RICH, "sarif", Options(rules=OPTIONS.rules)))["runs"][0]
    assert "snippet" not in gone["results"][0]["locations"][0]["physicalLocation"]["region"]


def test_sarif_says_what_was_suppressed_and_why() -> None:
    known = tuple(
        Suppressed(finding(line=n), by, f"because {by}")
        for n, by in ((1, "comment"), (2, "baseline"))
    )
    report = Report(RICH.summary, (), suppressed=known)
    results = json.loads(render(report, "sarif", OPTIONS))["runs"][0]["results"]
    assert [one["suppressions"] for one in results] == [
        [{"kind": "inSource", "status": "accepted", "justification": "because comment"}],
        [{"kind": "external", "status": "accepted", "justification": "because baseline"}],
    ]
    for form in FORMATS:
        if form != "sarif":
            assert "because" not in render(report, form, OPTIONS)


def test_sarif_names_the_state_that_was_analysed() -> None:
    repository = Repository("https://git.example.org/a.git", "1f" * 20, "main")
    options = msgspec.structs.replace(OPTIONS, repository=repository)
    run = json.loads(render(RICH, "sarif", options))["runs"][0]
    (state,) = run["versionControlProvenance"]
    assert (state["repositoryUri"], state["revisionId"]) == (repository.address, "1f" * 20)
    assert state["mappedTo"]["uriBaseId"] in run["originalUriBaseIds"]
    document = json.loads(render(RICH, "sarif", options))
    jsonschema.Draft4Validator(json.loads(SARIF_SCHEMA.read_text())).validate(document)


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("0.2.0", "0.2.0"),
        ("0.2.0.dev12+gabc", "0.2.0-dev.12+gabc"),
        ("1.0rc1", "1.0.0-rc.1"),
        ("0+unknown", "0.0.0+unknown"),
        ("odd", "0.0.0"),
    ],
)
def test_sarif_versions_are_semantic(version: str, expected: str) -> None:
    assert semantic(version) == expected


def test_rules_have_an_address() -> None:
    options = msgspec.structs.replace(OPTIONS, shipped=frozenset({"cross-netns-redirect"}))
    assert options.page_of("cross-netns-redirect").startswith(addresses.DOCUMENTATION)
    assert options.page_of("cross-netns-fib-lookup").startswith("https://docs.ebpf.io/")
    assert options.page_of("unknown") == ""
    driver = json.loads(render(RICH, "sarif", options))["runs"][0]["tool"]["driver"]
    assert driver["informationUri"] == addresses.DOCUMENTATION
    assert [one["helpUri"] for one in driver["rules"]] == [
        options.page_of(one["id"]) for one in driver["rules"]
    ]
    diagnostics = json.loads(render(RICH, "rdjson", options))["diagnostics"]
    urls = [one["code"].get("url") for one in diagnostics if "range" in one["location"]]
    assert urls == [options.page_of(one["code"]["value"]) for one in diagnostics[: len(urls)]]


def test_sarif_quotes_paths() -> None:
    report = Report(RICH.summary, (finding(path="a b/ü#.c", occurrences=()),))
    run = json.loads(render(report, "sarif", OPTIONS))["runs"][0]
    location = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == "a%20b/%C3%BC%23.c"


@REPORTS
def test_junit_is_read(report_: Report) -> None:
    xml = JUnitXml.fromstring(render(report_, "junit", OPTIONS).encode())
    assert (xml.failures, xml.errors) == (len(report_.findings), len(report_.summary.skipped))
    results = [result for suite in xml for case in suite for result in case.result]
    failures = [result for result in results if isinstance(result, Failure)]
    assert [f.type for f in failures] == [
        f.rule for f in sorted(report_.findings, key=lambda f: f.line)
    ]
    assert sum(isinstance(result, Error) for result in results) == xml.errors
    assert all("suggestion:" in (failure.text or "") for failure in failures)


def test_junit_names_have_no_line_numbers_and_are_unique() -> None:
    def names(*lines: int) -> list[tuple[str, str]]:
        found = tuple(finding(line=n, fingerprint=f"{n:032x}") for n in lines)
        xml = JUnitXml.fromstring(render(Report(EMPTY.summary, found), "junit", OPTIONS).encode())
        return [(case.classname, case.name) for suite in xml for case in suite]

    assert names(10, 20) == names(11, 321)
    assert len(set(names(10, 20, 30))) == len(names(10, 20, 30))
    assert names(10)[0] == (
        SERVICE,
        "cross-netns-redirect in rev_nat: return bpf_redirect(state.ifindex, 0);",
    )


@REPORTS
def test_gitlab_has_what_gitlab_asks_for(report_: Report) -> None:
    issues = json.loads(render(report_, "gitlab", OPTIONS))
    summary = report_.summary
    told = len(report_.findings) + len(summary.skipped) + summary.open_questions
    assert len(issues) == told
    for issue in issues:
        assert issue["description"] and issue["check_name"]
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["lines"]["begin"] >= 1
        assert not issue["location"]["path"].startswith(("/", "./"))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_gitlab_fingerprints_are_unique() -> None:
    report = Report(RICH.summary, (finding(), finding(line=90)))
    issues = json.loads(render(report, "gitlab", OPTIONS))
    digests = [issue["fingerprint"] for issue in issues if issue["severity"] == "critical"]
    assert digests == ["1f" * 16, f"{'1f' * 16}-2"]


@REPORTS
def test_rdjson_has_what_reviewdog_reads(report_: Report) -> None:
    document = json.loads(render(report_, "rdjson", OPTIONS))
    assert document["source"]["name"] == "bpf-lint"
    for diagnostic in document["diagnostics"]:
        assert diagnostic["message"]
        assert diagnostic["severity"] in {"ERROR", "WARNING", "INFO"}
        assert diagnostic["location"]["path"]
    placed = [d["location"]["range"] for d in document["diagnostics"] if "range" in d["location"]]
    names = {89: "bpf_redirect", 90: "bpf_redirect", 120: "bpf_fib_lookup"}
    assert placed == [
        {
            "start": {"line": f.line, "column": f.column},
            "end": {"line": f.line, "column": f.column + len(names[f.line])},
        }
        for f in sorted(report_.findings, key=lambda f: f.line)
    ]


def parse_command(line: str) -> tuple[str, dict[str, str], str]:
    """Read a workflow command the way the runner does."""
    head, _, body = line[2:].partition("::")
    kind, _, rest = head.partition(" ")
    pairs = dict(part.split("=", 1) for part in rest.split(","))
    unescape = [("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")]
    for code, plain in unescape:
        pairs = {name: value.replace(code, plain) for name, value in pairs.items()}
        body = body.replace(code, plain)
    return kind, pairs, body


def test_github_commands_can_be_read_back() -> None:
    odd = finding(path="a,b:c%/x.c", message="100% lost::really\n::error::no", occurrences=())
    text = render(Report(EMPTY.summary, (odd,)), "github", OPTIONS)
    commands = [line for line in text.splitlines() if line.startswith("::")]
    kind, properties, body = parse_command(commands[1])
    assert (kind, properties["file"], properties["line"]) == ("error", "a,b:c%/x.c", "89")
    assert body.startswith("100% lost::really ::error::no\n")
    assert len(commands) == 2


def test_github_limits_are_kept_and_the_rest_counted() -> None:
    text = render(many(50), "github", OPTIONS)
    commands = [line for line in text.splitlines() if line.startswith("::")]
    kinds = [line.split(" ")[0] for line in commands]
    assert (kinds.count("::error"), kinds.count("::warning")) == (10, 10)
    assert kinds == sorted(kinds)
    assert "bpf-lint: 30 more results than GitHub annotates:" in text
    plain = [line for line in text.splitlines() if line.startswith(f"bpf-lint: {SERVICE}:")]
    assert len(plain) == 30


def test_github_shows_programs_that_were_not_analysed() -> None:
    summary = msgspec.structs.replace(EMPTY.summary, skipped=(Skipped("a.c", "no header\n::stop"),))
    text = render(Report(summary), "github", OPTIONS)
    assert text.startswith("::error title=")
    assert "\n::stop" not in text


def test_bytes_that_are_no_utf8_are_escaped() -> None:
    report = Report(RICH.summary, (finding(path="a\udcff.c", statement="\udc80", occurrences=()),))
    assert json.loads(render(report, "json", OPTIONS))["findings"][0]["path"] == "a\\udcff.c"
    assert "a%FF.c" in render(report, "sarif", OPTIONS)
    for format in FORMATS:
        render(report, format, OPTIONS).encode()

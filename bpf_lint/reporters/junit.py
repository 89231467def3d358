"""JUnit XML: a test case for each program, with its findings as failures."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree as Xml

from bpf_lint.model.finding import Finding, Report, Skipped
from bpf_lint.model.printable import break_commands, safe
from bpf_lint.reporters.common import fact, flat, judged_line, ordered
from bpf_lint.reporters.full import block
from bpf_lint.reporters.options import Options
from bpf_lint.reporters.paint import paint_for


def render(report: Report, options: Options) -> str:
    """One suite: a failed case a finding, an error a skipped program, a pass a clean program."""
    names: Counter[tuple[str, str]] = Counter()
    cases = [_failed(finding, options, names) for finding in ordered(report.findings)]
    cases += [_error(item) for item in sorted(report.summary.skipped)]
    cases += [_case(path, "analysed") for path in _passed(report)]
    counts = {
        "tests": str(len(cases)),
        "failures": str(len(report.findings)),
        "errors": str(len(report.summary.skipped)),
    }
    root = Xml.Element("testsuites", {"name": "bpf-lint", **counts})
    suite = Xml.SubElement(root, "testsuite", {"name": "bpf-lint", **counts, "skipped": "0"})
    suite.extend(cases)
    Xml.SubElement(suite, "system-out").text = judged_line(report.summary)
    Xml.indent(root)
    text = Xml.tostring(root, "unicode")
    # In the log of a job, too, where somebody prints the file.
    text = break_commands(text, lambda character: f"&#{ord(character)};")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _passed(report: Report) -> list[str]:
    """Programs that were analysed in every configuration."""
    skipped = {item.path for item in report.summary.skipped}
    return sorted({unit.path for unit in report.summary.units} - skipped)


def _failed(finding: Finding, options: Options, names: Counter[tuple[str, str]]) -> Xml.Element:
    """A finding with its whole text.

    Its name has no line number, so that its history survives edits; equal ones are counted.
    """
    name = f"{finding.rule} in {finding.function}: {flat(finding.statement)}"
    key = (finding.path, name)
    names[key] += 1
    case = _case(finding.path, name + (f" ({names[key]})" * (names[key] > 1)), finding.line)
    attributes = {"message": fact(finding, options), "type": safe(finding.rule)}
    failure = Xml.SubElement(case, "failure", attributes)
    plain = Options(rules=options.rules, read_source=options.read_source, width=options.width)
    failure.text = "\n".join(block(finding, plain, paint_for(plain)))
    return case


def _error(item: Skipped) -> Xml.Element:
    """A program that was not analysed."""
    case = _case(item.path, "not analysed")
    reason = flat(item.reason)
    error = Xml.SubElement(case, "error", {"message": reason, "type": "not-analysed"})
    error.text = f"{safe(item.path)}: {reason}"
    return case


def _case(path: str, name: str, line: int = 0) -> Xml.Element:
    """A test case."""
    attributes = {"classname": safe(path), "name": safe(name), "file": safe(path)}
    if line:
        attributes["line"] = str(line)
    return Xml.Element("testcase", attributes)

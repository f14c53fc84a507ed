"""What strangers put where a report will show it."""

from dataclasses import replace

from scanner.core.facts import Exchange
from scanner.core.finding import Anchor, FindingState, Indicator, Owasp
from scanner.core.problem import Problem, ProblemKind
from scanner.core.report import ScanReport
from scanner.core.talk import TlsFacts
from tests.report import samples

STRINGS = {
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;https://evil.example/\x07here\x1b]8;;\x07",
    "clipboard": "\x1b]52;c;cm0gLXJm\x07",
    "c1": "\x9b31m\x85",
    "nul": "a\x00b",
    "lines": "a\r\nb\nc\x0b\x0c\u2028\u2029d",
    "bidi": "\u202egpj.exe\u2066x\u2069",
    "zero-width": "a\u200b\u200d\ufeffb\u00ad",
    "not-xml": "\ufffe\uffff\ufdd0",
    "surrogate": "\ud800x\udfff",
    "private": "\ue000\U000f0000",
    "zalgo": "e" + "\u0301" * 60,
    "formula": '=HYPERLINK("https://evil.example","x")',
    "plus": "+1+1",
    "minus": "-1+cmd|' /C calc'!A0",
    "at": "@SUM(1)",
    "tab": "\t=1+1",
    "blank": "  =1+1",
    "full-width": "\uff1d1\uff0b1",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "comment": "--><!-- ]]> <![CDATA[",
    "close": "</pre></code></td></table></style></script></title>",
    "entity": "&lt;b&gt; &#x202e; &unknown;",
    "closing": "`````",
    "tilde": "~~~~",
    "fence": "``` ```` `` `\n# heading",
    "rows": "a | b |\n| --- | --- |\n| c",
    "image": "![x](https://evil.example/beacon.png)",
    "anchor": "[click](javascript:alert(1)) <https://evil.example>",
    "emphasis": "*a* _b_ ~~c~~ __d__ \\",
    "mention": "@octocat #1 GH-2 octocat@example.com octo/repo#3 0123456789abcdef",
    "bare": "https://evil.example www.evil.example",
    "list": "- a",
    "ordered": "1. a",
    "heading": "# a",
    "rule": "---",
    "command": "::error file=x::owned",
    "encoded": "%0A::error::owned %0D",
    "old-command": "##[error]owned",
    "expression": "${{ secrets.TOKEN }} {{7*7}} {0} %s %n",
    "path": "../../etc/passwd",
    "json": '"}, {"a": "',
    "long": "A" * 20_000,
    "spaces": "   ",
}


def report(text: str) -> ScanReport:
    """Return a report that shows the text wherever a report shows text of others."""
    found = replace(
        samples.docker_finding(anchor=Anchor(file=text, line=1)),
        title=f"T {text}",
        detail=text,
        impact=text,
        product=text,
        version=text,
        owner=text,
        accepted_reason=text,
        url=f"http://127.0.0.2:2375/{text}",
        endpoint=samples.endpoint("127.0.0.2", 2375, name=text),
        proof=(Exchange(text, text),),
        evidence={text: [text, {text: text}, float("nan"), float("inf")]},
        compromise=(Indicator(text, text),),
        remedy=(text, text + "2"),
        references=(f"r {text}", f"https://{text}", f"javascript:{text}"),
        priority_reasons=(text,),
        owasp=Owasp(y2017=(text,), y2021=(text,), y2025=(text,)),
        attack=(text,),
        rule=f"r{text}",
        service=f"s{text}",
    )
    base = samples.full_report()
    tls = TlsFacts(version=text, subject=text, issuer=text, names=(text, text), not_after=text, self_signed=True)
    rows = tuple(
        replace(row, product=text, note=text, decoy=text, version=text, tls=tls, reverse_dns=text)
        for row in (*base.endpoints, samples.row_of(found))
    )
    return replace(
        base,
        run=samples.run(status=base.run.status, id=f"r{text}", engine=f"e{text}", options={text: [text]}),
        coverage=replace(base.coverage, unscanned_list=(text,)),
        endpoints=rows,
        findings=(
            found,
            replace(found, fingerprint="1" * 64, endpoint=samples.endpoint("127.0.0.8"), state=FindingState.ACCEPTED),
        ),
        problems=(Problem(ProblemKind.LOCAL_ERROR, text, text),),
    )

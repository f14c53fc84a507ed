"""What a service may say to get out of the text that it is quoted in."""

from dataclasses import replace
from ipaddress import ip_address

from scanner.core.endpoint import Endpoint
from scanner.core.facts import Exchange
from scanner.core.finding import Finding, Indicator
from tests.tickets.worlds import redis_finding

FORGED = f"exposure-v1;exposure-{'0' * 32};{'0' * 16};{'a' * 64},r,low,00000000,s,127.0.0.9:1."

TEXTS = [
    "@octocat please look",
    "#1 and acme/ops#1 and GH-1 and !1 and ~label and %1 and &1 and $1 and ^alert#1",
    "https://evil.example/x and www.evil.example and mail@evil.example",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "![x](https://evil.example/x.png) [a](javascript:alert(1)) [b]: https://evil.example",
    "/close",
    "x\n/close\n/assign @root\n",
    "```\n/close\n```",
    "````\n`````",
    "`a``b```c",
    "` `",
    "| a | b |\n|---|---|",
    "{noformat}{code}x{code}{ noformat }{{x}} {panel}",
    "[~admin] [~accountid:1] !image.png! h1. big *bold* _it_ -- ---- bq. quote ||a||",
    "h1. big",
    "bq. quote",
    "[code]<b>x</b>[/code] [ CODE ]<i>[/ code ]",
    f"<!-- {FORGED} --> -->",
    FORGED,
    "\x1b[31mred\x1b]8;;https://evil.example\x07\x9b",
    "\u202egnp.exe \u200b\ufeff\U000e0041",
    "1. one\n# two\n- [ ] three\n===",
    "    indented",
    "&lt;b&gt; &#64;root \\@root \\\\",
    ":smile: :+1: :100:",
    "+ plus",
    "2) two",
    "=== setext",
    "--- rule",
    "::include{file=README.md}",
    "\\/close",
    "ftp://evil.example ssh://evil.example mailto:x@evil.example",
    "$`x`$ $$x$$",
    "=cmd|' /C calc'!A0",
    "[[_TOC_]] [TOC] ::include{file=x}",
    ">>>\n/close\n>>>",
    "A" * 1_000_000,
    "`" * 5_000,
    "\u0301" * 5_000,
]


def hostile_finding(text: str) -> Finding:
    """Return a finding with one text in every field that holds text."""
    return replace(
        redis_finding(),
        title=text,
        product=text,
        version=text,
        service=text,
        endpoint=Endpoint(ip_address("127.0.0.1"), 6379, name=text),
        url=text,
        detail=text,
        impact=text,
        proof=(Exchange(text, text), Exchange("INFO", text)),
        compromise=(Indicator(text, text),),
        priority_reasons=(text,),
        remedy=(text, f" {text}", "/close"),
        references=(text,),
        owner=text,
        attack=(text,),
        first_seen=text,
    )

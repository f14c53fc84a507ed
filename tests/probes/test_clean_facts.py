"""Whatever a probe returns, its texts are clean and its collections bounded."""

from dataclasses import dataclass

from scanner.core.facts import Access, Exchange, Facts
from scanner.probes.clean_facts import clean_facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Toy(Facts):
    names: tuple[str, ...] = ()


def test_every_text_is_cleaned_wherever_it_stands():
    facts = Toy(
        access=Access.DATA,
        product="a\x1b[2J",
        evidence={"k\n": ["v\r", {"deep": "\u202e"}]},
        proof=(Exchange("GET /\x00", "200\x07"),),
        names=("x\t",),
    )
    cleaned = clean_facts(facts)
    assert cleaned.product == "a\\x1b[2J"
    assert cleaned.evidence == {"k\\x0a": ["v\\x0d", {"deep": "\\u202e"}]}
    assert cleaned.proof == (Exchange("GET /\\x00", "200\\x07"),)
    assert cleaned.names == ("x\\x09",)
    assert cleaned.access is Access.DATA


def test_collections_are_bounded():
    facts = Facts(evidence={"many": list(range(10_000)), **{f"key{n}": n for n in range(1_000)}})
    cleaned = clean_facts(facts)
    assert len(cleaned.evidence) == len(cleaned.evidence["many"]) == 200

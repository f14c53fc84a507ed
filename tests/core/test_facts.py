from scanner.core.facts import Access, Facts


def test_access_is_a_ladder_whose_steps_are_named_in_lower_case():
    assert [access.word for access in sorted(Access)] == ["unknown", "refused", "metadata", "data", "control"]


def test_facts_that_say_nothing_claim_nothing():
    facts = Facts()
    assert facts.access is Access.UNKNOWN
    assert [facts.product, facts.evidence, facts.proof, facts.traces] == [None, {}, (), {}]

from scanner.core.image import image_sign
from scanner.lint.container import ImageName
from scanner.lint.knowledge import images_named, known_images, rule_of


def test_at_least_forty_services_say_what_opens_them_with_a_page_of_their_vendor():
    known = known_images()
    assert len({one.probe.id for one in known}) >= 40
    for one in known:
        assert one.image.rule in {rule.id for rule in one.probe.rules}, one.image.names
        assert one.image.source.startswith(("https://", "http://"))
        assert one.image.ports
        for sign in one.image.signs:
            image_sign(sign)


def test_images_are_known_by_their_repository_and_tag():
    assert [one.probe.id for one in images_named(ImageName("redis", ""))] == ["redis"]
    assert {one.probe.id for one in images_named(ImageName("neo4j", "5"))} == {"neo4j", "neo4j-http"}
    assert images_named(ImageName("docker", "24")) == []
    assert [one.probe.id for one in images_named(ImageName("docker", "24-dind"))] == ["docker-api"]


def test_the_rule_of_a_service_is_the_named_one_or_the_first():
    assert rule_of("redis", "redis-no-password")[1].id == "redis-no-password"
    assert rule_of("mqtt", None)[1].id == "mqtt-anonymous"
    assert rule_of("mysql", None) is None
    assert rule_of("nobody", None) is None

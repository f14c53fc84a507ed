import pytest

from scanner.core.finding import Anchor
from scanner.lint.container import Value, image_name, split_words

HERE = Anchor(file="f", line=1)


@pytest.mark.parametrize(
    ("text", "repository", "tag"),
    [
        ("redis", "redis", ""),
        ("redis:7-alpine", "redis", "7-alpine"),
        ("docker.io/library/redis:7@sha256:abc", "redis", "7"),
        ("index.docker.io/bitnami/redis", "bitnami/redis", ""),
        ("localhost:5000/team/redis", "localhost:5000/team/redis", ""),
        ("localhost:5000/team/redis:1", "localhost:5000/team/redis", "1"),
        ("public.ecr.aws/docker/library/redis:7", "redis", "7"),
        ("public.ecr.aws/bitnami/redis:7", "bitnami/redis", "7"),
        ("lscr.io/linuxserver/syncthing", "linuxserver/syncthing", ""),
        ("harbor.example.org/cache/library/redis:7", "redis", "7"),
        ("git.example.org:5050/a/b/dependency_proxy/containers/redis:7", "redis", "7"),
        ("/redis:7", "redis", "7"),
        ("acme/library/redis:7", "acme/library/redis", "7"),
        ("QUAY.IO/coreos/etcd:v3", "quay.io/coreos/etcd", "v3"),
    ],
)
def test_an_image_reference_is_taken_apart(text, repository, tag):
    assert image_name(text) == (repository, tag)


def test_words_inside_of_words_are_words_too():
    words = [value.text for value in split_words([Value("sh", HERE), Value("-c", HERE), Value("a --b 'c d'", HERE)])]
    assert words == ["sh", "-c", "a --b 'c d'", "a", "--b", "c d"]
    assert [value.text for value in split_words([Value("a 'b", HERE), Value(None, HERE)])] == ["a 'b", "a", "'b", None]

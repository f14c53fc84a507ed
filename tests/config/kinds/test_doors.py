# ruff: noqa: E501 - one row of the table is one line
"""What each kind of file opens, on which line, and whether strangers get an answer there."""

import pytest

from scanner.config.kind import kind_of_file, load_kinds

ALL = {kind.id: kind for kind in load_kinds()}


def doors(kind, text, beside=""):
    settings = ALL[kind].read(text, "conf")
    for name in ALL[kind].companions if beside else ():
        settings = settings.joined(kind_of_file(name).read(beside, name))
    return [
        (
            f"{door.address}:{door.port}/{door.transport.value}",
            door.guard.value,
            door.opened_by and door.opened_by.anchor.line,
        )
        for door in ALL[kind].doors(settings)
    ]


TABLE = [
    # Redis (redis.conf of 7.2): protected mode refuses others while the default user needs no password.
    ("redis", "", "", [("0.0.0.0:6379/tcp", "closed", None)]),
    ("redis", "# x\nbind 0.0.0.0\nprotected-mode no\n", "", [("0.0.0.0:6379/tcp", "open", 2)]),
    ("redis", "BIND 0.0.0.0\nProtected-Mode no\nrequirepass \"a b\"\n", "", [("0.0.0.0:6379/tcp", "closed", 1)]),
    ("redis", "bind 0.0.0.0\nrequirepass ''\n", "", [("0.0.0.0:6379/tcp", "unknown", 1)]),
    ("redis", "bind 0.0.0.0\nprotected-mode no\nrequirepass x\nrequirepass \"\"\n", "", [("0.0.0.0:6379/tcp", "open", 1)]),
    ("redis", "bind 127.0.0.1 -::1\nport 7000\n", "", [("127.0.0.1:7000/tcp", "unknown", 1), ("::1:7000/tcp", "unknown", 1)]),
    ("redis", "bind * -::*\nprotected-mode no\n", "", [("0.0.0.0:6379/tcp", "open", 1), (":::6379/tcp", "open", 1)]),
    ("redis", "protected-mode no\nuser default off\n", "", [("0.0.0.0:6379/tcp", "closed", None)]),
    ("redis", "protected-mode no\nuser default on nopass ~* +@all\n", "", [("0.0.0.0:6379/tcp", "open", None)]),
    ("redis", "protected-mode no\naclfile /etc/redis/users.acl\n", "", [("0.0.0.0:6379/tcp", "unknown", None)]),
    ("redis", "protected-mode no\ninclude /etc/redis/local.conf\n", "", [("0.0.0.0:6379/tcp", "unknown", None)]),
    ("redis", "port 0\ntls-port 6379\nprotected-mode no\n", "", [("0.0.0.0:6379/tcp", "closed", None)]),
    ("redis", "port 0\ntls-port 6379\ntls-auth-clients no\nprotected-mode no\n", "", [("0.0.0.0:6379/tcp", "open", None)]),
    # Docker: the incident's own line.
    ("docker-daemon", '{\n\t"hosts": [\n\t\t"unix:///var/run/docker.sock",\n\t\t"tcp://0.0.0.0:2375"\n\t]\n}', "", [("0.0.0.0:2375/tcp", "open", 4)]),
    ("docker-daemon", '{"hosts": ["tcp://0.0.0.0"], "tlsverify": true}', "", [("0.0.0.0:2376/tcp", "closed", 1)]),
    ("docker-daemon", '{"hosts": ["tcp://[::]:2375"], "tls": true}', "", [(":::2375/tcp", "open", 1)]),
    ("docker-daemon", '{"hosts": ["fd://"]}', "", []),
    # MongoDB, in both of its notations.
    ("mongodb", "net:\n  port: 27018\n  bindIp: 0.0.0.0\n", "", [("0.0.0.0:27018/tcp", "open", 3)]),
    ("mongodb", "net:\n  bindIp: 127.0.0.1,10.0.0.5\nsecurity:\n  authorization: enabled\n", "", [("127.0.0.1:27017/tcp", "closed", 2), ("10.0.0.5:27017/tcp", "closed", 2)]),
    ("mongodb", "net:\n  bindIpAll: true\nsecurity:\n  authorization: disabled\n", "", [("0.0.0.0:27017/tcp", "open", 2)]),
    ("mongodb", "net: {bindIp: '*', port: 1}\nsecurity: {keyFile: /etc/key}\n", "", [("0.0.0.0:1/tcp", "closed", 1)]),
    ("mongodb", "bind_ip = 0.0.0.0\nport = 27017\n#auth = true\n", "", [("0.0.0.0:27017/tcp", "open", 1)]),
    ("mongodb", "bind_ip = 0.0.0.0\nauth = true\n", "", [("0.0.0.0:27017/tcp", "closed", 1)]),
    ("mongodb", "storage:\n  dbPath: /x\n", "", [("127.0.0.1:27017/tcp", "open", None)]),
    # Elasticsearch and OpenSearch.
    ("elasticsearch", "network.host: 0.0.0.0\nxpack.security.enabled: false\n", "", [("0.0.0.0:9200/tcp", "open", 1)]),
    ("elasticsearch", "network:\n  host: [_local_, _site_]\nhttp.port: 9201-9210\n", "", [("127.0.0.1:9201/tcp", "unknown", 2), ("_site_:9201/tcp", "unknown", 2)]),
    ("elasticsearch", "network.host: 10.0.0.5\nhttp.host: 127.0.0.1\nxpack.security.enabled: true\n", "", [("127.0.0.1:9200/tcp", "closed", 2)]),
    ("elasticsearch", "cluster.name: x\n", "", [("127.0.0.1:9200/tcp", "unknown", None)]),
    ("opensearch", "network.host: 0.0.0.0\nplugins.security.disabled: true\n", "", [("0.0.0.0:9200/tcp", "open", 1)]),
    ("opensearch", "network.host: 0.0.0.0\n", "", [("0.0.0.0:9200/tcp", "unknown", 1)]),
    # PostgreSQL with pg_hba.conf.
    ("postgresql", "listen_addresses = '*'  # all\nport = 5433\n", "", [("0.0.0.0:5433/tcp", "unknown", 1)]),
    ("postgresql", "listen_addresses '*'\n", "host all all 0.0.0.0/0 trust\n", [("0.0.0.0:5432/tcp", "open", 1)]),
    ("postgresql", "listen_addresses='localhost,10.0.0.5'\n", "local all all trust\nhost all all 127.0.0.1/32 trust\nhost all all ::1/128 trust\nhost all all all scram-sha-256\n", [("127.0.0.1:5432/tcp", "closed", 1), ("10.0.0.5:5432/tcp", "closed", 1)]),
    ("postgresql", "listen_addresses = '*'\n", "host all all 10.0.0.0 255.0.0.0 trust\n", [("0.0.0.0:5432/tcp", "open", 1)]),
    ("postgresql", "listen_addresses = '*'\n", "host all all samehost trust\n", [("0.0.0.0:5432/tcp", "closed", 1)]),
    ("postgresql", "listen_addresses = '*'\n", "host all all all trust\n", [("0.0.0.0:5432/tcp", "open", 1)]),
    ("postgresql", "listen_addresses = ''\n", "", []),
    # memcached: without -l it listens everywhere.
    ("memcached", "-m 64\n-p 11211\n-u memcache\n-l 127.0.0.1\n", "", [("127.0.0.1:11211/tcp", "open", 4)]),
    ("memcached", "-U 11211\n", "", [("0.0.0.0:11211/tcp", "open", None), ("0.0.0.0:11211/udp", "open", None)]),
    ("memcached", "-l 10.0.0.5:11212,127.0.0.1\n-S\n", "", [("10.0.0.5:11212/tcp", "closed", 1), ("127.0.0.1:11211/tcp", "closed", 1)]),
    ("memcached", 'PORT="11211"\nOPTIONS="-l 0.0.0.0 -U 0"\n', "", [("0.0.0.0:11211/tcp", "open", 2)]),
    ("memcached", "-s /run/memcached.sock\n", "", []),
    # etcd.
    ("etcd", "listen-client-urls: http://0.0.0.0:2379,http://127.0.0.1:4001\n", "", [("0.0.0.0:2379/tcp", "open", 1), ("127.0.0.1:4001/tcp", "open", 1)]),
    ("etcd", 'ETCD_LISTEN_CLIENT_URLS="https://10.0.0.5:2379"\nETCD_CLIENT_CERT_AUTH="true"\n', "", [("10.0.0.5:2379/tcp", "closed", 1)]),
    ("etcd", "name: a\n", "", [("127.0.0.1:2379/tcp", "open", None)]),
    # Mosquitto.
    ("mosquitto", "", "", [("127.0.0.1:1883/tcp", "unknown", None)]),
    ("mosquitto", "listener 1883\nallow_anonymous true\n", "", [("0.0.0.0:1883/tcp", "open", 1)]),
    ("mosquitto", "listener 1883 127.0.0.1\nlistener 8883\npassword_file /etc/p\n", "", [("127.0.0.1:1883/tcp", "closed", 1), ("0.0.0.0:8883/tcp", "closed", 2)]),
    ("mosquitto", "per_listener_settings true\nlistener 1883\nallow_anonymous true\nlistener 1884\n", "", [("0.0.0.0:1883/tcp", "open", 2), ("0.0.0.0:1884/tcp", "unknown", 4)]),
    # MySQL and MariaDB.
    ("mysql", "[client]\nport=1\n[mysqld]\nbind_address = 0.0.0.0 # x\n", "", [("0.0.0.0:3306/tcp", "unknown", 4)]),
    ("mysql", "[mysqld]\nskip-grant-tables\n", "", [("0.0.0.0:3306/tcp", "open", None)]),
    ("mysql", "[mysqld]\nskip_networking\n", "", []),
    ("mysql", "[mariadb-10.11]\nbind-address=127.0.0.1\n", "", [("127.0.0.1:3306/tcp", "unknown", 2)]),
    # systemd: the tutorial's line, in a unit and in a drop-in that clears the first.
    ("systemd-unit", "[Service]\nExecStart=/usr/bin/dockerd -H fd:// -H tcp://0.0.0.0:2375\n", "", [("0.0.0.0:2375/tcp", "open", 2)]),
    ("systemd-unit", "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd:// \\\n  --containerd=/run/c.sock \\\n  # a comment\n  -H tcp://0.0.0.0:2375\n", "", [("0.0.0.0:2375/tcp", "open", 6)]),
    ("systemd-unit", "[Service]\nExecStart=/usr/bin/dockerd -H tcp://0.0.0.0:2375\nExecStart=\n", "", []),
    ("systemd-unit", "[Service]\nExecStart=-/usr/bin/dockerd --host=tcp://0.0.0.0:2376 --tlsverify --tlscacert=/c\n", "", [("0.0.0.0:2376/tcp", "closed", 2)]),
    ("systemd-unit", "[Service]\nExecStart=/usr/bin/memcached -m64 -l0.0.0.0 -p 11311\n", "", [("0.0.0.0:11311/tcp", "open", 2)]),
    ("systemd-unit", "[Service]\nExecStart=/usr/bin/redis-server --bind 0.0.0.0 -::1 --protected-mode no\n", "", [("0.0.0.0:6379/tcp", "open", 2), ("::1:6379/tcp", "open", 2)]),
    ("systemd-unit", "[Service]\nExecStart=/usr/bin/mongod --bind_ip_all --port 27019\n", "", [("0.0.0.0:27019/tcp", "open", 2)]),
    ("systemd-unit", "[Service]\nExecStart=/usr/bin/etcd --listen-client-urls=http://0.0.0.0:2379\n", "", [("0.0.0.0:2379/tcp", "open", 2)]),
    ("systemd-unit", "[Service]\nExecStart=/usr/sbin/nginx -g 'daemon off;'\n", "", []),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "beside", "expected"), TABLE)
def test_the_doors_that_a_file_opens(kind, text, beside, expected):
    assert doors(kind, text, beside) == expected


@pytest.mark.parametrize(
    ("kind", "text", "instead"),
    [
        (
            "systemd-unit",
            "[Service]\nExecStart=/usr/bin/dockerd -H fd:// -H tcp://0.0.0.0:2375 --x",
            "ExecStart=/usr/bin/dockerd -H fd:// --x",
        ),
        (
            "systemd-unit",
            "[Service]\nExecStart=/usr/bin/dockerd --host=tcp://0.0.0.0:2375",
            "ExecStart=/usr/bin/dockerd",
        ),
        ("docker-daemon", '{"hosts": ["fd://", "tcp://0.0.0.0:2375"]}', '{"hosts": ["fd://"]}'),
        ("docker-daemon", '{"hosts": ["tcp://0.0.0.0:2375", "fd://"]}', '{"hosts": ["fd://"]}'),
    ],
)
def test_the_line_as_it_should_be(kind, text, instead):
    (door,) = ALL[kind].doors(ALL[kind].read(text, "conf"))
    assert door.instead[0] == instead

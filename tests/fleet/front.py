"""An nginx in front of a server: filters paths, asks for a password, speaks TLS, is one of many sites."""

import base64
import hashlib
from collections.abc import Sequence

from tests.fleet.certificates import TlsFiles

ARGUMENTS = ("-e", "stderr", "-p", "{dir}", "-c", "{dir}/nginx.conf")
SITES = (8123, 8124)
"""Ports of `sites`: on the first a path and a name lead to the server, on the second all but that name."""
PATH = "/inner"
_CONF = """
daemon off;
worker_processes 1;
pid {dir}/nginx.pid;
error_log stderr warn;
%(user)s
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fcgi;
  uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  proxy_http_version 1.1;
%(servers)s
}
"""
_SERVER = """
  server {
    listen {address}:{port}%(ssl)s;
%(tls)s
%(locations)s
  }
"""
_SITES = """
  server { listen {address}:%(first)d default_server; location / { return 404; }
           location %(path)s/ { proxy_pass %(upstream)s/; proxy_set_header Host $http_host; } }
  server { listen {address}:%(first)d; server_name %(name)s; location / { proxy_pass %(upstream)s; } }
  server { listen {address}:%(second)d default_server; location / { proxy_pass %(upstream)s; } }
  server { listen {address}:%(second)d; server_name %(name)s; location / { return 200 "another site"; } }
"""


def sites(upstream: str, name: str) -> str:
    """Return the nginx.conf of a host of many sites, one of which is `upstream`."""
    ports = {"first": SITES[0], "second": SITES[1]}
    return _CONF % {"user": "", "servers": _SITES % {"upstream": upstream, "name": name, "path": PATH, **ports}}


def configuration(
    upstream: str,
    *,
    allow: Sequence[str] = (),
    public: Sequence[str] = (),
    user: str = "",
    password: str = "",
    tls: TlsFiles | None = None,
    want_client_certificate: bool = False,
    as_root: bool = False,
) -> tuple[str, str]:
    """Return nginx.conf and the password file.

    `upstream` is a URL such as http://127.1.2.3:2375 or http://unix:/run/x.sock. With `allow` (nginx location
    patterns, exact paths as `= /_ping`) everything else is answered 403; `public` patterns need no password.
    """
    auth = 'auth_basic "private"; auth_basic_user_file {dir}/passwords;' if user else ""
    forward = f"proxy_pass {upstream}; proxy_set_header Host $http_host;"
    locations = [f"    location {path} {{ {auth} {forward} }}" for path in allow or ("/",)]
    locations += [f"    location {path} {{ {forward} }}" for path in public]
    if allow and "/" not in allow:
        locations.append("    location / { return 403; }")
    lines = [f"    ssl_certificate {tls.cert};", f"    ssl_certificate_key {tls.key};"] if tls else []
    if tls and want_client_certificate:
        lines += [f"    ssl_client_certificate {tls.ca};", "    ssl_verify_client on;"]
    server = _SERVER % {"ssl": " ssl" if tls else "", "tls": "\n".join(lines), "locations": "\n".join(locations)}
    conf = _CONF % {"user": "user root;" if as_root else "", "servers": server}
    digest = base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()
    return conf, f"{user}:{{SHA}}{digest}\n" if user else ""

"""An nginx in front of a server: filters paths, asks for a password, speaks TLS, wants client certificates."""

import base64
import hashlib
from collections.abc import Sequence

from tests.fleet.certificates import TlsFiles

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
  server {
    listen {address}:{port}%(ssl)s;
%(tls)s
%(locations)s
  }
}
"""


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
    forward = f"proxy_pass {upstream}; proxy_http_version 1.1; proxy_set_header Host $http_host;"
    locations = [f"    location {path} {{ {auth} {forward} }}" for path in allow or ("/",)]
    locations += [f"    location {path} {{ {forward} }}" for path in public]
    if allow and "/" not in allow:
        locations.append("    location / { return 403; }")
    lines = [f"    ssl_certificate {tls.cert};", f"    ssl_certificate_key {tls.key};"] if tls else []
    if tls and want_client_certificate:
        lines += [f"    ssl_client_certificate {tls.ca};", "    ssl_verify_client on;"]
    conf = _CONF % {
        "user": "user root;" if as_root else "",
        "ssl": " ssl" if tls else "",
        "tls": "\n".join(lines),
        "locations": "\n".join(locations),
    }
    digest = base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()
    return conf, f"{user}:{{SHA}}{digest}\n" if user else ""

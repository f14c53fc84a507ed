"""Makes the namespace that it runs in a host whose every port answers, then scans it; prints the table.

`unshare --net python -m tests.probes.all_open REPORT`: a firewall rule leads all ports of 127.9.9.9 to one listener,
which greets with one of seven banners, as port spoofers do.
"""

import socket
import subprocess
import sys
import threading

from scanner.cli.main import main

_RULES = """
table ip everything {
  chain out {
    type nat hook output priority -100
    ip daddr 127.9.9.9 tcp dport 1-65535 redirect to :7
  }
}
"""


def spoof(listener: socket.socket) -> None:
    """Greet everybody, keep the last hundreds of connections open."""
    kept = []
    for number in range(100_000):
        connection, _ = listener.accept()
        kept.append(connection)
        try:
            connection.sendall(b"220 service %d ready\r\n" % (number % 7))
        except OSError:
            connection.close()
        if len(kept) > 500:
            kept.pop(0).close()


if __name__ == "__main__":
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["nft", "-f", "-"], input=_RULES.encode(), check=True)
    threading.Thread(target=spoof, args=(socket.create_server(("0.0.0.0", 7), backlog=4_096),), daemon=True).start()
    sys.argv = ["exposure", "scan", "127.9.9.9", "-p", "1-3000", "--rate", "100000", "-o", sys.argv[1]]
    main()

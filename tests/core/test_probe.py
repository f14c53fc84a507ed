from scanner.core.ports import Transport
from scanner.core.probe import DefaultPort, tcp, udp


def test_ports_keep_their_order_and_say_what_is_spoken_there():
    assert tcp(2376, 443, tls=True) == (
        DefaultPort(2376, Transport.TCP, tls=True),
        DefaultPort(443, Transport.TCP, tls=True),
    )
    assert tcp(80) == (DefaultPort(80),)
    assert not tcp(80)[0].tls
    assert udp(161, 53) == (DefaultPort(161, Transport.UDP), DefaultPort(53, Transport.UDP))
    assert tcp() == udp() == ()

from scanner.core.ports import PortSet
from scanner.targets.ports import parse_ports
from scanner.targets.usual_ports import USUAL, left_out


def test_what_is_left_out_is_named_with_what_adds_it():
    ports = PortSet.of(tcp=set(USUAL) - {22, 80})
    told = left_out(ports)
    assert told == "the catalogue's ports leave out 22 (ssh), 80 (http); add them with -p catalogue,22,80"
    added = parse_ports(told.rpartition(" ")[2], ports)
    assert left_out(added) == ""


def test_a_udp_port_of_the_same_number_is_another():
    assert "22 (ssh)" in left_out(PortSet.of(tcp=set(USUAL) - {22}, udp=[22]))

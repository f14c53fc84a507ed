"""A Spring Boot application for the tests: a Eureka registry with an actuator, compiled where it runs."""

import pytest

from tests.fleet.plugin import Fleet
from tests.fleet.server import ROOT, Server, answers

PACKAGE = "org.springframework.cloud:spring-cloud-starter-netflix-eureka-server:4.1.3"
MAVEN = ROOT / ".fleet" / "maven"
REGISTRY = MAVEN / "spring-cloud-starter-netflix-eureka-server" / "lib"
SECURITY = MAVEN / "spring-boot-starter-security" / "lib"
SOURCE = """
@org.springframework.boot.autoconfigure.EnableAutoConfiguration
%s
public class Main {
  public static void main(String[] args) { org.springframework.boot.SpringApplication.run(Main.class, args); }
}
"""
EUREKA = "@org.springframework.cloud.netflix.eureka.server.EnableEurekaServer"
NO_GSON = "org.springframework.boot.autoconfigure.gson.GsonAutoConfiguration"
OPTIONS = {
    "server.address": "{address}",
    "eureka.client.register-with-eureka": "false",
    "eureka.client.fetch-registry": "false",
    "spring.autoconfigure.exclude": NO_GSON,
    "spring.security.user.name": "u",
    "spring.security.user.password": "p",
}


def start(server: Fleet, port: int, options: dict[str, str], *, eureka: bool, login: bool) -> Server:
    """Compile and start the application, with Spring Security if it shall have a login."""
    if not REGISTRY.exists() or not SECURITY.exists():
        pytest.skip("the jars of Spring are missing; run `make fleet`")
    path = f"{{dir}}:{REGISTRY}/*" + (f":{SECURITY}/*" if login else "")
    if not eureka:
        options = options | {"eureka.client.enabled": "false"}
    words = " ".join(f"--{name}='{value}'" for name, value in (OPTIONS | options | {"server.port": str(port)}).items())
    quiet = "-Dorg.springframework.boot.logging.LoggingSystem=none"
    script = f"javac -cp '{path}' -d . Main.java && exec java -Xmx256m {quiet} -cp '{path}' Main {words}"
    files = {"Main.java": SOURCE % (EUREKA if eureka else "")}
    return server(["sh", "-c", script], [port], package=PACKAGE, files=files, patience_s=120, ready=answers("/"))

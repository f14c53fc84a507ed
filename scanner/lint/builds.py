"""What the builds of a Compose project make: its Dockerfiles, as far as they are in the folder that was named."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scanner.core.errors import UsageError
from scanner.core.yamltext import Mapping, Scalar
from scanner.lint.container import Mount
from scanner.lint.doors import read_inside
from scanner.lint.stages import Stage, last_stage
from scanner.targets.compose.merge import as_pairs
from scanner.targets.compose.project import Project

_MOST_SET = 100_000
"""Variables, files and lines that all builds of a project bring along together."""
_NOTHING = Mapping({}, "", 0)


def text_of(mapping: Mapping, key: str) -> str:
    """Return the text of a key; empty where it is not there or no single value."""
    node = mapping.pairs.get(key)
    return node.text if isinstance(node, Scalar) else ""


@dataclass(slots=True)
class Builds:
    """The Dockerfiles of one project; what they bring along is bounded as a whole."""

    project: Project
    root: Path
    """Nothing outside of it is read."""
    set_so_far: int = field(default=0, init=False)

    def of(self, service: Mapping) -> Stage:
        """Return what a Dockerfile makes of a service, an empty stage where there is none that can be read.

        Raises UsageError where the builds of a project bring along more than anybody writes.
        """
        folder, build = self._context(service), service.pairs.get("build")
        given = build if isinstance(build, Mapping) else _NOTHING
        if folder is None or "\0" in text_of(given, "dockerfile"):
            return Stage()
        file = folder / (text_of(given, "dockerfile") or "Dockerfile")
        text = text_of(given, "dockerfile_inline") or read_inside(file, self.root)
        if not text:
            return Stage()
        self.set_so_far += text.count("\n")
        if self.set_so_far > _MOST_SET:
            why = f"its builds take more than {_MOST_SET:,} lines of Dockerfiles"
            raise UsageError(why, file=service.file, line=service.line)
        pairs = as_pairs(given.pairs["args"]).pairs if "args" in given.pairs else {}
        arguments = {key: value.text for key, value in pairs.items() if isinstance(value, Scalar) and not value.is_null}
        return last_stage(text, str(file), arguments, text_of(given, "target"))

    def copied(self, service: Mapping, built: Stage) -> Iterator[Mount]:
        """Yield the files that a build puts into the image, as if they were mounted."""
        folder = self._context(service) or self.project.folder
        for copy in built.copies:
            source = folder / copy.source.lstrip("/") if "\0" not in copy.source else None
            yield Mount(copy.target, source, copy.anchor)

    def _context(self, service: Mapping) -> Path | None:
        """Return the folder that a service is built in; None where it is not on this machine."""
        build = service.pairs.get("build")
        named = build.pairs.get("context") if isinstance(build, Mapping) else build
        text = named.text if isinstance(named, Scalar) else "."
        return None if build is None or "://" in text or "\0" in text else self.project.folder / text

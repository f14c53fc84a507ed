"""A Compose project as Compose puts it together: files over files, what they include, what their services extend."""

from collections.abc import Mapping as Pairs
from collections.abc import Sequence as Items
from dataclasses import dataclass, field, replace
from os.path import normpath
from pathlib import Path
from typing import BinaryIO

from scanner.core.errors import UsageError
from scanner.core.problem import Problem, ProblemKind
from scanner.core.text import clean
from scanner.core.yamltext import Mapping, Node, Scalar, Sequence
from scanner.targets.compose.files import STANDARD_INPUT, FileReader, known_variables, more_variables
from scanner.targets.compose.filling import Filler
from scanner.targets.compose.merge import Merger, as_list
from scanner.targets.compose.steps import Steps, TooMuch

_SECTIONS = ("services", "networks", "volumes", "configs", "secrets")
_MOST_NESTED = 32


@dataclass(frozen=True, slots=True)
class Project:
    """A whole project, merged and with its variables put in."""

    services: Pairs[str, Mapping]
    networks: Pairs[str, Node]
    configs: Pairs[str, Node]
    environment: Pairs[str, str]
    folder: Path
    """What relative paths of the project count from."""
    problems: tuple[Problem, ...]
    """Parts that could not be followed."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a file is read from: what its paths count from, its variables, and what led to it."""

    folder: Path
    filler: Filler
    trail: tuple[Path, ...] = ()


@dataclass(slots=True)
class Model:
    """The sections of a project, by name, while it is put together."""

    sections: dict[str, dict[str, Node]] = field(default_factory=dict)
    compose: bool = False
    """Whether any file had `services` or `include`."""


def read_project(files: Items[Path], environment: Pairs[str, str], stdin: BinaryIO | None = None) -> Project:
    """Return what Compose would make of these files (`-f A -f B`); `-` is standard input.

    `.env` beside the first one, or what COMPOSE_ENV_FILES names, counts after `environment`. Raises UsageError, with
    file and line, for what Compose would refuse to read; what is only not there becomes a problem.
    """
    return _Loader(environment, FileReader(stdin)).project(files)


@dataclass(slots=True)
class _Loader:
    environment: Pairs[str, str]
    reader: FileReader
    steps: Steps = field(default_factory=Steps)
    problems: list[Problem] = field(default_factory=list)

    @property
    def merger(self) -> Merger:
        return Merger(self.steps)

    def project(self, files: Items[Path]) -> Project:
        folder = next((path.parent for path in files if path != STANDARD_INPUT), Path())
        known = known_variables(self.reader, folder, self.environment)
        place = _Place(folder, Filler(known, self.steps))
        try:
            model = self.load(files, place)
        except TooMuch as error:
            raise UsageError(str(error), file=files[0]) from None
        if not model.compose:
            raise UsageError("holds no `services`; name a Compose file", file=files[0])
        services = model.sections.get("services", {})
        return Project(
            services={name: node for name, node in services.items() if isinstance(node, Mapping)},
            networks=model.sections.get("networks", {}),
            configs=model.sections.get("configs", {}),
            environment=known,
            folder=folder,
            problems=tuple(dict.fromkeys(self.problems)),
        )

    def load(self, files: Items[Path], place: _Place) -> Model:
        model = Model()
        self.steps.take(1_000)
        for path in files:
            parts = self.reader.documents(path) if not place.trail else self.reader.part(path)
            for document in parts or ():
                self.lay_over(model, document, replace(place, trail=(*place.trail, path)))
        return model

    def lay_over(self, model: Model, document: Node, place: _Place) -> None:
        """Lay one document over what is known of the project."""
        filled = place.filler.fill(document)
        if not isinstance(filled, Mapping):
            if isinstance(filled, Scalar) and filled.is_null:
                return
            raise UsageError("holds no `services`; name a Compose file", file=filled.file, line=filled.line)
        _demand_services(filled.pairs.get("services"))
        model.compose |= not {"services", "include"}.isdisjoint(filled.pairs)
        own = self.included(filled, place)
        services = own.get("services", {})
        own["services"] = {name: self.extended(name, services, place) for name in services}
        for section, entries in own.items():
            known = model.sections.setdefault(section, {})
            for name, node in entries.items():
                if node.tag == "!reset":
                    known.pop(name, None)
                else:
                    known[name] = self.merger.merge(known.get(name), node)

    def included(self, document: Mapping, place: _Place) -> dict[str, dict[str, Node]]:
        """Return the sections of a document laid over those of the files that it includes."""
        own = {section: _entries(document.pairs.get(section)) for section in _SECTIONS}
        sources = [self.include(entry, place) for entry in as_list(document.pairs.get("include", _NOTHING)).items]
        for source in sources:
            for section, entries in source.sections.items():
                for name, node in entries.items():
                    mine = own[section].get(name)
                    own[section][name] = node if mine is None else self.merger.merge(node, mine)
        return own

    def include(self, entry: Node, place: _Place) -> Model:
        """Return what one entry of `include` brings in: a path, or a mapping with several and their own variables."""
        fields = entry.pairs if isinstance(entry, Mapping) else {"path": entry}
        names = [item for item in as_list(fields.get("path", _NOTHING)).items if isinstance(item, Scalar)]
        paths = [self.local(name, place, "include") for name in names]
        present = [path for path in paths if path is not None]
        if len(present) < len(paths) or not present:
            if not paths:
                self.leave_out(entry, "`include` names no file")
            return Model()
        if present[0] in place.trail or len(place.trail) > _MOST_NESTED:
            self.leave_out(entry, f"`include` of {present[0].name} comes back to itself")
            return Model()
        named = fields.get("project_directory")
        folder = Path(normpath(place.folder / named.text)) if isinstance(named, Scalar) else present[0].parent
        known = dict(place.filler.known)
        own = [item for item in as_list(fields.get("env_file", _NOTHING)).items if isinstance(item, Scalar)]
        for path in [place.folder / item.text for item in own] or [folder / ".env"]:
            known = more_variables(self.reader, path, known)
        return self.load(present, _Place(folder, Filler(known, self.steps), place.trail))

    def extended(self, name: str, services: Pairs[str, Node], place: _Place, trail: tuple[str, ...] = ()) -> Node:
        """Return a service laid over the one that it extends, and that over its own."""
        service = services[name]
        extends = service.pairs.get("extends") if isinstance(service, Mapping) else None
        if not isinstance(service, Mapping) or extends is None:
            return service
        fields = extends.pairs if isinstance(extends, Mapping) else {"service": extends}
        file, other = fields.get("file"), fields.get("service")
        here = f"{place.folder} {name} {service.file}"
        if here in trail or len(trail) > _MOST_NESTED:
            self.leave_out(extends, f"{name}: `extends` comes back to itself")
            return service
        if isinstance(file, Scalar):
            path = self.local(file, place, f"{name}: extends")
            if path is None:
                return service
            services, place = self.services_of(path, place), replace(place, folder=path.parent)
        if not isinstance(other, Scalar) or other.text not in services:
            self.leave_out(extends, f"{name}: `extends` names a service that is not there")
            return service
        base = self.extended(other.text, services, place, (*trail, here))
        merged = self.merger.merge(base, service)
        pairs = (
            {key: value for key, value in merged.pairs.items() if key != "extends"}
            if isinstance(merged, Mapping)
            else {}
        )
        return Mapping(pairs, service.file, service.line)

    def services_of(self, path: Path, place: _Place) -> dict[str, Node]:
        """Return the services of a file that one is extended from: its includes do not count."""
        services: dict[str, Node] = {}
        for document in self.reader.part(path) or ():
            filled = place.filler.fill(document)
            found = _entries(filled.pairs.get("services")) if isinstance(filled, Mapping) else {}
            for name, node in found.items():
                services[name] = self.merger.merge(services.get(name), node)
        return services

    def local(self, name: Scalar, place: _Place, what: str) -> Path | None:
        """Return the file that a path names, None (and a problem) when it is remote, unknown or not there."""
        shown = clean(name.text, 120)
        if name.unset:
            self.leave_out(name, f"{what} names a file by the variable {name.unset[0]}, which has no value here")
        elif "://" in name.text or name.text.startswith(("git@", "github.com/", "oci:")):
            self.leave_out(name, f"{what} of {shown} is not followed: it is not on this machine")
        else:
            path = Path(normpath(place.folder / name.text))
            if "\0" not in name.text and self.reader.part(path) is not None:
                return path
            self.leave_out(name, f"{what} names {shown}, which is no file here")
        return None

    def leave_out(self, node: Node, why: str) -> None:
        self.problems.append(Problem(ProblemKind.COMPOSE_PART_SKIPPED, f"{node.file}:{node.line}", clean(why)))


_NOTHING = Sequence((), "", 0)


def _demand_services(node: Node | None) -> None:
    """Raise UsageError where Compose refuses the file: what is passed over is a service that nobody looked at."""
    if node is None or node.tag == "!reset" or (isinstance(node, Scalar) and node.is_null):
        return
    if not isinstance(node, Mapping):
        raise UsageError("`services` is no mapping; Compose refuses the file", file=node.file, line=node.line)


def _entries(node: Node | None) -> dict[str, Node]:
    return dict(node.pairs) if isinstance(node, Mapping) else {}

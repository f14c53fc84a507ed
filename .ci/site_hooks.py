"""Makes README.md the front page of the site, and plain text of links to files outside docs/; mkdocs calls it."""

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
_LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the front page, its links as seen from docs/."""
    from mkdocs.structure.files import File

    text = (ROOT / "README.md").read_text("utf-8")
    files.append(File.generated(config, "index.md", content=front_page(text)))
    return files


def front_page(text: str) -> str:
    """Return README.md as it reads from docs/."""
    return _LINK.sub(lambda link: f"[{link[1]}]({link[2].removeprefix('docs/')})", text)


def on_page_markdown(markdown: str, page: Any, **_more: Any) -> str:
    """Take links away that lead out of the site, and lead those to README.md to the front page."""
    here = (DOCS / page.file.src_uri).parent

    def kept(link: re.Match[str]) -> str:
        target, mark, anchor = link[2].partition("#")
        if "://" in link[2] or not target:
            return link[0]
        place = (here / target).resolve()
        if place == ROOT / "README.md":
            return f"[{link[1]}]({'../' * len(here.relative_to(DOCS).parts)}index.md{mark}{anchor})"
        leads_out = place.exists() and (not place.is_relative_to(DOCS) or place.is_dir() or place.suffix == ".py")
        return link[1] if leads_out else link[0]

    return _LINK.sub(kept, markdown)

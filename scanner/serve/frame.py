"""What every page has around it, and the parts that they share."""

from collections.abc import Iterable, Sequence
from html import escape

from scanner import __version__

_MENU = (
    ("/", "Overview"),
    ("/findings", "Findings"),
    ("/assets", "Assets"),
    ("/runs", "Runs"),
    ("/times", "Time to fix"),
    ("/accepted", "Accepted"),
)


def page(title: str, body: Iterable[str], *, here: str = "", user: str = "") -> str:
    """Return a whole page; `here` is the menu's entry, `user` who is signed in."""
    links = "".join(
        f'<li><a href="{path}"{" aria-current=page" if path == here else ""}>{name}</a></li>' for path, name in _MENU
    )
    menu = f'<nav aria-label="Pages"><ul>{links}</ul>{_sign_out(user)}</nav>' if user else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} - exposure-scanner</title>"
        '<link rel="stylesheet" href="/style.css"></head>\n<body>'
        '<a class="skip" href="#main">Skip to the content</a>'
        f'<header><p class="soft">exposure-scanner history</p>{menu}<h1>{escape(title)}</h1></header>\n'
        f'<main id="main" tabindex="-1">{"".join(body)}</main>\n'
        f"<footer>exposure-scanner {escape(__version__)}. This page makes no request to anybody else.</footer>"
        "\n</body>\n</html>\n"
    )


def _sign_out(user: str) -> str:
    return (
        f'<form method="post" action="/logout"><span class="soft">{escape(user)}</span> '
        '<button type="submit">Sign out</button></form>'
    )


def login(problem: str = "", *, token: bool) -> str:
    """Return the page for whoever is not signed in; `token` for a server that has no users but one token."""
    name = '<label>Name<input name="name" autocomplete="username" required maxlength="64"></label>'
    if token:
        # Password managers want a name to keep a secret under.
        name = '<input name="name" value="operator" autocomplete="username" hidden>'
    word = "Token" if token else "Password"
    told = f'<p class="verdict exposed" role="alert">{escape(problem)}</p>' if problem else ""
    hint = "<p>The token was printed when the server was started.</p>" if token else ""
    body = (
        f'{told}<form class="login card" method="post" action="/login">{name}'
        f'<label>{word}<input name="secret" type="password" autocomplete="current-password" required maxlength="1024">'
        f'</label><button type="submit">Sign in</button></form>{hint}'
    )
    return page("Sign in", [body])


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], name: str, kind: str = "") -> str:
    """Return a table of cells that are HTML already; `kind` is a class of the style."""
    body = "".join(f"<tr>{cells(row)}</tr>" for row in rows)
    if not body:
        return "<p>None.</p>"
    style = f' class="{kind}"' if kind else ""
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(name)}"><table{style}>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def links_to(*, first: str | None, earlier: str | None, later: str | None) -> str:
    """Return links to the pages beside this one; nothing where there is none."""
    named = (("first", first, "First"), ("prev", earlier, "Earlier"), ("next", later, "Later"))
    links = " ".join(f'<a rel="{rel}" href="{escape(href)}">{name}</a>' for rel, href, name in named if href)
    return f'<nav aria-label="More pages"><p>{links}</p></nav>' if links else ""


def cells(values: Iterable[str]) -> str:
    """Return the cells of a row."""
    return "".join(f"<td>{value}</td>" for value in values)


def select(label: str, name: str, options: dict[str, str], held: str) -> str:
    """Return a choice; values and texts are escaped here."""
    every = "".join(
        f'<option value="{escape(value)}"{" selected" if value == held else ""}>{escape(text)}</option>'
        for value, text in options.items()
    )
    return f'<label>{label}<select name="{name}">{every}</select></label>'

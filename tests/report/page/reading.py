"""A part of the page as elements, and what a reader sees of it."""

import html5lib


def parsed(pieces):
    """Return the elements of a part, which has to be strictly valid."""
    text = "".join(pieces)
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(text)


def text_of(element):
    return " ".join("".join(element.itertext()).split())


def rows(pieces):
    """Return the cells of every row of every table."""
    return [[text_of(cell) for cell in row if cell.tag == "td"] for row in parsed(pieces).iter("tr")][1:]


def facts(pieces):
    """Return lists of names and values as one."""
    tree = parsed(pieces)
    return dict(zip((text_of(one) for one in tree.iter("dt")), (text_of(one) for one in tree.iter("dd")), strict=True))

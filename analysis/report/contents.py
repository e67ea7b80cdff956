"""The list of editions as a page and as an Atom feed: what a site opens with, and what a feed reader follows."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from analysis.changes.kept import RUN
from analysis.report import render
from analysis.report.record import INDEX, MADE_BY
from analysis.report.shelf import Edition
from analysis.results.unseen import visible
from analysis.whole_files import whole_file

FEED = "feed.xml"

#: What tells a list of editions that we wrote from any other file of its name.
CONTENTS = f"{MADE_BY}: editions"

_ATOM = "http://www.w3.org/2005/Atom"

#: What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Editions that a feed tells of, at most.
_TOLD = 50


def write_contents(site: Path, editions: Path, found: Sequence[Edition], last: Edition | None) -> None:
    """Write the list at the top of the site and beside the editions, and the feed."""
    for folder, up, down in ((editions, "../", ""), (site, "", f"{editions.name}/")):
        html = render.contents(list(reversed(found)), last, CONTENTS, up, down)
        with whole_file(folder / INDEX) as part:
            part.write_text(html, encoding="utf-8")
    identity = _identity(site / FEED) or _name(found[0] if found else None)
    with whole_file(site / FEED) as part:
        part.write_bytes(feed([edition for edition in found if edition.good], editions.name, identity))


def _identity(path: Path) -> str:
    """The id of a feed that is there already, which never changes; empty without one."""
    try:
        return ElementTree.parse(path).getroot().findtext(f"{{{_ATOM}}}id", "")
    except (OSError, ElementTree.ParseError):
        return ""


def feed(good: Sequence[Edition], folder: str, identity: str) -> bytes:
    """The good editions as an Atom feed (RFC 4287), the newest first; addresses are relative to the feed.

    Ids of entries are made from time and votes of an edition, and stay when a site moves; `identity` is the id of the feed.
    """
    ElementTree.register_namespace("", _ATOM)
    newest = [*reversed(good)][:_TOLD]
    root = ElementTree.Element(f"{{{_ATOM}}}feed")
    _add(root, "generator", CONTENTS)
    _add(root, "title", "Arena Workbook")
    _add(root, "id", identity)
    _add(root, "updated", newest[0].started if newest else datetime.now(UTC).isoformat(timespec="seconds"))
    _add(_add(root, "author"), "name", "Arena Workbook")
    _add(root, "link", href=FEED, rel="self")
    _add(root, "link", href=INDEX)
    for edition in newest:
        entry = _add(root, "entry")
        _add(entry, "title", visible(f"{render.moment(edition.started)}: {edition.headline or 'a new edition'}"))
        _add(entry, "id", _name(edition))
        _add(entry, "updated", edition.started)
        _add(entry, "link", href=f"{folder}/{edition.id}/{INDEX}")
        _add(entry, "content", "\n".join(map(visible, _lines(edition))), type="text")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _name(edition: Edition | None) -> str:
    """A name that nothing else has, of an edition or of a feed that begins with it."""
    key = f"{edition.id}/{edition.record.get('fingerprint', '')}" if edition else "none"
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{MADE_BY}/{key}')}"


def _lines(edition: Edition) -> Sequence[str]:
    return [str(line) for line in edition.changes["lines"]] if edition.changes else [f"See {RUN} and the pages of {edition.id}."]


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    child.text = _clean(text) or None
    return child


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return _FORBIDDEN.sub("", text)

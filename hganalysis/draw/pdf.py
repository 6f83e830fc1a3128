"""Cut a PDF of matplotlib into its pages: fonts are prepared once a book, not once a page."""

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from matplotlib.backends.backend_pdf import pdfRepr

Objects = dict[int, bytes]
"""What lies between `n 0 obj` and `endobj`, by its number."""

# Where another object is named; what a page draws of the forms that all pages share.
REFERENCE, DRAWN = re.compile(rb"\b(\d+) 0 R\b"), re.compile(rb"/(\w+) Do\b")

CATALOG, PAGES = 1, 2
"""The numbers of the first two objects: what a PDF begins with, and its list of pages."""


def cut_pages(book: bytes, titles: Sequence[Mapping[str, Any]]) -> Iterator[bytes]:
    """
    Write each page of a book as a PDF of its own.

    Parameters
    ----------
    book
        As `PdfPages` of matplotlib writes it.
    titles
        What each page says of itself: its title, its digest.
    """
    objects = _read_objects(book)
    numbers = map(int, REFERENCE.findall(objects[PAGES]))
    for number, title in zip(numbers, titles, strict=True):
        yield _write_page(objects, number, title)


def _read_objects(book: bytes) -> Objects:
    """Read all objects by the table at the end of a PDF, which says where each begins."""
    table = int(book.rsplit(b"startxref", 1)[1].split()[0])
    entries = re.findall(rb"(\d{10}) \d{5} ([nf])", book[table:])
    starts = {n: int(start) for n, (start, kind) in enumerate(entries) if kind == b"n"}
    objects = {}
    in_order = sorted(starts, key=starts.__getitem__)
    ends = [starts[number] for number in in_order[1:]] + [table]
    for number, end in zip(in_order, ends, strict=True):
        content = book[starts[number] : end]
        _, _, content = content.partition(b"obj")
        content, _, _ = content.rpartition(b"endobj")
        objects[number] = content.strip()
    return objects


def _write_page(objects: Objects, number: int, title: Mapping[str, Any]) -> bytes:
    """Write a page with all that it refers to, under new numbers from one on."""
    page = dict(objects)
    page[PAGES] = b"<< /Type /Pages /Count 1 /Kids [ %d 0 R ] >>" % number
    _drop_forms(page, number)
    order = [CATALOG]
    for name in order:  # grows while it is gone through
        order += [new for new in _references(page[name]) if new not in order]
    new_numbers = {old: new for new, old in enumerate(order, 1)}

    def renumber(match: re.Match[bytes]) -> bytes:
        return b"%d 0 R" % new_numbers[int(match[1])]

    contents = []
    for old in order:
        head, stream, data = page[old].partition(b"stream")
        contents.append(REFERENCE.sub(renumber, head) + stream + data)
    told = {key: text for key, text in title.items() if text}
    return _write_file([*contents, pdfRepr(told)])  # type: ignore[no-untyped-call]


def _drop_forms(page: Objects, number: int) -> None:
    """Leave out what other pages draw: forms are listed once for all pages."""
    contents = _reference(page[number], b"Contents")
    resources = _reference(page[number], b"Resources")
    forms = _reference(page[resources], b"XObject")
    _, _, stream = page[contents].partition(b"stream\n")
    commands = zlib.decompress(stream.removesuffix(b"\nendstream"))
    drawn_forms = set(DRAWN.findall(commands))
    entries = []
    for name, reference in re.findall(rb"/(\w+) (\d+ 0 R)", page[forms]):
        if name in drawn_forms:
            entries.append(b"/%s %s" % (name, reference))
    page[forms] = b"<< %s >>" % b" ".join(entries)


def _reference(content: bytes, key: bytes) -> int:
    """Give the number of the object that stands under a key."""
    match: Any = re.search(rb"/%s (\d+) 0 R" % key, content)
    return int(match[1])


def _references(content: bytes) -> Iterator[int]:
    """Give the numbers of the objects that one names; what a stream holds names none."""
    head, _, _ = content.partition(b"stream")
    return map(int, REFERENCE.findall(head))


def _write_file(contents: Sequence[bytes]) -> bytes:
    """Write objects, the last of which tells of the file, and the table of where each begins."""
    file = bytearray(b"%PDF-1.4\n%\xac\xdc \xab\xba\n")
    table = b"0000000000 65535 f \n"
    for number, content in enumerate(contents, 1):
        table += b"%010d 00000 n \n" % len(file)
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    size = len(contents) + 1
    start = len(file)
    file += b"xref\n0 %d\n%strailer\n" % (size, table)
    file += b"<< /Size %d /Root %d 0 R /Info %d 0 R >>\n" % (size, CATALOG, len(contents))
    file += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(file)

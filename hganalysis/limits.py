"""
How much of a file is taken in: one place for every bound, each with what it is several times of.

The largest real report, 10,600 communes in three years with twenty columns, has 4 MB, unpacks to
40 MB at a ratio of about 12, and has 31,800 rows, 636,000 cells and 2 million letters. What holds
less than these bounds is read in less than a gigabyte; what holds more is refused before a library
makes room for it, for a file of a few kilobytes can claim any size.
"""

# --- any spreadsheet ---

MOST_BYTES = 50_000_000
"""Of a file, as it was sent."""
MOST_UNPACKED = 100_000_000
"""Bytes of a file, with all of its parts unpacked."""
MOST_PARTS = 5_000
"""Files that one file holds: a workbook is an archive."""
MOST_RATIO = 150
"""Bytes of a part for each byte that is packed."""
RATIO_MATTERS = 2_000_000
"""Below so many bytes a high ratio does no harm: an empty style sheet is small anyhow."""

MOST_ROWS = 100_000
"""Of one sheet."""
MOST_COLUMNS = 2_000
"""Of one sheet."""
MOST_CELLS = 2_000_000
"""Of all sheets, each from A1 to the last cell that holds something."""
MOST_STYLED = 1_000_000
"""Elements of a sheet, empty ones that only have a format too: openpyxl makes room for each."""
MOST_MERGES = 20_000
"""Of a file: each is a block of cells that are shown as one."""
MOST_LETTERS = 30_000_000
"""Of all cells: one text may stand in many, and a file has it once."""
MOST_IN_CELL = 32_767
"""Letters: a spreadsheet holds no more in one cell."""
MOST_MARKS = 30
"""Marks upon one letter, as in Unicode's Stream-Safe Text Format: to order n takes n * n steps."""

MOST_TABLES = 1_000
"""Of a file: a header on each printed page of the largest report makes 800."""
MOST_FAULTS = 30_000
"""Of a file: each is written in three sentences, into a workbook too."""

# --- lists of places, counts of a log, outlines ---

MOST_PLACES = 20_000
"""Rows of a list of places: there are 11,000 communes."""
MOST_IN_NAME = 300
"""Letters of a code, a name or a measure."""
MOST_REPORTS = 1_000_000
"""Rows of counts of a log: a commune, a year and a measure each."""
MOST_OUTLINES = 300_000_000
"""Bytes: outlines of all communes of the country, in full detail, are below this."""
MOST_SHAPES = 50_000
"""Outlines of one file."""
MOST_SHAPE = 40_000_000
"""Bytes of one shape in GeoJSON, a million points: it takes twenty times that to read."""
PRINTED = (65, 2_000)
"""Millimetres: below, no map has room for a banner that can be read; above is no sheet of paper."""
MOST_CROSSINGS = 1_000
"""How often one outline may cross itself: to mend n takes n * n steps and more."""

"""
What goes out: an index of one screen, an atlas of one page, a deck, a workbook, an archive.

Each is made of the answers of the study in use and of what its notebooks kept.
"""

"""What a refusal says, by the key of its text, so that a test holds the reason and no wording."""

import re
import string

from hganalysis.wording import LANGUAGES, fill, read_texts


def says(key, /, **blanks):
    """Give a pattern of a refusal in either language; a blank that is not given may be anything."""
    section, _, name = key.partition(".")
    patterns = [_pattern(read_texts()[section][name][language], blanks) for language in LANGUAGES]
    return f"(?:{'|'.join(patterns)})"


def _pattern(text, blanks):
    parts = []
    for literal, blank, choice, conversion in string.Formatter().parse(text):
        parts.append(re.escape(literal))
        if blank is None:
            continue
        value = blanks.get(blank)
        written = repr(value) if conversion == "r" else str(value)
        if "|" in choice:
            written = fill(f"{{value:{choice}}}", value=value)
        parts.append(re.escape(written) if blank in blanks else r"[\s\S]*")
    return "".join(parts)


def words_of(key, /, **blanks):
    """Give a refusal as it is written in English."""
    section, _, name = key.partition(".")
    return fill(read_texts()[section][name]["en"], **blanks)

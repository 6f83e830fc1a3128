"""Read Vietnamese text that was stored in an old encoding and opened as if it were Western."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial

# TCVN 5712:1993, set VN3, of the .Vn fonts ("ABC"): one byte a letter. Capitals with a tone have no
# byte of their own: a font whose name ends in H draws them from the small letters.
_TCVN3_LETTERS = (
    "A1Ă A2Â A3Ê A4Ô A5Ơ A6Ư A7Đ A8ă A9â AAê ABô ACơ ADư AEđ "
    "B5à B6ả B7ã B8á B9ạ BBằ BCẳ BDẵ BEắ C6ặ C7ầ C8ẩ C9ẫ CAấ CBậ "
    "CCè CEẻ CFẽ D0é D1ẹ D2ề D3ể D4ễ D5ế D6ệ D7ì D8ỉ DCĩ DDí DEị "
    "DFò E1ỏ E2õ E3ó E4ọ E5ồ E6ổ E7ỗ E8ố E9ộ EAờ EBở ECỡ EDớ EEợ "
    "EFù F1ủ F2ũ F3ú F4ụ F5ừ F6ử F7ữ F8ứ F9ự FAỳ FBỷ FCỹ FDý FEỵ"
)
TCVN3 = {chr(int(pair[:2], 16)): pair[2:] for pair in _TCVN3_LETTERS.split()}
"""The letter that each Western character stands for in TCVN3 text."""

# VNI-Windows: a letter, and mostly a second byte behind it that carries its marks. Capitals are
# built alike, with the capital of each byte.
_VNI_LETTERS = (
    "aøà aùá aûả aõã aïạ aêă aèằ aéắ aúẳ aüẵ aëặ aââ aàầ aáấ aåẩ aãẫ aäậ "
    "eøè eùé eûẻ eõẽ eïẹ eâê eàề eáế eåể eãễ eäệ ìì íí æỉ óĩ òị "
    "oøò oùó oûỏ oõõ oïọ oâô oàồ oáố oåổ oãỗ oäộ ôơ ôøờ ôùớ ôûở ôõỡ ôïợ "
    "uøù uùú uûủ uõũ uïụ öư öøừ öùứ öûử öõữ öïự yøỳ yùý yûỷ yõỹ îỵ ñđ"
)
VNI = {pair[:-1]: pair[-1] for pair in _VNI_LETTERS.split()}
"""The letter that each pair of Western characters stands for in VNI text, in small letters."""

CODE_PAGE = (
    "cp1258",
    # A tone mark on no vowel, or a sign in the middle of a word: letters of an old font.
    re.compile(
        "(?<![aăâeêioôơuưyAĂÂEÊIOÔƠUƯY])[\u0300\u0301\u0303\u0309\u0323]"
        "|[A-Za-z][¨©ª¬\u00ad®µ¶·¸¹¼½¾]"
    ),
)
"""That of old Windows, and what shows that a text is not in it."""

_VNI_PARTS = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))
_ASCII = re.compile(r"[\x00-\x7f]")


def decodings(text: str) -> Iterator[tuple[str, str]]:
    """
    Give every other text that these characters may have been, with the name of the encoding.

    A decoding is only a proposal: who asks must hold it to a list of names. Text of plain
    letters, and text that an encoding cannot have produced, gives none.

    Examples
    --------
    >>> dict(decodings("VÞ Thanh"))["TCVN3"], dict(decodings("Vò Thanh"))["VNI"]
    ('Vị Thanh', 'vị thanh')
    >>> dict(decodings("Vá»‹ Thanh"))["UTF-8 read as Windows-1252"]
    'Vị Thanh'
    >>> list(decodings("Vi Thanh"))
    []
    """
    if text.isascii():
        return
    seen = {_composed(text)}
    for name, decode in _DECODERS.items():
        found = decode(text)
        if found is not None and (plain := _composed(found)) not in seen:
            seen.add(plain)
            yield name, plain


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _tcvn3(text: str) -> str | None:
    letters = [TCVN3.get(letter, letter) for letter in text]
    known = all(letter in TCVN3 or _ASCII.match(letter) for letter in text)
    return "".join(letters) if known else None


def _vni(text: str) -> str | None:
    small = text.lower()
    # What is left beside the pairs must be plain: a mark that follows no letter is no VNI.
    if not _VNI_PARTS.sub("", small).isascii():
        return None
    return _VNI_PARTS.sub(lambda pair: VNI[pair[0]], small)


def _reread(stored: str, opened: str, text: str) -> str | None:
    """Undo that text stored in one code page was opened as another."""
    raw = bytearray()
    for letter in text:
        try:
            raw += letter.encode(opened)
        except UnicodeEncodeError:
            # bytes without a letter in a code page are opened as the control of that number
            if ord(letter) > 0xFF:
                return None
            raw.append(ord(letter))
    try:
        return raw.decode(stored)
    except UnicodeDecodeError:
        return None


_DECODERS: dict[str, Callable[[str], str | None]] = {
    "UTF-8 read as Windows-1252": partial(_reread, "utf-8", "cp1252"),
    "UTF-8 read as Windows-1258": partial(_reread, "utf-8", "cp1258"),
    "TCVN3": _tcvn3,
    "VNI": _vni,
    "Windows-1258": partial(_reread, "cp1258", "cp1252"),
}

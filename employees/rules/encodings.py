"""Which encoding a text without a mark was written in, judged by what it would say in each."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

# What somebody may choose by hand, most likely first; the first five are also what is told apart by itself.
ENCODINGS = (
    "utf-8",
    "cp1252",
    "cp1250",
    "cp932",
    "utf-16",
    "big5",
    "gb18030",
    "cp949",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1257",
    "mac-roman",
)
_JUDGED = ("cp1252", "cp1250", "cp932", "big5", "gb18030", "cp949", "cp1253", "cp1251")
# A known column name in a script of its own is nearly proof; everything else is a matter of degree.
_KNOWN_HEADER = 2.0
_ONE_LANGUAGE = 0.3
_ALPHABETS = tuple(
    frozenset(letters + letters.upper())
    for letters in (
        "äöüß",  # German
        "àâæçéèêëîïôœùûüÿ",
        "áéíñóúü",
        "àèéìíòóùú",
        "ãáâàçéêíóôõú",
        "åäöæøé",
        "ëïéèöü",
        "ąćęłńóśźż",  # Polish
        "áčďéěíňóřšťúůýž",  # Czech
        "áäčďéíĺľňóôŕšťúýž",
        "áéíóöőúüű",  # Hungarian
        "ăâîșțşţ",  # Romanian
        "čćđšž",
        "άέήίόύώϊϋΐΰςαβγδεζηθικλμνξοπρστυφχψω",
        "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ",
    )
)


@lru_cache(maxsize=50_000)
def _worth(cell: str) -> float:
    """0 to 1: how much of the cell's foreign letters belongs to one alphabet or one East Asian script.

    A word that mixes Latin letters with those of another script is what a wrong encoding makes of an accent.
    """
    foreign = [char for char in cell if char > "\x7f"]
    if not foreign:
        return 0.0
    one_alphabet = max(sum(char in alphabet for char in foreign) for alphabet in _ALPHABETS)
    kana = sum("\u3041" <= char <= "\u30ff" or "\uff66" <= char <= "\uff9d" for char in foreign)
    han = sum("\u4e00" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" or char in "々〇" for char in foreign)
    asian = (kana + han) * (1.0 if kana else 0.9)
    mixed = any(_mixes(word) for word in cell.split())
    return max(one_alphabet, asian) / len(foreign) * (0.3 if mixed else 1.0)


def _mixes(word: str) -> bool:
    return any(char.isascii() and char.isalpha() for char in word) and any(char >= "\u0370" for char in word)


def likely_encoding(content: bytes, cells_of: Callable[[str], Sequence[str]], known: Callable[[str], bool]) -> str:
    """The encoding in which the text makes most sense. `cells_of` splits a decoded text, `known` knows column names.

    Windows-1252 where nothing speaks for another; "" where the bytes are text in none.
    """
    best, best_score = "", -1.0
    for encoding in _JUDGED:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            continue
        score = _score({cell for cell in cells_of(text) if not cell.isascii()}, known)
        if score > best_score + 1e-9:
            best, best_score = encoding, score
    return best


def _score(cells: Iterable[str], known: Callable[[str], bool]) -> float:
    said = list(cells)
    worths = [_worth(cell) + (_KNOWN_HEADER if known(cell) else 0.0) for cell in said]
    return sum(worths) / len(worths) + _ONE_LANGUAGE * _is_one_language(said) if worths else 0.0


def _is_one_language(cells: Sequence[str]) -> bool:
    """Whether one alphabet explains practically every foreign letter of the whole text."""
    letters = [char for cell in cells for char in cell if char > "\x7f" and char.isalpha()]
    return bool(letters) and any(sum(c in alphabet for c in letters) >= 0.98 * len(letters) for alphabet in _ALPHABETS)

"""How people are found: one folded text a person, made whenever their row is written.

It begins with a space and the name, so that a list in its order is a list by name without regard to accents, and the
beginning of a word is a space and what was typed.
"""

import unicodedata
from functools import lru_cache

NAME_CHARS, MAX_CHARS = 300, 600  # PostgreSQL refuses an index entry above 2,704 bytes; a character has 4 at most
MAX_WORDS = 6
_SHORT = 3  # letters; a word below it is looked for at the beginnings of words alone
_IDEOGRAPHS = 0x2E80  # from here on one character is a word or a syllable

# Letters of their own that Unicode does not take apart, as people type them who have no such key.
_PLAIN = str.maketrans({
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i", "ŧ": "t", "ŋ": "n",
    "ə": "e", "ɓ": "b", "ɗ": "d", "ƙ": "k", "'": "", "’": "", "ʼ": "", "`": "", "-": " ", "‐": " ", "–": " ",
})  # fmt: skip
_MARKS = str.maketrans({"'": "", "`": "", "-": " "})
# The other way in which these are typed: Müller as Mueller, Åse as Aase.
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "ő": "oe", "ű": "ue"})


def plain(text: str) -> str:
    """The text without regard to case, accents, width and apostrophes; a hyphen is a space."""
    if text.isascii():
        return text.lower().translate(_MARKS)
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char)).casefold().translate(_PLAIN)


@lru_cache(maxsize=20_000)
def _spellings(word: str) -> tuple[str, str]:
    """A word of a name in its two spellings, the second empty where there is but one."""
    one = plain(word)
    other = plain(unicodedata.normalize("NFC", word.casefold()).translate(_SPELLED))
    return one, "" if other == one else other


def searched(name: str, email: str, number: str) -> str:
    """What a search looks in: name, the other spelling of its words, address, number."""
    if name.isascii():
        found = f" {name[:NAME_CHARS]} {email} {number}"
        return plain(found)[:MAX_CHARS]
    pairs = [_spellings(word) for word in name[:NAME_CHARS].split()]
    words = [*(one for one, _ in pairs), *(other for _, other in pairs if other), plain(email), plain(number)]
    return (" " + " ".join(words))[:MAX_CHARS]


def patterns(text: str) -> tuple[str, ...]:
    """What each word that somebody typed looks for within `searched`: anything that holds it, or, where it is a letter
    or two, the beginning of a word. All of them must be there."""
    words = plain(text.replace("\0", "")[:MAX_CHARS]).split()[:MAX_WORDS]
    return tuple(f" {word}" if len(word) < _SHORT and ord(word[0]) < _IDEOGRAPHS else word for word in words)


def tells(text: str) -> bool:
    """Whether this is enough to tell somebody by: more than a letter or two, or as much of a script of syllables."""
    letters = "".join(plain(text).split())
    return len(letters) >= _SHORT or any(ord(char) >= _IDEOGRAPHS for char in letters)


def points_at(typed: str, name: str, email: str, number: str) -> bool:
    """Whether a search finds this person, and not by the domain alone, which all colleagues have as well."""
    words = patterns(typed)
    text, own = searched(name, email, number), searched(name, email.partition("@")[0], number)
    before = (word.partition("@")[0] for word in words)
    return all(word in text for word in words) and tells(" ".join(word for word in before if word in own))

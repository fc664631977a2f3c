"""OSC address patterns: which names a pattern means, at a cost that no pattern can drive up.

In: a pattern, as `/motion/{x,y}`, and names. Out: the names that fit, or Refused. Plain functions,
any thread. A part is matched by the set of places that its beginning may reach, one token after
another, so there is nothing to go back to: the work is at most tokens times letters.
"""

import re
from collections.abc import Iterable

from engine.control.osc_packets import Refused

LONGEST = 256  # characters of a pattern
WILD = 16  # wildcards in it
TOKEN = re.compile(
    r"(?P<any>\*+)|(?P<set>\?|\[!?[^\[\]!][^\[\]]*\])|\{(?P<words>[^{}]*)\}|[^*?\[\]{}]+"
)
SPECIAL = frozenset("*?[]{}")

# A token moves places on: None anywhere, a tuple by one of its words, a set by one letter.
Token = None | tuple[str, ...] | frozenset[str]
LETTERS = frozenset(map(chr, range(32, 127)))


def is_pattern(address: str) -> bool:
    """Whether this is a pattern and no plain address."""
    return not SPECIAL.isdisjoint(address)


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """Return the ids (parts joined by dots) that a pattern (parts joined by /) means, in order."""
    if len(pattern) > LONGEST:
        raise Refused("pattern", f"{pattern}: a pattern of more than {LONGEST} characters")
    parts = [_tokens(part, pattern) for part in pattern[1:].split("/")]
    if sum(not isinstance(token, tuple) for part in parts for token in part) > WILD:
        raise Refused("pattern", f"{pattern}: more than {WILD} wildcards")
    known: dict[tuple[int, str], bool] = {}

    def fits(place: int, word: str) -> bool:
        if (place, word) not in known:
            known[place, word] = _fits(parts[place], word)
        return known[place, word]

    def all_fit(name: str) -> bool:
        words = name.split(".")
        return len(words) == len(parts) and all(fits(*pair) for pair in enumerate(words))

    return [name for name in names if all_fit(name)]


def _tokens(part: str, pattern: str) -> list[Token]:
    tokens, at = [], 0
    while at < len(part):
        found = TOKEN.match(part, at)
        if not found:
            raise Refused("pattern", f"{pattern}: a bracket without its other half")
        at = found.end()
        if found["any"]:
            tokens.append(None)
        elif found["set"]:
            tokens.append(_letters(found["set"]))
        else:
            words = found["words"]
            tokens.append((found[0],) if words is None else tuple(words.split(",")))
    return tokens


def _letters(text: str) -> frozenset[str]:
    """Return the letters that `?`, `[abc]`, `[a-z]` or `[!a-z]` means."""
    if text == "?":
        return LETTERS
    inside = text[1:-1].removeprefix("!")
    meant: set[str] = set()
    for low, high in re.findall(r"(.)(?:-(.))?", inside):
        meant |= {chr(code) for code in range(ord(low), ord(high or low) + 1)}
    return LETTERS - meant if text.startswith("[!") else frozenset(meant)


def _fits(tokens: list[Token], word: str) -> bool:
    places = {0}
    for token in tokens:
        if not places:
            return False
        if token is None:
            places = set(range(min(places), len(word) + 1))
        elif isinstance(token, tuple):
            places = {p + len(t) for p in places for t in token if word.startswith(t, p)}
        else:
            places = {p + 1 for p in places if p < len(word) and word[p] in token}
    return len(word) in places

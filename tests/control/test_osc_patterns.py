"""Address patterns: what they mean, against a second way to match them, and what they cost."""

from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.control.osc_packets import Refused
from engine.control.osc_patterns import LONGEST, matching
from engine.parameters import TABLE

NAMES = [row.id for row in TABLE]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("/motion/{x,y}", ["motion.x", "motion.y"]),
        ("/motion/[xy]", ["motion.x", "motion.y"]),
        ("/motion/[w-y]", ["motion.x", "motion.y"]),
        ("/motion/?", ["motion.x", "motion.y"]),
        ("/motion/center_*", ["motion.center_x", "motion.center_y"]),
        ("/tone/[!a-r]*", ["tone.saturation"]),
        ("/*/hue", ["output.hue"]),
        ("/lfo/*/shape", ["lfo.1.shape", "lfo.2.shape", "lfo.3.shape"]),
        ("/lfo/[13]/{shape,rate}", ["lfo.1.shape", "lfo.1.rate", "lfo.3.shape", "lfo.3.rate"]),
        ("/*", []),
        ("/motion/*/*", []),
        ("/m*n/x", ["motion.x"]),
        ("/motion/{,center_}x", ["motion.x", "motion.center_x"]),
    ],
)
def test_a_pattern_means_these_names_and_no_others(pattern, names):
    assert matching(pattern, NAMES) == names


def possible(tokens):
    """Return every word of at most four letters out of a and b that the tokens mean."""
    means = {"*": [""], "?": ["a", "b"], "[!a]": ["b"], "{ab,b}": ["ab", "b"]}
    means["*"] = ["".join(p) for n in range(5) for p in product("ab", repeat=n)]
    words = {""}
    for token in tokens:
        words = {w + end for w in words for end in means.get(token, [token])}
        words = {word for word in words if len(word) <= 4}
    return words


@given(st.lists(st.sampled_from(["*", "?", "[!a]", "{ab,b}", "a", "b"]), min_size=1, max_size=6))
def test_a_pattern_fits_just_what_its_tokens_can_spell(tokens):
    words = ["".join(p) for n in range(1, 5) for p in product("ab", repeat=n)]
    found = matching("/" + "".join(tokens), words)
    assert found == [word for word in words if word in possible(tokens)]


@pytest.mark.parametrize("pattern", ["/[", "/x]", "/{a", "/a}", "/[]", "/[!]", "/{a{b}}", "/[/]"])
def test_a_bracket_alone_is_refused(pattern):
    with pytest.raises(Refused, match="bracket"):
        matching(pattern, NAMES)


@pytest.mark.parametrize(
    "pattern",
    [
        "/" + "*a" * 127,
        "/" + "*?" * 120,
        "/*" * 120,
        "/" + "{a,aa,aaa}" * 25,
        "/" + "{" + "a," * 110 + "}*a*a*a*a*a*a*b",
        "/" + "*a" * 15 + "*",
        "/" + "[!b]" * 60,
    ],
)
@pytest.mark.timeout(20)  # whoever tries all ways takes years
def test_no_pattern_of_the_longest_kind_holds_the_thread(pattern):
    names = ["a" * 60] * 300
    assert len(pattern) <= LONGEST
    with suppress(Refused):
        matching(pattern, names)

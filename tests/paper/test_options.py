"""The options' words: what each reader takes, refuses, and what the commands begin with."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.paper import options
from engine.paper.options import COMMANDS, OPTIONS, OptionError

few = st.integers(0, 300)
parts = st.lists(st.tuples(few, few) | few, min_size=1, max_size=8)


@given(parts)
def test_a_range_of_numbers_is_each_of_them_rising_and_doubles_stay(parts):
    words, expected = [], []
    for part in parts:
        a, b = part if isinstance(part, tuple) else (part, part)
        words.append(f"{a}-{b}" if isinstance(part, tuple) else f"{a}")
        expected += range(min(a, b), max(a, b) + 1)
    assert options.num_range(",".join(words)) == expected
    assert options.num_range(" , ".join(words)) == expected


@given(st.text(alphabet="0123456789,-. ax", max_size=12))
@example("4300000000")
def test_a_range_is_read_or_refused_with_what_would_be_right(text):
    try:
        found = options.num_range(text)
    except OptionError as error:
        rules = "must be numbers and ranges, as 0,3-7", "names more than", "may be above 4294967295"
        assert any(rule in str(error) for rule in rules)
    else:
        assert found
        assert all(isinstance(n, int) and n >= 0 for n in found)


@pytest.mark.parametrize(
    "text", ["", ",", "1,", "-3", "3-", "1-2-3", "1.5", "a", "0-99999999999", "4294967296"]
)
def test_what_is_no_range_is_refused(text):
    with pytest.raises(OptionError):
        options.num_range(text)


@pytest.mark.parametrize(("text", "fps"), [("25", 25), ("24.97", 24), ("1", 1), ("60.0", 60)])
def test_frames_a_second_are_whole(text, fps):
    assert options.parse_fps(text) == fps


@pytest.mark.parametrize("text", ["0", "0.9", "-25", "fast", "nan", "inf", ""])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(OptionError, match="must be a number from 1 to 1000"):
        options.parse_fps(text)


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (options.truth, "True", True),
        (options.truth, "false", False),
        (options.truth, "0", False),
        (options.names, "b16_conv1, fc,b16_conv1", ["b16_conv1", "fc"]),
        (options.size, "640x360", [640, 360]),
        (options.size, "512", [512, 512]),
        (OPTIONS["pixel_zoom"].read, "-2", -2),
        (OPTIONS["translate_y"].read, "-0.5", -0.5),
        (OPTIONS["lr"].read, "5e-3", 0.005),
    ],
)
def test_words_are_read(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("unzoom_octave", "maybe", "'maybe': must be True or False"),
        ("layers", " , ", "must name at least one"),
        ("size", "8x8", "must be WIDTHxHEIGHT, as 640x360, of 16 to 8192 pixels"),
        ("size", "x", "must be WIDTHxHEIGHT"),
        ("pixel_zoom", "1.5", "must be a whole number"),
        ("iterations", "0", "must be a number from 1 to"),
        ("lr", "0", "must be a number above 0, at most 1000"),
        ("lr", "1e300", "must be a number above 0, at most 1000"),
        ("content_weight", "-1", "must be a number from 0 to 1e+12"),
        ("style_weight", "1e300", "must be a number from 0 to 1e+12"),
        ("translate_x", "1e308", "must be a number from -100000 to 100000"),
        ("translate_y", "-1e308", "must be a number from -100000 to 100000"),
        ("rotation_deg", "1e308", "must be a number from -36000 to 36000"),
        ("pixel_zoom", "-9000", "must be a number from -8192 to 8192"),
        ("octave_scale", "1", "must be a number above 1, at most 16"),
        ("duration_sec", "1e300", "must be a number above 0, at most 86400"),
        ("seed_sec", "0", "must be a number above 0, at most 86400"),
        ("random_image_noise", "white", "must be random or perlin or gray or generator"),
        ("seed", "-1", "must be a number from 0 to"),
        ("network", "nothing.pkl", "nothing.pkl: no such file"),
        ("description", "a/b", "becomes part of a folder's name"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_right(name, text, said):
    with pytest.raises(OptionError) as error:
        OPTIONS[name].read(text)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("command", "defaults"),
    [
        (
            "dream",
            {"seeds": [0], "random_image_noise": "perlin", "lr": 1e-2, "iterations": 20}
            | {"layers": ["b16_conv1"], "unzoom_octave": True, "num_octaves": 5}
            | {"octave_scale": 1.4, "channels": None, "normed": False, "sqrt_normed": False}
            | {"perlin_octaves": 6, "perlin_persistence": 0.5, "perlin_lacunarity": 2.0},
        ),
        (
            "zoom",
            {"seed": 0, "random_image_noise": "random", "lr": 5e-3, "iterations": 10}
            | {"layers": ["b16_conv0"], "unzoom_octave": False, "pixel_zoom": 2}
            | {"rotation_deg": 0.0, "translate_x": 0.0, "translate_y": 0.0, "fps": 25}
            | {"duration_sec": 15.0, "reverse_video": False, "include_starting_image": True},
        ),
        ("channels", {"layer": "b8_conv0", "frames_per_channel": 1, "lr": 5e-3, "fps": 25}),
        (
            "interp",
            {"interp_type": "spherical", "smooth": False, "seed_sec": 5.0, "fps": 25}
            | {"random_image_noise": "random", "layers": ["b16_conv0"], "unzoom_octave": False},
        ),
    ],
)
def test_the_defaults_are_the_papers(configured, command, defaults):
    found = configured(command, **({"seeds": "0-1"} if command == "interp" else {}))
    assert {name: found[name] for name in defaults} == defaults


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_run_keeps_is_read_as_what_it_was(configured, command):
    config = configured(command, lr="1e-7", size="640x360", **{"png": True})
    for name, text in (("seeds", "3,1,1-2"), ("channels", "5,2"), ("layers", "fc,out")):
        config |= {name: OPTIONS[name].read(text)} if name in config else {}
    del config["resume"]
    assert options.reread(json.loads(json.dumps(config))) == config


def test_no_two_options_of_a_command_share_a_name():
    for names in COMMANDS.values():
        flags = [flag for name in names for flag in OPTIONS[name].flags]
        assert len(flags) == len(set(flags))

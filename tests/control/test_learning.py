"""Which control is learned, and how it speaks, from what comes when it moves."""

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.control.learning import LEFT, WINDOW, Learner, speech
from engine.control.midi_messages import Decoder
from engine.parameters import Store

ZOOM, BLACK = "motion.zoom", "output.blackout"


def learned(to, *messages, noise=()):
    """Return the binding that is learned from the messages of one port."""
    learner = Learner(to, None if to == "beat.tap" else Store().row(to))
    decoder, other = Decoder(), Decoder()
    for number, message in enumerate(messages):
        learner.hear("pad", decoder.moves(message), number * 0.01)
        for another in noise:
            learner.hear("desk", other.moves(another), number * 0.01 + 0.005)
    assert learner.learned(WINDOW / 2) is None
    return learner.learned(WINDOW + 1)


def changes(control, *values, channel=0):
    words = {"channel": channel, "control": control}
    return [mido.Message("control_change", value=value, **words) for value in values]


@given(st.integers(1, 9), st.sampled_from([1, -1]), st.integers(0, 127))
def test_a_fader_is_absolute_and_never_taken_for_an_endless_knob(step, way, begin):
    sweep = list(range(0, 128, step))[::way]
    turned = sweep[begin % len(sweep) :] + sweep[: begin % len(sweep)]
    assert speech(sweep) == "absolute"
    assert {speech(turned[:count]) for count in range(13)} <= {"absolute", "", "button"}


@given(st.lists(st.sampled_from([1, 1, 1, 2]), min_size=4, max_size=9))
def test_an_endless_knob_is_in_doubt_until_it_was_turned_to_the_left(right):
    assert speech(right) == LEFT
    assert speech([*right, 127, 127]) == "twos"
    assert speech([*right, 65, 65]) == "sign"


@given(st.lists(st.sampled_from([65, 65, 65, 66, 63, 62]), min_size=8, max_size=12))
def test_an_endless_knob_about_64_is_known_at_once(values):
    assert speech(values) == "offset"


def test_a_turn_to_the_left_only_is_twos_complement():
    assert speech([127, 127, 127]) == "twos"


@pytest.mark.parametrize("values", [[127], [127, 0], [127, 0, 127, 0]])
def test_a_button_is_one(values):
    assert speech(values) == "button"


@pytest.mark.parametrize("values", [[], [5], [64, 65], [0]])
def test_a_word_or_two_tell_nothing(values):
    assert speech(values) == ""


def test_a_fader_is_learned_by_its_port_and_number():
    row = learned(ZOOM, *changes(7, *range(40, 80, 4), channel=2), noise=changes(9, 5))
    assert (row.port, str(row.control), row.to, row.mode) == ("pad", "3.cc.7", ZOOM, "")
    assert row.takeover == "pickup"


def test_a_fader_on_a_switch_is_up_or_down_and_a_button_switches():
    assert learned(BLACK, *changes(7, *range(40, 80, 4))).mode == "absolute"
    assert learned(BLACK, *changes(7, 127, 0)).mode == ""
    assert learned(ZOOM, *changes(7, 127, 0)).mode == "momentary"


def test_pairs_of_14_bits_are_told_from_a_button_of_the_fine_number():
    pairs = [m for v in range(6) for m in (*changes(7, 60 + v), *changes(39, v * 20))]
    assert str(learned(ZOOM, *pairs).control) == "1.cc14.7"
    assert str(learned(ZOOM, *changes(39, 127, 0, 127, 0)).control) == "1.cc.39"


def test_an_nrpn_is_its_number_for_actions_too():
    words = (*changes(99, 3), *changes(98, 7), *changes(6, 127), *changes(38, 0))
    for to in (ZOOM, "beat.tap"):
        assert str(learned(to, *words).control) == "1.nrpn.391"


def test_keys_pressure_and_programs():
    key = mido.Message("note_on", note=36, velocity=90)
    assert str(learned(ZOOM, key).control) == "1.note.36"
    pressure = learned(ZOOM, mido.Message("aftertouch", value=9))
    assert (str(pressure.control), pressure.takeover) == ("1.touch.0", "jump")
    program = mido.Message("program_change", program=5)
    assert str(learned("beat.tap", program).control) == "1.program.5"
    assert str(learned("latent.seed", program).control) == "1.programs.0"


def test_an_action_needs_no_turn_to_the_left():
    assert str(learned("beat.tap", *changes(7, 1, 1, 1)).control) == "1.cc.7"


def heard(to, *messages, port="pad"):
    """Return a learner that has heard these messages of one port, 10 ms apart."""
    learner, decoder = Learner(to, None if to == "beat.tap" else Store().row(to)), Decoder()
    for number, message in enumerate(messages):
        learner.hear(port, decoder.moves(message), number * 0.01)
    return learner


@pytest.mark.parametrize("to", [ZOOM, BLACK, "beat.tap"])
@pytest.mark.parametrize("rest", [0, 30, 63, 64, 100, 126])
def test_a_fader_that_jitters_is_not_meant_and_keeps_none_from_being_learned(to, rest):
    learner = heard(to, *changes(7, *[rest, rest + 1, rest] * 8))
    assert learner.learned(60.0) is None
    for number, message in enumerate(changes(8, *range(30, 90, 4))):
        learner.hear("desk", Decoder().moves(message), 60 + number * 0.02)
    row = learner.learned(61.0)
    assert (row.port, str(row.control), row.to) == ("desk", "1.cc.8", to)


def test_a_bend_wheel_that_jitters_is_not_meant():
    still = [mido.Message("pitchwheel", pitch=pitch) for pitch in (0, 128, -128, 0) * 5]
    assert heard(ZOOM, *still).learned(60.0) is None
    bent = heard(ZOOM, *still, mido.Message("pitchwheel", pitch=4000))
    assert str(bent.learned(60.0).control) == "1.bend.0"


def test_of_two_that_move_at_once_the_one_that_moved_most_is_learned():
    both = zip(changes(7, *range(20, 30)), changes(8, *range(20, 120, 10)), strict=True)
    assert str(heard(ZOOM, *(m for pair in both for m in pair)).learned(9.0).control) == "1.cc.8"


def test_a_key_that_is_let_go_is_not_what_is_meant():
    learner = heard(ZOOM, mido.Message("note_off", note=36), mido.Message("aftertouch", value=0))
    assert learner.learned(9.0) is None


def test_what_a_thousand_controls_send_costs_a_message_no_more_than_what_one_sends():
    class Counted(Learner):
        """One that counts the controls that it looks at."""

        def _travel(self, key):
            looked.append(key)
            return super()._travel(key)

    looked, counts, decoder = [], [], Decoder()
    learner = Counted(ZOOM, Store().row(ZOOM))
    for number in range(1000):
        for message in changes(number % 64, number % 128, channel=number // 64):
            learner.hear("desk", decoder.moves(message), 0.0)
            counts.append(len(looked))
            looked.clear()
    assert max(counts) <= 4

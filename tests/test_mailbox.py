"""The one slot between two threads."""

import threading

from engine.mailbox import Mailbox


def test_an_empty_slot_gives_nothing():
    box = Mailbox()
    assert box.take() is None


def test_the_newest_value_is_taken_once():
    box = Mailbox()
    box.put("old")
    box.put("new")
    assert box.take() == "new"
    assert box.take() is None


def test_the_same_value_again_is_new():
    box = Mailbox()
    box.put(7)
    assert box.take() == 7
    box.put(7)
    assert box.take() == 7


def test_a_slow_reader_skips_but_never_goes_back():
    box, seen = Mailbox(), []

    def write():
        for number in range(1, 50_001):
            box.put(number)

    writer = threading.Thread(target=write)
    writer.start()
    while not seen or seen[-1] != 50_000:
        number = box.take()
        if number is not None:
            seen.append(number)
    writer.join()
    assert seen == sorted(set(seen))

import numpy as np

from engine.display.readback import BUFFERS, Frame, ReadBack


def came(back):
    """Wait for the oldest frame."""
    while (frame := back.take()) is None:
        pass
    return Frame(frame.pixels.copy(), frame.moment)


def test_frames_come_back_in_order_top_row_first(offscreen):
    output, context = offscreen(32, 20)
    back = ReadBack(context, output.size)
    drawn, there = [], []
    for number in range(7):
        pixels = np.random.default_rng(number).integers(0, 256, (20, 32, 4), np.uint8)
        output.framebuffer.color_attachments[0].write(pixels)
        output.present()
        drawn.append((pixels, number / 30))
        assert back.begin(output.shown, number / 30)
        if number:  # two are on their way
            there.append(came(back))
    there.append(came(back))
    assert back.take() is None
    assert [moment for _, moment in there] == [moment for _, moment in drawn]
    assert all((a == b).all() for (a, _), (b, _) in zip(drawn, there, strict=True))


def test_what_finds_no_buffer_is_refused_until_one_is_free_again(offscreen):
    output, context = offscreen(16, 16)
    back = ReadBack(context, output.size)
    begun = [back.begin(output.shown, float(n)) for n in range(BUFFERS + 2)]
    assert begun == [True] * BUFFERS + [False] * 2
    assert came(back).moment == 0.0
    assert back.begin(output.shown, 9.0)
    assert [came(back).moment for _ in range(BUFFERS)] == [1.0, 2.0, 3.0, 9.0]


def test_what_is_forgotten_does_not_come(offscreen):
    output, context = offscreen(16, 16)
    back = ReadBack(context, output.size)
    for n in range(3 * BUFFERS):
        back.begin(output.shown, float(n))
        if n % 3 == 2:
            back.forget()
            assert back.take() is None


def test_the_same_memory_is_handed_out_again(offscreen):
    output, context = offscreen(16, 16)
    back, seen = ReadBack(context, output.size), set()
    for n in range(3):
        back.begin(output.shown, float(n))
        while (frame := back.take()) is None:
            pass
        seen.add(id(frame.pixels))
    assert len(seen) == 1

import numpy as np

from engine.display.readback import ReadBack


def test_frames_come_back_in_order_one_call_later_top_row_first(offscreen):
    output, context = offscreen(32, 20)
    back = ReadBack(context, output.size)
    drawn, came = [], []
    for number in range(7):
        pixels = np.random.default_rng(number).integers(0, 256, (20, 32, 4), np.uint8)
        output.framebuffer.color_attachments[0].write(pixels)
        output.present()
        drawn.append((pixels, number / 30))
        frame = back.read(output.shown, number / 30)
        if frame:
            came.append((frame.pixels.copy(), frame.moment))
    frame = back.last()
    came.append((frame.pixels.copy(), frame.moment))
    assert back.last() is None
    assert [moment for _, moment in came] == [moment for _, moment in drawn]
    assert all((a == b).all() for (a, _), (b, _) in zip(drawn, came, strict=True))


def test_the_same_memory_is_handed_out_again(offscreen):
    output, context = offscreen(16, 16)
    back = ReadBack(context, output.size)
    back.read(output.shown, 0.0)
    first = back.read(output.shown, 1.0).pixels
    assert back.read(output.shown, 2.0).pixels is first

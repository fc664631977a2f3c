"""Dreams that stay on their card: from a tensor to the wall. Most of it needs a card."""

import moderngl
import numpy as np
import pytest
import torch

from engine.camera import CameraPath, Picture
from engine.display import interop as module
from engine.display.interop import interop
from engine.display.renderer import Renderer
from engine.dream.pixels import write_pixels
from engine.parameters import Store

needs_card = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")


@pytest.fixture
def context():
    with moderngl.create_context(standalone=True, backend="egl") as found:
        yield found
    found.release()


def test_opengl_of_the_processor_takes_no_tensors(context):
    if "llvmpipe" in context.info["GL_RENDERER"]:
        assert interop(context) is None
        assert not Renderer(context, (32, 18)).is_on_card


@pytest.mark.gpu
@needs_card
@pytest.mark.parametrize("sizes", [[(64, 36)], [(8, 4), (910, 512), (333, 71)]])
def test_pixels_on_the_card_come_into_the_texture_as_they_are(context, sizes):
    way = interop(context)
    for w, h in sizes:
        pixels = torch.randint(0, 256, (h, w, 4), dtype=torch.uint8, device="cuda")
        torch.cuda.synchronize()
        texture = context.texture((w, h), 4)
        way.write(pixels, texture)
        assert np.frombuffer(texture.read(), np.uint8).tolist() == pixels.flatten().tolist()


@pytest.mark.gpu
@needs_card
def test_a_tensor_looks_on_the_wall_as_the_same_array_does(context):
    dream, walls = torch.rand(1, 3, 36, 64, device="cuda") * 2 - 1, []
    array = np.full((36, 64, 4), 255, np.uint8)
    write_pixels(dream, array)
    tensor = torch.full((36, 64, 4), 255, dtype=torch.uint8, device="cuda")
    write_pixels(dream, tensor)
    for pixels in (array, tensor):
        renderer, path = Renderer(context, (128, 72)), CameraPath()
        assert renderer.is_on_card
        renderer.upload(Picture(pixels, path.mark(), 0.0, 1))
        target = context.framebuffer([context.texture((128, 72), 4)])
        renderer.draw(target, Store().snapshot(), path, 0.0)
        walls.append(np.frombuffer(target.read(components=4), np.uint8))
    assert np.array_equal(*walls)
    assert len(np.unique(walls[0])) > 100


@pytest.mark.gpu
@needs_card
def test_a_picture_comes_while_the_card_dreams_on(context):
    way, texture = interop(context), context.texture((64, 36), 4)
    pixels = torch.full((36, 64, 4), 7, dtype=torch.uint8, device="cuda")
    way.write(pixels + 1, texture)  # makes the buffer, which waits
    torch.cuda.synchronize()
    torch.cuda._sleep(2_000_000_000)  # cycles: about a second of the dream's own stream
    way.write(pixels, texture)
    came = texture.read()
    busy = not torch.cuda.current_stream().query()
    assert busy and set(came) == {7}


@pytest.mark.gpu
@needs_card
def test_where_the_way_is_lost_pictures_come_by_the_host(context, monkeypatch):
    way, texture, run = interop(context), context.texture((64, 36), 4), module._run

    def lost(name, *words):
        if name == "MemcpyAsync":
            raise RuntimeError("lost")
        return run(name, *words)

    monkeypatch.setattr(module, "_run", lost)
    for colour in (7, 9):
        pixels = torch.full((36, 64, 4), colour, dtype=torch.uint8, device="cuda")
        way.write(pixels, texture)
        assert set(texture.read()) == {colour}

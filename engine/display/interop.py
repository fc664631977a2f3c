"""Brings a CUDA card's dreams into OpenGL's textures there; they never pass the host.

In: pixels on the card, a texture. Out: the texture, written. Stage thread.
CUDA Runtime API, OpenGL Interoperability; cuda-bindings comes with torch's builds for CUDA.
"""

import importlib.util
from typing import Any

import moderngl


class Interop:
    """A pixel buffer of OpenGL that CUDA fills, on a stream of its own: it waits for no dream."""

    def __init__(self, context: moderngl.Context):
        self._context, self._buffer, self._lost = context, None, False
        self._stream = _run("StreamCreateWithFlags", _cuda().cudaStreamNonBlocking)

    def write(self, pixels: Any, texture: moderngl.Texture) -> None:
        """Write a finished tensor on the card, uint8 (h, w, 4), into a texture of this size.

        It may be written over when the next one has come.
        """
        try:
            self._lost or self._write(pixels, texture)
        except RuntimeError:  # whatever a driver loses in the night: the wall must not stand still
            self._lost = True
        if self._lost:
            texture.write(pixels.cpu().numpy())

    def _write(self, pixels: Any, texture: moderngl.Texture) -> None:
        self.reserve(pixels.nbytes)
        _run("GraphicsMapResources", 1, self._resource, self._stream)
        try:
            there, _ = _run("GraphicsResourceGetMappedPointer", self._resource)
            onward = _cuda().cudaMemcpyKind.cudaMemcpyDeviceToDevice
            _run("MemcpyAsync", there, pixels.data_ptr(), pixels.nbytes, onward, self._stream)
        finally:
            _run("GraphicsUnmapResources", 1, self._resource, self._stream)
        texture.write(self._buffer)

    def reserve(self, size: int) -> None:
        """Have room for so many bytes; RuntimeError where this OpenGL is not on CUDA's card."""
        if self._buffer and self._buffer.size >= size:
            return
        if self._buffer:
            _run("GraphicsUnregisterResource", self._resource)
            self._buffer.release()
            self._buffer = None
        buffer = self._context.buffer(reserve=size)
        anew = _cuda().cudaGraphicsRegisterFlags.cudaGraphicsRegisterFlagsWriteDiscard
        self._resource = _run("GraphicsGLRegisterBuffer", buffer.glo, anew)
        self._buffer = buffer


def interop(context: moderngl.Context) -> Interop | None:
    """Return the way from a CUDA card to this OpenGL; None where they are not on one card."""
    if not importlib.util.find_spec("cuda"):
        return None
    try:
        found = Interop(context)
        found.reserve(4)
    except (RuntimeError, ImportError):
        return None
    return found


def _cuda():
    from cuda.bindings import runtime  # only there where torch is built for CUDA

    return runtime


def _run(name: str, *words):
    """Call CUDA's function of this name and return what it gives; RuntimeError where it fails."""
    fault, *given = getattr(_cuda(), f"cuda{name}")(*words)
    if fault.value:
        _cuda().cudaGetLastError()  # else torch would take it for its own
        raise RuntimeError(f"CUDA {name}: {fault.name}")
    return given[0] if len(given) == 1 else given

"""Reads the shaders of shaders/ and makes full-screen passes of them.

In: the names of a vertex and a fragment file, and constants to define. Out: a Pass to draw with.
Stage thread.
"""

from pathlib import Path

import moderngl

FOLDER = Path(__file__).resolve().parents[2] / "shaders"


def _source(name: str, defines: dict[str, int]) -> str:
    version, _, rest = (FOLDER / name).read_text().partition("\n")
    return "\n".join([version, *(f"#define {key} {value}" for key, value in defines.items()), rest])


class Pass:
    """Triangles over a whole target, through one program; one where the shader asks for no more."""

    def __init__(self, context: moderngl.Context, vertex: str, fragment: str, **defines: int):
        self._program = context.program(_source(vertex, {}), _source(fragment, defines))
        self._triangles = context.vertex_array(self._program, [])

    def draw(
        self,
        target: moderngl.Framebuffer,
        pictures: dict[str, moderngl.Texture],
        values: dict[str, object],
        triangles: int = 1,
    ) -> None:
        """Draw `pictures` to `target`; a value is a number, a tuple, or a matrix's bytes."""
        for unit, (name, texture) in enumerate(pictures.items()):
            texture.use(unit)
            self._program[name].value = unit
        for name, value in values.items():
            if isinstance(value, bytes):
                self._program[name].write(value)
            else:
                self._program[name].value = value
        target.use()
        self._triangles.render(moderngl.TRIANGLES, vertices=3 * triangles)

    def release(self) -> None:
        """Free the program."""
        self._triangles.release()
        self._program.release()

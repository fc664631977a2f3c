"""The performer's window: drawn anew each time from the table, the signals and the status.

In: the store's rows and values, signals, mappings, presets, messages, status; mouse and keys.
Out: values set in the store, actions asked for with act(name, argument). It owns no value.
Main thread, about 30 times a second; it never waits for the monitor nor for the stage.
"""

import sys
from collections.abc import Callable
from functools import partial

import glfw
import OpenGL
from imgui_bundle import ImVec2, imgui

OpenGL.ERROR_CHECKING = False  # twice as fast, and an old error must not stop the show
from imgui_bundle.python_backends.glfw_backend import GlfwRenderer  # noqa: E402
from OpenGL import GL  # noqa: E402

from engine.control.keyboard import KEYS  # noqa: E402
from engine.mapping import Mapper, Signals  # noqa: E402
from engine.panel import desk, faders, log, meters, midi, presets, theme, window  # noqa: E402
from engine.panel.browser import Browser  # noqa: E402
from engine.panel.chooser import Chooser  # noqa: E402
from engine.panel.crossfade import draw_crossfader  # noqa: E402
from engine.panel.cues import draw_cues  # noqa: E402
from engine.panel.dropped import open_files  # noqa: E402
from engine.panel.keys import STILL, Keys  # noqa: E402
from engine.panel.mappings import Mappings  # noqa: E402
from engine.panel.status import Status  # noqa: E402
from engine.parameters import Store  # noqa: E402

LEFT, RIGHT = 17, 18  # widths of the outer columns, in letters' heights
LEAST = 14  # of the faders
DOUBLE = 0.45  # seconds of a double click: a panel that the processor draws sees it late

_PADDED = imgui.ChildFlags_.always_use_window_padding


class Panel:
    """The panel's window; `output` is the display output whose picture it shows, if any.

    `bank` is the presets', `messages` has `lines`, `errors` and
    `faults`, `networks` has look(), `cues` are the set list. `key` takes GLFW's key events and
    their moment, unless text is being typed; F1 lists `keys`. `devices` returns the names of sound
    sources and may be slow. With `single` the picture fills the panel behind the controls.
    """

    def __init__(
        self,
        store: Store,
        signals: Signals,
        mapper: Mapper,
        bank,
        messages,
        status: Status,
        act: Callable[..., None],
        key: Callable[..., None],
        devices: Callable[[], list[str]] = list,
        output=None,
        single: bool = False,
        networks=None,
        cues=None,
        keys=KEYS,
    ):
        self._store, self._signals = store, signals
        self._mappings = Mappings(store, signals, mapper, partial(messages.say, "mapping"))
        self._messages, self._status = messages, status
        self._act, self._output, self._single = act, output, single
        self._devices, self._typed = desk.Devices(devices), desk.Typed()
        self._chooser = Chooser()
        self._bank, self._presets = bank, presets.PresetTiles(bank, act)
        self._browser = Browser(networks, act) if networks else None
        self._cues = cues
        self.shown, self.keys = True, Keys(store, key, keys)
        self.window = window.make(output)
        if not single:
            window.limit(self.window)
        self._start_imgui()

    def _start_imgui(self) -> None:
        imgui.create_context()
        io = imgui.get_io()
        io.set_ini_filename("")
        io.mouse_double_click_time = DOUBLE
        self._renderer = GlfwRenderer(self.window)
        theme.dress(window.scale(self.window), self._single)

        def pressed(handle, code, scancode, action, mods):
            if code != glfw.KEY_TAB:  # else imgui puts the cursor into a field of text
                self._renderer.keyboard_callback(handle, code, scancode, action, mods)
            self.keys.note(handle, code, scancode, action, mods)

        glfw.set_key_callback(self.window, pressed)
        glfw.set_drop_callback(self.window, lambda handle, paths: open_files(paths, self._act))

    @property
    def closed(self) -> bool:
        """Whether the performer has closed the window."""
        return bool(glfw.window_should_close(self.window))

    def toggle(self) -> None:
        """Hide the panel or show it again; a single window keeps its picture."""
        self.shown = not self.shown
        glfw.set_window_should_close(self.window, False)
        if not self._single:
            (glfw.show_window if self.shown else glfw.hide_window)(self.window)

    def toggle_help(self) -> None:
        """Show the list of keys or hide it."""
        self.keys.helping = not self.keys.helping

    def list_keys(self, keys) -> None:
        """Let the list of keys be of these."""
        self.keys.list(keys)

    def fullscreen(self, screen) -> None:
        """Fill GLFW's monitor `screen` or go back: what F does where there is one window."""
        if glfw.get_window_monitor(self.window):
            glfw.set_window_monitor(self.window, None, *self.windowed, glfw.DONT_CARE)
            return
        self.windowed = window.place(self.window)
        mode = glfw.get_video_mode(screen)
        size, rate = mode.size, mode.refresh_rate
        glfw.set_window_monitor(self.window, screen, 0, 0, size.width, size.height, rate)

    def draw(self) -> None:
        """Draw one frame and show it; nothing while the window is hidden."""
        if not glfw.get_window_attrib(self.window, glfw.VISIBLE):
            self.keys.play()  # one that was held is let go of as the window hides
            return
        glfw.make_context_current(self.window)
        self._renderer.process_inputs()
        elsewhere = self.keys.helping or not glfw.get_window_attrib(self.window, glfw.HOVERED)
        if elsewhere and not imgui.is_any_item_active():  # else a tooltip stays, or covers the list
            imgui.get_io().add_mouse_pos_event(-sys.float_info.max, -sys.float_info.max)
        imgui.new_frame()
        try:
            self._draw_ground()
            self.keys.play()
            self.keys.draw()
        except Exception:
            _close_frame()
            raise
        imgui.render()
        GL.glViewport(0, 0, *glfw.get_framebuffer_size(self.window))
        GL.glClearColor(theme.GROUND.x, theme.GROUND.y, theme.GROUND.z, 1)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT)
        self._renderer.render(imgui.get_draw_data())
        glfw.swap_buffers(self.window)

    def _draw_ground(self) -> None:
        """Draw all columns, and below them presets and messages."""
        view = imgui.get_main_viewport()
        imgui.set_next_window_pos(view.pos)
        imgui.set_next_window_size(view.size)
        imgui.begin("panel", None, STILL | imgui.WindowFlags_.no_bring_to_front_on_focus)
        if self._single and self._output:
            _draw_behind(self._output.texture, self._output.size)
        if self.shown:
            self._draw_columns()
            self._presets.draw(self._status.slots, self._status.bars, self._status.waiting)
            warning = desk.warning(self._store, self._status)
            log.draw_log(self._messages, self._status.learning, warning, self._act)
        imgui.end()

    def _draw_columns(self) -> None:
        letter, gap = imgui.get_font_size(), imgui.get_style().item_spacing
        room = imgui.get_content_region_avail()
        height = room.y - presets.height() - log.height() - 2 * gap.y
        columns = self._columns(int(room.x / letter))
        taken = sum(width * letter + gap.x for _, width, _ in columns) - gap.x
        for name, width, draw in columns:
            size = ImVec2(width * letter or room.x - taken, height)
            imgui.begin_child(name, size, _PADDED)
            draw()
            imgui.end_child()
            imgui.same_line()
        imgui.new_line()

    def _columns(self, room: int) -> list[tuple[str, int, Callable[[], None]]]:
        """Return name, width in letters' heights and content of each; the faders' is the rest.

        The mappings stand in the meters' place, so that no fader moves as they come. Where there is
        too little room the meters give way.
        """
        columns = [("desk", LEFT, self._draw_desk), ("faders", 0, self._draw_faders)]
        if self._mappings.shown:
            columns.append(("mappings", RIGHT, self._mappings.draw))
        elif room - LEFT >= RIGHT + LEAST:
            columns.append(("meters", RIGHT, lambda: meters.draw_meters(self._signals)))
        return columns

    def _draw_desk(self) -> None:
        """Draw what is always in sight, and between it what is scrolled."""
        if self._output and not self._single:
            desk.draw_preview(self._output.texture, self._output.size)
        desk.draw_loud_buttons(self._store, self._act)
        desk.draw_flash_buttons(self._store, self._act)
        desk.draw_record_button(self._store, self._status, self._act)
        imgui.begin_child("scrolled", ImVec2(0, 0))
        self._draw_scrolled()
        imgui.end_child()

    def _draw_scrolled(self) -> None:
        """Draw what is pressed, each at its place whatever is said; then what is only read."""
        if self._cues:
            draw_cues(self._cues, self._act)
        desk.draw_tempo(self._status, self._act)
        draw_crossfader(self._store, self._status, self._act)
        sound = self._status, self._devices, self._typed, self._chooser
        desk.draw_sound(*sound, self._act)
        if self._browser:
            self._browser.draw(self._status.network)
        desk.draw_figures(self._status)
        midi.draw(self._status)

    def _draw_faders(self) -> None:
        self._mappings.listen()
        self._mappings.draw_button()
        said = self._bank.said(self._store)
        faders.draw_groups(self._store, self._mappings, self._status, said, self._act)

    def close(self) -> None:
        """Close the window; before the output's, whose picture it shares."""
        glfw.make_context_current(self.window)
        self._chooser.close()
        self._presets.close()
        if self._browser:
            self._browser.close()
        self._renderer.shutdown()
        imgui.destroy_context()
        glfw.make_context_current(None)
        glfw.destroy_window(self.window)


def _draw_behind(texture: int, size: tuple[int, int]) -> None:
    """Cover the whole window with the picture, cropped about its middle."""
    view = imgui.get_main_viewport()
    own, there = size[0] / size[1], view.size.x / max(view.size.y, 1)
    x, y = min(1.0, there / own) / 2, min(1.0, own / there) / 2
    end = ImVec2(view.pos.x + view.size.x, view.pos.y + view.size.y)
    imgui.get_window_draw_list().add_image(
        imgui.ImTextureRef(texture),
        view.pos,
        end,
        ImVec2(0.5 - x, 0.5 - y),
        ImVec2(0.5 + x, 0.5 + y),
    )


def _close_frame() -> None:
    """End a frame that broke off in its middle, so that the next one can begin."""
    io = imgui.get_io()
    io.config_error_recovery_enable_assert = False  # which is for what should not happen
    imgui.end_frame()
    io.config_error_recovery_enable_assert = True

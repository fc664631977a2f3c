"""How the panel looks: dark for dark rooms, large type, three colours that mean something.

Amber is what moves by itself, red what the audience would miss or what is being recorded, blue
what is held. Main thread, once, after imgui's context is made.
"""

from pathlib import Path

import imgui_bundle
from imgui_bundle import ImVec4, imgui

TEXT = ImVec4(0.88, 0.88, 0.86, 1.0)
DIM = ImVec4(0.60, 0.61, 0.63, 1.0)
AMBER = ImVec4(1.0, 0.68, 0.26, 1.0)
RED = ImVec4(0.93, 0.20, 0.18, 1.0)
BLUE = ImVec4(0.25, 0.55, 0.95, 1.0)
GROUND = ImVec4(0.055, 0.057, 0.062, 1.0)
FIELD = ImVec4(0.125, 0.13, 0.14, 1.0)
FIELD_LIT = ImVec4(0.18, 0.185, 0.20, 1.0)
FILL = ImVec4(0.25, 0.26, 0.28, 1.0)
GRAB = ImVec4(0.50, 0.51, 0.53, 1.0)

LARGE = 1.6  # times the size of the type
TYPE = 17.0  # points
REST = 0.7  # seconds that the mouse rests on something before words come

_FONTS = Path(imgui_bundle.__file__).parent / "assets" / "fonts" / "Roboto"


def with_alpha(colour: ImVec4, alpha: float) -> ImVec4:
    """Return the colour, this much of it covering."""
    return ImVec4(colour.x, colour.y, colour.z, alpha)


def ink(colour: ImVec4) -> int:
    """Return the colour as the draw list wants it."""
    return imgui.get_color_u32(colour)


def dress(scale: float, see_through: bool) -> None:
    """Give imgui our type and colours; `scale` is units a point."""
    style = imgui.get_style()
    regular = _FONTS / "Roboto-Regular.ttf"
    if regular.exists():
        imgui.get_io().fonts.add_font_from_file_ttf(str(regular), TYPE)
    style.font_size_base = TYPE
    style.font_scale_dpi = scale
    for name, value in _SHAPES.items():
        setattr(style, name, value)
    style.hover_flags_for_tooltip_mouse = _RESTING
    style.hover_delay_normal = REST
    style.scale_all_sizes(scale)
    for name, colour in _colours(0.72 if see_through else 1.0).items():
        style.set_color_(getattr(imgui.Col_, name), colour)


_RESTING = imgui.HoveredFlags_.stationary | imgui.HoveredFlags_.delay_normal
_SHAPES = {
    "window_rounding": 0.0,
    "child_rounding": 4.0,
    "frame_rounding": 3.0,
    "popup_rounding": 4.0,
    "grab_rounding": 2.0,
    "grab_min_size": 7.0,
    "window_border_size": 0.0,
    "child_border_size": 0.0,
    "scrollbar_size": 11.0,
}


def _colours(cover: float) -> dict[str, ImVec4]:
    field, lit = with_alpha(FIELD, max(cover, 0.85)), with_alpha(FIELD_LIT, 1.0)
    ground = with_alpha(GROUND, cover if cover < 1 else 0.0)  # else it is what the panel clears to
    return {
        "text": TEXT,
        "text_disabled": DIM,
        "window_bg": with_alpha(GROUND, 0.0),
        "child_bg": ground,
        "popup_bg": with_alpha(FIELD, 0.98),
        "frame_bg": field,
        "frame_bg_hovered": lit,
        "frame_bg_active": lit,
        "slider_grab": GRAB,
        "slider_grab_active": TEXT,
        "check_mark": TEXT,
        "button": field,
        "button_hovered": lit,
        "button_active": GRAB,
        "header": with_alpha(FIELD, 0.9),
        "header_hovered": lit,
        "header_active": lit,
        "separator": FIELD_LIT,
        "scrollbar_bg": with_alpha(GROUND, 0.0),
        "scrollbar_grab": FIELD_LIT,
        "text_selected_bg": with_alpha(BLUE, 0.5),
    }

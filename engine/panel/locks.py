"""What is locked, on the panel: a blue edge, and the words of the menu that lock and unlock.

In: the store. Out: lock.toggle asked for. Main thread, right after the item was drawn.
"""

from collections.abc import Callable

from imgui_bundle import ImVec2, imgui

from engine.panel import theme
from engine.parameters import Store


def mark(store: Store, name: str) -> None:
    """Give the last item a blue edge if this id or group is locked."""
    if store.locked(name):
        low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        end = ImVec2(low.x + imgui.get_font_size() / 5, high.y)
        imgui.get_window_draw_list().add_rect_filled(low, end, theme.ink(theme.BLUE))


def offer(store: Store, name: str, act: Callable[..., None]) -> None:
    """Offer to lock or unlock this id or group, in a menu that is open."""
    if name in store.locks:
        if imgui.menu_item_simple("Unlock"):
            act("lock.toggle", name)
    elif store.locked(name):
        imgui.text_disabled("locked with its group")
    elif imgui.menu_item_simple("Lock: presets leave it"):
        act("lock.toggle", name)


def group(store: Store, name: str, act: Callable[..., None]) -> None:
    """Mark a group's header, and offer to lock the group by a right click on it."""
    mark(store, name)
    if imgui.begin_popup_context_item(f"lock {name}"):
        offer(store, name, act)
        imgui.end_popup()

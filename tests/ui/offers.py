"""What released versions of Stash offer to a plugin's script, as names: enough to tell what may be used.

Source: ui/v2.5/src/pluginApi.tsx, patch.tsx and App.tsx of the tags; the names that no script of ours could mean are
left out.
"""

from typing import Any, Final

_LIBRARIES = [
    "ReactRouterDOM",
    "Bootstrap",
    "Apollo",
    "Intl",
    "FontAwesomeRegular",
    "FontAwesomeSolid",
    "Mousetrap",
    "MousetrapPause",
]
_SINCE_0_28 = [*_LIBRARIES, "FontAwesomeBrands", "ReactSelect"]
_HOOKS = ["useLoadComponents", "useSpriteInfo", "useToast", "useSettings", "useInteractive"]
_LIGHTBOX = [*_HOOKS, "useLightbox", "useGalleryLightbox"]
_PATCHES = ["MainNavBar.UtilityItems", "PluginRoutes", "PluginSettings", "SceneCard.Overlays"]
_SCENE = [*_PATCHES, "ScenePage.Tabs", "ScenePage.TabContent"]


def _offer(libraries: list[str], hooks: list[str], *, is_old: bool = False) -> dict[str, Any]:
    return {
        "libraries": libraries,
        "hooks": hooks,
        "patches": _PATCHES if is_old else _SCENE,
        "loadable": [] if is_old else ["Scene", "Settings"],
        "waits_for_plugins": not is_old,
    }


OFFERS: Final = {
    "0.27.0": _offer(_LIBRARIES, _HOOKS, is_old=True),
    "0.28.1": _offer(_SINCE_0_28, _HOOKS),
    "0.29.3": _offer(_SINCE_0_28, _LIGHTBOX),
    "0.30.1": _offer(_SINCE_0_28, _LIGHTBOX),
    "0.31": _offer([*_SINCE_0_28, "ReactFontAwesome"], _LIGHTBOX),
}
"""By version; 0.31 is what its development showed in January 2026."""

"""What every hook imports of the plugin, and nothing else: every module costs the user's save up to a millisecond."""

from typing import Final

HOOK_PATH: Final = (
    "entry/__init__.py", "entry/document.py", "entry/folder.py", "entry/hook.py", "hooks/__init__.py",
    "hooks/handlers.py", "logs/__init__.py", "logs/stash.py", "sync_queue/__init__.py", "sync_queue/append.py",
    "sync_queue/held.py", "sync_queue/schema.py", "worker/__init__.py", "worker/launch.py",
)  # fmt: skip

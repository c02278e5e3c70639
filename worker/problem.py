"""Why the last worker could not begin: written by it, told by the next hook. On the hook's path: standard library only."""

import os

PROBLEM_NAME = "worker.problem"
_MOST_BYTES = 4000


def keep_problem(data_dir: str, text: str) -> None:
    """Leave `text` for whoever starts the next worker; what cannot be written is left out."""
    try:
        file = os.open(os.path.join(data_dir, PROBLEM_NAME), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError:
        return
    try:
        os.write(file, text.encode("utf-8", "replace")[:_MOST_BYTES])
    except OSError:
        pass
    finally:
        os.close(file)


def forget_problem(data_dir: str) -> None:
    """The worker works."""
    try:
        os.unlink(os.path.join(data_dir, PROBLEM_NAME))
    except OSError:
        return


def problem_of(data_dir: str) -> str:
    """Why the last worker could not begin, or ""."""
    try:
        file = os.open(os.path.join(data_dir, PROBLEM_NAME), os.O_RDONLY)
    except OSError:
        return ""
    try:
        return os.read(file, _MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(file)

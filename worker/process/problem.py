"""Why the last worker could not begin: written by it, told by the next hook. On the hook's path: standard library only."""

import os

PROBLEM_NAME = "worker.problem"
_MOST_BYTES = 4000


def keep_problem(data_dir: str, text: str) -> None:
    """Leave `text` for whoever starts the next worker; what cannot be written is left out."""
    leave_word(os.path.join(data_dir, PROBLEM_NAME), text)


def forget_problem(data_dir: str) -> None:
    """The worker works."""
    take_word_back(os.path.join(data_dir, PROBLEM_NAME))


def problem_of(data_dir: str) -> str:
    """Why the last worker could not begin, or ""."""
    return read_word(os.path.join(data_dir, PROBLEM_NAME))


def leave_word(path: str, text: str) -> None:
    """Write a sentence for hooks into the file `path`, its owner's alone; what cannot be written is left out."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError:
        return
    try:
        os.write(file, text.encode("utf-8", "replace")[:_MOST_BYTES])
    except OSError:
        pass
    finally:
        os.close(file)


def take_word_back(path: str) -> bool:
    """Remove the file `path`; whether it was there."""
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def read_word(path: str) -> str:
    """The sentence in the file `path`, or ""."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return ""
    try:
        return os.read(file, _MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(file)

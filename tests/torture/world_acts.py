"""What may happen in a world: on Stash's side, on Plex's, and to the worker.

Each act takes its choices from a Random of its own.
"""

from random import Random
from typing import TYPE_CHECKING, Any, Final

from tests.fakes.plex import agents
from tests.fakes.plex.faults import Fault
from tests.fakes.plex.model import Item
from tests.torture.world_oracle import Kept, Oracle
from tests.torture.worlds import World, film_of, pick
from worker.control.jobs import control_job
from worker.control.kinds import BEGIN_AFRESH, RECONCILE, RESTORE

if TYPE_CHECKING:
    from tests.fakes.plex.state import Backup as PlexBackup
    from tests.fakes.stash.databases import Backup

FORM: Final = ("title", "details", "studio", "date", "tags", "performers")
_NEVER_AGAIN: Final = 40


class Acts:
    """Everything that may happen to `world`; `hooks` are the fates that a hook may have."""

    def __init__(self, world: World, oracle: Oracle, hooks: tuple[str, ...]) -> None:
        self.world, self.oracle, self.hooks = world, oracle, hooks
        self.stash, self.disk, self.plex = world.stash, world.stash.disk, world.plex.state
        self.backups: list[tuple[Backup, Kept]] = []
        self.plex_backups: list[tuple[PlexBackup, str]] = []

    def do(self, name: str, number: int) -> None:
        """One act, its hooks, and a moment that passes."""
        random = Random(number)
        getattr(self, name)(random)
        self.world.scenes()
        self.world.take_hooks(lambda: random.choice(self.hooks))
        self.world.clock.now += random.choice((0.4, 3, 3, 70))

    # -- users of Stash ---------------------------------------------------------------------------------------------

    def save(self, random: Random) -> None:
        """A save of the form that changes or empties some fields, and sends all."""
        for scene in pick(random, self.world.scenes()):
            changed = {name: self._value(name, scene, random) for name in random.sample(FORM, random.randint(1, 3))}
            with self.oracle.users_will():
                self.stash.save_form(scene.id, **changed)

    def tag(self, random: Random) -> None:
        """A save of the form that adds a tag, and sends all fields."""
        for scene in pick(random, self.world.scenes()):
            tags = [*self.world.in_stash(scene)["genre"], f"{self._film(scene)} tag {self.world.number()}"]
            with self.oracle.users_will():
                self.stash.save_form(scene.id, tags=tags)

    def rate(self, random: Random) -> None:
        """A click on a star; a second click on the same one takes the rating away."""
        for scene in pick(random, self.world.scenes()):
            with self.oracle.users_will():
                self.stash.save_scene(scene.id, rating100=random.choice((None, random.randrange(1, 100))))

    def empty(self, random: Random) -> None:
        """A save that empties a field that Stash has."""
        for scene in pick(random, self.world.scenes()):
            name = random.choice(FORM)
            empty: Any = {"tags": [], "performers": [], "studio": None}.get(name, "")
            with self.oracle.users_will():
                self.stash.save_form(scene.id, **{name: empty})

    def merge(self, random: Random) -> None:
        scenes = self.world.scenes()
        if len(scenes) > 1:
            source, heir = random.sample(scenes, 2)
            with self.oracle.merging(source, heir):
                self.stash.merge_scenes([source.id], heir.id)

    def assign(self, random: Random) -> None:
        """A second file goes to another scene, or becomes one."""
        for scene in pick(random, (scene for scene in self.world.scenes() if len(scene.files) > 1)):
            video = random.choice(scene.files[1:])
            others = [other for other in self.world.scenes() if other.id != scene.id]
            if others and random.random() < 0.5:
                taker = random.choice(others)
                self.stash.assign_file(taker.id, video.id)
                self.oracle.assigned(scene, taker)
            else:
                self.stash.split_file(video.id, title=f"{film_of(video.path)} title {self.world.number()}")

    def destroy(self, random: Random) -> None:
        """A scene goes, and its file stays: the next scan makes another scene of it."""
        for scene in pick(random, self.world.scenes()):
            self.stash.destroy_scene(scene.id)

    # -- the disk ---------------------------------------------------------------------------------------------------

    def unmount(self, random: Random) -> None:
        self.disk.unmount(random.choice(("/data", *self._folders())))

    def mount(self, _random: Random) -> None:
        for folder in ("/data", *self._folders()):
            self.disk.mount(folder)

    def rename(self, random: Random) -> None:
        for path in pick(random, self._paths()):
            folder = path.rpartition("/")[0]
            self.disk.move(path, f"{folder}/{random.choice(('clip', 'cut'))} {self.world.number()}.mkv")

    def remount(self, random: Random) -> None:
        """Everything below one folder lies below another one from now on."""
        for folder in pick(random, self._folders()):
            target = f"/data/disk {self.world.number()}"
            for path in [path for path in self._paths() if path.startswith(f"{folder}/")]:
                self.disk.move(path, target + path.removeprefix(folder))

    def upgrade(self, random: Random) -> None:
        """The same path, another file."""
        for path in pick(random, self._paths()):
            self.disk.put(path, 10**6 + self.world.number())

    def upgrade_of_equal_size(self, random: Random) -> None:
        """Another file of the same name and size, elsewhere."""
        for path in pick(random, self._paths()):
            *_, film, name = path.split("/")
            size = dict(self.disk.seen())[path].size
            self.disk.remove(path)
            self.disk.put(f"/data/disk {self.world.number()}/{film}/{name}", size)

    def copy(self, random: Random) -> None:
        for path in pick(random, self._paths()):
            self.disk.copy(path, f"{path.rpartition('/')[0]}/copy {self.world.number()}.mkv")

    def new_file(self, _random: Random) -> None:
        number = self.world.number()
        if number % _NEVER_AGAIN < _NEVER_AGAIN // 2:
            self.disk.put(f"/data/disk/Invented Film {number}/clip.mkv", 10_000 + number)

    def scan(self, _random: Random) -> None:
        self.stash.scan()

    def clean(self, _random: Random) -> None:
        self.stash.clean()

    # -- Stash's database -------------------------------------------------------------------------------------------

    def new_database(self, _random: Random) -> None:
        self.stash.new_database()

    def full_import(self, _random: Random) -> None:
        self.stash.full_import()

    def backup(self, _random: Random) -> None:
        self.world.scenes()
        self.backups.append((self.stash.backup_database(), self.oracle.kept()))

    def restore(self, random: Random) -> None:
        """A backup comes back, and the worker looks before anybody saves.

        After a save a scene is newer than it was, and nothing shows that it went back.
        """
        for kept, known in pick(random, self.backups):
            self.stash.restore_database(kept)
            self.oracle.back_to(known)
            self.sync_all(random)
            self.work(random)

    # -- Plex -------------------------------------------------------------------------------------------------------

    def plex_scan(self, random: Random) -> None:
        """What is new comes in, what is gone goes.

        A moved file keeps its item or gets a new one, sizes are read anew or not.
        """
        seen = dict(self.disk.seen())
        for item in self.world.items():
            if not any(path in seen for path in self.world.files(item)):
                self._gone(item, seen, random)
            elif random.random() < 0.5:
                self.world.measure(item)
        for path in seen.keys() - self._held():
            self.world.add_item([path])

    def _gone(self, item: Item, seen: Any, random: Random) -> None:
        film = film_of(self.world.files(item)[0])
        moved = next((path for path in sorted(seen.keys() - self._held()) if film_of(path) == film), None)
        if moved and random.random() < 0.5:
            item.media = ((self.world.plex_path(moved),),)
            self.world.measure(item)
            self.plex.touch(item)
        else:
            self.plex.remove_item(item.rating_key)

    def item_anew(self, random: Random) -> None:
        """An item goes, and its files come back under a new key, or under the same one."""
        for item in pick(random, self.world.items()):
            files = self.world.files(item)
            self.plex.remove_item(item.rating_key)
            self.world.add_item(files, item.rating_key if random.random() < 0.3 else None)

    def library_anew(self, random: Random) -> None:
        """All items come back: in a new library, under new keys, or with keys that begin again, for other films."""
        files = [self.world.files(item) for item in self.world.items()]
        for item in self.world.items():
            self.plex.remove_item(item.rating_key)
        if random.random() < 0.5:
            self.plex.last_key = 0
        if random.random() < 0.3:
            self._section_anew()
        random.shuffle(files)
        for paths in files:
            self.world.add_item(paths)

    def _section_anew(self) -> None:
        old = self.world.section
        self.world.section = self.plex.add_section("Movies", locations=[self.world.root]).key
        self.plex.remove_section(old)

    def swap(self, random: Random) -> None:
        """Two items come back under each other's keys."""
        items = self.world.items()
        if len(items) > 1:
            first, second = random.sample(items, 2)
            self.plex.remove_item(first.rating_key)
            self.plex.remove_item(second.rating_key)
            self.world.add_item(self.world.files(first), second.rating_key)
            self.world.add_item(self.world.files(second), first.rating_key)

    def remount_plex(self, _random: Random) -> None:
        """Plex sees the disk elsewhere, and the user says so."""
        self.world.move_plex(f"/mnt/films {self.world.number()}")
        self.world.configure()

    def plex_backup(self, _random: Random) -> None:
        self.plex_backups.append(self.world.backup_plex())

    def plex_restore(self, random: Random) -> None:
        for kept in pick(random, self.plex_backups):
            self.world.restore_plex(*kept)

    def plex_edit(self, random: Random) -> None:
        """A user of Plex writes a title or a summary, which Plex locks, or adds a genre."""
        for item in pick(random, self.world.items()):
            name, text = (
                random.choice(("title", "summary", "genre")),
                f"{self._film(item)} by hand {self.world.number()}",
            )
            if name == "genre":
                item.tags = {**item.tags, name: (*item.tags.get(name, ()), *self.plex.tags.taggings(name, [text]))}
            else:
                item.values[name] = text
            item.locked |= {name}
            self.plex.touch(item)

    def plex_refresh(self, random: Random) -> None:
        """The agent's values come back wherever no lock is."""
        for item in pick(random, self.world.items()):
            agents.restore(item, agents.known(item))
            self.plex.touch(item)

    # -- the worker -------------------------------------------------------------------------------------------------

    def work(self, _random: Random) -> None:
        with self.oracle.watching():
            self.world.drain()

    def sync_all(self, _random: Random) -> None:
        self.world.queue(scene.id for scene in self.world.scenes())

    def sync_one(self, random: Random) -> None:
        for scene in pick(random, self.world.scenes()):
            self.world.queue([scene.id])

    def compare(self, _random: Random) -> None:
        """A day later the worker looks what was saved without a hook."""
        self.world.clock.now += 86_400
        self.world.put(control_job(RECONCILE, {}, now=self.world.clock.now))

    def late_hook(self, random: Random) -> None:
        for context in pick(random, self.world.late):
            self.world.late.remove(context)
            self.world.deliver(context)

    def restart(self, _random: Random) -> None:
        self.world.stepper.restart()

    def lost_answer(self, random: Random) -> None:
        """An edit arrives and its answer does not; then the worker is another one."""
        fault = Fault("reset", times=1, request_kind="edit", applied=random.random() < 0.7)
        self.world.plex.faults.add(fault)
        with self.oracle.watching():
            self.world.drain()
        self.world.plex.faults.clear_faults()
        self.world.stepper.restart()

    def undo(self, random: Random) -> None:
        """Restore Plex Values."""
        self.world.put(control_job(RESTORE, {}, now=self.world.clock.now))
        self.oracle.undo_is_asked()
        self.work(random)

    def preserve(self, random: Random) -> None:
        self.world.configure(preserve_plex_edits=random.random() < 0.5)

    def begin_afresh(self, _random: Random) -> None:
        """The user agrees, where the worker asks whether this is another Stash."""
        if self.world.stepper.worker.pause is not None and self.world.stepper.worker.pause.kind == "other_stash":
            self.world.put(control_job(BEGIN_AFRESH, {}, now=self.world.clock.now))

    # -- choices ----------------------------------------------------------------------------------------------------

    def _value(self, name: str, scene: Any, random: Random) -> Any:
        text, is_empty = f"{self._film(scene)} {name} {self.world.number()}", random.random() < 0.35
        if name in ("tags", "performers"):
            had = sorted(self.world.in_stash(scene)["genre" if name == "tags" else "actor"])
            return [*random.sample(had, random.randint(0, len(had))), *([] if is_empty else [text])]
        if name == "date":
            return "" if is_empty else f"20{random.randint(10, 26)}-0{random.randint(1, 9)}-{random.randint(10, 28)}"
        return ("" if name != "studio" else None) if is_empty else text

    def _film(self, holder: Any) -> str:
        paths = self.world.files(holder) if isinstance(holder, Item) else [video.path for video in holder.files]
        return film_of(paths[0]) if paths else "Nothing"

    def _paths(self) -> list[str]:
        return [path for path, _ in self.disk.seen()]

    def _folders(self) -> list[str]:
        return sorted({"/".join(path.split("/")[:3]) for path in self.disk.sizes()})

    def _held(self) -> set[str]:
        return {path for item in self.world.items() for path in self.world.files(item)}

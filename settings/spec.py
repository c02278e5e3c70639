"""The table of all settings, behind the parse, the manifest, the documents and the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from matching.tag_targets import TARGETS
from settings.choices import BackgroundFrom, CodeTo, PosterFrom, StudioFrom, TagsTo
from settings.title_format import TITLE_FIELDS

LISTS: Final = ("director", "genre", "actor", "collection", "label")
"""What `mirror_lists` may name: the fields of plex.fields that hold names."""

SYNCABLE: Final = (
    "title", "sort_title", "tagline", "summary", "studio", "date", "added_at", "rating", "content_rating", *LISTS,
    "poster", "background",
)  # fmt: skip
"""What `skip_fields` may name: the fields of plex.fields, and the two pictures."""

COLLECTION_SOURCES: Final = ("studio", "network", "groups", "performers", "organized")
"""What `collections_from` may name."""

TAGS: Final = "tags"
"""What collections are of that rules on tags make, beside those of COLLECTION_SOURCES."""

FOLLOWS: Final = ("name", "summary", "sort_title", "poster", "background")
"""What `collections_follow` may name."""

KNOWN_BY: Final = ("stashid", "url")
"""What `only_with` may name."""

LABEL_SOURCES: Final = ("studio", "groups", "performers", "organized")
"""What `labels_from` may name."""


class Kind(StrEnum):
    """What a setting accepts.

    `TEXT` keeps its blanks, `HIDDEN` is never shown, `LISTS` is `CHOICES` or on for all, `LEVELS` is a `CHOICE` of
    which off means the first, and on the second.
    """

    TEXT = "text"
    ADDRESS = "address"
    HIDDEN = "hidden text"
    SWITCH = "switch"
    NUMBER = "number"
    WHOLE = "whole number"
    LIST = "list"
    CHOICE = "choice"
    CHOICES = "choices"
    LISTS = "lists"
    LEVELS = "choice, or on"
    RULES = "path rules"
    TAG_RULES = "rules on tags"
    TITLE_FORMAT = "format of titles"
    TAG_TARGETS = "rules where tags go"
    PREFIXES = "prefixes"


@dataclass(frozen=True, slots=True)
class Spec:
    """One setting.

    Attributes:
        name: what it is called below the heading `group`.
        empty: what an empty value means, for people; "" where the default says it.
        choices: the words that `CHOICE`, `CHOICES`, `LISTS` and `LEVELS` accept.
        choice_names: what our page says beside each of the choices; () for nothing.
        least, most: the bounds of a number, both allowed.
        in_manifest: whether Stash's settings page shows it.
        on_own_page: whether the plugin's page alone can change it; Stash keeps it with the others.
        own_env_name: the environment variable that overrides it, where its key alone is a word that others use too.
        shares_env_name: other programs use its environment variable too, so an unreadable value there is theirs and is
            passed over.
        for_all: why it is the same for every library, as the end of a sentence; "" where its group decides.
    """

    key: str
    kind: Kind
    group: str
    name: str
    description: str
    empty: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()
    choice_names: tuple[str, ...] = ()
    least: float = 0
    most: float = 0
    in_manifest: bool = True
    on_own_page: bool = False
    shares_env_name: bool = False
    own_env_name: str = ""
    for_all: str = ""

    @property
    def is_kept_in_stash(self) -> bool:
        """Whether a value that Stash holds for the plugin counts."""
        return self.in_manifest or self.on_own_page

    @property
    def display_name(self) -> str:
        """The name as Stash's settings page shows it."""
        return f"{self.group} · {self.name}"

    @property
    def help(self) -> str:
        """What it does, what an empty value means, and an example, as Stash's settings page shows it."""
        empty = f" Empty: {self.empty}." if self.empty else ""
        empty += (
            " 0 means the default." if self.manifest_type == "NUMBER" else ""
        )  # Stash shows it where nothing is set
        return f"{self.description}{empty}" + (f" Example: {self.example}" if self.example else "")

    @property
    def env_name(self) -> str:
        """The environment variable that overrides it."""
        return self.own_env_name or self.key.upper()

    @property
    def manifest_type(self) -> str:
        """The type that Stash knows it by."""
        return {Kind.SWITCH: "BOOLEAN", Kind.NUMBER: "NUMBER", Kind.WHOLE: "NUMBER"}.get(self.kind, "STRING")


_PLEX: Final = "Plex"
_MATCHING: Final = "Matching"
_SCENES: Final = "Scenes"
_CONTENT: Final = "Content"
_PICTURES: Final = "Pictures"
_RUNNING: Final = "Running"

_ON_THE_PAGE: Final = (
    Spec("plex_url", Kind.ADDRESS, _PLEX, "Server address",
         "The address of your Plex server, with its port.", example="http://192.168.1.10:32400"),
    Spec("plex_token", Kind.HIDDEN, _PLEX, "Token",
         "The X-Plex-Token of an account that may edit the libraries. Better typed on the page of Stash2Plex (the "
         "icon in Stash's bar), which keeps it in a file of its own: here everybody who can open this Stash can read "
         "it."),
    Spec("plex_library", Kind.LIST, _PLEX, "Libraries",
         "Names or ids of the libraries to sync, separated by commas.",
         empty="every movie and TV library", example="Movies, Home"),
    Spec("skip_tls_verify", Kind.SWITCH, _PLEX, "Do not check the certificate",
         "Accept any certificate from an https address. Anyone between Stash and Plex could then read the token."),
    Spec("path_rules", Kind.RULES, _MATCHING, "Path rules",
         "Where Stash's folders are in Plex, separated by semicolons. The first rule that fits is used.",
         empty="worked out from the files", example=r"/data => /media; /tv => D:\TV"),
    Spec("trigger_plex_scan", Kind.SWITCH, _MATCHING, "Ask Plex to scan",
         "If Plex does not have a scene's file yet, ask it to scan that one folder."),
    Spec("only_organized", Kind.SWITCH, _SCENES, "Only organized", "Sync only scenes that are marked as organized."),
    Spec("only_tags", Kind.LIST, _SCENES, "Only with tags",
         "Sync only scenes with at least one of these tags. Names or ids, separated by commas.",
         empty="all scenes", example="Plex, Favorites"),
    Spec("except_tags", Kind.LIST, _SCENES, "Not with tags",
         "Leave out scenes with any of these tags. Names or ids, separated by commas.",
         empty="none is left out", example="Private, 12"),
    Spec("only_with", Kind.CHOICES, _SCENES, "Only with StashID or URL",
         "Sync only scenes that have what is named: stashid, url, or both, separated by commas.",
         empty="all scenes", choices=KNOWN_BY, example="stashid"),
    Spec("skip_not_in_plex", Kind.SWITCH, _SCENES, "Skip what Plex lacks",
         "Turn on if Plex holds only part of your Stash library: scenes missing there are skipped at once, and "
         "rechecked when saved or on Sync All. Off: they wait for days, then count as failed.",
         for_all="what Plex lacks is in no library"),
    Spec("tags_to", Kind.CHOICE, _CONTENT, "Tags become",
         "Where a scene's tags go in Plex: genres (the default), labels or nowhere.",
         choices=tuple(TagsTo), example="labels"),
    Spec("exclude_tags", Kind.LIST, _CONTENT, "Tags left out",
         "Tags that are never sent to Plex. Names or ids, separated by commas.",
         empty="none is left out", example="Needs work, 12"),
    Spec("collections_from", Kind.CHOICES, _CONTENT, "Collections from",
         "What becomes a collection in Plex: studio, network (the studio above it), groups, performers, organized, "
         "separated by commas.",
         empty="no collections", choices=COLLECTION_SOURCES, example="studio, groups"),
    Spec("content_rating", Kind.TAG_RULES, _CONTENT, "Content rating",
         "What Plex Home and shares can restrict by: a value for every scene, or `tag => value`, separated by "
         "semicolons. The first rule on a tag that the scene has is used, else the value without a tag.",
         empty="content ratings are left alone", example="Family => G; XXX",
         own_env_name="STASH2PLEX_CONTENT_RATING"),
    Spec("labels", Kind.TAG_RULES, _CONTENT, "Labels",
         "Labels for every scene, or `tag => label`, separated by semicolons. All that fit are set. Plex can "
         "restrict by labels too.", empty="none", example="Stash; Family => Kids", own_env_name="STASH2PLEX_LABELS"),
    Spec("labels_from", Kind.CHOICES, _CONTENT, "Labels from",
         "What else becomes a label, separated by commas: studio, groups, performers (each by its name), organized "
         "(the label Organized for scenes that are marked so).", empty="nothing", choices=LABEL_SOURCES,
         example="organized"),
    Spec("skip_fields", Kind.CHOICES, _CONTENT, "Fields left alone",
         f"Fields that are never written, separated by commas: {', '.join(SYNCABLE)}.",
         empty="all are written", choices=SYNCABLE, example="rating, poster"),
    Spec("preserve_plex_edits", Kind.SWITCH, _CONTENT, "Keep my Plex edits",
         "Fields that were changed in Plex since the last sync stay as they are there."),
    Spec("mirror_lists", Kind.LISTS, _CONTENT, "Mirror lists exactly",
         f"Lists that become exactly those of Stash, separated by commas: {', '.join(LISTS)}; on means all five. In "
         "the others, what was added in Plex stays.", empty="none", choices=LISTS, example="genre, actor"),
    Spec("performer_photos", Kind.SWITCH, _PICTURES, "Performer photos",
         "Give Plex the photos of performers. Needs Stash's address for Plex (stash_public_url), or photo_port where "
         "Stash has a login."),
    Spec("stash_public_url", Kind.ADDRESS, _PICTURES, "Stash's address for Plex",
         "The address at which Plex reaches Stash without a login, for performer photos.",
         empty="no photos", example="http://192.168.1.20:9999", for_all="it is one address"),
    Spec("background_image", Kind.LEVELS, _PICTURES, "Background",
         "What becomes the background: none (the default), cover (the scene's), or screenshot, a still from the middle "
         "of the video, for which ffmpeg is needed.", choices=tuple(BackgroundFrom),
         choice_names=("no background is sent", "the scene's cover", "a still from the middle of the video"),
         example="cover"),
    Spec("dry_run", Kind.SWITCH, _RUNNING, "Dry run", "Log what would change, and write nothing to Plex."),
    Spec("paused", Kind.SWITCH, _RUNNING, "Paused", "Record saves, and send nothing until this is off again."),
    Spec("max_retries", Kind.WHOLE, _RUNNING, "Attempts",
         "How often a scene is tried before it counts as failed.",
         example="8", least=1, most=100),
    Spec("debug", Kind.SWITCH, _RUNNING, "Debug log", "Log every step.", shares_env_name=True),
)  # fmt: skip

_FINER: Final = (
    Spec("plex_timeout_s", Kind.NUMBER, _PLEX, "Timeout",
         "Seconds to wait for an answer from Plex.", example="60", least=0.1, most=600, in_manifest=False),
    Spec("ignore_path_case", Kind.SWITCH, _MATCHING, "Ignore case of paths",
         "Treat paths that differ only in case as the same file. For file systems that ignore case; paths with a "
         "drive letter or \\\\server are always compared that way.", in_manifest=False),
    Spec("only_paths", Kind.LIST, _SCENES, "Only in paths",
         "Sync only scenes with a file in one of these Stash folders. `*` and `?` stay within one folder's name, `**` "
         "spans folders.", empty="all scenes", example="/data/films, /data/*/new", in_manifest=False, on_own_page=True),
    Spec("only_studios", Kind.LIST, _SCENES, "Only of studios",
         "Sync only scenes of these studios. Names or ids.",
         empty="all scenes", example="Open Movies, 7", in_manifest=False, on_own_page=True),
    Spec("least_rating", Kind.NUMBER, _SCENES, "Rated at least",
         "Sync only scenes that are rated so in Stash, from 1 to 100; five stars are 100. 0: all scenes, also those "
         "without a rating.", example="60", least=0, most=100, in_manifest=False, on_own_page=True),
    Spec("title_format", Kind.TITLE_FORMAT, _CONTENT, "Title format",
         "What titles are made of. A field that is empty goes with the text around it; in config.yaml it stands in "
         "quotes.", empty="the title alone", example="[{studio}] {title} ({year})", choices=TITLE_FIELDS,
         in_manifest=False, on_own_page=True),
    Spec("code_to", Kind.CHOICE, _CONTENT, "Code becomes",
         "Where a scene's code goes in Plex: nowhere (the default), title (where Stash has no title) or tagline.",
         choices=tuple(CodeTo), example="title", in_manifest=False, on_own_page=True),
    Spec("studio_from", Kind.CHOICE, _CONTENT, "Studio from",
         "What Plex shows: the studio (the default), the network above it, or both, as “studio (network)”.",
         choices=tuple(StudioFrom), example="both", in_manifest=False, on_own_page=True),
    Spec("performer_disambiguation", Kind.SWITCH, _CONTENT, "Tell namesakes apart",
         "Put a performer's disambiguation behind the name, in brackets.", in_manifest=False, on_own_page=True),
    Spec("sort_by_group", Kind.SWITCH, _CONTENT, "Sort by group",
         "Sort the scenes of a group by its name and their place in it.", in_manifest=False, on_own_page=True),
    Spec("include_tags", Kind.LIST, _CONTENT, "Tags taken over",
         "Only these tags are sent to Plex. Names or ids.",
         empty="all but those left out", example="Animation, Short", in_manifest=False, on_own_page=True),
    Spec("tag_rules", Kind.TAG_TARGETS, _CONTENT, "Rules where tags go",
         f"`tag => target`, separated by semicolons; targets are {', '.join(TARGETS[:-1])} (several with commas "
         f"between) and {TARGETS[-1]}. For each tag the first rule counts that fits. By name, alias or id; `Animals/*` "
         "is Animals and all tags below it. What no rule fits goes as the other settings say.",
         empty="no rules", example="Animals/* => labels; Seen => nowhere", choices=TARGETS,
         in_manifest=False, on_own_page=True),
    Spec("performer_tags", Kind.SWITCH, _CONTENT, "Performers' tags too",
         "The tags of a scene's performers go to Plex as well, the same way as its own.",
         in_manifest=False, on_own_page=True),
    Spec("added_at", Kind.SWITCH, _CONTENT, "Date added as in Stash",
         "Plex's date added becomes the time at which Stash got the scene.", in_manifest=False, on_own_page=True),
    Spec("collection_prefix", Kind.TEXT, _CONTENT, "Collection prefix",
         "Put in front of every collection's name.", empty="no prefix", example='"Stash: "', in_manifest=False,
         on_own_page=True),
    Spec("collection_prefixes", Kind.PREFIXES, _CONTENT, "Prefix of each kind",
         "In place of that prefix, in front of the collections of one kind: `kind => prefix`, separated by semicolons. "
         "A blank follows the prefix unless it stands in quotes.",
         empty="the same prefix for all", choices=(*COLLECTION_SOURCES, TAGS),
         example='studio => Studio:; groups => ""',
         in_manifest=False, on_own_page=True),
    Spec("collection_size", Kind.WHOLE, _CONTENT, "Smallest collection",
         "A collection is made once so many synced items of a library belong to it. One that is there already stays, "
         "and takes new ones. 1: any.", example="2", least=1, most=1000, in_manifest=False, on_own_page=True),
    Spec("collections_follow", Kind.LISTS, _CONTENT, "Collections follow Stash in",
         "What a collection that this plugin made takes from its studio, performer, group or tag in Stash, separated "
         f"by commas: {', '.join(FOLLOWS)}; on means all. Collections of yours and of other tools are never touched.",
         empty="nothing", choices=FOLLOWS, example="name, summary, poster", in_manifest=False, on_own_page=True),
    Spec("poster_from", Kind.CHOICE, _PICTURES, "Poster from",
         "Plex shows posters 2:3. cover: the scene's cover as it is; canvas: all of it over its own blurred "
         "enlargement; crop: its middle; group: the front cover of the scene's group, and where there is none the "
         "cover, or what stands behind the comma. canvas and crop need ffmpeg.",
         choices=tuple(PosterFrom), choice_names=(
             "as it is in Stash", "the whole cover over its own blurred enlargement", "the middle of the cover",
             "the front cover of the group, else the cover", "the front cover of the group, else as canvas",
             "the front cover of the group, else as crop",
         ), example="group, canvas", in_manifest=False, on_own_page=True),
    Spec("photo_port", Kind.WHOLE, _PICTURES, "Port for performer photos",
         "The worker itself serves the photos of performers at this port, so that Stash can have a login. 0: it does "
         "not.", example="9998", least=0, most=65_535, in_manifest=False, on_own_page=True,
         for_all="it is one port"),
    Spec("photo_address", Kind.ADDRESS, _PICTURES, "Address for performer photos",
         "The address at which Plex reaches photo_port.", empty="no photos where photo_port is set",
         example="http://192.168.1.20:9998", in_manifest=False, on_own_page=True, for_all="it is one address"),
    Spec("card_marks", Kind.SWITCH, _RUNNING, "Marks on scene cards",
         "A small mark on each scene's card in Stash says whether the scene is in Plex, waits, is not there, or "
         "failed.",
         in_manifest=False, on_own_page=True),
    Spec("stash_timeout_s", Kind.NUMBER, _RUNNING, "Timeout of Stash",
         "Seconds to wait for an answer from Stash.", example="60", least=0.1, most=600, in_manifest=False),
    Spec("worker_idle_s", Kind.NUMBER, _RUNNING, "Idle time",
         "Seconds without work after which the worker ends. The next save starts it again.",
         example="300", least=0.1, most=86_400, in_manifest=False),
    Spec("batch_size", Kind.WHOLE, _RUNNING, "Batch",
         "How many scenes are read from Stash and Plex at once.", example="50", least=1, most=500, in_manifest=False),
    Spec("dead_letter_days", Kind.WHOLE, _RUNNING, "Keep what failed",
         "What failed is deleted after this many days.", example="90", least=1, most=3650, in_manifest=False),
    Spec("reconcile_every_s", Kind.NUMBER, _RUNNING, "Reconcile every",
         "Seconds between two light comparisons of Stash and Plex that start by themselves. 0: never.",
         example="604800", least=0, most=31_536_000, in_manifest=False),
    Spec("emptying_limit", Kind.WHOLE, _RUNNING, "Emptied without a save",
         "How many items in Plex may lose a title, a summary, all tags, actors or collections within an hour where no "
         "save named that field. What would be more is held, and you are asked.",
         example="100", least=1, most=1_000_000, in_manifest=False),
    Spec("emptying_limit_any", Kind.WHOLE, _RUNNING, "Emptied in any case",
         "How many items may lose such a field within an hour in any case. A tenth of what was synced counts where "
         "that is less, but never less than emptying_limit. A save of one scene by itself is never held.",
         example="1000", least=1, most=1_000_000, in_manifest=False),
)  # fmt: skip

SPECS: Final[Mapping[str, Spec]] = {spec.key: spec for spec in (*_ON_THE_PAGE, *_FINER)}
"""Every setting by its key; those of Stash's page first, in the order in which people read them."""

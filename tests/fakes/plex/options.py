"""What can be set on the stand-in: who it claims to be, how it reads what nobody is sure of, and how slow it is."""

from dataclasses import dataclass


@dataclass(slots=True)
class Options:
    """Switches; all of them may be changed while the server runs. Of two readings the stricter one is the default.

    Attributes:
        token: what `X-Plex-Token` must hold: the owner's.
        guest_token: one of an account that the server is shared with: it sees no paths of files, and writes nothing.
        tag_lists: "add": `genre[0].tag.tag=…` adds to what is there; "replace": it is the whole new list. Most reports
            say that Plex adds, an old one says replaces.
        refused_fields: names of the wire ("summary", "genre", …) whose value or lock has a whole edit refused with 400,
            as a field does that the server does not know.
        bad_values: pieces of text that have the whole edit refused with 500 wherever a value holds one, as a date does
            that is none.
        passes_over_unknown: True: a field of no known name is passed over without a word instead of refused.
        capital_labels: True: a new label gets a capital first letter.
        exact_removals: True: a tag is removed only by its name as Plex spells it.
        reads_forms: True: an edit may come as the body of a form.
        text_limit: characters of one value, and `list_limit` names of one list in a request; what has more is refused
            with 400. None: any.
        rating_in_edit: False: `userRating.value` in an edit is ignored without a word, as old servers may do; only
            `/:/rate` works then.
        unknown_id_in_edit: "ignore": an edit of an id that is gone answers 200 and changes nothing (the id is only a
            filter); "404": it is refused.
        sort_title: what moves a sort title that is not locked. "stays": only its being emptied, which has it built from
            the title; "follows": an edit of the title does too; "stuck": nothing does but a value of its own.
        upload_locks: True: an uploaded or selected picture locks its field by itself.
        clears_choice_from: from this version on `DELETE /library/metadata/{id}/thumb` (`/art`) takes the choice of a
            picture back; older ones answer 404, as they do to every DELETE of a picture. Source: pull request 1558 of
            python-plexapi, which says no more.
        cleared_shows: "nothing": an item without choice shows no picture before its next refresh; "agent": its agent's
            at once. Nobody has said which.
        says_ok: True: a write or a scan answers the small page "200 OK" instead of nothing, the twin of what a refusal
            answers.
        copies_photos: True: an actor's photo is fetched with the edit that names it, and kept; False: it is fetched
            whenever it is shown. Both have been said, in issues 94 and 110 of XBMCnfoMoviesImporter.bundle.
        url_limit: bytes of the request target; longer ones answer `url_limit_status`.
        latency_ms: added to every answer; `write_latency_ms` takes its place for writes when it is set.
        serial_writes: True: writes take turns, as on one SQLite database, so that n at once take n times as long.
        busy_above: writes in flight above this number answer 503; None: never.
        empty_collections: "go": a collection whose last item is gone goes too; "stay": it stays, empty. Both have been
            told (issue 34 of plex-auto-genres is about those that stay).
        collection_names: "follow": items show the new title of a collection that was renamed; "stay": they show the old
            name. Nobody has said which.
        collection_edits: "both": a collection is edited by the address of its library or its own; "own": by the first
            a summary is answered with 404. Source: Kometa issue 686.
        scan_adds: True: a scan brings in the files that `State.put_on_disk` registered, `scan_ms` after it was asked
            for.
        scan_rereads: True: it also sees that a file has another size now, and `updatedAt` moves; False: a file that is
            known stays as it was. Source: plex_autoscan 67.
        lists_need_pages: True: what answers a list (a section's items, several ids, pictures) answers 400 without both
            `X-Plex-Container-Start` and `-Size`, as servers since 1.28 have announced in their logs; False: it answers
            everything then.
        heeds_pages: False: what is asked for in pages is answered whole, and without a total.
        most_per_page: a page of more answers 400.
        date_filters: what stands between a date and its value. "strict": `=`, `!=`, `>>=` (later), `<<=` (earlier), and
            400 for `>=` and `<=`; "any": those as well; "none": 400 for whatever names a date. All have been seen.
        unknown_filters: "400": a listing refuses a parameter that it does not know; "ignore": it passes it over.
    """

    token: str = "standin-plex-token"
    guest_token: str = "standin-guest-token"
    machine_identifier: str = "5dc1e4a2f0c94c1b8f0d6a7b3e2f1c0d9a8b7c6d"
    version: str = "1.42.2.10156-f737b826c"
    friendly_name: str = "Stand-in Plex"
    tag_lists: str = "add"
    refused_fields: frozenset[str] = frozenset()
    bad_values: frozenset[str] = frozenset()
    passes_over_unknown: bool = False
    capital_labels: bool = True
    exact_removals: bool = True
    reads_forms: bool = False
    text_limit: int | None = None
    list_limit: int | None = None
    rating_in_edit: bool = True
    unknown_id_in_edit: str = "ignore"
    sort_title: str = "stays"
    upload_locks: bool = True
    clears_choice_from: str = "1.43.0.10162"
    cleared_shows: str = "nothing"
    empty_collections: str = "go"
    collection_names: str = "follow"
    collection_edits: str = "both"
    says_ok: bool = False
    copies_photos: bool = False
    url_limit: int = 8192
    url_limit_status: int = 414
    latency_ms: float = 0.0
    write_latency_ms: float | None = None
    serial_writes: bool = False
    busy_above: int | None = None
    scan_adds: bool = True
    scan_rereads: bool = False
    scan_ms: float = 0.0
    lists_need_pages: bool = True
    heeds_pages: bool = True
    most_per_page: int = 1000
    date_filters: str = "strict"
    unknown_filters: str = "400"

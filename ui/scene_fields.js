/** One item of Plex on a scene's tab: what differs, field by field, Stash above Plex; what is equal in one line; its pictures; the way to it in Plex. */
(function (s2p) {
  "use strict";

  if (s2p.missing.length) return;

  const { h, React, words, text, parts } = s2p;
  const { Button } = s2p.bootstrap;

  const PLEX_TV = "https://app.plex.tv/desktop/";
  const ON_THAT_MACHINE = /^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/;

  /** The address of Plex's own page as a browser may reach it, or "": Stash may know Plex by a name that only its own machine knows. */
  function ownAddress(address) {
    let url;
    try {
      url = new URL(address);
    } catch (error) {
      return "";
    }
    const here = window.location.hostname;
    if (ON_THAT_MACHINE.test(url.hostname)) url.hostname = here;
    const isOfContainers = (!/[.:]/.test(url.hostname) && url.hostname !== here) || url.hostname.endsWith(".internal");
    return isOfContainers ? "" : `${url.href.replace(/[?#].*$/, "").replace(/\/$/, "")}/web/index.html`;
  }

  /** The item in Plex Web: on the server itself where a browser may reach it, and at plex.tv. Neither holds a token. */
  function PlexLinks({ server, ratingKey, title }) {
    if (!server || !ratingKey) return null;
    const place = `#!/server/${encodeURIComponent(server.id)}/details?key=${encodeURIComponent(`/library/metadata/${ratingKey}`)}`;
    const own = ownAddress(server.address);
    const link = (base, label, name) => h("a", { href: base + place, target: "_blank", rel: "noopener noreferrer", "aria-label": text(name, { title: title || ratingKey }) }, label);
    return h(
      "span",
      { className: "s2p-plex-links" },
      own && link(own, text("scene.open"), "scene.open_label"),
      link(PLEX_TV, own ? text("scene.open_at_plex_tv") : text("scene.open"), "scene.open_at_plex_tv_label")
    );
  }

  const bare = (value) => (words.isEmpty(value) ? null : Array.isArray(value) ? [...value].map((each) => each.toLowerCase()).sort() : value);
  const isSame = (one, other) => JSON.stringify(bare(one)) === JSON.stringify(bare(other));

  /** Whether the field asks for a person's eye: it would be sent, or stays by somebody's will, or is not sent for a reason. */
  const isOpen = (field, item) => (item.plex_known ? field.differs || field.kept || Boolean(field.note) : item.rating_key > 0 && !isSame(field.stash, field.written));

  function Item({ item, sceneId, server, onDone }) {
    const shown = item.fields.filter((field) => isOpen(field, item));
    const rest = item.fields.filter((field) => !isOpen(field, item));
    const isAlike = (field) => isSame(field.stash, item.plex_known ? field.plex : field.written);
    const differing = shown.filter((field) => field.differs);
    const folded = item.rating_key ? (item.plex_known ? "scene.equal" : "scene.as_written") : "scene.to_send";
    return h(
      "section",
      { className: "s2p-item", "aria-label": item.title || text("scene.item", { key: String(item.rating_key) }) },
      item.rating_key > 0 && h(ItemHead, { item, server }),
      h(ItemPictures, { item, sceneId, onDone }),
      differing.length > 1 && h(TakeAll, { count: differing.length, sceneId, onDone }),
      shown.map((field) => h(FieldBlock, { key: field.field, field, item, sceneId, onDone })),
      h(Fields, { label: folded, fields: item.rating_key ? rest.filter(isAlike) : rest, of: (field) => field.stash }),
      item.rating_key > 0 && h(Fields, { label: item.plex_known ? "scene.left_to_plex" : "scene.not_written", fields: rest.filter((field) => !isAlike(field)), of: (field) => (item.plex_known ? field.plex : field.stash) })
    );
  }

  function ItemHead({ item, server }) {
    return h(
      "div",
      { className: "s2p-item-head" },
      h("h3", { className: "h6" }, item.title || text("scene.item", { key: String(item.rating_key) })),
      item.library && h("span", { className: "text-muted" }, text("scene.in_library", { library: item.library })),
      h(PlexLinks, { server, ratingKey: item.rating_key, title: item.title })
    );
  }

  const PICTURES = {
    poster: { headings: ["scene.poster_in_plex", "scene.poster_of_stash"], made_of: "scene.poster_made_of", take: "scene.take_poster" },
    background: { headings: ["pictures.background_now", "scene.background_of_stash"], made_of: "scene.background_made_of", take: "scene.take_background" },
  };

  /** The poster, also where it is left alone, and the background where one is written. */
  function ItemPictures({ item, sceneId, onDone }) {
    const act = useDoing(onDone);
    if (!item.pictures.length) return null;
    const shown = ["poster", "background"].map((kind) => item.pictures.find((each) => each.field === kind) || (kind === "poster" && { field: kind }));
    return h(
      React.Fragment,
      null,
      shown.filter(Boolean).map((each) => h(ItemPicture, { key: each.field, picture: each, item, act, sceneId })),
      h(parts.Problem, { error: act.error })
    );
  }

  function ItemPicture({ picture, item, act, sceneId }) {
    const { headings, made_of, take } = PICTURES[picture.field];
    const after = picture.path ? { path: picture.path, how: picture.how } : undefined;
    return h(
      React.Fragment,
      null,
      h(parts.Pictures, { kind: picture.field, ratingKey: item.rating_key, title: item.title, stamp: String(item.synced_at), after, headings: headings.map((key) => text(key)) }),
      picture.made_of && h(
        "div",
        { className: "s2p-answers" },
        h("span", { className: "s2p-facts s2p-grow text-muted" }, text(made_of, { made_of: picture.made_of })),
        item.plex_known && h(Button, { size: "sm", variant: "secondary", disabled: act.busy, onClick: () => act.run("ui_keep", { scene_id: sceneId, field: picture.field, keep: false }) }, text(take))
      )
    );
  }

  /** Stash above Plex, and what to do about it. */
  function FieldBlock({ field, item, sceneId, onDone }) {
    const lacking = (value, other) => (Array.isArray(value) ? value.filter((tag) => !(other || []).includes(tag)) : []);
    const saysMore = !words.isEmpty(field.written) && !isSame(field.written, field.stash) && !isSame(field.written, field.plex);
    const side = (name, value) => [h("dt", { key: `${name} name` }, name), h("dd", { key: name }, value)];
    return h(
      "div",
      { className: `s2p-field${field.differs ? " s2p-differs" : ""}`, role: "group", "aria-label": field.name },
      h(FieldHead, { field, item }),
      h(
        "dl",
        null,
        side("Stash", h(parts.Value, { value: field.stash, marked: item.plex_known ? lacking(field.stash, field.plex) : [], sign: "+" })),
        side("Plex", item.plex_known ? h(parts.Value, { value: field.plex }) : h("span", { className: "text-muted" }, text("scene.not_known"))),
        (saysMore || !item.plex_known) && side(text("scene.last_written"), h(parts.Value, { value: field.written }))
      ),
      item.plex_known && h(FieldActions, { field, sceneId, onDone })
    );
  }

  function FieldHead({ field, item }) {
    const since = isSame(field.written, field.stash) ? "scene.changed_in_plex" : isSame(field.written, field.plex) ? "scene.changed_in_stash" : "scene.differs";
    const mark = field.note || (item.plex_known && field.differs && text(words.isEmpty(field.written) ? "scene.differs" : since));
    return h(
      "div",
      { className: "s2p-field-head" },
      h("strong", null, field.name),
      field.locked && h("span", { className: "s2p-lock", title: text("scene.locked") }, h(parts.Icon, { name: "faLock" }), h("span", { className: "sr-only" }, text("scene.locked"))),
      mark && h("span", { className: "s2p-mark" }, mark)
    );
  }

  /** Answers for this field alone: others stay as they are. */
  function FieldActions({ field, sceneId, onDone }) {
    const act = useDoing(onDone);
    const button = (label, keep) => h(Button, { size: "sm", variant: "secondary", disabled: act.busy, "aria-label": `${text(label)}: ${field.name}`, onClick: () => act.run("ui_keep", { scene_id: sceneId, field: field.field, keep }) }, text(label));
    if (!field.kept && !field.can_take) return null;
    return h(
      "div",
      { className: "s2p-answers" },
      field.differs && button("scene.keep_plex", true),
      button(field.kept ? "scene.follow_stash" : "scene.take_stash", false),
      h(parts.Problem, { error: act.error })
    );
  }

  function TakeAll({ count, sceneId, onDone }) {
    const act = useDoing(onDone);
    return h(
      "div",
      { className: "s2p-answers" },
      h("span", { className: "s2p-grow" }, text("scene.differing", { count })),
      h(Button, { size: "sm", variant: "secondary", disabled: act.busy, onClick: () => act.run("ui_sync", { scene_ids: [sceneId] }) }, text("scene.take_all", { count })),
      h(parts.Problem, { error: act.error })
    );
  }

  /** Run an operation, tell what it answered, and look again. */
  function useDoing(onDone) {
    const tell = s2p.use.tell();
    return s2p.use.action(async (mode, args) => {
      tell((await s2p.call(mode, args)).text);
      onDone();
    });
  }

  /** Fields in one line that opens; nothing where there are none. */
  function Fields({ label, fields, of }) {
    if (!fields.length) return null;
    const locked = (field) => field.locked && h("span", { className: "sr-only" }, ` (${text("scene.locked")})`);
    const row = (field) => h(React.Fragment, { key: field.field }, h("dt", null, field.name, locked(field)), h("dd", null, h(parts.Value, { value: of(field) })));
    return h(Opening, { label: text(label, { count: fields.length }) }, h("dl", null, fields.map(row)));
  }

  /** One line that opens. */
  function Opening({ label, children }) {
    const [open, setOpen] = React.useState(false);
    return h(
      "div",
      { className: "s2p-opening" },
      h(Button, { variant: "link", size: "sm", "aria-expanded": open, onClick: () => setOpen(!open) }, h(parts.Icon, { name: open ? "faChevronDown" : "faChevronRight" }), ` ${label}`),
      open && children
    );
  }

  s2p.SceneItem = Item;
  s2p.parts = { ...s2p.parts, Opening };
  s2p.use = { ...s2p.use, doing: useDoing };
})(window.Stash2Plex);

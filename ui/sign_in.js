/** Signing in with Plex, in the first step of Set-up: Plex's own page in a new tab, then one of the servers that are the account's. No token comes here. */
(function (s2p) {
  "use strict";

  const { h, React, text, parts, stores } = s2p;
  const { Button, Form } = s2p.bootstrap;

  const LOOK_MS = 3000;
  const PATIENCE_MS = 300000;
  const NONE = { begun: null, servers: null, failure: null };

  function SignIn({ isFirst, tls, onSaved }) {
    const [state, setState] = s2p.use.state(NONE);
    const isWaiting = Boolean(state.begun) && !state.servers;
    const look = s2p.use.operation("ui_sign_in_look", isWaiting ? { ticket: state.begun.ticket } : null, LOOK_MS);
    const begin = s2p.use.action(async () => setState({ ...NONE, begun: await s2p.call("ui_sign_in_begin") }));
    const cancel = s2p.use.action(async () => {
      setState(NONE);
      await s2p.call("ui_sign_in_look", { ticket: state.begun.ticket, cancel: true });
    });
    const found = isWaiting && !look.stale && look.data;
    const failed = isWaiting && look.answered && look.error;
    const away = failed || (found && found.problem && new Error(found.problem));
    const awayMs = React.useRef(0);
    React.useEffect(() => {
      if (!away) awayMs.current = 0;
      else awayMs.current = awayMs.current || Date.now();
      const isOver = failed && !failed.isStashAway;
      if (isOver || (away && Date.now() - awayMs.current > PATIENCE_MS)) setState({ ...NONE, failure: away });
      else if (found && found.state === "approved") setState({ ...state, servers: found.servers });
    }, [found, failed]);
    if (state.servers) return h(Servers, { servers: state.servers, ticket: state.begun.ticket, tls, onCancel: cancel.run, onSaved: () => setState(NONE) || onSaved() });
    if (isWaiting) return h("div", { className: "s2p-sign-in" }, h(Waiting, { url: state.begun.url, away, onCancel: cancel.run }));
    return h(
      "div",
      { className: "s2p-sign-in" },
      h(Button, { variant: isFirst ? "primary" : "secondary", disabled: begin.busy, onClick: begin.run }, text(isFirst ? "sign_in.begin" : "sign_in.again")),
      h("p", { className: "text-muted" }, text(isFirst ? "sign_in.or_type" : "sign_in.why_again")),
      h(parts.Problem, { error: begin.error || state.failure || cancel.error })
    );
  }

  /** `away`: why the last look told nothing. */
  function Waiting({ url, away, onCancel }) {
    return h(
      parts.Note,
      { tone: "waiting", icon: "faClock" },
      h("p", { className: "mt-0" }, text("sign_in.approve")),
      h(
        "div",
        { className: "s2p-buttons" },
        h("a", { className: "btn btn-primary", href: url, target: "_blank", rel: "noopener noreferrer" }, text("sign_in.open")),
        h(Button, { variant: "secondary", onClick: onCancel }, text("parts.cancel"))
      ),
      away && h("p", { className: "s2p-invalid", role: "alert" }, away.message),
      h("p", { className: "text-muted", role: "status" }, text("sign_in.waiting"))
    );
  }

  /** The account's servers with the addresses that they say they have; another one can be typed for the one that is chosen. */
  function Servers({ servers, ticket, tls, onCancel, onSaved }) {
    const offers = servers.flatMap((server) => server.addresses.map((address) => ({ ...address, server })));
    const [chosen, setChosen] = s2p.use.state(Math.max(0, offers.findIndex((offer) => offer.answers)));
    const [typed, setTyped] = s2p.use.state("");
    const [problems, setProblems] = s2p.use.state({});
    const [skips, setSkips] = s2p.use.state(tls.value === "on");
    const isSkippingAsked = skips || tls.value === "on" || "skip_tls_verify" in problems;
    const offer = offers[chosen];
    const save = s2p.use.action(async () => {
      const server = offer ? offer.server : servers[0];
      const wrong = await stores.chooseServer({ ticket, server: server.id, plex_url: typed || offer.url, skip_tls_verify: skips });
      setProblems(wrong);
      if (!Object.keys(wrong).length) onSaved();
    });
    const onEnter = (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // the form around is the one for typed tokens
      save.run();
    };
    const words = Object.values(problems).join(" ");
    return h(
      "fieldset",
      { className: "s2p-options s2p-sign-in" },
      h("legend", null, text("sign_in.choose")),
      offers.map((each, place) =>
        h(Form.Check, {
          key: `${each.server.id} ${each.url}`,
          type: "radio",
          name: "s2p-server",
          id: `s2p-server-offer-${place}`,
          checked: place === chosen,
          onChange: () => setChosen(place),
          label: h(React.Fragment, null, each.server.name, h("span", { className: "s2p-path" }, ` ${each.url} `), h("span", { className: each.answers ? "s2p-reached" : "text-muted" }, text(each.answers ? "sign_in.answers" : "sign_in.silent"))),
        })
      ),
      h(
        Form.Group,
        { controlId: "s2p-server-other" },
        h(Form.Label, null, text("sign_in.other")),
        h(Form.Control, { className: "text-input", value: typed, autoComplete: "off", spellCheck: false, placeholder: "192.168.1.10", isInvalid: Boolean(words), onChange: (event) => setTyped(event.target.value), onKeyDown: onEnter }),
        h(Form.Text, { className: "text-muted" }, text("sign_in.other_help"))
      ),
      isSkippingAsked && h(Form.Check, { type: "switch", id: "s2p-server-offer-tls", label: text("connection.tls"), disabled: Boolean(tls.overridden_by), checked: skips, onChange: (event) => setSkips(event.target.checked) }),
      h(
        "div",
        { className: "s2p-buttons" },
        h(Button, { disabled: save.busy || !(offer || typed), onClick: save.run }, text(save.busy ? "sign_in.saving" : "sign_in.use")),
        h(Button, { variant: "secondary", disabled: save.busy, onClick: onCancel }, text("parts.cancel"))
      ),
      h(parts.Problem, { error: save.error || (words ? new Error(words) : null) })
    );
  }

  s2p.SignIn = SignIn;
})(window.Stash2Plex);

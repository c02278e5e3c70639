/**
 * What people read, in the language of Stash's interface: the page's own texts by key (texts/en.js and its translations), and what the plugin says by its
 * English sentence (texts/de_sentences.js). What nobody has translated is shown in English.
 */
(function (s2p) {
  "use strict";

  const ENGLISH = "en";
  let language = ENGLISH;
  let locale; // until Stash has said it, the browser's own

  /** Take the language of Stash's interface, e.g. "de-DE"; one of ours, or English. @param {string} chosen @returns {string} our language */
  function speak(chosen) {
    const ours = String(chosen || "").split("-")[0];
    language = s2p.texts[ours] ? ours : ENGLISH;
    locale = String(chosen || "").startsWith(language) ? chosen : undefined;
    return language;
  }

  /** Speak the language of Stash's interface. To be called by what is drawn into Stash itself, so that all below it does. @returns {string} our language */
  function useLanguage() {
    const Intl = s2p.api.libraries.Intl;
    return speak(Intl && Intl.useIntl ? Intl.useIntl().locale : "");
  }

  /** @param {number} value @param {object} [options] of Intl.NumberFormat */
  function number(value, options) {
    return Number(value).toLocaleString(locale || "en-US", options);
  }

  /** The pattern for a key; of one with several forms that which fits `values.count`. */
  function pattern(key, values) {
    const found = s2p.texts[language][key] || s2p.texts[ENGLISH][key] || key;
    if (typeof found === "string") return found;
    return found[new Intl.PluralRules(language).select(Number(values.count))] || found.other;
  }

  const shown = (value) => (typeof value === "number" ? number(value) : String(value));

  /**
   * A text by its key, e.g. `text("answers.discard_question", { count: 3 })`. Numbers among the values are written as the language does.
   * @param {string} key @param {Record<string, string|number>} [values]
   */
  function text(key, values) {
    return pattern(key, values).replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? shown(values[name]) : whole));
  }

  /** The same with elements of React among the values: a list for h(). */
  function textWith(key, values) {
    return pattern(key, values)
      .split(/(\{\w+\})/)
      .map((piece) => (/^\{\w+\}$/.test(piece) ? values[piece.slice(1, -1)] : piece))
      .map((piece) => (typeof piece === "number" ? number(piece) : piece));
  }

  // -- what the plugin says: looked up by its English ---------------------------------------------------------------

  const known = {}; // by language: exact sentences, patterns, and what was looked up before

  /** Without its capital and its full stop: the same words stand within sentences as well. */
  const bare = (english) => (english.charAt(0).toLowerCase() + english.slice(1)).replace(/\.$/, "");

  function table() {
    if (known[language]) return known[language];
    const all = Object.entries(s2p.sentences[language] || {});
    const literal = (english) => english.replace(/\{\w+\}/g, "").length;
    const patterns = all.filter(([english]) => english.includes("{")).sort((one, other) => literal(other[0]) - literal(one[0]));
    known[language] = { exact: new Map(all.map(([english, ours]) => [bare(english), ours])), patterns: patterns.map(compiled), found: new Map() };
    return known[language];
  }

  const WITHIN = String.raw`(?![.!?]\s).`; // no end of a sentence
  const PATH = String.raw`((?:[A-Za-z]:)?[/\\](?:${WITHIN}|[.!?]\s(?=(?:[^\s:]+ ){0,6}[^\s:]*(?:[/\\]|\.\w)))+?)`; // "/films/Vol. 2/a.mkv"

  const hole = (name) => (/^count/.test(name) ? "([\\d.,]+)" : /path$/.test(name) ? PATH : `((?:${WITHIN})+?)`);

  /** `{count…}` is a number; `{…path}` a whole path; `{sentence…}` something that is looked up itself; any other any text without an end of a sentence. */
  function compiled([english, ours]) {
    const names = [...english.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const escaped = bare(english).split(/\{\w+\}/).map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const source = escaped.reduce((before, piece, place) => `${before}${hole(names[place - 1])}${piece}`);
    return { names, ours, expression: new RegExp(`^${source}$`, "s") };
  }

  /** One sentence, or several that stand in the table together; null for one that is not there. */
  function whole(english) {
    const { exact, patterns } = table();
    const plain = bare(english);
    let ours = exact.get(plain);
    if (ours === undefined) ours = listed(plain);
    for (let place = 0; ours === undefined && place < patterns.length; place += 1) {
      const match = patterns[place].expression.exec(plain);
      if (match) ours = filled(patterns[place], match.slice(1));
    }
    if (ours === undefined) return null;
    const isCapital = english.charAt(0) !== english.charAt(0).toLowerCase();
    return (isCapital ? ours.charAt(0).toUpperCase() + ours.slice(1) : ours).replace(/\.$/, "") + (english.endsWith(".") ? "." : "");
  }

  /** Several in one sentence, as "3 could not be synced; 2 wait" or "Title, Actors": all of them or none. */
  function listed(english) {
    const sign = ["; ", ", "].find((each) => english.includes(each));
    const all = sign ? english.split(sign).map(whole) : [null];
    return all.includes(null) ? undefined : all.join(sign);
  }

  function filled({ names, ours }, values) {
    return ours.replace(/\{(\w+)\}/g, (_, name) => {
      const value = values[names.indexOf(name)];
      if (/^count/.test(name)) return number(value.replace(/,/g, ""));
      return name.startsWith("sentence") ? sentence(value) : value;
    });
  }

  /** A sentence of the plugin, or several: of these the most that stand in the table together, one after the other. What is not there stays English. */
  function sentence(english) {
    if (language === ENGLISH || typeof english !== "string" || !english) return english;
    const { found } = table();
    if (!found.has(english)) found.set(english, translated(english));
    return found.get(english);
  }

  const MOST_TOGETHER = 8; // somebody's error may be thousands of words with dots
  const MOST_PIECES = 60; // and a list shows fifty of them

  function translated(english) {
    const pieces = english.split(/(?<=[.!?]["”]?)\s+/);
    if (pieces.length > MOST_PIECES) return english;
    const ours = [];
    for (let start = 0; start < pieces.length; ) {
      let end = Math.min(pieces.length, start + MOST_TOGETHER);
      let one = null;
      for (; end > start && one === null; end -= 1) one = whole(pieces.slice(start, end).join(" "));
      ours.push(one === null ? pieces[start] : one);
      start = one === null ? start + 1 : end + 1;
    }
    return ours.join(" ");
  }

  /** Where sentences stand in the answers of operations: all else there is somebody's data. */
  const SENTENCES = new Set(
    "text rest advice said offer given_up refused sick warnings problem problems notes note help why_not why message detail error choice_names made_of conflicts overridden_by rules_problem".split(" ")
  );
  const isSentence = (name, within) =>
    SENTENCES.has(name) ||
    (name === "name" && "field" in within) ||
    (name === "title" && ("kind" in within || "run" in within || "started_at" in within || within.rating_key === 0)) ||
    (name === "default" && "control" in within && !within.choices.includes(within.default));

  const isNameOfSetting = (name, within) => name === "name" && isSetting(within.key);
  const isSetting = (key) => `setting.${key}` in s2p.texts[ENGLISH];

  /** Its group may stand before it: "Content · Fields left alone". */
  const nameOfSetting = (words, key) => words.split(" · ").map((each) => (each === s2p.texts[ENGLISH][`setting.${key}`] ? text(`setting.${key}`) : sentence(each))).join(" · ");

  const FIELDS = ["content_rating", "added_at"]; // are called so as well

  /** A setting is called as the page calls it, also where the plugin names its key: logs and config.yaml know it by that. Folders, files and hosts that are called like one stay. */
  const named = (words) =>
    words.replace(/(?<![\w/\\.-])[A-Za-z][a-z]*(?:_[a-z]+)+(?![\w/\\-]|\.\w)/g, (word) => {
      const key = word.charAt(0).toLowerCase() + word.slice(1); // it may begin a sentence
      return isSetting(key) && !FIELDS.includes(key) ? text("texts.quoted", { name: text(`setting.${key}`) }) : word;
    });

  /** An answer of an operation with its sentences in the language of the page. */
  function sentencesIn(answer, all) {
    if (answer === null || answer === undefined) return answer;
    if (typeof answer === "string") return all ? named(sentence(answer)) : answer;
    if (Array.isArray(answer)) return answer.map((each) => sentencesIn(each, all));
    if (typeof answer !== "object") return answer;
    return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, isNameOfSetting(name, answer) ? nameOfSetting(value, answer.key) : sentencesIn(value, (all && name !== "setting") || isSentence(name, answer))]));
  }

  s2p.speak = speak;
  s2p.text = text;
  s2p.textWith = textWith;
  s2p.sentence = sentence;
  s2p.sentencesIn = sentencesIn;
  s2p.language = { number, locale: () => locale, name: () => language };
  s2p.use = { ...s2p.use, language: useLanguage };
})(window.Stash2Plex);

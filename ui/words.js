/** Numbers, times and values as people read them, in the page's language. */
(function (s2p) {
  "use strict";

  const { text } = s2p;
  const { number, locale } = s2p.language;
  const MINUTE = 60;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;

  /** Of things whose names stand in no text yet; else a text with forms. @param {number} count @param {string} singular @param {string} [plural] */
  function counted(count, singular, plural) {
    return `${number(count)} ${count === 1 ? singular : plural || `${singular}s`}`;
  }

  /** A length of time: "12 s", "3 min", "2.5 h", "4 days", never broken within. @param {number} seconds @param {string} [days] the text for days, which German bends behind "vor" and "in" */
  function span(seconds, days = "words.days") {
    const length = Math.max(0, seconds);
    if (length < 1.5 * MINUTE) return text("words.seconds", { count: Math.round(length) });
    if (length < 1.5 * HOUR) return text("words.minutes", { count: Math.round(length / MINUTE) });
    if (length < 2 * DAY) return text("words.hours", { length: number(length / HOUR, { maximumFractionDigits: 1 }) });
    return text(days, { count: Math.round(length / DAY) });
  }

  /** "12 s ago". @param {number} at epoch seconds @param {number} now epoch seconds */
  function ago(at, now) {
    return now - at < 1 ? text("words.just_now") : text("words.ago", { span: span(now - at, "words.days_off") });
  }

  /** "in 3 min", or "now". @param {number} at epoch seconds @param {number} now epoch seconds */
  function until(at, now) {
    return at - now < 1 ? text("words.now") : text("words.in", { span: span(at - now, "words.days_off") });
  }

  /** The time of day, with the day where it is another one. @param {number} at epoch seconds */
  function clock(at) {
    const date = new Date(at * 1000);
    const time = date.toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
    return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString(locale())} ${time}`;
  }

  /** Whether a field's value says nothing. */
  function isEmpty(value) {
    return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
  }

  /** As a sentence begins: what the plugin says may stand within one of its logs. */
  const capital = (said) => said && said.charAt(0).toUpperCase() + said.slice(1);

  s2p.words = { counted, number, span, ago, until, clock, isEmpty, capital };
})(window.Stash2Plex);

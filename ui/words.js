/** Numbers, times and values as people read them. Pure. */
(function (s2p) {
  "use strict";

  const MINUTE = 60;
  const HOUR = 60 * MINUTE;
  const DAY = 24 * HOUR;

  /** @param {number} count @param {string} singular @param {string} [plural] */
  function counted(count, singular, plural) {
    return `${number(count)} ${count === 1 ? singular : plural || `${singular}s`}`;
  }

  /** @param {number} value */
  function number(value) {
    return Number(value).toLocaleString("en-US");
  }

  /** A length of time: "12 s", "3 min", "2.5 h", "4 days". @param {number} seconds */
  function span(seconds) {
    const length = Math.max(0, seconds);
    if (length < 1.5 * MINUTE) return `${Math.round(length)} s`;
    if (length < 1.5 * HOUR) return `${Math.round(length / MINUTE)} min`;
    if (length < 2 * DAY) return `${(length / HOUR).toFixed(1)} h`;
    return `${Math.round(length / DAY)} days`;
  }

  /** "12 s ago". @param {number} at epoch seconds @param {number} now epoch seconds */
  function ago(at, now) {
    return now - at < 1 ? "just now" : `${span(now - at)} ago`;
  }

  /** "in 3 min", or "now". @param {number} at epoch seconds @param {number} now epoch seconds */
  function until(at, now) {
    return at - now < 1 ? "now" : `in ${span(at - now)}`;
  }

  /** The time of day, with the day where it is another one. @param {number} at epoch seconds */
  function clock(at) {
    const date = new Date(at * 1000);
    const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    return date.toDateString() === new Date().toDateString() ? time : `${date.toLocaleDateString()} ${time}`;
  }

  /** Whether a field's value says nothing. */
  function isEmpty(value) {
    return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
  }

  s2p.words = { counted, number, span, ago, until, clock, isEmpty };
})(window.Stash2Plex);

// Drafts of the sheet: in this browser alone, by round and unit, and never on the wire. What a round's end leaves is
// swept away when the page is opened again. Where a browser keeps nothing, the sheet works without a draft.
"use strict";

const drafts = (() => {
  const PREFIX = "tongping.sheet.";
  const name = (period, unit) => `${PREFIX}${period}.${unit}`;

  function kept(work) {
    try {
      return work(window.localStorage);
    } catch {
      return null; // switched off, or full
    }
  }

  function parsed(text) {
    try {
      const draft = JSON.parse(text);
      return draft && typeof draft.rows === "object" && draft.rows ? draft : null;
    } catch {
      return null;
    }
  }

  // `until` is a moment of this browser's own clock, in milliseconds.
  const isOver = (draft) => Boolean(draft.until) && draft.until <= Date.now();

  function read(period, unit) {
    const draft = parsed(kept((store) => store.getItem(name(period, unit))));
    return draft && !isOver(draft) ? draft.rows : {};
  }

  function write(period, unit, until, rows) {
    const text = JSON.stringify({ until, rows });
    kept((store) => (Object.keys(rows).length ? store.setItem(name(period, unit), text) : store.removeItem(name(period, unit))));
  }

  function forget(period, unit, assignments) {
    const draft = parsed(kept((store) => store.getItem(name(period, unit))));
    if (!draft) return;
    assignments.forEach((each) => delete draft.rows[each]);
    write(period, unit, draft.until, draft.rows);
  }

  // All that is not of this round, and what has run out; without a round, everything.
  function sweep(period) {
    kept((store) => {
      const names = Array.from({ length: store.length }, (_, place) => store.key(place)).filter((each) => each.startsWith(PREFIX));
      for (const each of names) {
        const draft = parsed(store.getItem(each));
        if (!period || !each.startsWith(`${PREFIX}${period}.`) || !draft || isOver(draft)) store.removeItem(each);
      }
    });
  }

  function clear() {
    sweep("");
  }

  return { read, write, forget, sweep, clear };
})();

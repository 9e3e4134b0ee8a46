// Filling in the sheet, by taps or by keys: a mark moves on to the next gap, a whole row to the next unit. Knows the rows
// on the page and what stands in them. Refuses to know what becomes of it.
"use strict";

const filling = (() => {
  const GAP = "_";
  const before = new WeakMap(); // the marks a row had before "no dealings", should it be taken back

  const groups = (row) => [...row.querySelectorAll(".sheet-group")];
  const radios = (group) => [...group.querySelectorAll("input")];
  const none = (row) => row.querySelector(".none input");
  const comment = (row) => row.querySelector("textarea");
  const again = (row) => row.querySelector(".sheet-again");
  const rowsOf = (form) => [...form.querySelectorAll(".sheet-row")];
  const rowOf = (element) => element.closest(".sheet-row");

  const marks = (row) => groups(row).map((group) => (radios(group).find((each) => each.checked) || { value: GAP }).value).join("");
  const isSent = (row) => row.classList.contains("is-sent");
  const isWhole = (row) => none(row).checked || !marks(row).includes(GAP);
  const isBegun = (row) => none(row).checked || new RegExp(`[^${GAP}]`).test(marks(row));
  const hasWords = (row) => Boolean(comment(row).value.trim());
  const isDone = (row) => (isSent(row) && !isBegun(row)) || isWhole(row);
  const isReachable = (row) => !row.hidden && (!again(row) || again(row).open);

  function setMarks(row, given) {
    groups(row).forEach((group, place) => radios(group).forEach((each) => {
      each.checked = each.value === given[place];
    }));
  }

  // What a row holds as a draft has it; null for nothing.
  function held(row) {
    if (!isBegun(row) && !hasWords(row)) return null;
    return { m: marks(row), n: none(row).checked, c: comment(row).value };
  }

  function restore(row, draft) {
    setMarks(row, String(draft.m || ""));
    none(row).checked = draft.n === true;
    comment(row).value = String(draft.c || "");
    if (again(row)) again(row).open = true;
    if (comment(row).value) comment(row).closest("details").open = true;
  }

  function clear(row) {
    setMarks(row, "");
    none(row).checked = false;
    comment(row).value = "";
  }

  // --- moving

  function focusOn(row, place, toTop) {
    const list = groups(row);
    const inside = place < list.length ? radios(list[place]) : [none(row)];
    (inside.find((each) => each.checked) || inside[0]).focus({ preventScroll: true });
    const shown = toTop ? row : inside[0].closest(".sheet-group, .sheet-tools");
    shown.scrollIntoView({ block: toTop ? "start" : "nearest" });
  }

  function toNextRow(form, row) {
    const rows = rowsOf(form);
    const at = rows.indexOf(row);
    const next = [...rows.slice(at + 1), ...rows.slice(0, at)].find((each) => isReachable(each) && !isDone(each));
    if (next) return focusOn(next, Math.max(marks(next).indexOf(GAP), 0), true);
    const button = form.querySelector("#to-review");
    button.focus({ preventScroll: true });
    button.scrollIntoView({ block: "center" });
  }

  function advance(form, row, place) {
    const now = marks(row);
    const gap = now.indexOf(GAP, place + 1) >= 0 ? now.indexOf(GAP, place + 1) : now.indexOf(GAP);
    if (gap >= 0) focusOn(row, gap, false);
    else toNextRow(form, row);
  }

  function move(form, row, place, key) {
    const width = groups(row).length + 1;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const to = place + (key === "ArrowRight" ? 1 : -1);
      if (to >= 0 && to < width) focusOn(row, to, false);
      return;
    }
    const rows = rowsOf(form).filter(isReachable);
    const to = rows[rows.indexOf(row) + (key === "ArrowDown" ? 1 : -1)];
    if (to) focusOn(to, place, true);
  }

  // --- marking

  function marked(form, row, place, wasWhole) {
    none(row).checked = false;
    if (wasWhole) focusOn(row, place, false); // a correction: stay where it was made
    else advance(form, row, place);
  }

  function noDealings(form, row) {
    if (!none(row).checked) return setMarks(row, before.get(row) || "");
    before.set(row, marks(row));
    setMarks(row, "");
    toNextRow(form, row);
  }

  function byKey(form, event, changed) {
    const { key, target } = event;
    const row = rowOf(target);
    if (!row || event.ctrlKey || event.altKey || event.metaKey || !target.matches("input")) return;
    const group = target.closest(".sheet-group");
    const place = group ? Number(group.dataset.place) : groups(row).length;
    if (/^[1-5]$/.test(key)) {
      const wasWhole = !marks(row).includes(GAP);
      const at = group ? place : 0;
      radios(groups(row)[at])[Number(key) - 1].checked = true;
      marked(form, row, at, wasWhole);
    } else if (key === "0" || key === "-") {
      none(row).checked = !none(row).checked;
      noDealings(form, row);
    } else if (key === "Backspace" || key === "Delete") {
      clear(row);
      focusOn(row, 0, false);
    } else if (key.startsWith("Arrow")) {
      move(form, row, place, key);
    } else {
      return;
    }
    event.preventDefault();
    changed(row);
  }

  // Listen to the form; `changed(row)` is told of every change.
  function listen(form, changed) {
    let whole = null; // whether the row was whole before the tap that is under way
    form.addEventListener("pointerdown", (event) => {
      const row = rowOf(event.target);
      whole = row ? [row, !marks(row).includes(GAP)] : null;
    });
    form.addEventListener("change", (event) => {
      const row = rowOf(event.target);
      if (!row) return;
      const group = event.target.closest(".sheet-group");
      if (group) marked(form, row, Number(group.dataset.place), Boolean(whole && whole[0] === row && whole[1]));
      else if (event.target === none(row)) noDealings(form, row);
      changed(row);
    });
    form.addEventListener("input", (event) => {
      if (event.target.matches("textarea")) changed(rowOf(event.target));
    });
    form.addEventListener("keydown", (event) => byKey(form, event, changed));
    form.addEventListener("click", (event) => {
      const button = event.target.closest(".clear-row");
      if (!button) return;
      clear(rowOf(button));
      focusOn(rowOf(button), 0, false);
      changed(rowOf(button));
    });
  }

  return { rowsOf, marks, isSent, isWhole, isBegun, isDone, hasWords, held, restore, clear, comment, none, listen };
})();

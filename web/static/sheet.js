// The sheet: one page for all units. Keeps a draft in this browser, shows what is about to be sent, seals it here and
// compares the receipts. Where the browser cannot seal, the same page posts its form and the server seals at its door.
"use strict";

const sheet = (() => {
  const NAME = "X-Tongping-Session";
  let session = ""; // inside Telegram only: who speaks is said by a header, there is no cookie

  const by = (id) => document.getElementById(id);
  const fill = (words, values) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), words);
  const nameOf = (row) => row.querySelector(".sheet-name").textContent;

  function ask(path, options = {}) {
    const headers = { ...options.headers, ...(session ? { [NAME]: session } : {}) };
    return fetch(path, { ...options, headers, cache: "no-store", redirect: "error" });
  }

  function say(text, isBad) {
    const said = by("said");
    said.hidden = !text;
    said.textContent = text;
    said.classList.toggle("alert", Boolean(isBad));
    said.classList.toggle("attention", !isBad);
    if (text) said.scrollIntoView({ block: "center" });
  }

  // --- draft and progress

  function keep(here) {
    const rows = {};
    for (const row of here.rows) {
      const held = filling.held(row);
      if (held) rows[row.dataset.assignment] = held;
    }
    drafts.write(here.data.period, here.data.unit, here.until, rows);
  }

  function count(here) {
    const done = here.others + here.rows.filter(filling.isDone).length;
    const whole = here.rows.filter(filling.isWhole).length;
    by("done").value = done;
    here.form.querySelector("label[for=done]").textContent = fill(here.words.progress, { done, total: by("done").max });
    const button = by("to-review");
    if (button) button.textContent = fill(here.words.review, { count: whole });
  }

  function sieve(here) {
    const filter = by("filter");
    const isOn = Boolean(filter) && filter.getAttribute("aria-pressed") === "true";
    const active = document.activeElement && document.activeElement.closest(".sheet-row");
    here.rows.forEach((row) => {
      row.hidden = isOn && filling.isDone(row) && row !== active;
    });
  }

  function changed(here) {
    keep(here);
    count(here);
    sieve(here);
  }

  function wording(here, event) {
    const group = event.target.closest(".sheet-group");
    here.form.querySelectorAll(".is-here").forEach((each) => each.classList.remove("is-here"));
    if (!group) return; // the bar stays: if it went now, the button under a finger would move away
    const bar = by("wording");
    bar.hidden = false;
    group.classList.add("is-here");
    const head = document.createElement("strong");
    head.textContent = by(`criterion-${group.dataset.place}`).textContent;
    bar.replaceChildren(head, ...by(`wording-${group.dataset.place}`).cloneNode(true).childNodes);
  }

  // --- review

  function line(here, row) {
    const item = document.createElement("li");
    const name = document.createElement("strong");
    name.textContent = nameOf(row);
    const given = document.createElement("span");
    const isNone = filling.none(row).checked;
    given.textContent = isNone ? here.words.no_dealings : [...filling.marks(row)].join(" ");
    given.className = isNone ? "" : "given";
    const more = [];
    if (filling.hasWords(row)) more.push(here.words.with_comment);
    if (filling.isSent(row)) more.push(here.words.replaces);
    const rest = document.createElement("span");
    rest.className = "fine";
    rest.textContent = more.join(" · ");
    item.append(name, " ", given, " ", rest);
    return item;
  }

  function left(here) {
    const begun = here.rows.filter((row) => filling.isBegun(row) && !filling.isWhole(row)).map(nameOf);
    const worded = here.rows.filter((row) => filling.hasWords(row) && !filling.isBegun(row)).map(nameOf);
    const list = (names) => names.join(document.documentElement.lang.startsWith("zh") ? "、" : ", ");
    const said = [];
    if (begun.length) said.push(fill(here.words.incomplete, { units: list(begun) }));
    if (worded.length) said.push(fill(here.words.comment_left, { units: list(worded) }));
    return said.join(" ");
  }

  function review(here) {
    const chosen = here.rows.filter(filling.isWhole);
    const over = left(here);
    if (!chosen.length) return say([here.words.nothing, over].filter(Boolean).join(" "), true);
    say("");
    by("review-rows").replaceChildren(...chosen.map((row) => line(here, row)));
    by("review-left").textContent = over;
    by("review-left").hidden = !over;
    by("review-said").textContent = here.seals ? "" : here.words.unsealed;
    here.form.hidden = true;
    by("review").hidden = false;
    by("review").focus({ preventScroll: true });
    by("review").scrollIntoView({ block: "start" });
  }

  function goBack(here) {
    by("review").hidden = true;
    here.form.hidden = false;
    const button = by("to-review");
    if (button) button.focus();
  }

  // --- sending

  async function sealed(here, chosen) {
    const key = await sealing.open(here.data.key);
    return Promise.all(chosen.map(async (row) => {
      const blank = here.blanks.get(Number(row.dataset.assignment));
      const isNone = filling.none(row).checked;
      const marks = isNone ? "-".repeat(filling.marks(row).length) : filling.marks(row);
      const comment = sealing.tidy(filling.comment(row).value, here.data.longest);
      const text = await sealing.seal(key, { ...blank, marks, comment }, here.data.size);
      return { assignment: blank.assignment, counter: blank.counter, sealed: text, unit: nameOf(row), code: await sealing.receiptOf(text) };
    }));
  }

  async function post(here, ballots) {
    const csrf = here.form.elements.csrf.value;
    const sent = ballots.map(({ assignment, counter, sealed: text }) => ({ assignment, counter, sealed: text }));
    const body = JSON.stringify({ csrf, ballots: sent });
    const response = await ask("/sheet/ballots", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    return response.json();
  }

  async function renew(here) {
    const found = await (await ask(`/sheet/ballots?unit=${encodeURIComponent(here.data.unit)}`)).json();
    if (!found.blanks) return;
    here.blanks = new Map(found.blanks.map((each) => [each.assignment, each]));
    for (const row of here.rows) {
      const id = Number(row.dataset.assignment);
      if (found.done.includes(id) && !filling.isSent(row)) {
        row.classList.add("is-sent");
        const mark = document.createElement("p");
        mark.className = "sheet-sent";
        mark.textContent = `✓ ${here.words.sent_row}`;
        row.querySelector(".sheet-name").after(mark);
      }
      if (here.blanks.has(id)) row.querySelector(`[name="k.${id}"]`).value = here.blanks.get(id).counter;
    }
    count(here);
  }

  async function refused(here, error) {
    goBack(here);
    say(error.message, true);
    if (error.code !== "ballot_already_sent") return;
    await renew(here).then(() => say(`${error.message} ${here.words.stale}`, true), () => undefined);
  }

  function arrived(here, ballots, answered) {
    const agrees = answered.length === ballots.length && ballots.every((each, place) => each.assignment === answered[place].assignment && each.code === answered[place].code);
    drafts.forget(here.data.period, here.data.unit, ballots.map((each) => each.assignment));
    receipts.show(by("receipts"), ballots, agrees ? here.words.agrees : here.words.differs);
    by("receipts-said").className = agrees ? "" : "card alert";
    by("sheet-place").replaceChildren(by("sheet-place").querySelector("h1"), by("receipts"));
    by("receipts").focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }

  async function send(here) {
    const chosen = here.rows.filter(filling.isWhole);
    const button = by("send");
    if (button.disabled) return;
    button.disabled = true;
    try {
      if (!here.seals) return sendPlain(here);
      by("review-said").textContent = here.words.sending;
      const ballots = await sealed(here, chosen);
      let answer = null;
      try {
        answer = await post(here, ballots);
      } catch {
        goBack(here);
        receipts.show(by("receipts"), ballots, here.words.broken);
        return say(here.words.broken, true);
      }
      if (answer.error) await refused(here, answer.error);
      else arrived(here, ballots, answer.receipts);
    } finally {
      button.disabled = false;
    }
  }

  function sendPlain(here) {
    for (const row of here.rows.filter((each) => !filling.isWhole(each))) {
      row.querySelectorAll("input, textarea").forEach((each) => {
        each.disabled = true; // stays in the draft
      });
    }
    here.form.submit();
  }

  // --- putting it together

  function begin(form) {
    const data = JSON.parse(form.dataset.sheet);
    const rows = filling.rowsOf(form);
    const here = {
      form,
      rows,
      data,
      words: JSON.parse(form.dataset.words),
      blanks: new Map(data.blanks.map((each) => [each.assignment, each])),
      others: Math.max(data.blanks.length - rows.length, 0), // what a filter on the server has left out is done
      until: data.left === null ? null : Date.now() + data.left * 1000, // whatever this browser's clock says
      seals: sealing.isPossible(),
    };
    drafts.sweep(data.period);
    if (!here.seals) by("send").textContent = here.words.send_at_door;
    by("sealed-here").hidden = !here.seals;
    by("sealed-at-door").hidden = here.seals;
    form.querySelectorAll(".clear-row").forEach((each) => {
      each.hidden = false;
    });
    if (by("filter")) {
      by("filter").hidden = false;
      by("filter-link").hidden = true;
      by("filter").addEventListener("click", () => {
        by("filter").setAttribute("aria-pressed", by("filter").getAttribute("aria-pressed") === "true" ? "false" : "true");
        sieve(here);
      });
    }
    take(here);
    filling.listen(form, () => changed(here));
    form.addEventListener("focusin", (event) => wording(here, event));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      review(here);
    });
    by("go-back").addEventListener("click", () => goBack(here));
    by("send").addEventListener("click", () => send(here));
    by("clear-draft").addEventListener("click", () => {
      drafts.clear();
      rows.forEach(filling.clear);
      count(here);
      say(here.words.cleared);
    });
    receipts.ready(by("receipts"), here.words);
    count(here);
  }

  // What this browser kept, into the rows that are empty.
  function take(here) {
    const draft = drafts.read(here.data.period, here.data.unit);
    const found = here.rows.filter((row) => draft[row.dataset.assignment] && !filling.held(row));
    found.forEach((row) => filling.restore(row, draft[row.dataset.assignment]));
    by("draft-note").hidden = false;
    if (found.length) say(here.words.draft_found);
  }

  // Look at what stands in the page's place now.
  function mount() {
    const place = by("sheet-place");
    if (!place) return;
    const list = by("receipts");
    if (by("sheet")) {
      begin(by("sheet"));
    } else if (list) {
      const sent = [...list.querySelectorAll("tbody tr")].map((row) => row.dataset.assignment);
      drafts.forget(list.dataset.period, list.dataset.unit, sent);
      receipts.ready(list, JSON.parse(place.dataset.words));
    } else if (!("launch" in place.dataset)) {
      drafts.sweep(place.dataset.period);
    }
    document.querySelectorAll("form[action='/sign-out']").forEach((form) => form.addEventListener("submit", drafts.clear));
  }

  // Inside Telegram the page is never left: what a link leads to is fetched and put in its place.
  async function open(path) {
    const response = await ask(path);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    document.documentElement.lang = page.documentElement.lang;
    document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
    window.scrollTo(0, 0);
    mount();
    return response.ok;
  }

  document.addEventListener("click", (event) => {
    const link = session ? event.target.closest("a[data-inside]") : null;
    if (!link) return;
    event.preventDefault();
    open(link.getAttribute("href"));
  });

  function openInside(token, path) {
    session = token;
    return open(path);
  }

  mount();
  return { openInside };
})();

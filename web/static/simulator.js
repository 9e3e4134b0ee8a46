// The simulator's phone: what is said goes to the server, what comes back is drawn. Each chat's messages are kept in
// this browser tab alone. Nothing that arrives is ever read as markup.
"use strict";

const byId = (id) => document.getElementById(id);
const stage = byId("stage");
const chat = byId("chat");
const words = byId("words");
const KEPT = "tongping.simulator";
const SOON = 2000;
const LATER = 15000;

const kept = JSON.parse(sessionStorage.getItem(KEPT) || '{"chats": {}, "patients": []}');
let open = null; // the chat on the phone: {account, kind, name, ticket}
let busy = false;
let wait = SOON;
let timer = 0;
let toastTimer = 0;

function keep() {
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
}

function history(account) {
  kept.chats[account] = kept.chats[account] || { after: 0, messages: [] };
  return kept.chats[account];
}

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(path, { ...options, headers: { ...options.headers, "Accept-Language": stage.dataset.language } });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}

// --- drawing

function linked(text) {
  const paragraph = make("p", "plain");
  for (const part of text.split(/(https?:\/\/[^\s“”]+)/)) {
    if (!/^https?:\/\//.test(part)) {
      paragraph.append(part);
      continue;
    }
    paragraph.append(link(part, part));
  }
  return paragraph;
}

function link(address, text, className) {
  const anchor = make("a", className, text);
  anchor.href = address;
  anchor.target = "_blank";
  anchor.rel = "noreferrer";
  return anchor;
}

function button(message, each) {
  if (each.url) return link(each.url, each.text, "tap");
  const tap = make("button", "tap", each.text);
  tap.type = "button";
  tap.addEventListener("click", () => say({ kind: "tap", content: each.data, ref: message.ref }));
  return tap;
}

function bubble(message) {
  const place = make("div", message.mine ? "bubble mine" : "bubble");
  place.dataset.ref = message.ref;
  if (message.picture) {
    const image = make("img");
    image.src = `/simulator/pictures/${encodeURIComponent(message.picture)}`;
    image.alt = message.alt || stage.dataset.picture;
    place.append(image);
  }
  if (message.text) place.append(linked(message.text));
  for (const row of message.buttons || []) {
    const line = make("div", "taps");
    line.append(...row.map((each) => button(message, each)));
    place.append(line);
  }
  return place;
}

function toEnd() {
  chat.scrollTop = chat.scrollHeight;
}

function draw() {
  chat.replaceChildren(...history(open.account).messages.map(bubble));
  toEnd();
}

function showAll(account, items) {
  const fresh = items.map((item) => show(account, item)).find(Boolean);
  if (!fresh) return;
  const isLong = chat.scrollHeight - fresh.offsetTop > chat.clientHeight;
  chat.scrollTop = isLong ? fresh.offsetTop - 12 : chat.scrollHeight; // what is long is read from its beginning
}

function show(account, item) {
  if (item.do === "toast") {
    toast(item.text);
    return null;
  }
  const messages = history(account).messages;
  const place = item.do === "edit" ? messages.findIndex((each) => each.ref === item.ref) : -1;
  if (place >= 0) messages[place] = item;
  else messages.push(item);
  if (!open || open.account !== account) return null;
  const drawn = place >= 0 ? chat.children[place] : null;
  const focused = drawn && drawn.contains(document.activeElement);
  const fresh = bubble(item);
  if (drawn) drawn.replaceWith(fresh);
  else chat.append(fresh);
  if (focused) chat.focus({ preventScroll: true });
  return fresh;
}

function toast(text) {
  const place = byId("toast");
  clearTimeout(toastTimer);
  place.textContent = text;
  place.hidden = false;
  toastTimer = setTimeout(() => { place.hidden = true; }, 6000);
}

// --- talking

async function say(said) {
  if (busy) return;
  busy = true;
  chat.setAttribute("aria-busy", "true");
  const account = open.account;
  if (said.kind === "text") showAll(account, [{ ref: `mine${Date.now()}`, text: said.content, mine: true }]);
  try {
    const answer = await ask("/simulator/say", { account, language: stage.dataset.language, ...said });
    showAll(account, answer.items);
    wait = SOON;
  } catch (fault) {
    toast(fault instanceof TypeError ? stage.dataset.failed : fault.message);
  } finally {
    busy = false;
    chat.removeAttribute("aria-busy");
    keep();
  }
  look();
}

async function look() {
  clearTimeout(timer);
  if (!open) return;
  const account = open.account;
  const seen = history(account);
  try {
    const query = new URLSearchParams({ account, after: seen.after });
    const news = document.hidden ? { items: [], after: seen.after } : await ask(`/simulator/deliveries?${query}`);
    if (news.after > seen.after) {
      seen.after = news.after;
      showAll(account, news.items);
      keep();
    }
    wait = news.items.length ? SOON : Math.min(wait * 1.3, LATER);
  } catch {
    wait = LATER;
  }
  clearTimeout(timer);
  if (open && open.account === account) timer = setTimeout(look, wait);
}

// --- choosing

async function choose(somebody) {
  open = somebody;
  wait = SOON;
  stage.classList.add("has-phone");
  for (const each of document.querySelectorAll(".somebody")) {
    each.toggleAttribute("aria-current", each.dataset.account === somebody.account);
  }
  byId("name").textContent = somebody.name;
  byId("as").textContent = somebody.detail || "";
  byId("as-page").hidden = !somebody.ticket;
  if (somebody.ticket) byId("as-page").href = `/s/${somebody.ticket}`;
  byId("composer").hidden = somebody.kind === "group";
  byId("read-only").hidden = somebody.kind !== "group";
  byId("toast").hidden = true;
  draw();
  const isNew = history(somebody.account).messages.length === 0;
  await look();
  if (somebody.kind !== "group" && isNew && open === somebody) {
    await say({ kind: "start", content: somebody.ticket || "" });
  }
}

function somebodyOf(element) {
  return {
    account: element.dataset.account,
    kind: element.dataset.kind,
    name: element.querySelector("strong").textContent,
    detail: element.querySelector(".fine").textContent,
    ticket: element.dataset.ticket,
  };
}

function drawPatients() {
  byId("patients").replaceChildren(...kept.patients.map((patient, place) => {
    const name = stage.dataset.patient.replace("{number}", place + 1);
    const entry = make("button", "somebody");
    entry.type = "button";
    Object.assign(entry.dataset, { account: patient.account, kind: "patient", ticket: patient.ticket });
    const label = make("span", "label");
    label.append(make("strong", "", name), make("span", "fine", patient.unit));
    const face = make("span", "face is-patient", place + 1);
    face.setAttribute("aria-hidden", "true");
    entry.append(face, label);
    const line = make("li");
    line.append(entry);
    return line;
  }));
}

async function newPatient() {
  try {
    kept.patients.push(await ask("/simulator/patients", { language: stage.dataset.language }));
  } catch (fault) {
    toast(fault instanceof TypeError ? stage.dataset.failed : fault.message);
    return;
  }
  keep();
  drawPatients();
  const entries = byId("patients").querySelectorAll(".somebody");
  choose(somebodyOf(entries[entries.length - 1]));
}

stage.addEventListener("click", (event) => {
  const entry = event.target.closest(".somebody");
  if (entry) choose(somebodyOf(entry));
});
byId("new-patient").addEventListener("click", newPatient);
byId("back").addEventListener("click", () => {
  stage.classList.remove("has-phone");
  open = null;
  clearTimeout(timer);
});
byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const written = words.value;
  if (!written.trim() || busy) return;
  words.value = "";
  say({ kind: "text", content: written });
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) { wait = SOON; look(); } });
drawPatients();

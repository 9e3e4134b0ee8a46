// The survey page, a little quicker: items appear and vanish as answers change, progress is counted, options that stand
// alone do, lines are added, and a form is sent once. Without this script the server does all of it, and in the end it
// decides anyway. What is shown when is written in the form's data-rules; it is judged here as the server judges it.
"use strict";

const OTHER = "~";
const LONGEST = 80;
const DAY = 86_400_000_000n; // microseconds, as all moments here
const form = document.querySelector("form.questions");
const rules = form ? JSON.parse(form.dataset.rules) : [];

// --- comparing two stored values, by type: -1, 0, 1, or null where they cannot be compared

function sign(left, right) {
  return left < right ? -1 : left > right ? 1 : 0;
}

function byLetters(left, right) {
  const [one, other] = [Array.from(left), Array.from(right)];
  for (let place = 0; place < Math.min(one.length, other.length); place += 1) {
    const order = sign(one[place].codePointAt(0), other[place].codePointAt(0));
    if (order) return order;
  }
  return sign(one.length, other.length);
}

function byNumber(left, right) {
  const parts = [left, right].map((value) => /^([+-]?)([0-9]{0,18})(?:\.([0-9]{1,18}))?$/.exec(value));
  if (!parts.every((found) => found && (found[2] || found[3]))) return null;
  const digits = Math.max(...parts.map((found) => (found[3] || "").length));
  const scaled = parts.map((found) => BigInt(`${found[2]}${(found[3] || "").padEnd(digits, "0")}`) * (found[1] === "-" ? -1n : 1n));
  return sign(scaled[0], scaled[1]);
}

function ofDay(year, month, day) {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isReal = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return year > 0 && isReal ? BigInt(date.getTime()) * 1000n : null;
}

function days(value) {
  const found = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(value);
  if (!found) return null;
  const [year, month, day] = [Number(found[1]), Number(found[2] || 1), Number(found[3] || 1)];
  const first = ofDay(year, month, day);
  if (first === null) return null;
  if (found[3]) return [first, first + DAY - 1n];
  const next = found[2] && month < 12 ? ofDay(year, month + 1, 1) : ofDay(year + 1, 1, 1);
  return [first, next - 1n];
}

function clock(value) {
  const found = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?$/.exec(value);
  if (!found) return null;
  const seconds = (Number(found[1]) * 60 + Number(found[2])) * 60 + Number(found[3] || 0);
  const at = BigInt(seconds) * 1_000_000n + BigInt((found[4] || "").padEnd(6, "0"));
  return [at, at];
}

function moments(value) {
  const day = days(value);
  if (day) return [day[0] - (DAY * 14n) / 24n, day[1] + (DAY * 14n) / 24n];
  const found = /^([\d-]{10})T([\d:.]{5,15})(Z|([+-])(\d{2}):(\d{2}))$/.exec(value);
  const [date, time] = found ? [days(found[1]), clock(found[2])] : [null, null];
  if (!date || !time) return null;
  const offset = BigInt((Number(found[5] || 0) * 60 + Number(found[6] || 0)) * 60) * 1_000_000n;
  const at = date[0] + time[0] - (found[4] === "-" ? -offset : offset);
  return [at, at];
}

const SPANS = { date: days, time: clock, dateTime: moments };

function compare(type, left, right) {
  if (left === right) return 0;
  if (type === "integer" || type === "decimal") return byNumber(left, right);
  if (!(type in SPANS)) return byLetters(left, right);
  const [one, other] = [SPANS[type](left), SPANS[type](right)];
  if (!one || !other) return null;
  if (one[0] === other[0] && one[1] === other[1]) return 0;
  if (one[1] < other[0]) return -1;
  return one[0] > other[1] ? 1 : null;
}

// --- what stands in the fields, as it would be stored

function number(words) {
  const plain = words.normalize("NFKC").replace(/[−–—]/g, "-").replace(/(\d),(?=\d{3}(\D|$))/g, "$1");
  const found = /^([+-]?)0*([0-9]+)?(\.[0-9]+)?$/.exec(plain);
  if (!found || !(found[2] || found[3] || /^[+-]?0+$/.test(plain))) return "";
  return `${found[1] === "-" ? "-" : ""}${found[2] || "0"}${found[3] || ""}`;
}

function stored(type, words) {
  const plain = words.trim();
  if (type === "integer" || type === "decimal") return plain.length > LONGEST ? "" : number(plain);
  if (type === "date") return days(plain) ? plain : "";
  if (type === "time") return clock(plain) ? (plain.length === 5 ? `${plain}:00` : plain) : "";
  if (type === "dateTime") return /T[\d:]+$/.test(plain) ? `${plain}${form.dataset.offset}` : moments(plain) ? plain : "";
  return type === "text" ? plain : plain.replace(/\s*\n\s*/g, " ");
}

function fields(name) {
  return [...form.querySelectorAll(`[name="${name}"]`)].filter((each) => !each.hidden);
}

function answered(rule, place) {
  if (rule.fixed) return rule.fixed;
  const inputs = fields(`a.${place}`);
  if (!inputs.some((each) => each.type === "radio" || each.type === "checkbox")) {
    return inputs.map((each) => stored(rule.type, each.value)).filter(Boolean);
  }
  const chosen = inputs.filter((each) => each.checked && each.value).map((each) => each.value);
  const codes = chosen.filter((code) => code !== OTHER);
  const words = fields(`o.${place}`).map((each) => each.value.trim()).filter(Boolean);
  if (!words.length || !(chosen.includes(OTHER) || !codes.length)) return codes;
  return codes.concat(rule.typed ? words.map((each) => stored(rule.type, each)).filter(Boolean) : words.map((each) => OTHER + each));
}

// --- which items are open, and which of them are seen

function holds([about, operator, value, isForeign], said) {
  const answers = said(about);
  if (operator === "exists") return answers.length > 0 === value;
  const rule = rules[about];
  return answers.some((answer) => {
    let order = compare(rule.type, answer, value);
    if (rule.chosen && answer === OTHER + value) order = 0;
    else if (order === 0 && isForeign) order = 1;
    if (order === null) return false;
    return { "=": order === 0, "!=": order !== 0, ">": order > 0, "<": order < 0, ">=": order >= 0, "<=": order <= 0 }[operator];
  });
}

function standing() {
  const [open, answers, underway] = [new Map(), new Map(), new Set()];
  const isOpen = (place) => {
    if (open.has(place)) return open.get(place);
    if (underway.has(place)) return false;
    underway.add(place);
    const rule = rules[place];
    let is = true;
    if (rule.in !== undefined) is = isOpen(rule.in) && (isText(rules[rule.in]) || said(rule.in).length > 0);
    if (is && rule.when) is = rule.when[rule.any ? "some" : "every"]((condition) => holds(condition, said));
    open.set(place, is);
    return is;
  };
  const said = (place) => {
    if (!isOpen(place) || isText(rules[place])) return [];
    if (!answers.has(place)) answers.set(place, answered(rules[place], place));
    return answers.get(place);
  };
  return { isOpen, said };
}

function isText(rule) {
  return rule.type === "group" || rule.type === "display";
}

function seen(isOpen) {
  const found = new Set();
  for (let place = rules.length - 1; place >= 0; place -= 1) {
    const rule = rules[place];
    const counts = rule.type === "group" ? found.has(`in ${place}`) : !rule.fixed;
    if (!rule.hidden && counts && isOpen(place)) {
      found.add(place);
      found.add(`in ${rule.in}`);
    }
  }
  return found;
}

function refresh() {
  for (const own of form.querySelectorAll(".own")) {
    const isChosen = own.querySelector(`[value="${OTHER}"]`).checked;
    for (const words of own.querySelectorAll("input[type=text]")) words.hidden = words.disabled = !isChosen;
  }
  const { isOpen, said } = standing();
  const visible = seen(isOpen);
  let [required, done, isWritten] = [0, 0, false];
  rules.forEach((rule, place) => {
    const item = document.getElementById(`q-${place}`);
    if (!item) return;
    item.hidden = !visible.has(place);
    if (item.tagName === "FIELDSET") item.disabled = item.hidden;
    if (item.hidden || isText(rule)) return;
    if (rule.words) isWritten = true;
    if (rule.needed) {
      required += 1;
      done += said(place).length ? 1 : 0;
    }
  });
  const consent = document.getElementById("text-consent");
  if (consent) consent.hidden = consent.disabled = !isWritten;
  const bar = form.querySelector("progress");
  bar.max = required;
  bar.value = done;
  const words = form.dataset.progress.replace("{done}", done).replace("{total}", required);
  form.querySelector("#done-words").textContent = words;
}

// --- helping hands

function alone(box) {
  if (box.type !== "checkbox" || !box.checked || !box.name.startsWith("a.")) return;
  for (const other of fields(box.name)) {
    if (other !== box && ("exclusive" in box.dataset || "exclusive" in other.dataset)) other.checked = false;
  }
}

function addLine(event) {
  const button = event.target.closest("button.add");
  if (!button) return;
  event.preventDefault();
  const lines = fields(`a.${button.value}`);
  const line = lines.at(-1).closest(".line").cloneNode(true);
  const field = line.querySelector("input, textarea");
  field.value = "";
  field.removeAttribute("aria-invalid");
  field.setAttribute("aria-label", form.dataset.nth.replace("{number}", lines.length + 1));
  for (const each of line.querySelectorAll("[id]")) each.removeAttribute("id");
  lines.at(-1).closest(".lines").append(line);
  button.hidden = lines.length + 1 >= Number(button.dataset.most);
  field.focus();
}

if (form) {
  form.addEventListener("change", (event) => {
    alone(event.target);
    refresh();
  });
  form.addEventListener("click", addLine);
  refresh();
}

for (const each of document.querySelectorAll("form")) {
  each.addEventListener("submit", (event) => {
    if (each.dataset.underway) event.preventDefault();
    each.dataset.underway = "yes";
  });
}

// Coming back with the browser's own button shows the page as it was left: it may be sent again.
window.addEventListener("pageshow", () => {
  for (const each of document.querySelectorAll("form")) delete each.dataset.underway;
  if (form) refresh();
});

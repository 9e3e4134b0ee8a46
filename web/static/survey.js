// The survey page, a little quicker: questions appear and vanish as answers change, progress is counted, and a form is
// sent once. Without this script the server does all of it.
"use strict";

const form = document.querySelector("form.questions");

function answerOf(question) {
  const chosen = question.querySelector("input[type=radio]:checked");
  if (chosen) return chosen.value;
  const written = question.querySelector("textarea");
  return written ? written.value.trim() : "";
}

function holds([about, operator, value], said) {
  const answer = said.get(about);
  if (operator === "exists") return (answer !== undefined) === value;
  return answer !== undefined && (answer === value) === (operator === "=");
}

function isAsked(question, said) {
  if (!question.dataset.when) return true;
  const when = JSON.parse(question.dataset.when);
  const held = when.conditions.map((condition) => holds(condition, said));
  return when.any ? held.some(Boolean) : held.every(Boolean);
}

function refresh() {
  const said = new Map();
  let required = 0;
  let done = 0;
  for (const question of form.querySelectorAll("fieldset.question")) {
    const asked = isAsked(question, said);
    question.hidden = !asked;
    question.disabled = !asked;
    const answer = asked ? answerOf(question) : "";
    if (answer) said.set(question.dataset.question, answer);
    if (asked && "required" in question.dataset) {
      required += 1;
      done += answer ? 1 : 0;
    }
  }
  const bar = form.querySelector("progress");
  bar.max = required;
  bar.value = done;
  const words = form.dataset.progress.replace("{done}", done).replace("{total}", required);
  form.querySelector("#done-words").textContent = words;
}

if (form) {
  form.addEventListener("change", refresh);
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

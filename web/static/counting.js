// While a count runs: the page is fetched again and again and its progress shown, until it is over. Without this script
// there is a link that does the same.
"use strict";

const EVERY = 1500;

async function look() {
  const answer = await fetch(location.href, { cache: "no-store", redirect: "error" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const progress = fresh.getElementById("progress");
  if (!answer.ok || !progress) {
    location.reload();
    return;
  }
  document.getElementById("progress").replaceChildren(...progress.childNodes);
  setTimeout(attempt, EVERY);
}

function attempt() {
  look().catch(() => setTimeout(attempt, EVERY * 4));
}

setTimeout(attempt, EVERY);

// Opened inside Telegram: reads who Telegram says it was from behind the address, has it confirmed, and opens the sheet.
// This is all of Telegram's script that the sheet needs; nothing is loaded from elsewhere.
"use strict";

(async () => {
  const KEPT = "tongping.launch";
  const place = document.getElementById("sheet-place");
  const said = document.getElementById("launch-said");

  function tell(event) {
    const data = { eventType: event, eventData: {} };
    if (window.TelegramWebviewProxy) window.TelegramWebviewProxy.postEvent(event, "{}");
    else if (window.external && "notify" in window.external) window.external.notify(JSON.stringify(data));
    else if (window.parent !== window) window.parent.postMessage(JSON.stringify(data), "https://web.telegram.org");
  }

  // A launch signs in once; a reload of the same page goes on with what it got.
  function kept(work) {
    try {
      return work(window.sessionStorage);
    } catch {
      return null; // a frame may be allowed to keep nothing
    }
  }

  async function signIn(data) {
    const body = JSON.stringify({ data });
    const response = await fetch("/sheet/launch", { method: "POST", headers: { "Content-Type": "application/json" }, body, cache: "no-store" });
    return response.json();
  }

  const data = new URLSearchParams(window.location.hash.slice(1)).get("tgWebAppData") || "";
  const launch = new URLSearchParams(data).get("hash") || "";
  window.history.replaceState(null, "", window.location.pathname);
  tell("web_app_ready");
  tell("web_app_expand");

  const former = JSON.parse(kept((store) => store.getItem(KEPT)) || "null");
  if (former && (!launch || former.launch === launch) && (await sheet.openInside(former.session, "/sheet"))) return;
  if (!data) {
    said.textContent = place.dataset.launch;
    return;
  }
  try {
    const answer = await signIn(data);
    if (answer.error) {
      said.textContent = answer.error.message;
      return;
    }
    kept((store) => store.setItem(KEPT, JSON.stringify({ launch, session: answer.session })));
    await sheet.openInside(answer.session, "/sheet");
  } catch {
    said.textContent = place.dataset.launch;
  }
})();

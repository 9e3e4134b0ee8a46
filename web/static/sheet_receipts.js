// The receipts of what was sent: shown, copied, printed, saved as a text. They say nothing about any mark.
"use strict";

const receipts = (() => {
  const part = (list, selector) => list.querySelector(selector);

  function show(list, found, said) {
    const rows = found.map(({ assignment, unit, code }) => {
      const row = document.createElement("tr");
      row.dataset.assignment = assignment;
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = unit;
      const cell = document.createElement("td");
      cell.className = "code";
      cell.textContent = code;
      row.append(head, cell);
      return row;
    });
    part(list, "tbody").replaceChildren(...rows);
    part(list, "#receipts-said").textContent = said;
    list.hidden = false;
  }

  function asText(list, head) {
    const lines = [...list.querySelectorAll("tbody tr")].map((row) => `${row.cells[1].textContent}  ${row.cells[0].textContent}`);
    return [head, "", ...lines, ""].join("\n");
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false; // not allowed here
    }
  }

  function save(text, file) {
    const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  function ready(list, words) {
    const { period, unit } = list.dataset;
    const head = words.file_head.replace("{period}", period).replace("{unit}", unit);
    const said = part(list, "#tools-said");
    part(list, ".receipt-tools").hidden = false;
    part(list, "#copy").addEventListener("click", async () => {
      said.textContent = (await copy(asText(list, head))) ? words.copied : words.not_copied;
    });
    part(list, "#print").addEventListener("click", () => window.print());
    part(list, "#download").addEventListener("click", () => save(asText(list, head), `receipts-${period}-${unit}.txt`));
  }

  return { show, ready };
})();

"use strict";
(() => {
  const body = document.querySelector("#findings tbody");
  document.documentElement.classList.add("live");
  for (const button of document.querySelectorAll(".copy")) {
    button.addEventListener("click", () => copy(button));
  }
  if (!body) return;

  const STEP = 100;
  const heads = [...document.querySelectorAll("#findings th[data-key]")];
  const search = document.querySelector("#search");
  const choices = [...document.querySelectorAll(".controls select")];
  const said = document.querySelector("#said");
  const more = document.querySelector("#more");
  const all = [...body.rows].map((row, index) => ({
    row,
    index,
    text: row.textContent.toLowerCase(),
    severity: Number(row.dataset.severity),
    place: row.dataset.place,
    service: row.cells[2].textContent.toLowerCase(),
    title: row.cells[3].textContent.toLowerCase(),
    owasp: row.dataset.owasp,
    state: row.dataset.state,
    owner: row.dataset.owner,
    count: Number(row.dataset.count),
  }));
  let sorting = { key: "", turn: 1 };
  let found = all;
  let limit = STEP;

  const findings = (entries) => entries.reduce((total, entry) => total + entry.count, 0).toLocaleString("en");

  const fits = (entry, words, chosen) =>
    words.every((word) => entry.text.includes(word)) &&
    chosen.every(([key, value]) => String(entry[key]) === value);

  const order = (left, right) => {
    const a = left[sorting.key];
    const b = right[sorting.key];
    return (a < b ? -1 : a > b ? 1 : 0) * sorting.turn || left.index - right.index;
  };

  function show() {
    body.replaceChildren(...found.slice(0, limit).map((entry) => entry.row));
    const shown = Math.min(limit, found.length);
    const rows = `${shown.toLocaleString("en")} of ${found.length.toLocaleString("en")} ${found.length === 1 ? "row" : "rows"} shown`;
    const matching = findings(found);
    said.textContent = `${rows}: ${matching} matching ${matching === "1" ? "finding" : "findings"}, ${findings(all)} in all`;
    more.hidden = shown === found.length;
  }

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = choices.filter((choice) => choice.value !== "").map((choice) => [choice.name, choice.value]);
    found = all.filter((entry) => fits(entry, words, chosen));
    if (sorting.key) found.sort(order);
    limit = STEP;
    show();
  }

  function sort(head) {
    const key = head.dataset.key;
    const falling = key === "severity" ? sorting.key !== key || sorting.turn === 1 : sorting.key === key && sorting.turn === 1;
    sorting = { key, turn: falling ? -1 : 1 };
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    filter();
  }

  search.addEventListener("input", filter);
  for (const choice of choices) choice.addEventListener("change", filter);
  for (const head of heads) head.querySelector("button").addEventListener("click", () => sort(head));
  more.addEventListener("click", () => {
    limit += STEP;
    show();
  });
  addEventListener("beforeprint", () => {
    limit = Infinity;
    show();
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, select, textarea")) {
      event.preventDefault();
      search.focus();
    }
    if (event.key === "Escape" && event.target === search) {
      search.value = "";
      filter();
    }
  });
  filter();

  async function copy(button) {
    const text = document.getElementById(button.dataset.of);
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(text);
      button.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => (button.textContent = words), 2000);
  }
})();

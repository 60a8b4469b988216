"use strict";
(() => {
  const rows = [...document.querySelectorAll("#rows > .row")];
  const form = document.querySelector(".controls");
  const find = document.getElementById("find");
  const found = document.getElementById("found");
  const none = document.getElementById("none");
  const texts = new Map();
  // A row's text is taken once, at the first search: until then a large page costs nothing.
  // Statements that have no part in the decision are not searched: they name all sorts of actions.
  const searched = "summary .what, .badge, .gap, .waiver, .about, .names, .decides > p";
  const text = (row) => {
    if (!texts.has(row)) {
      const parts = [...row.querySelectorAll(searched)].map((part) => part.textContent);
      texts.set(row, parts.join("\n").toLowerCase());
    }
    return texts.get(row);
  };

  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const signs = new Set([...form.querySelectorAll("[name=sign]:checked")].map((box) => box.value));
    const advisory = form.querySelector("[name=advisory]").checked;
    let shown = 0;
    for (const row of rows) {
      const wanted = signs.has(row.dataset.sign) && (advisory || row.dataset.decides === "true")
        && words.every((word) => text(row).includes(word));
      row.hidden = !wanted;
      shown += Number(wanted);
    }
    found.textContent = shown + " of " + rows.length + " shown";
    none.hidden = shown > 0;
  };

  const open = (wanted) => {
    for (const row of rows) if (!row.hidden || !wanted) row.open = wanted;
  };

  // A link to a permission opens it, also when the filter hides it.
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) {
      if (at instanceof HTMLDetailsElement) at.open = true;
      at.hidden = false;
    }
    target.scrollIntoView();
    const summary = target.querySelector("summary");
    if (summary) summary.focus({ preventScroll: true });
  };

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("open").addEventListener("click", () => open(true));
  document.getElementById("close").addEventListener("click", () => open(false));
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement && event.target.type === "search";
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      find.focus();
    } else if (event.key === "Escape" && typing) {
      find.value = "";
      filter();
    }
  });
  addEventListener("hashchange", follow);

  // On paper every row is open, and of what can be opened inside it what the reader has opened.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = rows.filter((row) => !row.open);
    for (const part of closed) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of closed) part.open = false;
  });

  form.hidden = false;
  filter();
  // After the browser has gone to the fragment itself.
  addEventListener("load", () => { if (location.hash) follow(); });
})();

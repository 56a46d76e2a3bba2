// Improves pages; every task ends without it.
"use strict";

// A page that came back with errors starts at their summary, as a screen reader's user expects.
const summary = document.getElementById("error-summary");
if (summary) {
  summary.focus();
}

// "/" goes to the search box, unless somebody is writing.
document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("input, textarea, select, [contenteditable]");
  const box = document.querySelector("input[type=search]");
  if (event.key === "/" && !writing && box && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    box.focus();
  }
});

// One press of a button sends a form once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "post") {
    if (form.dataset.sent) {
      event.preventDefault();
    }
    form.dataset.sent = "yes";
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
  }
});

// A long list of choices gets a box that hides those without the typed words; ticked ones stay.
for (const list of document.querySelectorAll("[data-filter]")) {
  const box = document.createElement("input");
  box.type = "text";
  box.className = "form-control choices-find";
  box.placeholder = list.dataset.filter;
  box.setAttribute("aria-label", `${list.dataset.filter}: ${list.getAttribute("aria-label")}`);
  list.before(box);
  box.addEventListener("input", () => {
    const words = box.value.trim().toLowerCase();
    for (const choice of list.children) {
      const found = choice.textContent.toLowerCase().includes(words);
      choice.hidden = !found && !choice.querySelector("input").checked;
    }
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
    }
  });
}

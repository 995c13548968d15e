// Keys of the workplace, and what keeps its place while a part of a page is drawn anew. Every page works without it.
"use strict";

const keysOff = document.documentElement.dataset.keys === "off";
const keysList = document.getElementById("keys");

function searchField() {
  return document.querySelector("main input[type=search], main input[name=q]");
}

function goSearching() {
  const field = searchField();
  const people = document.querySelector("a[data-search-page]");
  if (field) {
    field.focus();
    field.select();
  } else if (people) {
    window.location.assign(`${people.href}#search`);
  }
  return Boolean(field || people);
}

// The link of the row that an arrow leads to from where the focus is; null where the focus is in no table.
function rowLink(from, key) {
  const table = from.closest("table") || (from.matches(".table-wrap") && from.querySelector("table"));
  if (!table) return null;
  const links = Array.from(table.querySelectorAll("tr[data-row]"), (row) => row.querySelector("a[href]")).filter(Boolean);
  const row = from.closest("tr[data-row]");
  const at = row ? links.findIndex((link) => row.contains(link)) : -1;
  const step = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[key];
  return links[Math.min(Math.max(step, 0), links.length - 1)] || null;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (keysOff || (keysList && keysList.open)) return;
  const from = event.target;
  if (!(from instanceof Element) || from.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "/") {
    if (goSearching()) event.preventDefault();
  } else if (event.key === "?" && keysList) {
    event.preventDefault();
    keysList.showModal();
  } else if (["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
    const link = rowLink(from, event.key);
    if (!link) return;
    event.preventDefault();
    link.focus();
  }
});

if (window.location.hash === "#search" && searchField()) searchField().focus();

const keysButton = document.querySelector("[data-keys-show]");
if (keysButton && keysList && !keysOff) {
  keysButton.hidden = false;
  keysButton.addEventListener("click", () => keysList.showModal());
}

// A toast goes when it is told to, never by itself.
document.addEventListener("click", (event) => {
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest(".toast").remove();
});

// What somebody opened stays open when the part around it is drawn anew.
let opened = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  opened = Array.from(event.detail.target.querySelectorAll("details[open][id]"), (item) => item.id);
});
document.addEventListener("htmx:afterSwap", () => {
  opened.forEach((id) => {
    const item = document.getElementById(id);
    if (item) item.open = true;
  });
});

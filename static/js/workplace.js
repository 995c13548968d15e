// Conveniences only: every page works without this file.
"use strict";

// A menu closes on Escape and on a click elsewhere.
function closeMenus(except) {
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));

  // <tr data-row>: the row follows its first link, unless text is being selected.
  const row = event.target.closest("tr[data-row]");
  if (!row || event.target.closest("a, button, input, label, summary")) return;
  if (window.getSelection().toString()) return;
  const link = row.querySelector("a[href]");
  if (!link) return;
  if (event.metaKey || event.ctrlKey) window.open(link.href, "_blank", "noopener");
  else link.click();
});

// On a narrow screen the bar and the steps scroll: where one is, is in sight.
document.querySelectorAll(".nav [aria-current], .step-nav [aria-current]").forEach((here) => {
  const strip = here.closest(".nav, .step-nav");
  const at = here.getBoundingClientRect();
  const box = strip.getBoundingClientRect();
  if (at.left < box.left || at.right > box.right) strip.scrollLeft += at.left - box.left - (box.width - at.width) / 2;
});

// A file may be dropped anywhere on a page that asks for one.
const drop = document.querySelector("input[type=file][data-drop]");
if (drop) {
  const over = (event, is) => {
    if (!event.dataTransfer || !Array.from(event.dataTransfer.types).includes("Files")) return false;
    event.preventDefault();
    drop.classList.toggle("is-over", is);
    return true;
  };
  document.addEventListener("dragover", (event) => over(event, true));
  document.addEventListener("dragleave", (event) => over(event, false));
  document.addEventListener("drop", (event) => {
    if (over(event, false)) drop.files = event.dataTransfer.files;
  });
}

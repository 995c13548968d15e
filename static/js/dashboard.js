// The dashboard keeps itself up to date while somebody can see it. Without this file it is as it was when it was opened.
"use strict";

const EVERY = 15000; // milliseconds

function tick() {
  if (document.visibilityState !== "visible") return;
  // Nobody's definition or link is taken away while they are at it.
  const live = document.getElementById("live");
  if (live && live.contains(document.activeElement)) return;
  document.body.dispatchEvent(new Event("tick"));
}

const SOON = 3000; // while the figures are being counted for the first time
let timer = 0;

// One timer, while the page can be seen and its part is there; the fast one only for as long as nothing is shown.
function wait() {
  clearTimeout(timer);
  const live = document.getElementById("live");
  if (!live || document.visibilityState !== "visible") return;
  timer = setTimeout(() => {
    tick();
    wait();
  }, live.querySelector(".empty") ? SOON : EVERY);
}

wait();
document.addEventListener("visibilitychange", () => {
  tick();
  wait();
});
window.addEventListener("pagehide", () => clearTimeout(timer));
window.addEventListener("pageshow", wait);

// A definition that is in the way goes on Escape, and comes back the next time.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll(".tip").forEach((tip) => tip.classList.add("is-away"));
});
["pointerover", "focusin"].forEach((kind) => {
  document.addEventListener(kind, (event) => {
    const label = event.target.closest && event.target.closest(".key-figures .figure");
    if (!label) document.querySelectorAll(".tip.is-away").forEach((tip) => tip.classList.remove("is-away"));
  });
});

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

setInterval(tick, EVERY);
document.addEventListener("visibilitychange", tick);
if (document.querySelector("#live .empty")) setInterval(tick, 3000);

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

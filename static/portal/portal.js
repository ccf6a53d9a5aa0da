// Niceties only: every page works without this file.
"use strict";
document.documentElement.classList.add("scripted");

// A second press of a button while the first is on its way does nothing.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
// A page that comes back from the browser's memory may be sent again.
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// A photo that was chosen is read at once.
for (const photo of document.querySelectorAll("input[data-reads]")) {
  photo.addEventListener("change", () => { if (photo.files.length) { photo.form.classList.add("reading"); photo.form.requestSubmit(); } });
}

// Six digits are a whole code: no need to press.
const digits = document.querySelector("input[autocomplete='one-time-code']");
digits?.addEventListener("input", () => {
  if (/^[0-9٠-٩۰-۹]{6}$/.test(digits.value.trim())) digits.form.requestSubmit();
});

// The time a code still has, and a fresh look at the page when it ends or the till has used it.
const clock = document.querySelector("[data-until]");
if (clock) {
  const end = new Date(clock.dataset.until).getTime();
  const tick = () => {
    const left = Math.max(0, Math.round((end - Date.now()) / 1000));
    clock.hidden = left >= 6000;
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (!left) { clearInterval(timer); setTimeout(() => location.reload(), 2000); }
  };
  const timer = setInterval(tick, 1000);
  tick();
}
const watched = document.querySelector("[data-watch]");
if (watched) {
  const look = async () => {
    if (document.hidden) return;
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const fresh = page.querySelector("[data-watch]");
    if (!fresh || fresh.dataset.watch !== watched.dataset.watch) location.reload();
  };
  setInterval(() => look().catch(() => {}), 5000);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).value;
    if (navigator.share && matchMedia("(pointer: coarse)").matches) await navigator.share({ url: text }).catch(() => {});
    else { await navigator.clipboard.writeText(text); button.querySelector("span").textContent = button.dataset.done; }
  });
}

// A receipt goes to the printer.
document.querySelector("[data-print]")?.addEventListener("click", () => print());

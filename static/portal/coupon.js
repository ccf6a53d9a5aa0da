// Copies the coupon's code; where the browser does not allow that, the code is marked for the finger to copy.
"use strict";
for (const button of document.querySelectorAll("[data-copy-text]")) {
  const code = document.getElementById(button.dataset.copyText);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent.trim());
      button.querySelector("span").textContent = button.dataset.done;
    } catch {
      getSelection().selectAllChildren(code);
    }
  });
}

/* Single keys on lists and reviews: j and k move between rows, other letters press what the row offers for them.
   They can be turned off in the list of keys (WCAG 2.1.4). Nothing here is needed: each key presses a button or link. */
(function () {
  "use strict";
  const OFF = "concord.keys.off";
  const dialog = document.getElementById("cc-keys");
  const opener = document.querySelector("[data-keys-open]");
  const off = document.querySelector("[data-keys-off]");
  const isOff = () => localStorage.getItem(OFF) === "1";
  const rows = () => Array.from(document.querySelectorAll("[data-row]")).filter((row) => row.offsetParent !== null);
  const here = () => document.activeElement && document.activeElement.closest("[data-row]");

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(here());
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
    all[next].focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "nearest" });
  }

  function press(key) {
    const row = here();
    const target = row && row.querySelector(`[data-key="${CSS.escape(key)}"]:not([disabled])`);
    if (target) target.click();
    return Boolean(target);
  }

  function typing(target) {
    return target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  }

  if (opener && dialog) {
    opener.hidden = false;
    opener.addEventListener("click", () => dialog.showModal());
    off.checked = isOff();
    off.addEventListener("change", () => localStorage.setItem(OFF, off.checked ? "1" : "0"));
  }

  // A reason typed into a row goes with that row's button, not with the first button of the form.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("[data-enter]")) return;
    event.preventDefault();
    event.target.closest("[data-enter-scope]").querySelector("[data-enter-press]").click();
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isOff() || typing(event.target) || (dialog && dialog.open)) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "?" && dialog) dialog.showModal();
    else if (event.key === "/") {
      const search = document.querySelector('[data-hotkey="/"]');
      if (!search) return;
      search.focus();
    } else if (!/^[a-z]$/.test(event.key) || !press(event.key)) return;
    event.preventDefault();
  });

  // After a decision the page comes back at the object that was decided: the keyboard goes on with the next open value.
  // Going to the anchor takes the focus away, so this comes after it.
  window.addEventListener("load", () => {
    const anchor = location.hash.startsWith("#change-") && document.getElementById(location.hash.slice(1));
    const next = anchor && (anchor.querySelector("[data-row][data-open]") || anchor.querySelector("[data-row]"));
    if (next) requestAnimationFrame(() => next.focus({ preventScroll: true }));
  });
})();

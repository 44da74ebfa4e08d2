// The desk: theme before the first paint, then the keys. The page works without any of it.
(() => {
  "use strict";
  const KEY = "concord-desk-theme";
  const root = document.documentElement;
  const themes = ["auto", "light", "dark"];

  function read() {
    try {
      const kept = localStorage.getItem(KEY);
      return themes.includes(kept) ? kept : "auto";
    } catch (error) {
      return "auto"; // storage is refused: the device decides
    }
  }

  function show(theme) {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
  }

  show(read());

  document.addEventListener("DOMContentLoaded", () => {
    const field = document.getElementById("q");
    const button = document.querySelector("[data-theme-button]");
    if (button) {
      const label = () => { button.textContent = button.dataset[read()]; };
      label();
      button.hidden = false;
      button.addEventListener("click", () => {
        const next = themes[(themes.indexOf(read()) + 1) % themes.length];
        try {
          localStorage.setItem(KEY, next);
        } catch (error) {
          return;
        }
        show(next);
        label();
      });
    }
    // Where there is nothing else to do, the field is ready; never on touch screens, whose keyboard would cover the page.
    if (field && document.querySelector(".welcome") && matchMedia("(pointer: fine)").matches) field.focus();

    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const typing = event.target.closest("input, textarea, select");
      if (typing) {
        if (event.key === "Escape") event.target.blur();
        return;
      }
      if (event.key === "/") {
        event.preventDefault();
        field.focus();
        field.select();
      } else if (event.key === "j" || event.key === "k") {
        const hits = [...document.querySelectorAll("[data-hit]")];
        const here = hits.indexOf(document.activeElement);
        const next = event.key === "j" ? here + 1 : here < 0 ? hits.length - 1 : here - 1;
        if (hits[next]) hits[next].focus();
      }
    });
  });
})();

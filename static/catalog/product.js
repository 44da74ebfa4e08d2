// Comfort on pages about products. Everything works without it; nothing here writes.
(() => {
  "use strict";

  // Addresses of filtered lists name what is chosen and nothing else.
  document.querySelectorAll("form.pr-search").forEach((search) => {
    search.addEventListener("submit", () => {
      search.querySelectorAll("[name]").forEach((input) => {
        input.disabled = input.value === "" || (input.name === "order" && input.value === "new");
      });
    });
  });

  const page = document.querySelector("[data-product]");
  if (!page) {
    return;
  }

  // Tabs: one part at a time, named in the address.
  const tabs = [...page.querySelectorAll("[data-tabs] a")];
  const parts = tabs.map((tab) => document.getElementById(tab.hash.slice(1)));
  const bar = page.querySelector("[data-bar]");
  const show = (hash) => {
    let chosen = parts.findIndex((part) => part && `#${part.id}` === hash);
    const wrong = page.querySelector(".pr-slot-wrong");
    if (chosen < 0) {
      chosen = wrong ? parts.indexOf(wrong.closest("[data-tab]")) : 0;
    }
    parts.forEach((part, number) => {
      if (part) {
        part.hidden = number !== chosen;
        part.classList.add("pr-alone");
      }
    });
    tabs.forEach((tab, number) => {
      if (number === chosen) {
        tab.setAttribute("aria-current", "true");
      } else {
        tab.removeAttribute("aria-current");
      }
    });
    if (bar) {
      const typed = parts[chosen] && parts[chosen].closest("form");
      bar.hidden = !typed && !bar.classList.contains("pr-bar-dirty");
    }
  };
  if (tabs.length) {
    tabs.forEach((tab) => {
      tab.addEventListener("click", (event) => {
        event.preventDefault();
        history.replaceState(null, "", tab.hash);
        show(tab.hash);
      });
    });
    window.addEventListener("hashchange", () => show(location.hash));
  }

  // Switching language or place keeps the open tab.
  const places = page.querySelector("[data-switch]");
  if (places) {
    places.addEventListener("submit", () => {
      places.action = location.pathname + location.hash;
    });
  }

  // How many changes are not proposed yet.
  const form = page.querySelector("[data-proposal]");
  let sending = false;
  const differs = (input) => {
    if (input.type === "checkbox") {
      return input.checked !== input.defaultChecked;
    }
    if (input.tagName === "SELECT") {
      const preset = [...input.options].findIndex((option) => option.defaultSelected);
      return input.selectedIndex !== Math.max(0, preset);
    }
    return input.value !== input.defaultValue;
  };
  const count = () => {
    let changes = 0;
    form.querySelectorAll("[data-slot]").forEach((slot) => {
      const inputs = [...slot.querySelectorAll("[name]")];
      const kept = slot.classList.contains("pr-slot-wrong") || slot.hasAttribute("data-typed");
      const dirty = kept || inputs.some(differs);
      slot.classList.toggle("pr-changed", dirty);
      changes += dirty ? 1 : 0;
    });
    const line = bar.querySelector("[data-count]");
    const { none, one, many } = line.dataset;
    line.textContent = changes === 0 ? none : changes === 1 ? one : many.replace("{count}", changes);
    bar.classList.toggle("pr-bar-dirty", changes > 0);
    return changes;
  };
  if (form && bar) {
    form.addEventListener("input", (event) => {
      const slot = event.target.closest("[data-slot]");
      const mode = slot && slot.querySelector("[data-mode]");
      if (mode && event.target !== mode && mode.value !== "") {
        mode.value = "";
      }
      count();
    });
    form.addEventListener("change", count);
    form.addEventListener("submit", () => {
      sending = true;
      form.action = form.getAttribute("action").split("#")[0] + location.hash;
    });
    window.addEventListener("beforeunload", (event) => {
      if (!sending && count() > 0) {
        event.preventDefault();
      }
    });
    bar.querySelectorAll("a").forEach((link) => link.addEventListener("click", () => {
      sending = true;
    }));
    count();
  }
  if (tabs.length) {
    show(location.hash);
  }

  // Characters typed and allowed.
  page.querySelectorAll("[data-count-of]").forEach((counter) => {
    const input = document.getElementById(counter.dataset.countOf);
    if (input) {
      input.addEventListener("input", () => {
        const length = [...input.value].length;
        counter.textContent = `${length}/${input.dataset.max}`;
        counter.classList.toggle("cc-error-text", length > Number(input.dataset.max));
      });
    }
  });

  // Suggestions for inputs that name something by its code.
  const suggest = async (input) => {
    const query = new URLSearchParams({
      what: input.dataset.suggest,
      attribute: input.dataset.attribute || "",
      q: input.value,
    });
    const answer = await fetch(`${page.dataset.suggestUrl}?${query}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) {
      return;
    }
    const { suggestions } = await answer.json();
    input.list.replaceChildren(...suggestions.map(({ value, label }) => {
      const option = document.createElement("option");
      option.value = value;
      option.label = label;
      return option;
    }));
  };
  page.querySelectorAll("[data-suggest]").forEach((input) => {
    let waiting = 0;
    const later = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => suggest(input), 200);
    };
    input.addEventListener("input", later);
    input.addEventListener("focus", later, { once: true });
  });

  // Adding a line to a list of codes.
  page.querySelectorAll("[data-adder]").forEach((adder) => {
    const lines = document.getElementById(adder.dataset.adder);
    const input = adder.querySelector("input");
    const add = () => {
      const code = input.value.trim();
      if (code) {
        lines.value = [...lines.value.split("\n").filter((line) => line.trim()), code].join("\n");
        input.value = "";
        lines.dispatchEvent(new Event("input", { bubbles: true }));
      }
    };
    adder.hidden = false;
    adder.querySelector("button").addEventListener("click", add);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        add();
      }
    });
  });
})();

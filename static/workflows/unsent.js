/* Values typed on a change request but not proposed yet: no other button of the page leaves without them. */
(function () {
  "use strict";
  const note = document.querySelector("[data-unsent]");
  if (!note) return;

  function isTyped(field) {
    if (!(field instanceof HTMLSelectElement)) return field.value !== field.defaultValue;
    const first = Array.from(field.options).findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(first, 0);
  }

  document.addEventListener("submit", (event) => {
    const own = event.submitter && event.submitter.closest(".cc-other");
    const typed = Array.from(document.querySelectorAll('.cc-other [name^="value:"]')).filter(isTyped);
    const left = typed.find((field) => field.closest(".cc-other") !== own);
    if (!left) return;
    event.preventDefault();
    left.closest("details").open = true;
    left.closest(".cc-other").append(note);
    note.hidden = false;
    left.focus();
  });
})();

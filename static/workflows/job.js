/* Keeps the progress of running jobs up to date; when the last one has ended, the page is loaded again once, so that it
   shows what came of it. Without scripts the page says the same when it is loaded. */
(function () {
  "use strict";
  const EVERY_MS = 1500;
  const jobs = Array.from(document.querySelectorAll("[data-job]"));

  function show(box, status) {
    for (const field of box.querySelectorAll("[data-field]")) {
      const value = status[field.dataset.field];
      if (field.tagName === "PROGRESS") {
        if (value === null) field.removeAttribute("value");
        else field.value = value;
      } else if (field.textContent !== value) field.textContent = value;
    }
    const log = document.querySelector("[data-job-log]");
    if (log) log.textContent = status.log.join("\n");
  }

  async function look(box) {
    try {
      const answer = await fetch(box.dataset.job, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!answer.ok) return;
      const status = await answer.json();
      show(box, status);
      if (!status.running) delete box.dataset.job;
    } catch (error) {
      // The network is away for a moment: the next look tries again.
    }
  }

  async function round() {
    if (!document.hidden) await Promise.all(jobs.filter((box) => box.dataset.job).map(look));
    if (jobs.some((box) => box.dataset.job)) setTimeout(round, EVERY_MS);
    else if (!document.activeElement || !document.activeElement.matches("input, textarea, select")) location.reload();
  }

  if (jobs.length) setTimeout(round, EVERY_MS);
})();

// What htmx cannot do. Every page works without it.
(() => {
  "use strict";
  // The native colour picker and its radio button share one field: picking a colour chooses "own colour".
  document.addEventListener("input", (event) => {
    const picker = event.target;
    if (picker.type === "color") {
      const own = document.getElementById(picker.id + "-own");
      if (own) own.checked = true;
    }
  });
  // A link of the error summary leads to a field: put the cursor into it, and open what hides it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".error-summary a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.closest("details")?.setAttribute("open", "");
    field.focus();
    (document.getElementById(field.id + "-row") || field).scrollIntoView({ block: "center" });
  });
  // "Change" of a stored password opens its field: the next key belongs into it.
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.stored[open]") && event.target.contains(document.activeElement)) {
      event.target.querySelector("input")?.focus();
    }
  }, true);

  // A key or the report of a test: one press instead of selecting it. Where a script may not copy, the text stands selected.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    const text = button && document.getElementById(button.dataset.copy);
    if (!text) return;
    text.select();
    await navigator.clipboard?.writeText(text.value).then(() => { button.textContent = button.dataset.copied; }, () => {});
  });
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  document.addEventListener("toggle", (event) => {
    event.target.querySelector?.("[data-copy]")?.removeAttribute("hidden");
  }, true);

  // A verdict about a stored password: what has to be typed next is the password.
  document.addEventListener("htmx:after:swap", () => {
    for (const verdict of document.querySelectorAll(".field-verdict:not(:empty)")) {
      verdict.closest(".row").querySelector("details.stored")?.setAttribute("open", "");
    }
  });

  // The button that was pressed is gone with the panel it stood in: go on reading at the panel, without scrolling.
  document.addEventListener("htmx:after:swap", () => {
    if (document.activeElement === document.body) document.getElementById("connection-test-title")?.focus({ preventScroll: true });
  });
  // A page that was open for too long gets a new token along with the notice that says so.
  document.addEventListener("htmx:after:request", (event) => {
    const token = event.detail.ctx.response?.raw?.headers.get("X-CSRF-Token");
    if (!token) return;
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
  });

  // Requests that need no password do not carry one.
  document.addEventListener("htmx:config:request", (event) => {
    const { sourceElement, request } = event.detail.ctx;
    if (!sourceElement.hasAttribute("data-without-passwords")) return;
    for (const field of request.form.querySelectorAll("input[type='password']")) request.body.delete(field.name);
  });
  // What somebody types is no suggestion any more, and not what was judged before.
  document.addEventListener("input", (event) => {
    const field = event.target.closest("#account-form [id]");
    if (!field) return;
    for (const said of ["source", "error", "verdict"]) document.getElementById(`${field.id}-${said}`)?.replaceChildren();
    field.removeAttribute("aria-invalid");
  });
  // A suggestion comes too late where the cursor is, or where something was typed since it was asked for.
  let passedOver = null;
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx, tasks } = event.detail;
    if (ctx.sourceElement.id !== "account-fields") return;
    const late = tasks.map((task) => task.target).filter((control) => "name" in control &&
      (control === document.activeElement || control.value !== ctx.request.body.get(control.name)));
    passedOver = late.find((control) => control === document.activeElement && !control.value);
    const names = late.map((control) => control.id);
    const timely = tasks.filter((task) => !names.includes(task.target.id.replace(/-(source|error|hint)$/, "")));
    tasks.splice(0, tasks.length, ...timely);
  });
  // A field that was left empty after all gets its suggestion: whatever asks for suggestions asks again.
  document.addEventListener("focusout", (event) => {
    if (event.target !== passedOver) return;
    passedOver = null;
    if (!event.target.value) document.getElementById("imap-security")?.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();

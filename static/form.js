// What htmx cannot do in the form of an account. It works without it.
{
  const on = (name, act, before) => document.addEventListener(name, act, before);
  const byId = (id) => document.getElementById(id);
  // A link of the error summary leads to a field: put the cursor into it, and open what hides it.
  on("click", (event) => {
    const field = event.target.matches(".error-summary a") && byId(event.target.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.closest("details")?.setAttribute("open", "");
    field.focus();
    field.closest(".row")?.scrollIntoView({ block: "center" });
  });
  // A key or the report of a test: one press instead of selecting it. Where a script may not copy, the text stands selected.
  on("click", ({ target }) => {
    const { copy, copied } = target.dataset;
    const text = byId(copy);
    if (!text) return;
    text.select();
    navigator.clipboard?.writeText(text.value).then(() => { target.textContent = copied; }, () => {});
  });
  on("toggle", ({ target }) => {
    target.querySelector("[data-copy]")?.removeAttribute("hidden");
    // "Change" of a stored password opens its field: the next key belongs into it.
    if (target.matches(".stored[open]") && target.contains(document.activeElement)) target.querySelector("input").focus();
  }, true);

  on("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.fresh) document.activeElement.select?.();
    // A test may say at a field what is wrong with it, or nothing more. What has to be typed next is a refused password.
    for (const { parentElement: row } of document.querySelectorAll("[id$=-verdict]")) {
      const field = row.querySelector("[name]");
      field.ariaInvalid = null;
      if (!row.querySelector(".field-error:not(:empty)")) continue;
      field.ariaInvalid = true;
      field.closest("details")?.setAttribute("open", "");
    }
    // The button that was pressed is gone with the panel it stood in: go on reading at the panel, without scrolling.
    if (document.activeElement === document.body) document.querySelector(".connection-test > h2")?.focus({ preventScroll: true });
  });

  // What a proxy says in our place is no answer, and must not stand where something was typed.
  on("htmx:before:response", (event) => {
    const { ctx } = event.detail;
    if (ctx.response.status >= 500 && !ctx.hx.retarget) event.preventDefault();
  });
  // Requests that need no password do not carry one.
  on("htmx:config:request", ({ detail: { ctx } }) => {
    if (!("withoutPasswords" in ctx.sourceElement.dataset)) return;
    for (const field of ctx.request.form.querySelectorAll("[type=password]")) ctx.request.body.delete(field.name);
  });
  on("input", ({ target }) => {
    if (!target.closest(".account-form, .account-section")) return;
    // The native colour picker and its radio button share one field: picking a colour chooses "own colour".
    const own = byId(target.id + "-own");
    if (own) own.checked = true;
    // What somebody types is no suggestion any more, and not what was judged before.
    for (const said of ["-source", "-error", "-verdict"]) byId(target.id + said)?.replaceChildren();
    target.ariaInvalid = null;
  });
  // A suggestion comes too late where something was typed since it was asked for, or may be just now: in an empty field with
  // the cursor. What stands there from an older suggestion gives way (kept, it would pass for typed), and is selected: the
  // next key takes its place.
  let missed;
  on("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    if (!("suggests" in ctx.sourceElement.dataset)) return;
    const isBlank = (target) => target === document.activeElement && !target.value;
    const late = tasks.map(({ target }) => target).filter((target) => target?.name &&
      (isBlank(target) || new FormData(target.form).get(target.name) !== ctx.request.body.get(target.name)));
    missed = late.find(isBlank);
    tasks.splice(0, tasks.length, ...tasks.filter(({ target }) =>
      !late.some(({ id }) => id === target?.id.replace(/-(source|error|hint)$/, ""))));
    ctx.fresh = tasks.some(({ target }) => target === document.activeElement);
  });
  // A field that was left empty after all gets its suggestion: whatever asks for suggestions asks again.
  on("focusout", ({ target }) => {
    if (target === missed && !target.value) target.form.elements["imap-security"]?.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

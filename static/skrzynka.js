// What htmx cannot do on our own pages. Every page works without it.
import "./form.js";
import "./leaving.js";
import "./lost.js";
// A page that was open for too long, or whose person has signed in again elsewhere, gets a new token along with the
// refusal, and sends with it what was refused.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const { fetch } = ctx;
  ctx.fetch = async (action, request) => {
    const answer = await fetch(action, request);
    const token = answer.headers.get("X-CSRF-Token");
    if (!token) return answer;
    for (const field of document.querySelectorAll(".skrzynka input[name$=csrf_token]")) {
      field.value = token;
      if (request.body.has(field.name)) request.body.set(field.name, token);
    }
    return fetch(action, request);
  };
});
// What went wrong with a form is said until something of the same form goes well; that somebody is signed out, until they
// come back from where they have signed in.
let wrong;
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement.closest("form");
  const notices = ctx.hx?.retarget && document.querySelector(ctx.hx.retarget);
  if (notices?.matches(".notices")) wrong = { form, notice: notices.firstElementChild };
  else if (form && form === wrong?.form) wrong.notice.remove();
});
window.addEventListener("focus", async () => {
  const notice = document.querySelector("[data-signed-out]");
  if (notice && (await fetch(location.href, { method: "HEAD", headers: { "HX-Request": "true" } })).ok) notice.remove();
});
// A message takes the height that it has, up to a limit; without this it has a fixed one and scrolls.
for (const frame of document.querySelectorAll(".mailbox-document iframe")) {
  const fit = () => {
    const page = frame.contentDocument?.documentElement;
    if (!page?.isConnected) return;
    frame.style.height = "0";
    // A wide table scrolls inside, with a bar of its own.
    const bar = page.scrollWidth > page.clientWidth ? 20 : 1;
    frame.style.height = `${Math.min(page.scrollHeight + bar, 6000)}px`;
  };
  frame.addEventListener("load", fit);
  window.addEventListener("resize", fit);
  if (frame.contentDocument?.readyState === "complete") fit();
}
// The button that copies a key does so by script alone.
for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
// The editor of stationery over the form of an account; Escape or its last button lead back.
document.addEventListener("htmx:after:swap", () => {
  const dialog = document.getElementById("stationery-dialog");
  if (dialog && !dialog.open) {
    dialog.showModal();
    document.getElementById("design-name").focus();
  }
  // The select that the new one was chosen in: htmx looks for the focus in what it was asked for only.
  if (!dialog && document.activeElement === document.body) document.querySelector("#stationery[autofocus]")?.focus();
});
// What went wrong is said above the page: behind the editor nobody would see it.
document.addEventListener("htmx:after:swap", () => {
  const dialog = document.getElementById("stationery-dialog");
  const notice = dialog?.open && document.querySelector("#notices > #trouble");
  if (!notice) return;
  dialog.querySelector(":scope > #trouble")?.remove();
  dialog.prepend(notice);
});
// Escape asks before a design is lost, and leads back to the button that opened the editor.
document.addEventListener("cancel", (event) => {
  const { discard, touched } = event.target.dataset;
  if (touched && !confirm(discard)) event.preventDefault();
}, true);
document.addEventListener("close", (event) => {
  if (event.target.id !== "stationery-dialog") return;
  event.target.remove();
  document.querySelector("#stationery-choice [hx-post]")?.focus();
}, true);
// The button that was pressed is gone with what it stood in: go on where that says.
let hadFocus = false;
document.addEventListener("htmx:before:swap", () => { hadFocus = document.activeElement !== document.body; });
document.addEventListener("htmx:after:swap", () => {
  if (hadFocus && document.activeElement === document.body) document.querySelector("[data-refocus]")?.focus({ preventScroll: true });
});
// Whoever has typed in the editor is asked before it closes. What is wrong with a field of a message was said of what
// stood there before.
document.addEventListener("input", ({ target }) => {
  const dialog = target.closest("#stationery-dialog");
  if (dialog) dialog.dataset.touched = "yes";
  if (!target.closest("#letter")) return;
  document.getElementById(`${target.id}-error`)?.replaceChildren();
  target.removeAttribute("aria-invalid");
});
document.addEventListener("click", (event) => {
  const close = event.target.closest?.("dialog [data-close]");
  if (close) { event.preventDefault(); close.closest("dialog").close(); return; }
  // A placeholder or an image goes to where the cursor was.
  const words = event.target.closest?.("[data-insert]")?.dataset.insert;
  const source = words && document.getElementById("design-html");
  if (!source) return;
  source.setRangeText(words, source.selectionStart, source.selectionEnd, "end");
  source.focus();
  source.dispatchEvent(new Event("input", { bubbles: true }));
});
// A message that comes back with errors is morphed, and an option that somebody has chosen takes no word from it.
// What went wrong altogether is said elsewhere, and leaves the message as it is.
document.addEventListener("htmx:after:swap", ({ target, detail: { ctx } }) => {
  if (target.id !== "letter" || ctx.hx?.retarget) return;
  for (const option of target.querySelectorAll("option[selected]")) option.selected = true;
});

// Whoever has typed into a form of ours that keeps nothing by itself is asked before it is left. What was typed before the
// form came back says the form (data-typed). The words are the browser's: it lets nobody else say them.
{
  const FORMS = "body.skrzynka :is(.account-form, #stationery-form, #layout-form)";
  const typed = new Set();
  let sent = false;
  const note = (form) => form && typed.add(form.id);
  const noteAll = () => document.querySelectorAll("form[data-typed]").forEach(note);
  noteAll();
  document.addEventListener("htmx:after:swap", noteAll);
  for (const name of ["input", "change"]) document.addEventListener(name, ({ target }) => note(target.closest(FORMS)));
  // A press of these moves what the form is about.
  document.addEventListener("click", ({ target }) => {
    if (target.closest("[data-insert], .layout-move")) note(target.closest(FORMS));
    if (target.closest("[data-drop]")) typed.clear();
  });
  document.addEventListener("submit", (event) => { sent ||= event.target.matches(FORMS) && !event.defaultPrevented; });
  // What was saved leads on.
  document.addEventListener("htmx:before:response", ({ detail: { ctx } }) => { sent ||= !!ctx.hx.redirect; });
  window.addEventListener("beforeunload", (event) => {
    if (!sent && [...typed].some((id) => document.getElementById(id))) event.preventDefault();
  });
}

// A request of our own pages that got no answer is said in the page, in its words; a draft is sent again by itself. What
// makes an answer one of ours stands in form.js.
{
  const words = document.querySelector("template[data-lost]")?.content.children;
  let shown, missed = 0, pending;
  const isTyped = ({ sourceEvent: { type, target } }) => /^(input|change)$/.test(type) && target.type !== "file";
  // What nobody pressed for comes again by itself, and one that is lost may be nothing.
  const isQuiet = ({ sourceEvent: { type }, sourceElement }) => /^(load|every)$/.test(type) || "suggests" in sourceElement.dataset;
  const repeat = ({ sourceEvent: { type, target, submitter }, sourceElement }) => {
    if (type === "submit") target.requestSubmit(submitter);
    else if (type === "click") sourceElement.click();
    else target.dispatchEvent(new Event(type, { bubbles: true }));
  };
  const forget = () => {
    clearTimeout(pending?.timer);
    pending = null;
  };
  const say = (ctx, kind) => {
    // A notice that stands there already is not read out once more for a try that nobody made.
    if (shown?.isConnected && shown.kind === kind && (kind || isTyped(ctx))) return;
    shown?.remove();
    shown = words[kind].cloneNode(true);
    shown.kind = kind;
    const from = document.activeElement;
    shown.querySelector("button")?.addEventListener("click", () => {
      from.focus();
      repeat(ctx);
    });
    // Behind an open editor nobody would see it, or could press it.
    (document.querySelector("dialog[open]") ?? document.querySelector(".notices")).prepend(shown);
  };
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (ctx.text !== undefined) {
      missed = 0;
      // That a press came to nothing stands there until something else that somebody does comes through.
      if (shown?.kind || !isQuiet(ctx)) shown?.remove();
      if (pending?.source === ctx.sourceElement) forget();
      return;
    }
    // Given up because a newer one took its place.
    if (!words || ctx.status.includes("AbortError")) return;
    missed += 1;
    if (isQuiet(ctx)) {
      // What came of a press is worth more.
      if (missed > 1 && !shown?.isConnected) say(ctx, 1);
      return;
    }
    say(ctx, 0);
    if (!isTyped(ctx)) return;
    forget();
    pending = { source: ctx.sourceElement, again: () => repeat(ctx) };
    pending.timer = setTimeout(pending.again, 5000);
  });
  window.addEventListener("online", () => pending?.again());
}

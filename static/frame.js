// All that a page in a frame of another site runs, sent as one file. Its own part tells the page around how high the form
// is, and when its account is saved; only pages of the client's origins hear it. The other side is embed.js.
import "./vendor/htmx/htmx.min.js";
import "./form.js";
{
  // Firefox does not say whose page is around: then each of the client's origins is addressed.
  const around = location.ancestorOrigins?.[0];
  const { embedOrigins, lost } = document.querySelector("main").dataset;
  const origins = embedOrigins.split(" ").filter((origin) => origin === (around ?? origin));
  const tell = (message) => origins.forEach((origin) => parent.postMessage(message, origin));
  const saved = () => {
    const done = document.querySelector("[data-embed-saved]");
    if (!done) return;
    tell({ type: "skrzynka:saved", ...JSON.parse(done.dataset.embedSaved) });
    delete done.dataset.embedSaved;
  };
  // A press that got no answer: the word for that stands where the test would be told. All else is asked again.
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    if (ctx.text == null && /submit|click/.test(ctx.sourceEvent.type)) document.querySelector(".test-headline").textContent = lost;
  });
  if (parent !== window) {
    const form = document.documentElement;
    const grown = () => tell({ type: "skrzynka:height", height: form.getBoundingClientRect().height });
    new ResizeObserver(grown).observe(form);
    // Asked by embed.js, which may have come too late to hear it.
    onmessage = grown;
    saved();
    document.addEventListener("htmx:after:swap", saved);
  }
}

// For a page that has the form in a frame, <iframe data-skrzynka src="...">: makes the frame as high as it says, and passes
// the news that its account is saved on as the event "skrzynka:saved" of that frame. Only what comes from this very
// frame and its origin is heard. The other side is frame.js.
const frames = () => [...document.querySelectorAll("iframe[data-skrzynka]")];
window.addEventListener("message", (event) => {
  const frame = frames().find((it) => it.contentWindow === event.source);
  if (!frame || event.origin !== new URL(frame.src, location.href).origin) return;
  const { type, height, account, state } = event.data ?? {};
  if (type === "skrzynka:height" && Number.isFinite(height)) frame.style.height = `${Math.ceil(height)}px`;
  if (type === "skrzynka:saved") frame.dispatchEvent(new CustomEvent(type, { bubbles: true, detail: { account, state } }));
});
// A frame that was there first has said how high it is to nobody.
for (const frame of frames()) frame.contentWindow.postMessage("height?", "*");

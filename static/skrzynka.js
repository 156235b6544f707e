// What htmx cannot do on our own pages. Every page works without it.
import "./form.js";
// A page that was open for too long gets a new token along with the notice that says so.
document.addEventListener("htmx:after:request", (event) => {
  const token = event.detail.ctx.response?.raw?.headers.get("X-CSRF-Token");
  if (!token) return;
  for (const field of document.querySelectorAll(".skrzynka input[name$=csrf_token]")) field.value = token;
});
// The button that copies a key does so by script alone.
for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;

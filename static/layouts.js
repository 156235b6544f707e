// Dragging fields of the layout editor. The buttons beside them do the same, with the keyboard and without this.
(() => {
  "use strict";
  let dragged = null;
  // A whole field that can be dragged would let nobody select text in its inputs: only its grip starts a drag.
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest?.(".layout-grip");
    for (const field of document.querySelectorAll(".layout-field")) field.draggable = !!grip && field.contains(grip);
  });
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".layout-field[draggable='true']");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.id);
    dragged.classList.add("layout-dragged");
  });
  document.addEventListener("dragover", (event) => {
    const list = dragged && event.target.closest?.(".layout-section")?.querySelector(".layout-fields");
    if (!list) return;
    event.preventDefault();
    const over = event.target.closest(".layout-field");
    if (!over) { if (!list.contains(dragged)) list.append(dragged); return; }
    if (over === dragged) return;
    const box = over.getBoundingClientRect();
    over[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
  });
  document.addEventListener("drop", (event) => { if (dragged) event.preventDefault(); });
  document.addEventListener("dragend", () => {
    if (!dragged) return;
    const section = dragged.closest(".layout-section").querySelector("input[name='place']").value;
    const name = dragged.querySelector("input[name='place']").value;
    dragged.classList.remove("layout-dragged");
    dragged.draggable = false;
    dragged = null;
    // The select says the same as the place, and its change brings the preview up to date.
    // At the ends of the form there is no way on.
    const fields = [...document.querySelectorAll(".layout-field")];
    for (const button of document.querySelectorAll(".layout-field .layout-move")) button.disabled = false;
    if (fields[0].closest(".layout-section").matches(":first-child")) fields[0].querySelector(".layout-move").disabled = true;
    if (fields.at(-1).closest(".layout-section").matches(":last-child")) [...fields.at(-1).querySelectorAll(".layout-move")].at(-1).disabled = true;
    const select = document.getElementById(name + "-section");
    select.value = section;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();

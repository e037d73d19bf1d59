// In the marks grid Enter and the arrow keys move like in a spreadsheet; Tab works as everywhere.
document.addEventListener("keydown", (event) => {
  const cell = event.target.closest("[data-mark]");
  if (!cell || event.ctrlKey || event.altKey || event.metaKey) return;
  const down = event.key === "Enter" || event.key === "ArrowDown";
  if (!down && event.key !== "ArrowUp") return;
  event.preventDefault();
  const column = [...document.querySelectorAll(`[data-mark="${cell.dataset.mark}"]`)];
  const next = column[column.indexOf(cell) + (down ? 1 : -1)];
  if (next) { next.focus(); next.select(); }
});

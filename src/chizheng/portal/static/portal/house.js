// Small manners of the pages; everything can be read and sent without them.
document.addEventListener("change", (event) => {
  const input = event.target;
  if (input.matches("input[type=file][data-name-into]")) {
    const target = document.getElementById(input.dataset.nameInto);
    if (target) target.textContent = input.files.length ? input.files[0].name : "";
  }
  if (input.matches("[data-submit-on-change]")) input.form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("button[data-busy]");
  if (button) {
    button.setAttribute("aria-busy", "true");
    button.textContent = button.dataset.busy;
  }
});
document.addEventListener("click", (event) => {
  const trigger = event.target.closest("[data-copy]");
  if (trigger) navigator.clipboard.writeText(trigger.dataset.copy);
  if (event.target.closest("[data-print]")) window.print();
});

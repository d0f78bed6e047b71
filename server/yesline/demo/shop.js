// The shop's own code: its buttons open the form. The queue takes calls made before the widget has loaded.
window.yesline = window.yesline || [];
for (const button of document.querySelectorAll("[data-open]")) {
  button.addEventListener("click", () => {
    if (window.yesline.open) window.yesline.open(document.body.dataset.form);
    else window.yesline.push(["open", document.body.dataset.form]);
  });
}

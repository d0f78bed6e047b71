// A third party that thinks for a while, patches what it finds, and takes keys for shortcuts.
const until = performance.now() + 300;
while (performance.now() < until);
Array.prototype.last = function () {
  return this[this.length - 1];
};
document.addEventListener("keydown", (event) => {
  document.querySelector("#shortcuts").textContent += event.key;
  event.preventDefault();
});

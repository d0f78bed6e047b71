window.events = [];
for (const name of ["shown", "dismissed", "invalid", "submitted", "confirmed", "failed"]) {
  document.addEventListener(`yesline:${name}`, (event) => window.events.push({ name, ...event.detail }));
}
window.yesline = window.yesline || [];
window.yesline.push(["open", "spring-harvest"]);

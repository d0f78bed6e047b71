// On the page that waits for the phone: look again as soon as the phone has answered. Without it a link does the same by hand.
const { submission } = document.currentScript.dataset;
if (submission) {
  const events = new EventSource(`/submissions/${submission}/events`);
  events.addEventListener("state", (event) => JSON.parse(event.data).state === "pending" || location.reload());
}
// Who has sent the form need not be told of the other way in any more.
document.addEventListener("yesline:submitted", () => document.querySelector(".texting")?.remove());

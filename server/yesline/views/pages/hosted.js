const told = document.currentScript.dataset;
// The widget tells an app around the page what becomes of its forms; of this one, which was sent without it, we tell.
if (told.event) {
  const { form, submission } = told;
  (window.yesline ||= []).push(["note", "event", told.event, { form, submission }]);
}
// On the page that waits for the phone: look again as soon as the phone has answered. Without it a link does the same by hand.
if (told.event === "submitted") {
  const events = new EventSource(`/submissions/${told.submission}/events`);
  events.addEventListener("state", (event) => JSON.parse(event.data).state === "pending" || location.reload());
}
// Who has sent the form need not be told of the other way in any more.
document.addEventListener("yesline:submitted", () => document.querySelector(".texting")?.remove());

// On the page that waits for the phone: look again as soon as the phone has answered. Without it a link does the same by hand.
const { submission } = document.currentScript.dataset;
const events = new EventSource(`/submissions/${submission}/events`);
events.addEventListener("state", (event) => JSON.parse(event.data).state === "pending" || location.reload());

// A phone for the sandbox: shows what was sent to made-up numbers, and answers. Built with createElement only, so that
// it runs under `trusted-types 'none'`.

const MADE_UP = "+12025550143";
const LINK = /(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/;
const EVERY = 1000;

const at = (id) => document.getElementById(id);
const state = { messages: [], senders: [], added: [], phone: "", sender: "", seen: {}, shown: "", guessed: true };

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

const phoneOf = (message) => (message.direction === "out" ? message.to : message.from);
const senderOf = (message) => (message.direction === "out" ? message.from : message.to);
const latest = (messages) => messages[messages.length - 1];
const thread = () => state.messages.filter((m) => phoneOf(m) === state.phone && senderOf(m) === state.sender);

function phones() {
  const newestFirst = [...state.messages].reverse().map(phoneOf);
  return [...new Set([...newestFirst, ...state.added])];
}

function pretty(number) {
  const american = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return american ? `+1 ${american[1]} ${american[2]} ${american[3]}` : number;
}

function clock(epoch) {
  return new Date(epoch).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
}

function withLinks(text) {
  return text.split(LINK).map((part, index) =>
    index % 2 ? make("a", { href: part, target: "_blank", rel: "noopener", textContent: part }) : part,
  );
}

function bubble(message) {
  const mine = message.direction === "in";
  const time = make("time", { dateTime: new Date(message.at).toISOString(), textContent: clock(message.at) });
  const said = make("span", { className: "unseen", textContent: mine ? "You: " : "They: " });
  return make("li", { className: mine ? "mine" : "theirs" }, make("p", { dir: "auto" }, said, ...withLinks(message.text)), time);
}

function showThread() {
  const list = at("texts");
  const messages = thread();
  const kept = list.dataset.of === `${state.phone} ${state.sender}` ? list.querySelectorAll("li:not(.none)").length : 0;
  if (!kept) list.replaceChildren();
  list.dataset.of = `${state.phone} ${state.sender}`;
  list.append(...messages.slice(kept).map(bubble));
  if (!messages.length) list.replaceChildren(nothing());
  else list.querySelector(".none")?.remove();
  at("thread").scrollTop = at("thread").scrollHeight;
}

const keyword = () => state.senders.find(({ address }) => address === state.sender)?.keyword;

function nothing() {
  const word = keyword();
  const words = word ? `No texts yet. Text ${word} to ${state.sender}, or type this number into the form.` : "No texts yet.";
  return make("li", { className: "none", textContent: words });
}

function phoneButton(number) {
  const last = latest(state.messages.filter((m) => phoneOf(m) === number));
  const unread = last && last.direction === "out" && last.id !== state.seen[number] && number !== state.phone;
  const button = make(
    "button",
    { type: "button", className: unread ? "unread" : "" },
    make("strong", { dir: "ltr", textContent: pretty(number) }),
    make("span", { dir: "auto", textContent: last ? last.text : "No texts yet" }),
  );
  if (unread) button.append(make("em", { className: "unseen", textContent: "New text" }));
  button.setAttribute("aria-pressed", String(number === state.phone));
  button.addEventListener("click", () => choosePhone(number));
  return make("li", {}, button);
}

function showPhones() {
  const list = at("phones");
  const focused = [...list.querySelectorAll("button")].indexOf(document.activeElement);
  list.replaceChildren(...phones().map(phoneButton));
  list.querySelectorAll("button")[focused]?.focus();
}

function showSenders() {
  const select = at("sender");
  const known = state.senders.map(({ address, group }) => make("option", { value: address, textContent: `${group} (${address})` }));
  select.replaceChildren(...known);
  select.value = state.sender;
  const group = state.senders.find(({ address }) => address === state.sender)?.group ?? "?";
  at("face").textContent = group[0].toUpperCase();
}

function chip(word) {
  const button = make("button", { type: "button", textContent: word });
  button.addEventListener("click", () => send(word));
  return button;
}

function showChips() {
  const first = keyword() && !thread().length;
  const words = first ? [keyword(), "HELP"] : ["Y", "STOP", "START", "HELP"];
  const chips = document.querySelector(".chips");
  if (chips.textContent === words.join("")) return;
  const focused = chips.contains(document.activeElement);
  chips.replaceChildren(...words.map(chip));
  if (focused) chips.firstChild.focus();
}

function show() {
  const last = latest(state.messages.filter((m) => phoneOf(m) === state.phone));
  if (last) state.seen[state.phone] = last.id;
  at("me").textContent = pretty(state.phone);
  showSenders();
  showPhones();
  showThread();
  showChips();
}

function usePhone(number) {
  state.phone = number;
  if (!phones().includes(number)) state.added.push(number);
  const last = latest(state.messages.filter((m) => phoneOf(m) === number));
  if (last) state.sender = senderOf(last);
  show();
}

function choosePhone(number) {
  state.guessed = false;
  history.replaceState(null, "", `#${number}`);
  usePhone(number);
}

async function ask(path, options) {
  const answer = await fetch(path, { cache: "no-store", ...options });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error?.message ?? `The server answered ${answer.status}.`);
  return body;
}

function trouble(words) {
  if (at("trouble").textContent !== words) at("trouble").textContent = words;
}

async function look() {
  const { messages } = await ask("/handset/messages");
  const mark = `${messages.length} ${latest(messages)?.id}`;
  if (at("trouble").dataset.from === "look") trouble("");
  if (mark === state.shown) return;
  state.shown = mark;
  state.messages = messages;
  if (state.guessed && messages.length) usePhone(phoneOf(latest(messages)));
  else show();
}

async function keepLooking() {
  if (!document.hidden) {
    await look().catch(() => {
      at("trouble").dataset.from = "look";
      trouble("The server doesn’t answer. Trying again…");
    });
  }
  at("clock").textContent = clock(Date.now());
  setTimeout(keepLooking, EVERY);
}

async function send(text) {
  choosePhone(state.phone);
  const body = JSON.stringify({ from: state.phone, to: state.sender, text });
  try {
    await ask("/handset/replies", { method: "POST", headers: { "content-type": "application/json" }, body });
    trouble("");
    await look();
    return true;
  } catch (error) {
    at("trouble").dataset.from = "send";
    trouble(error.message);
    return false;
  }
}

at("compose").addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = at("text");
  if (input.value.trim() && (await send(input.value))) input.value = "";
});
at("text").addEventListener("input", () => {
  state.guessed = false; // whoever types stays with this phone
});
at("sender").addEventListener("change", (event) => {
  state.sender = event.target.value;
  show();
});
at("other").addEventListener("submit", (event) => {
  event.preventDefault();
  const digits = at("number").value.replace(/[^\d]/g, "");
  if (digits) choosePhone(`+${digits}`);
  at("number").value = "";
});
document.addEventListener("visibilitychange", () => document.hidden || look().catch(() => {}));

async function start() {
  try {
    state.senders = (await ask("/handset/senders")).senders;
  } catch (error) {
    trouble(error.message);
  }
  state.sender = state.senders[0]?.address ?? "";
  if (/^#\+\d{6,15}$/.test(location.hash)) choosePhone(location.hash.slice(1));
  else usePhone(MADE_UP);
  keepLooking();
}

start();

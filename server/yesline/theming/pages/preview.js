/* Every look at a theme as a frame, what is wrong in each, and all of it again when a file has changed. */

const EVERY = 700; // milliseconds between looks for changed files
const SCALES = { 1280: 0.5 };
const ALL = "all";
const $ = (id) => document.getElementById(id);
const waiting = [];
const measured = [];
let looks;

function options(id, values, chosen = ALL) {
  const select = $(id);
  const kept = select.value || chosen;
  select.replaceChildren(...values.map(([value, name]) => new Option(name, value)));
  select.value = values.some(([value]) => value === kept) ? kept : values[0]?.[0];
}

const named = (names) => names.map((name) => [name, name]);
const wanted = (id, value) => $(id).value === ALL || $(id).value === String(value);

function offer() {
  $("theme").textContent = `Theme ${looks.theme}`;
  const steps = new Set(looks.forms.flatMap(({ states }) => states.map(({ step }) => step)));
  options("display", named(looks.displays), looks.forms[0]?.display);
  options("form", [[ALL, ALL], ...named(looks.forms.map(formName))], looks.forms[0] && formName(looks.forms[0]));
  options("step", [[ALL, ALL], ...named([...steps])]);
  options("size", [[ALL, ALL], ...Object.keys(looks.sizes).map((size) => [size, `${size} px`])]);
  options("scheme", [[ALL, "light and dark"], ...named(looks.schemes)]);
}

const formName = ({ form, locale }) => `${form}, ${locale}`;

function draw() {
  waiting.length = measured.length = 0;
  near.disconnect();
  $("problems").replaceChildren(...looks.problems.map((problem) => element("li", problem)));
  const forms = looks.forms.filter((form) => wanted("form", formName(form)));
  $("looks").replaceChildren(...forms.flatMap((form) => form.states.filter(({ step }) => wanted("step", step)).flatMap((state) => section(form, state))));
  sum();
}

function section(form, state) {
  const row = element("div");
  row.className = "row";
  for (const scheme of looks.schemes.filter((one) => wanted("scheme", one))) {
    for (const size of Object.keys(looks.sizes).filter((one) => wanted("size", one))) row.append(figure(form, state, size, scheme));
  }
  return [element("h2", `${state.step} ${state.matter} — ${formName(form)}`), row];
}

function figure({ form, locale }, { step, matter }, size, scheme) {
  const [width, height] = looks.sizes[size];
  const scale = SCALES[size] ?? 0.75;
  const query = new URLSearchParams({ form, locale, step, matter, display: $("display").value, scheme, size });
  const frame = Object.assign(element("iframe"), { width, height, title: `${step} ${matter}, ${size}, ${scheme}` });
  frame.dataset.src = `/frame?${query}`;
  frame.style.transform = `scale(${scale})`;
  const window = element("div");
  window.className = "window";
  Object.assign(window.style, { width: `${width * scale}px`, height: `${height * scale}px` });
  window.append(frame);
  const made = element("figure");
  made.style.width = `${width * scale + 4}px`;
  made.append(element("figcaption", `${size} px, ${scheme}`), window, element("ul"));
  near.observe(frame);
  return made;
}

/** Frames load when they come near. All of them share one thread, so they are measured one after the other, in order. */
const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting || target.src) continue;
      target.addEventListener("load", () => waiting.push(target));
      target.src = target.dataset.src;
    }
  },
  { rootMargin: "150px" },
);

async function measure() {
  const frame = waiting.shift();
  if (frame?.isConnected) await look(frame).catch(() => {}); // it has been drawn again meanwhile
  setTimeout(measure, frame ? 0 : 50);
}

async function look(frame) {
  const { contentWindow, contentDocument } = frame;
  await contentDocument.fonts.ready;
  contentWindow.measure.settle();
  const faults = [...contentWindow.measure.all(), ...(await contentWindow.measure.axe())];
  contentWindow.measure.mark();
  const made = frame.closest("figure");
  made.classList.toggle("faulty", faults.length > 0);
  made.querySelector("ul").replaceChildren(...faults.map((fault) => element("li", `${fault.element}: ${fault.said}`)));
  measured.push(made);
  sum();
}

function element(tag, text = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function sum() {
  const faulty = measured.filter((made) => made.classList.contains("faulty")).length;
  const axe = looks.axe ? "" : " Without axe: pip install 'yesline[check]'.";
  $("sum").textContent = `${faulty} of ${measured.length} looks have faults; the others are measured when you scroll to them.${axe}`;
}

async function load() {
  looks = await (await fetch("/looks")).json();
  offer();
  draw();
}

async function watch() {
  try {
    const stamp = await (await fetch("/stamp")).text();
    if (stamp !== looks.stamp) await load();
  } catch {
    $("sum").textContent = "The preview has ended.";
  }
  setTimeout(watch, EVERY);
}

for (const id of ["display", "form", "step", "size", "scheme"]) $(id).addEventListener("change", draw);
$("faulty").addEventListener("change", ({ target }) => document.body.classList.toggle("only-faulty", target.checked));
await load();
measure();
watch();

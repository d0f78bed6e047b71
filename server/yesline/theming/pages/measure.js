/* What a frame's form looks like once it is styled, measured where it stands. Runs in `yesline theme check` and in every frame of the preview. */
"use strict";

globalThis.measure = (() => {
  const SMALLEST_WORDS = 12;
  const SMALLEST_TARGET = 24;
  const LOWEST_CONTRAST = 4.5;
  const TARGETS = "button, select, input:not([type=hidden])";
  /** Properties that make words too long for the room they have. */
  const ROOM = ["white-space", "width", "max-width", "min-width", "height", "max-height", "overflow", "overflow-x", "position", "left", "right", "text-indent", "transform", "margin", "padding", "font-size", "font"];
  const AXE = {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
  };

  const form = () => document.querySelector("yesline-form");
  const root = () => form().shadowRoot.querySelector(".yl");
  const hooked = (name) => root().querySelector(`[data-yesline="${name}"]`);
  const consentLabel = () => hooked("consent").labels[0] ?? hooked("consent");

  /** Animations at their end: what moves or fades in is to be judged where it comes to rest. */
  function settle() {
    for (const animation of root().getAnimations({ subtree: true })) {
      const endless = animation.effect.getComputedTiming().endTime === Infinity;
      if (endless) animation.cancel();
      else animation.finish();
    }
  }

  // Which rule is to be changed.

  function* rules(list) {
    for (const rule of list) {
      if (rule.media && !matchMedia(rule.media.mediaText).matches) continue;
      if (rule.selectorText) yield rule;
      else if (rule.cssRules && !(rule instanceof CSSKeyframesRule)) yield* rules(rule.cssRules);
    }
  }

  function weight(selector) {
    const counted = selector.replace(/:where\((?:[^()]|\([^()]*\))*\)/g, "");
    const named = counted.match(/[.#[]|:(?!:)/g)?.length ?? 0;
    return named * 100 + (counted.match(/(^|[\s>+~,(])[a-z]/g)?.length ?? 0);
  }

  /** The selectors of a list that match; what a rule draws before or after an element counts as its own. */
  function matching(element, selectors) {
    const parts = selectors.split(/,(?![^(]*\))/).map((part) => part.trim());
    return parts.filter((part) => element.matches(part.replace(/::(before|after)/, "") || "*"));
  }

  /** The rule that gives an element itself a property. */
  function winner(element, property) {
    let found = null;
    for (const rule of rules(form().shadowRoot.styleSheets[0].cssRules)) {
      const value = rule.style.getPropertyValue(property);
      const weighs = value ? Math.max(-1, ...matching(element, rule.selectorText).map(weight)) : -1;
      if (weighs < 0 || (found && found.weighs > weighs)) continue;
      found = { selector: rule.selectorText, property, value, weighs };
    }
    return found;
  }

  /** The rules that give an element, or one it stands in, these properties; the nearest first. */
  function causes(element, properties) {
    const found = [];
    for (let at = element; at && at !== form(); at = at.parentElement) {
      found.push(...properties.map((property) => winner(at, property)).filter(Boolean));
    }
    return found;
  }

  const faulty = new Set();

  function finding(rule, element, said, properties) {
    faulty.add(element);
    return { rule, element: told(element), said, causes: causes(element, properties) };
  }

  function told(element) {
    const hook = element.dataset?.yesline;
    if (hook) return `[data-yesline="${hook}"]`;
    return element.localName + [...element.classList].map((name) => `.${name}`).join("");
  }

  // What is seen.

  function unseen(element) {
    if (!element.checkVisibility({ visibilityProperty: true })) return true;
    for (let at = element; at && at !== root(); at = at.parentElement) {
      const { width, height } = at.getBoundingClientRect();
      const { clipPath, display } = getComputedStyle(at);
      if (display !== "inline" && display !== "contents" && (width <= 1 || height <= 1)) return true;
      if (/inset\((50|100)%\)/.test(clipPath)) return true;
    }
    return false;
  }

  /** Into the middle of what scrolls; `scrollIntoView` would move the page around the frame, too. */
  function bring(element) {
    for (let at = element.parentElement; at; at = at.parentElement) {
      if (at === root() || at.scrollHeight > at.clientHeight) at.scrollTop += middle(element) - middle(at);
    }
    const page = document.scrollingElement;
    page.scrollTop += middle(element) - innerHeight / 2;
  }

  function middle(element) {
    const { top, bottom } = element.getBoundingClientRect();
    return (top + bottom) / 2;
  }

  function all() {
    const found = [...overflow(), ...targets(), ...callToAction()];
    root().scrollTop = document.scrollingElement.scrollTop = 0;
    return found;
  }

  const shown = () => [...root().querySelectorAll("*")].filter((element) => !element.closest("svg, option") && !unseen(element));

  function lines(element) {
    const texts = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    return texts.flatMap((text) => {
      const range = document.createRange();
      range.selectNodeContents(text);
      return [...range.getClientRects()].filter(({ width }) => width > 0);
    });
  }

  const over = (line, { left, right }) => line.left < left - 1 || line.right > right + 1;

  /** What cuts a line of words off: the screen, or a box around it that hides what is too much. */
  function cutBy(element, line) {
    if (over(line, { left: 0, right: innerWidth })) return root();
    for (let at = element; at && at !== root().parentNode; at = at.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(at);
      const box = at.getBoundingClientRect();
      if (overflowX !== "visible" && over(line, box)) return at;
      if (/hidden|clip/.test(overflowY) && (line.top < box.top - 2 || line.bottom > box.bottom + 2)) return at;
    }
    const around = element.closest("button, label, p, h1, h2, h3, li, div");
    return around && around !== root() && over(line, around.getBoundingClientRect()) ? around : null;
  }

  function overflow() {
    const found = [];
    for (const element of shown()) {
      const line = lines(element).find((one) => cutBy(element, one));
      if (line) {
        const box = cutBy(element, line);
        const words = element.textContent.trim().slice(0, 30);
        found.push(finding("overflow", element, `“${words}” does not fit into ${box === root() ? "the screen" : told(box)}. Let it wrap, or give it room.`, ROOM));
      }
    }
    if (document.documentElement.scrollWidth > innerWidth) {
      const wide = shown().find((element) => element.getBoundingClientRect().right > innerWidth + 1) ?? root();
      found.push(finding("overflow", wide, `It is wider than the screen of ${innerWidth} px.`, ROOM));
    }
    return found;
  }

  function targets() {
    const small = [];
    for (const element of shown().filter((one) => one.matches(TARGETS) && one.tabIndex >= 0)) {
      const { width, height } = reach(element);
      if (Math.min(width, height) >= SMALLEST_TARGET - 0.1) continue;
      const size = `${Math.round(width)} × ${Math.round(height)} px`;
      small.push(finding("target", element, `It is ${size}, too small to hit. Make it ${SMALLEST_TARGET} × ${SMALLEST_TARGET} px or more.`, ["height", "width", "min-height", "padding", "font-size"]));
    }
    return small;
  }

  /** A box may be small where its label is pressed instead. */
  function reach(element) {
    const boxes = [element, ...(element.type === "checkbox" ? element.labels : [])].map((one) => one.getBoundingClientRect());
    return boxes.reduce((one, other) => (other.height * other.width > one.height * one.width ? other : one));
  }

  // The call to action.

  /** What must be read before a box is ticked: the form's own, then those of boxes that other groups have. */
  function readings() {
    const others = [...root().querySelectorAll("[data-yesline-terms]")].flatMap((terms) => {
      const name = terms.dataset.yeslineTerms;
      const label = root().querySelector(`[data-yesline-field="${name}"]`)?.labels[0];
      return [[`disclosure of ${name}`, `The disclosure of the box ${name}`, terms], ...(label ? [[`label of ${name}`, `The label of the box ${name}`, label]] : [])];
    });
    if (!hooked("disclosure")) return others;
    return [["disclosure", "The disclosure", hooked("disclosure")], ["label", "The label of the consent box", consentLabel()], ...others];
  }

  /** Whether this step asks for a consent. */
  const asks = () => readings().length > 0;

  function callToAction() {
    const found = [];
    for (const [rule, name, part] of readings()) {
      if (unseen(part)) {
        found.push(finding(`${rule} hidden`, part, `${name} is not seen. It must always be.`, ["display", "visibility", "clip-path", "height", "width", "max-height"]));
        continue;
      }
      const words = [part, ...part.querySelectorAll("*")].filter((one) => lines(one).length);
      const small = words.find((one) => height(one) < SMALLEST_WORDS - 0.05);
      const size = small && Math.round(height(small) * 10) / 10;
      if (small) found.push(finding(`${rule} too small`, small, `${name} is ${size} px high. Make it ${SMALLEST_WORDS} px or more.`, ["transform", "scale", "zoom", "font-size", "font"]));
    }
    return hooked("consent") ? [...found, ...box()] : found;
  }

  /** The size of an element's words, with what transforms make of it. */
  function height(element) {
    const box = getComputedStyle(element).display === "inline" ? element.parentElement : element;
    const scale = box.getBoundingClientRect().height / box.offsetHeight;
    return parseFloat(getComputedStyle(element).fontSize) * (Math.abs(scale - 1) > 0.02 ? scale : 1);
  }

  function box() {
    const own = hooked("consent");
    const { opacity } = getComputedStyle(own);
    if (unseen(own) || opacity === "0") return [finding("box hidden", own, "The consent box is not seen. It must always be.", ["display", "visibility", "opacity", "clip-path", "width", "height"])];
    if (own.checked) return [finding("box ticked", own, "The consent box is ticked before the person ticks it, which is no consent.", [])];
    bring(own);
    const { left, top, width, height } = own.getBoundingClientRect();
    const hit = form().shadowRoot.elementFromPoint(left + width / 2, top + height / 2);
    const free = hit && (own.contains(hit) || [...own.labels].some((label) => label.contains(hit)));
    return free ? [] : [finding("box covered", own, `${hit ? told(hit) : "The edge of the screen"} lies over the consent box, which cannot be pressed.`, ["position", "z-index", "pointer-events", "inset"])];
  }

  // Pixels: with the words, without them, with the box ticked.

  const AROUND_BOX = 8; // a box may be drawn larger than it is

  /** What is photographed, by name. */
  function parts() {
    const found = Object.fromEntries(readings().map(([rule, , part]) => [rule, part]));
    return hooked("consent") ? { ...found, box: hooked("consent") } : found;
  }

  function edges(part) {
    const { left, top, right, bottom } = parts()[part].getBoundingClientRect();
    const more = part === "box" ? AROUND_BOX : 0;
    return { left: Math.floor(left - more), top: Math.floor(top - more), right: Math.ceil(right + more), bottom: Math.ceil(bottom + more) };
  }

  function around(parts) {
    const all = parts.map(edges);
    const most = (choose, side) => choose(...all.map((one) => one[side]));
    return { left: most(Math.min, "left"), top: most(Math.min, "top"), right: most(Math.max, "right"), bottom: most(Math.max, "bottom") };
  }

  /** The parts, in groups that fit on the screen together: a picture takes the longest of all. */
  function groups() {
    const names = Object.keys(parts());
    const { top, bottom } = around(names);
    return bottom - top < innerHeight - 40 ? [names] : names.map((name) => [name]);
  }

  /** Where a group is to be photographed, brought into sight; at least one pixel, since nothing cannot be photographed. */
  function area(group) {
    bring({ getBoundingClientRect: () => around(group), parentElement: parts()[group[0]].parentElement });
    const { left, top, right, bottom } = around(group);
    const x = Math.min(Math.max(0, left), innerWidth - 1);
    const y = Math.min(Math.max(0, top), innerHeight - 1);
    return { x, y, width: Math.max(1, Math.min(innerWidth, right) - x), height: Math.max(1, Math.min(innerHeight, bottom) - y) };
  }

  function blank(yes) {
    const style = form().shadowRoot.querySelector("#yl-blank") ?? Object.assign(document.createElement("style"), { id: "yl-blank" });
    const words = ['[data-yesline="disclosure"]', "[data-yesline-terms]", "label"].flatMap((one) => [one, `${one} *`]).join();
    style.textContent = yes ? `${words} { -webkit-text-fill-color: transparent !important; text-decoration-color: transparent !important; text-shadow: none !important; transition: none !important; }` : "";
    form().shadowRoot.append(style);
  }

  function tick(yes) {
    if (hooked("consent")) hooked("consent").checked = yes;
    settle();
  }

  async function pixels(png) {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, image.width, image.height);
  }

  function luminance([red, green, blue]) {
    const [r, g, b] = [red, green, blue].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(one, other) {
    const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  }

  /** The colour of an element's words, and how much of it is left by opacities around it. */
  function ink(element) {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = getComputedStyle(element).color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    let alpha = a / 255;
    for (let at = element; at && at !== form(); at = at.parentElement) alpha *= Number(getComputedStyle(at).opacity);
    return { colour: [r, g, b], alpha };
  }

  const mixed = ({ colour, alpha }, ground) => colour.map((part, at) => part * alpha + ground[at] * (1 - alpha));

  const differs = (one, other) => one.some((part, at) => Math.abs(part - other[at]) >= 4);

  function* points(line, area, { width, height }) {
    for (let y = Math.max(0, Math.floor(line.top - area.y)); y < Math.min(height, line.bottom - area.y); y++) {
      for (let x = Math.max(0, Math.floor(line.left - area.x)); x < Math.min(width, line.right - area.x); x++) yield (y * width + x) * 4;
    }
  }

  /** The lowest contrast of words to what is really behind them, and whether something covers some of them. */
  function read(element, area, [withWords, without]) {
    const own = ink(element);
    const result = { element, lowest: Infinity, covered: false };
    for (const line of lines(element)) {
      let seen = 0;
      let ground = [255, 255, 255];
      for (const at of points(line, area, without)) {
        ground = without.data.slice(at, at + 3);
        if (!differs(ground, withWords.data.slice(at, at + 3))) continue;
        seen++;
        result.lowest = Math.min(result.lowest, contrast(mixed(own, ground), ground));
      }
      if (seen >= line.width / 8) continue;
      const expected = contrast(mixed(own, ground), ground);
      if (expected > 1.5) result.covered = true;
      else result.lowest = Math.min(result.lowest, expected);
    }
    return result;
  }

  /** `shots` are pictures of the `area` of a group, as base64: as it is, without words, with the box ticked. */
  async function legibility(group, shots) {
    const where = area(group);
    const [plain, without, ticked] = await Promise.all(shots.map(pixels));
    const seen = readings().filter(([rule, , part]) => group.includes(rule) && !unseen(part));
    const found = seen.flatMap(([rule, name, part]) => legible(rule, name, part, where, [plain, without]));
    return group.includes("box") ? [...found, ...tells(where, plain, ticked)] : found;
  }

  function legible(rule, name, part, where, pictures) {
    const worded = [part, ...part.querySelectorAll("*")].filter((one) => lines(one).length);
    const results = worded.map((one) => read(one, where, pictures));
    const covered = results.find((one) => one.covered);
    if (covered) return [finding(`${rule} hidden`, covered.element, `${name}: words are not seen, something covers them or cuts them off.`, ["clip-path", ...ROOM, "inset", "z-index"])];
    const pale = results.reduce((one, other) => (other.lowest < one.lowest ? other : one));
    if (pale.lowest >= LOWEST_CONTRAST - 0.05) return [];
    return [finding(`${rule} too pale`, pale.element, `${name} has a contrast of ${pale.lowest.toFixed(1)}:1 to what is behind it. Make it ${LOWEST_CONTRAST}:1 or more.`, ["opacity", "color", "background-color", "background-image", "background"])];
  }

  /** Whether the box tells that it is ticked. */
  function tells(where, plain, ticked) {
    const { left, top, right, bottom } = edges("box");
    for (const at of points({ left, top, right, bottom }, where, plain)) {
      if (differs(plain.data.slice(at, at + 3), ticked.data.slice(at, at + 3))) return [];
    }
    tick(true); // so that the rules for a ticked box are among those to change
    const found = finding("box ticked", hooked("consent"), "The consent box looks the same ticked and unticked.", ["opacity", "appearance", "content", "border-color", "background-color", "background"]);
    tick(false);
    return [found];
  }

  async function axe(only = AXE) {
    if (!globalThis.axe) return [];
    const { violations } = await globalThis.axe.run(document, only);
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, any, html }) => {
        const path = target.flat(3);
        const element = form().shadowRoot.querySelector(path[path.length - 1]);
        const said = `${help}. ${any[0]?.message ?? ""}`.trim();
        if (!element) return { rule: `axe ${id}`, element: html.slice(0, 60), said, causes: [] };
        return finding(`axe ${id}`, element, said, id === "color-contrast" ? ["opacity", "color", "background-color", "background"] : ["height", "min-height", "padding"]);
      }),
    );
  }

  /** Draws a line around what was found. */
  function mark() {
    for (const element of faulty) element.style.outline = "2px dashed red";
  }

  return { settle, mark, asks, groups, area, blank, tick, legibility, axe, all };
})();

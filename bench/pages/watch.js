// Put into every page that is timed: tells on the console when the form can be used, and a little later, when the browser has
// told of them, which long tasks had begun by then.
(() => {
  const long = [];
  new PerformanceObserver((list) => {
    long.push(...list.getEntries());
  }).observe({ type: "longtask", buffered: true });
  const roots = () => [document, ...["yesline-form", "floor-form"].map((name) => document.querySelector(name)?.shadowRoot)];
  const find = (selector) => {
    for (const root of roots()) {
      const found = root?.querySelector(selector);
      if (found?.getClientRects().length && found.checkVisibility({ visibilityProperty: true })) return found;
    }
  };
  const look = () => {
    const input = find("input[type=tel]");
    const country = find("select, .iti__selected-country");
    if (input && country && (input.focus(), input.getRootNode().activeElement === input)) {
      const at = performance.now();
      console.debug(`usable ${at}`);
      setTimeout(() => {
        const before = long.filter((task) => task.startTime < at);
        console.debug(`long ${JSON.stringify(before.map((task) => task.duration))}`);
      }, 500);
    } else requestAnimationFrame(look);
  };
  if (location.pathname !== "/blank.html" && location.protocol !== "about:") requestAnimationFrame(look);
})();

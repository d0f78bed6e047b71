/** Style sheets by construction, which passes `style-src 'self'`; a `<style>` is for Safari before 16.4. */

/** Adds a sheet and returns what takes it away. */
export function wear(root: Document | ShadowRoot, text: string): () => void {
  if (!("adoptedStyleSheets" in root)) return wearElement(root, text);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  return () => (root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => other !== sheet));
}

function wearElement(root: Document | ShadowRoot, text: string): () => void {
  const style = document.createElement("style");
  style.textContent = text;
  ((root as Document).head ?? root).append(style);
  return () => style.remove();
}

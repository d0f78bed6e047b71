// The floor: a script that holds its form and shows it in a shadow root. Words in capitals are filled in when the page is made.
const data = DATA;
const form = FORM;

customElements.define("floor-form", class extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = form;
    const select = root.querySelector("select");
    for (const [region, code] of COUNTRIES) select.append(new Option(`${region} +${code}`, region));
    const input = root.querySelector("input[type=tel]");
    root.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const pattern = new RegExp(`^(?:${data[select.value]})$`);
      input.setCustomValidity(pattern.test(input.value.replace(/\D/g, "")) ? "" : "Check each digit.");
    });
  }
});

const show = () => document.body.append(document.createElement("floor-form"));
if (document.body) show();
else addEventListener("DOMContentLoaded", show);

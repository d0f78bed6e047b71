import { createApp, ref } from "vue";

const App = {
  setup() {
    return { tab: ref("home"), confirmed: ref(false), open: () => window.yesline.open("spring-harvest") };
  },
  // The form is an element like any other; Vue listens to what it tells by its name.
  template: `
    <main>
      <nav>
        <button @click="tab = 'home'">Home</button>
        <button @click="tab = 'texts'">Texts</button>
        <button @click="open">In a window</button>
      </nav>
      <h1>{{ tab === "home" ? "Larkspur Coffee" : "Get texts" }}</h1>
      <yesline-form v-if="tab === 'texts'" form="spring-harvest" display="inline" @yesline:confirmed="confirmed = true" />
      <p v-if="confirmed" role="status">Vue knows: confirmed.</p>
    </main>`,
};

const app = createApp(App);
app.config.compilerOptions.isCustomElement = (tag) => tag.startsWith("yesline-");
app.mount("#app");

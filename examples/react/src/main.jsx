import { StrictMode, useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";

/** The form is an element like any other: no wrapper, only a listener for what it tells. */
function SmsForm({ form, onConfirmed }) {
  const element = useRef(null);
  useEffect(() => {
    const { current } = element;
    current.addEventListener("yesline:confirmed", onConfirmed);
    return () => current.removeEventListener("yesline:confirmed", onConfirmed);
  }, [onConfirmed]);
  return <yesline-form ref={element} form={form} display="inline" />;
}

function App() {
  const [tab, setTab] = useState("home");
  const [confirmed, setConfirmed] = useState(false);
  return (
    <main>
      <nav>
        <button onClick={() => setTab("home")}>Home</button> <button onClick={() => setTab("texts")}>Texts</button>{" "}
        <button onClick={() => window.yesline.open("spring-harvest")}>In a window</button>
      </nav>
      <h1>{tab === "home" ? "Larkspur Coffee" : "Get texts"}</h1>
      {tab === "texts" && <SmsForm form="spring-harvest" onConfirmed={() => setConfirmed(true)} />}
      {confirmed && <p role="status">React knows: confirmed.</p>}
    </main>
  );
}

createRoot(document.getElementById("root")).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

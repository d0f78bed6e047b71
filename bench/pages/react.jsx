// The peer in React: react-phone-number-input in a dialog of the shop's own.
import "react-phone-number-input/style.css";
import { useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import PhoneInput from "react-phone-number-input";

function Offer() {
  const dialog = useRef(null);
  const [phone, setPhone] = useState();
  useEffect(() => dialog.current.showModal(), []);
  return (
    <dialog ref={dialog} id="offer">
      <h2>The spring harvest, by text</h2>
      <form method="dialog">
        <label htmlFor="phone">Mobile number</label>
        <PhoneInput id="phone" defaultCountry="US" value={phone} onChange={setPhone} />
        <label>
          <input type="checkbox" name="consent" /> I agree to get recurring automated marketing texts from Larkspur Coffee at
          this number. Consent is not a condition of purchase. Message and data rates may apply. Reply HELP for help, STOP to
          end.
        </label>
        <button>Text me</button>
      </form>
    </dialog>
  );
}

createRoot(document.querySelector("#root")).render(<Offer />);

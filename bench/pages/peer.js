// The peer: what a shop builds by itself from a dialog and intl-tel-input with its utils.
const offer = document.querySelector("#offer");
intlTelInput(document.querySelector("#phone"), { initialCountry: "us", strictMode: true });
offer.showModal();

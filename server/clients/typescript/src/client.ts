import { Caller, type Setup } from "./caller.js";
import { Resources } from "./resources.js";

/** A server of Yesline's. Throws SetupError where no address or no key is known. */
export class Yesline extends Resources {
  constructor(setup: Setup = {}) {
    super(new Caller(setup));
  }
}

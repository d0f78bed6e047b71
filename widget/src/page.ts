/** The forms on the page. */

import { ELEMENT } from "./constants";
import type { YeslineForm } from "./element";

export const all = (): YeslineForm[] => [...document.querySelectorAll<YeslineForm>(ELEMENT)];

/** No form is over the page, so that another may show by itself. */
export const free = (): boolean => !all().some((element) => element.floats && element.isOpen);

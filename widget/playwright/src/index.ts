/** Fixtures for Playwright Test: `import { test, expect } from "yesline-playwright"`. */

import { test as base, type Page } from "@playwright/test";
import { FormOnPage } from "./form.js";
import { Inbox } from "./inbox.js";
import { serve, type Server, type YeslineOptions } from "./server.js";

export { expect } from "@playwright/test";
export type { FormOnPage, Step, YeslineEvent } from "./form.js";
export type { Inbox, SentText } from "./inbox.js";
export type { Clock, Server, YeslineOptions } from "./server.js";

export interface YeslineFixtures {
  /** A sandbox server, one for each worker. Its clock tells the real time at the beginning of every test. */
  yeslineServer: Server;
  /** Made-up phones and their texts. */
  yeslineInbox: Inbox;
  /** `await yeslineForm(page)` is the form of a page; `await yeslineForm(page, "spring-sale")` is one of several. */
  yeslineForm: (page: Page, form?: string, timeout?: number) => Promise<FormOnPage>;
}

export interface YeslineWorkerFixtures {
  yesline: YeslineOptions;
  yeslineProcess: Server;
}

export const test = base.extend<YeslineFixtures, YeslineWorkerFixtures>({
  yesline: [{}, { scope: "worker", option: true }],
  yeslineProcess: [
    async ({ yesline }, use, worker) => {
      const server = await serve(yesline, worker.project.use.baseURL);
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 60_000 },
  ],
  yeslineServer: async ({ yeslineProcess }, use) => {
    await use(yeslineProcess);
    if (yeslineProcess.clock.moved) await yeslineProcess.clock.resume();
  },
  yeslineInbox: async ({ yeslineServer }, use) => use(new Inbox(yeslineServer)),
  yeslineForm: async ({ yeslineServer }, use) => {
    void yeslineServer; // it must be there before a page is opened
    await use((page, form, timeout) => FormOnPage.on(page, form, timeout));
  },
});

/** The part "rules": when a form shows by itself, to whom, which one of several, and why it did not. */

import type { Core, View } from "../types";
import { Campaign } from "../rules/campaign";
import { explain } from "../rules/explain";
import type { Account } from "../rules/types";
import { listen } from "../rules/triggers";
import { turns } from "../rules/turns";
import { visitor } from "../rules/visitor";

function make(core: Core): object {
  const campaigns = new Map<string, Campaign>();
  const who = visitor();
  const soon = turns(core, campaigns);
  const fire = (campaign: Campaign, byHand: boolean): void => {
    if (byHand) return void campaign.open(true);
    if (!campaign.ready()) return;
    campaign.due = true;
    soon();
  };
  return {
    arm(view: View, show: () => void): () => void {
      campaigns.get(view.form)?.end();
      const campaign = new Campaign(core, view, show, who);
      campaigns.set(view.form, campaign);
      const hush = listen(core, campaign.rules, (byHand) => fire(campaign, byHand));
      return () => {
        hush();
        campaign.rest(); // it still hears what becomes of the form
      };
    },
    explain: (): Account[] => explain(core, campaigns.values()),
  };
}

(window.yesline ??= []).push(["part", "rules", make]);

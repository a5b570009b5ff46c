import type { GlobalComponents } from "vue";

type Props = InstanceType<GlobalComponents["billhatch-usage"]>["$props"];

export const props: Props = {
  account: "acme",
  class: "panel",
  "onBillhatch:load": (event) => event.detail.status.toFixed(),
};

// @ts-expect-error an account is text
export const wrong: Props = { account: 7 };

/**
 * Types of the elements that billhatch.js defines, for TypeScript, React and Vue. Copy this file into the project, or
 * refer to it. A project needs neither React nor Vue for it.
 */

/**
 * An element that shows a panel of the billing area in a shadow tree. Custom properties named --billing-* give it its
 * looks; ::part(heading), ::part(panel), ::part(card), ::part(table), ::part(notice) and ::part(button) reach its parts.
 */
export interface BillhatchElement extends HTMLElement {
  /**
   * The client whose panel it is, for people who look after clients. Null: the account of whoever is signed in. Empty:
   * none is chosen yet, so nothing is loaded.
   */
  account: string | null;
  /** Where the portal is mounted, such as "/billing". Null: where the script comes from. */
  base: string | null;
  /** Shows the element's own panel afresh, from wherever the reader has gone to in it. */
  reload(): Promise<void>;
}

/** What a load brought. Neither here nor in other events is anything of what is shown. */
export interface BillhatchLoad {
  /** The address of the page that is shown. */
  url: string;
  /** The status of HTTP. */
  status: number;
}

/** Why nothing was loaded. */
export interface BillhatchError {
  /** The status of HTTP: 401 when nobody is signed in. 0: there was no answer. */
  status: number;
}

/** Where a link or a form leads that is followed inside the element. */
export interface BillhatchNavigation {
  url: string;
  method: "GET" | "POST";
}

/** Events of all elements. They bubble out of other shadow trees. */
export interface BillhatchEventMap {
  /** Something was loaded and is shown. */
  "billhatch:load": CustomEvent<BillhatchLoad>;
  /** Something could not be loaded; the element says so itself. */
  "billhatch:error": CustomEvent<BillhatchError>;
  /** The reader follows a link or sends a form. preventDefault keeps the element where it is. */
  "billhatch:navigate": CustomEvent<BillhatchNavigation>;
}

/** All elements by name. */
export interface BillhatchElements {
  /** Usage of the period, by project (C4). */
  "billhatch-usage": BillhatchElement;
  /** Discounts and adjustments. */
  "billhatch-history": BillhatchElement;
  /** Invoices and their documents (C6). */
  "billhatch-invoices": BillhatchElement;
  "billhatch-payment-methods": BillhatchElement;
  /** Who gets invoices, masked (C7). */
  "billhatch-recipients": BillhatchElement;
  /** Billing email, payment portal and reports (O2). */
  "billhatch-settings": BillhatchElement;
  /** The usage report of a month (O7). */
  "billhatch-report": BillhatchElement;
  /** The way into the payment portal (C10). */
  "billhatch-portal": BillhatchElement;
  /** What was done, by whom (C17). */
  "billhatch-audit": BillhatchElement;
  /** The clients of a partner (C3). It takes no account. */
  "billhatch-clients": BillhatchElement;
}

/** Attributes of all elements. */
export interface BillhatchAttributes {
  account?: string | undefined;
  base?: string | undefined;
}

/** Attributes that listen to events, as React 19 takes them. */
export interface BillhatchListeners {
  "onbillhatch:load"?: ((event: BillhatchEventMap["billhatch:load"]) => void) | undefined;
  "onbillhatch:error"?: ((event: BillhatchEventMap["billhatch:error"]) => void) | undefined;
  "onbillhatch:navigate"?: ((event: BillhatchEventMap["billhatch:navigate"]) => void) | undefined;
}

declare global {
  interface HTMLElementTagNameMap extends BillhatchElements {}
  interface HTMLElementEventMap extends BillhatchEventMap {}
}

// React. The lines that begin with @ts-ignore are for projects without it.

// @ts-ignore
type ReactAttributes = import("react").DetailedHTMLProps<import("react").HTMLAttributes<BillhatchElement>, BillhatchElement>;

type JSXElements = {
  [name in keyof BillhatchElements]: BillhatchAttributes & BillhatchListeners & ReactAttributes;
};

declare global {
  namespace JSX {
    interface IntrinsicElements extends JSXElements {}
  }
}

// @ts-ignore
declare module "react" {
  namespace JSX {
    interface IntrinsicElements extends JSXElements {}
  }
}

// Vue. The same holds here.

// @ts-ignore
type VueAttributes = import("vue").HTMLAttributes;

type VueElement = new () => BillhatchElement & {
  $props: BillhatchAttributes & VueAttributes & {
    [event in keyof BillhatchEventMap as `on${Capitalize<event>}`]?: (event: BillhatchEventMap[event]) => void;
  };
};

// @ts-ignore
declare module "vue" {
  interface GlobalComponents {
    "billhatch-usage": VueElement;
    "billhatch-history": VueElement;
    "billhatch-invoices": VueElement;
    "billhatch-payment-methods": VueElement;
    "billhatch-recipients": VueElement;
    "billhatch-settings": VueElement;
    "billhatch-report": VueElement;
    "billhatch-portal": VueElement;
    "billhatch-audit": VueElement;
    "billhatch-clients": VueElement;
  }
}

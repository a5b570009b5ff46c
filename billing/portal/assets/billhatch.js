/*
 * Elements that show the panels of the billing area inside any page of the same origin.
 *
 *   <script src="/billing/assets/billhatch.js" defer></script>
 *   <billhatch-usage></billhatch-usage>
 *
 * An element fetches the main part of a page and shows it in a shadow tree. Links and forms in it that are marked
 * data-billing are followed inside the element; everything else is the browser's. Nothing is stored anywhere.
 */
(() => {
  "use strict";

  if (customElements.get("billhatch-usage")) return; // the script was loaded before

  /* What each element shows: a path below the base, and whether it belongs to an account. */
  const PANELS = {
    "billhatch-usage": { path: "usage", scoped: true },
    "billhatch-history": { path: "usage/history", scoped: true },
    "billhatch-invoices": { path: "invoices", scoped: true },
    "billhatch-payment-methods": { path: "payment-methods", scoped: true },
    "billhatch-recipients": { path: "recipients", scoped: true },
    "billhatch-settings": { path: "settings", scoped: true },
    "billhatch-report": { path: "reports", scoped: true },
    "billhatch-portal": { path: "portal", scoped: true },
    "billhatch-audit": { path: "audit", scoped: true },
    "billhatch-clients": { path: "clients", scoped: false },
  };

  /* What is said while the portal is asked, and when it cannot be, by language. The portal puts its own messages here. */
  const TEXTS = { en: { loading: "Loading", failed: "This could not be loaded.", retry: "Try again" } };

  const FRAGMENT = "Billing-Fragment"; // header of requests, and of the answers that may be shown
  const SLOWEST_REFRESH = 30; // seconds
  const SCRIPT = new URL(document.currentScript?.src || "/billing/assets/billhatch.js", location.href);
  const STYLESHEET = "billhatch.css";

  /* A page that enforces trusted types has to allow the policy "billhatch". */
  const trusted = window.trustedTypes?.createPolicy("billhatch", { createHTML: (html) => html });

  /* Turns an answer of the portal, whose templates escape all data, into nodes. */
  const parse = (html) => {
    const template = document.createElement("template");
    template.innerHTML = trusted ? trusted.createHTML(html) : html;
    return template.content;
  };

  /* Makes an element with attributes and content. */
  const make = (tag, attributes, ...content) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...content);
    return element;
  };

  const copyAttributes = (to, from) => {
    for (const { name } of [...to.attributes]) {
      if (name !== "tabindex" && !from.hasAttribute(name)) to.removeAttribute(name); // what has the focus keeps it
    }
    for (const { name, value } of from.attributes) if (to.getAttribute(name) !== value) to.setAttribute(name, value);
  };

  /* Makes the content of a node like another's and keeps the nodes that are alike, and with them focus and selection. */
  const morph = (node, like) => {
    const wanted = [...like.childNodes];
    wanted.forEach((next, i) => {
      const present = node.childNodes[i];
      if (!present) node.append(next);
      else if (present.nodeName !== next.nodeName || present.id !== next.id) present.replaceWith(next);
      else if (present.nodeType === Node.ELEMENT_NODE) copyAttributes(present, next), morph(present, next);
      else if (present.data !== next.data) present.data = next.data;
    });
    while (node.childNodes.length > wanted.length) node.lastChild.remove();
  };

  const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

  /* Asks this origin, as whoever is signed in. Status 0: there was no answer. */
  const ask = async (url, request) => {
    try {
      const response = await fetch(url, { ...request, credentials: "same-origin", cache: "no-store" });
      return { response, status: response.status, html: await response.text() };
    } catch {
      return { status: 0 };
    }
  };

  /* Whether the answer may be another one later. */
  const passing = (status) => status === 0 || status === 429 || status >= 500;

  class BillhatchElement extends HTMLElement {
    static observedAttributes = ["account", "base"];

    #sheet = make("link", { rel: "stylesheet" });
    #live = make("p", { class: "bh-visually-hidden", role: "status" });
    #content = make("div", { class: "bh-element__content" });
    #queued = false; // a load waits for the end of the present task
    #url = null; // what is shown, and what the reader comes back to after a failure
    #sending = false; // a form that changes something is on its way
    #abort = null; // ends the request that is on its way
    #timer = 0; // of the next refresh

    get account() {
      return this.getAttribute("account");
    }
    set account(id) {
      this.#reflect("account", id);
    }

    get base() {
      return this.getAttribute("base");
    }
    set base(path) {
      this.#reflect("base", path);
    }

    /* Shows the element's own panel afresh. */
    async reload() {
      this.#open();
      this.#stop();
      this.#url = this.#home();
      if (this.#url) await this.#load({ url: this.#url });
      else this.#busy();
    }

    connectedCallback() {
      for (const name of BillhatchElement.observedAttributes) {
        if (!Object.hasOwn(this, name)) continue; // set before the script was there
        const value = this[name];
        delete this[name];
        this[name] = value;
      }
      this.#queue();
    }

    disconnectedCallback() {
      this.#stop();
    }

    attributeChangedCallback(name, before, after) {
      if (this.isConnected && before !== after) this.#queue();
    }

    #reflect(name, value) {
      if (value === null || value === undefined) this.removeAttribute(name);
      else this.setAttribute(name, value);
    }

    /* Attributes that are set one after the other make one load. What was shown may be another account's. */
    #queue() {
      if (this.#queued) return;
      this.#queued = true;
      queueMicrotask(() => {
        this.#queued = false;
        if (!this.isConnected) return;
        this.#content.replaceChildren();
        this.reload();
      });
    }

    #stop() {
      this.#abort?.abort();
      this.#sending = false;
      clearTimeout(this.#timer);
    }

    /* Where the portal is mounted, with a slash at its end. */
    #root() {
      return this.base ? new URL(this.base.replace(/\/*$/, "/"), document.baseURI) : new URL("..", SCRIPT);
    }

    /* The address of the element's panel. Null: its account is not chosen yet, or is none that a path can name. */
    #home() {
      const { path, scoped } = PANELS[this.localName];
      if (!scoped || this.account === null) return new URL(path, this.#root());
      if (/^\.{0,2}$/.test(this.account)) return null;
      return new URL(`clients/${encodeURIComponent(this.account)}/${path}`, this.#root());
    }

    /* Whether an address is the portal's. */
    #owns(url) {
      const root = this.#root();
      return root.origin === location.origin && url.origin === location.origin && `${url.pathname}/`.startsWith(root.pathname);
    }

    /* Makes the shadow tree: the stylesheet, what is read out, and the content, which waits for the stylesheet. */
    #open() {
      const sheet = new URL(`assets/${STYLESHEET}`, this.#root());
      const href = this.#owns(sheet) ? sheet.href : "data:text/css,";
      if (this.#sheet.href !== href) this.#sheet.href = href;
      if (this.shadowRoot) return;
      const frame = make("div", { class: "bh-element", hidden: "" }, this.#live, this.#content);
      for (const outcome of ["load", "error"]) this.#sheet.addEventListener(outcome, () => (frame.hidden = false));
      const root = this.attachShadow({ mode: "open" });
      root.append(this.#sheet, frame);
      root.addEventListener("click", (event) => this.#clicked(event));
      root.addEventListener("submit", (event) => this.#submitted(event));
    }

    #clicked(event) {
      if (event.target.closest("[data-billing-retry]")) this.#load({ url: this.#url, moved: true });
      const link = event.target.closest("a[data-billing]");
      const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
      if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
      this.#navigate(event, { url: new URL(link.href) });
    }

    #submitted(event) {
      const { target: form, submitter } = event;
      const setting = (name) => submitter?.getAttribute(`form${name}`) ?? form.getAttribute(name) ?? "";
      if (!form.matches("form[data-billing]") || event.defaultPrevented || setting("target")) return;
      const url = new URL(setting("action") || this.#url, document.baseURI);
      const fields = new URLSearchParams(new FormData(form, submitter));
      if (setting("method").toLowerCase() === "post") {
        this.#navigate(event, { url, method: "POST", body: fields });
        return;
      }
      url.search = fields;
      this.#navigate(event, { url });
    }

    /* Follows a link or a form inside the element, unless it leads out of the portal or the host prevents it. */
    #navigate(event, { url, method = "GET", body }) {
      if (!this.#owns(url)) return;
      event.preventDefault();
      if (method === "POST" && this.#sending) return; // the button was pressed twice
      if (this.#tell("navigate", { url: url.href, method }, true)) this.#load({ url, method, body, moved: true });
    }

    #tell(name, detail, cancelable = false) {
      return this.dispatchEvent(new CustomEvent(`billhatch:${name}`, { bubbles: true, composed: true, cancelable, detail }));
    }

    /*
     * Fetches a fragment and shows it. moved: by a link or a form, so that the focus follows. waited: it is a refresh
     * after so many seconds, which leaves what is shown when it fails for the moment.
     */
    async #load({ url, method = "GET", body, moved = false, waited = 0 }) {
      this.#stop();
      const { signal } = (this.#abort = new AbortController());
      this.#sending = method === "POST";
      if (!waited) this.#busy();
      const answer = await this.#fetch(url, { method, body, signal });
      if (signal.aborted) return;
      this.#sending = false;
      const { status, html } = answer;
      if (waited && passing(status)) {
        this.#refresh(Math.min(2 * waited, SLOWEST_REFRESH));
        return;
      }
      if (html === undefined) this.#fail(moved);
      else this.#show(answer, moved);
      if (html !== undefined && status < 400) this.#tell("load", { url: answer.url.href, status });
      else this.#tell("error", { status });
    }

    /* Asks the portal. html is there only when it is the portal that answered, with a fragment; status 0: nobody did. */
    async #fetch(url, request) {
      if (!this.#owns(url)) return { status: 0 };
      const { response, status, html } = await ask(url, { ...request, headers: { [FRAGMENT]: "1" } });
      if (response?.headers.get(FRAGMENT) !== "1") return { status };
      const from = new URL(response.url);
      if (!this.#owns(from)) return { status };
      return { status, html, url: request.method === "GET" || response.redirected ? from : this.#url };
    }

    /* Says that something is loading. What is there stays until there is something else. */
    #busy() {
      this.#content.setAttribute("aria-busy", "true");
      this.#live.textContent = this.#texts().loading;
      if (this.#content.firstChild) return;
      const lines = Array.from({ length: 3 }, () => make("span", { class: "bh-skeleton__line" }));
      this.#content.append(make("div", { class: "bh-skeleton", part: "panel", "aria-hidden": "true" }, ...lines));
    }

    #show({ status, html, url }, moved) {
      this.#url = url;
      const fragment = parse(html);
      if (passing(status)) this.#offerRetry(fragment);
      this.#replace(fragment, moved);
      this.#refresh(Number(this.#content.firstElementChild?.dataset.billingRefresh));
    }

    #fail(moved) {
      const text = make("p", { class: "bh-notice__text" }, this.#texts().failed);
      const notice = make("div", { class: "bh-notice bh-notice--warn", part: "panel" }, text);
      this.#offerRetry(notice);
      this.#replace(make("div", {}, notice), moved);
      this.#live.textContent = this.#texts().failed;
    }

    #replace(parent, moved) {
      const held = this.shadowRoot.activeElement;
      if (moved) this.#content.replaceChildren(...parent.childNodes);
      else morph(this.#content, parent);
      this.#content.removeAttribute("aria-busy");
      this.#live.textContent = "";
      if (moved || (held && !held.isConnected)) this.#focus();
    }

    /* Adds a button that shows again what was shown before. It never repeats a form. */
    #offerRetry(parent) {
      if (parent.querySelector("a[data-billing]")) return; // the fragment has its own way on
      const attributes = { class: "bh-button", part: "button", type: "button", "data-billing-retry": "" };
      const button = make("button", attributes, this.#texts().retry);
      parent.append(make("p", { class: "bh-actions" }, button));
    }

    /* Fetches what is shown again after some seconds, but not while nobody sees it. */
    #refresh(seconds) {
      if (!(seconds > 0)) return;
      this.#timer = setTimeout(() => {
        const seen = !document.hidden && (this.checkVisibility?.() ?? true);
        if (seen) this.#load({ url: this.#url, waited: seconds });
        else this.#refresh(seconds);
      }, 1000 * seconds);
    }

    /* Moves the focus to what is wrong with a form, or to the title. */
    #focus() {
      const target = this.#content.querySelector("[aria-invalid=true]") ?? this.#content.querySelector("h1, h2, h3") ?? this.#content;
      if (target.tabIndex < 0) target.tabIndex = -1;
      target.focus();
    }

    #texts() {
      const language = this.closest("[lang]")?.lang || navigator.language;
      return TEXTS[language] ?? TEXTS[language.split("-")[0]] ?? TEXTS.en;
    }
  }

  /*
   * Keeps a page up to date that is not finished, such as a report in the making: its main part changes in place, and what
   * has the focus keeps it. An answer without one is not this page any more.
   */
  const follow = async (main) => {
    for (let pause = Number(main.dataset.billingRefresh); pause > 0; ) {
      await wait(pause);
      if (document.hidden) continue;
      const { status, html } = await ask(location.href);
      if (passing(status)) {
        pause = Math.min(2 * pause, SLOWEST_REFRESH);
        continue;
      }
      const fresh = parse(html).querySelector("main.bh-main");
      if (!fresh) return;
      const held = document.activeElement;
      morph(main, fresh);
      if (!held.isConnected) main.focus();
      pause = Number(fresh.dataset.billingRefresh);
    }
  };

  const unfinished = document.querySelector("main.bh-main[data-billing-refresh]");
  if (unfinished) follow(unfinished);

  for (const name of Object.keys(PANELS)) customElements.define(name, class extends BillhatchElement {});
})();

// A page without a framework.
const panel = document.createElement("billhatch-invoices");
panel.account = "acme";
panel.addEventListener("billhatch:error", (event) => event.detail.status.toFixed());
panel.addEventListener("billhatch:navigate", (event) => event.detail.method === "POST" && event.preventDefault());
document.addEventListener("billhatch:load", (event) => console.log((event as CustomEvent).detail));
panel.reload().then(() => panel.remove());

// @ts-expect-error an account is text
panel.account = 7;
// @ts-expect-error there is no such element
document.createElement("billhatch-nothing").account;

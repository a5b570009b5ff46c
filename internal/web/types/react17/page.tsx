export const Page = ({ client }: { client?: string }) => (
  <>
    <billhatch-usage account={client} className="panel" onbillhatch:load={(event) => event.detail.url} />
    <billhatch-invoices key="invoices" base="/billing" ref={(element) => void element?.reload()} />
    <billhatch-report lang="de" style={{ colorScheme: "dark" }} />
  </>
);

// @ts-expect-error an account is text
export const wrong = <billhatch-usage account={7} />;
// @ts-expect-error there is no such element
export const unknown = <billhatch-nothing />;

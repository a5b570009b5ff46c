// The elements inside pages of hosts that know nothing of them (L1): what the host's styles do to them, what they do to the
// host, and how one works in them with the keyboard.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { download, findings, open, startBrowser, startDemo } from './harness.mjs';
import { Keyboard } from './keys.mjs';

const script = '<script src="/billing/assets/billhatch.js"></script>';
let demo, browser;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

// Host is a page of somebody's product with elements in it.
class Host {
  static async open(t, role, options = {}) {
    const opened = await open(browser, demo.url, options);
    t.after(opened.close);
    const host = new Host();
    Object.assign(host, opened, { keys: new Keyboard(opened.page) });
    await host.page.addInitScript(() => {
      window.events = [];
      for (const name of ['load', 'error', 'navigate']) {
        document.addEventListener(`billhatch:${name}`, (event) => window.events.push({ name, detail: event.detail }));
      }
    });
    if (role) {
      await host.page.goto(`/?as=${role}`);
      await host.keys.follow(host.page.locator(`form:has([value=${role}])`).getByRole('button'));
    }
    return host;
  }

  // mount shows a page with this body at an address of the demo's origin and waits until its elements have been loaded.
  async mount(body, { head = '', csp = '', elements = 1 } = {}) {
    const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Host</title>${head}</head>
<body>${body}${script}</body></html>`;
    const headers = csp ? { 'Content-Security-Policy': csp } : {};
    await this.page.unroute('**/host-page');
    await this.page.route('**/host-page', (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', headers, body: html }));
    await this.page.goto('/host-page');
    await this.settled(elements);
  }

  // settled waits until so many loads have ended, well or badly, and the stylesheets are there.
  async settled(loads) {
    await this.page.waitForFunction((n) => window.events.filter((e) => e.name !== 'navigate').length >= n, loads);
    await this.page.waitForFunction(() =>
      [...document.querySelectorAll('*')].every((e) => !e.shadowRoot || e.shadowRoot.querySelector('.bh-element:not([hidden])')));
  }

  // events gives what was told since the last time.
  events(...names) {
    return this.page.evaluate((names) => window.events.splice(0).filter((e) => names.length === 0 || names.includes(e.name)), names);
  }

  element(tag, n = 0) {
    return this.page.locator(tag).nth(n);
  }

  // shows gives the text of an element.
  shows(tag, n = 0) {
    return this.element(tag, n).locator('.bh-element').innerText();
  }

  // focus gives the tag of the element that has the focus, and what has it inside.
  focus() {
    return this.page.evaluate(() => {
      const outside = document.activeElement;
      const inside = outside.shadowRoot?.activeElement;
      return [outside.localName, inside?.localName, inside?.textContent.trim()].filter(Boolean);
    });
  }
}

// What a host may do to its own page without a thought of us.
const hostile = `<style>
html { font-size: 40px }
* {
  color: red !important; background: yellow !important; border: 9px dotted lime !important; border-radius: 30px !important;
  margin: 13px !important; padding: 17px !important; outline: none !important; box-shadow: 0 0 9px lime !important; float: right !important;
  font: italic 900 33px/3 "Comic Sans MS" !important; font-variant: small-caps !important; font-stretch: expanded !important;
  letter-spacing: 5px !important; word-spacing: 9px !important; line-height: 3 !important; text-indent: 3em !important;
  text-align: right !important; text-transform: uppercase !important; text-shadow: 1px 1px lime !important; white-space: pre !important;
  word-break: break-all !important; overflow-wrap: anywhere !important; hyphens: auto !important; tab-size: 2 !important;
  list-style: square inside !important; border-collapse: collapse !important; border-spacing: 9px !important; caption-side: bottom !important;
  empty-cells: hide !important; cursor: crosshair !important; quotes: "!" "!" !important; fill: red !important; stroke: lime !important;
  text-anchor: end !important; -webkit-text-fill-color: red !important; -webkit-text-stroke: 2px lime !important; accent-color: lime !important;
  caret-color: lime !important; orphans: 9 !important; widows: 9 !important; font-feature-settings: "zero" !important;
  font-variant-numeric: oldstyle-nums !important; font-kerning: none !important; text-rendering: geometricPrecision !important;
  line-break: anywhere !important; text-emphasis: dot !important; text-underline-offset: 1em !important; fill-opacity: 0.3 !important;
  stroke-width: 5px !important; text-wrap: nowrap !important; font-size-adjust: 0.9 !important; text-align-last: right !important;
  -webkit-font-smoothing: antialiased !important; user-select: none !important; transition: all 9s !important; animation: none !important;
}
h2 { font-size: 60px !important } table { border: 9px solid blue !important } a { text-decoration: line-through !important }
::selection { background: lime } ul, ol { list-style: upper-roman !important } button { transform: rotate(9deg) !important }
/* The element's own box is the host's to style. It is as wide as on the other page, so that what is inside can be compared. */
main[class] > *[class][class] { border: 0 !important; padding: 0 !important; margin: 0 !important; float: none !important; width: 900px !important }
</style>`;
const calm = '<style>main > * { width: 900px }</style>';

// styles gives the computed style of what is in the shadow trees, pseudo-elements included: of each kind of element the
// first of its place. Where they lie depends on the width of the host's page and is left out, how large they are is not.
const styles = (page) =>
  page.evaluate(() => {
    const place = /^(perspective-origin|transform-origin|inset-.*|top|left|right|bottom)$/;
    const out = {};
    const look = (name, element, pseudo) => {
      const style = getComputedStyle(element, pseudo);
      if (pseudo && style.content === 'none') return;
      out[name + pseudo] = Object.fromEntries([...style].filter((p) => !place.test(p)).map((p) => [p, style.getPropertyValue(p)]));
    };
    for (const host of document.querySelectorAll('main > *')) {
      for (const element of host.shadowRoot.querySelectorAll('.bh-element, .bh-element *')) {
        const kind = (e) => `${e.localName}.${e.getAttribute('class') ?? ''}`;
        const name = `${host.localName}: ${element.parentElement ? kind(element.parentElement) : ''} > ${kind(element)}`;
        if (!(name in out)) for (const pseudo of ['', '::before', '::after']) look(name, element, pseudo);
      }
    }
    return out;
  });

describe('the styles of a host', () => {
  const body = ['usage', 'invoices', 'recipients', 'audit'].map((name) => `<billhatch-${name} class="billing"></billhatch-${name}>`).join('');

  test('do not leak in', async (t) => {
    const host = await Host.open(t, 'client_admin', { viewport: { width: 1280, height: 900 } });
    await host.mount(`<main class="page">${body}</main>`, { head: calm, elements: 4 });
    const want = await styles(host.page);
    await host.mount(`<main class="page">${body}</main>`, { head: hostile, elements: 4 });
    const got = await styles(host.page);
    assert.deepEqual(Object.keys(got), Object.keys(want));
    const leaks = new Set();
    for (const [name, style] of Object.entries(want)) {
      for (const [property, value] of Object.entries(style)) {
        if (got[name][property] !== value) leaks.add(`${property}: ${value} became ${got[name][property]} (${name})`);
      }
    }
    assert.deepEqual([...leaks].slice(0, 20), []);
    assert.ok(Object.keys(want).length > 150, `${Object.keys(want).length} kinds of elements`);
    assert.deepEqual(host.complaints, []);
  });

  test('reach in by tokens and parts', async (t) => {
    const host = await Host.open(t, 'client_admin');
    await host.mount('<billhatch-usage></billhatch-usage><billhatch-payment-methods id="one"></billhatch-payment-methods>', {
      head: `<style>
        :root { --billing-accent: rgb(200, 0, 100); --billing-font: "Courier New", monospace; --billing-radius: 21px }
        #one { --billing-accent: rgb(0, 90, 90); --billing-accent-text: rgb(250, 251, 252) }
        billhatch-usage::part(heading) { text-transform: uppercase }
        billhatch-usage::part(card) { border-style: dashed }
        billhatch-payment-methods::part(button) { border-radius: 0 }
        billhatch-payment-methods::part(table) { table-layout: fixed }
      </style>`,
      elements: 2,
    });
    const style = (selector, property) =>
      host.page.locator(selector).first().evaluate((e, property) => getComputedStyle(e).getPropertyValue(property), property);
    assert.equal(await style('billhatch-usage .bh-element', 'font-family'), '"Courier New", monospace');
    assert.equal(await style('billhatch-usage a', 'color'), 'rgb(200, 0, 100)');
    assert.equal(await style('billhatch-usage .bh-card', 'border-radius'), '21px');
    assert.equal(await style('billhatch-payment-methods .bh-button--primary', 'background-color'), 'rgb(0, 90, 90)');
    assert.equal(await style('billhatch-payment-methods .bh-button--primary', 'color'), 'rgb(250, 251, 252)');
    assert.equal(await style('billhatch-usage .bh-title', 'text-transform'), 'uppercase');
    assert.equal(await style('billhatch-usage .bh-card', 'border-style'), 'dashed');
    assert.equal(await style('billhatch-payment-methods .bh-button--primary', 'border-radius'), '0px');
    assert.equal(await style('billhatch-payment-methods .bh-table', 'table-layout'), 'fixed');
  });

  test('are left alone by the elements', async (t) => {
    const host = await Host.open(t, 'client_admin');
    const { page } = host;
    await page.route('**/plain-page', (route) => route.fulfill({
      contentType: 'text/html',
      body: '<!doctype html><title>Host</title><h2 class="bh-title">A title</h2><p class="bh-badge">text</p><button class="bh-button">press</button>',
    }));
    await page.goto('/plain-page');
    const look = () => page.evaluate(() => ({
      styles: [...document.querySelectorAll('body > *')].slice(0, 3).map((e) => [e.localName, { ...getComputedStyle(e) }]),
      globals: Object.keys(window).sort(),
    }));
    const before = await look();
    await page.addScriptTag({ url: '/billing/assets/billhatch.js' });
    await page.evaluate(() => document.body.append(document.createElement('billhatch-usage')));
    await host.settled(1);
    assert.deepEqual(await look(), before);
  });

  test('of the scheme reach in', async (t) => {
    const host = await Host.open(t, 'client_admin', { colorScheme: 'dark' });
    const surface = () => host.page.locator('.bh-element').first().evaluate((e) => getComputedStyle(e).backgroundColor);
    await host.mount('<billhatch-usage></billhatch-usage>', { head: '<style>:root { color-scheme: light dark }</style>' });
    const dark = await surface();
    await host.mount('<billhatch-usage></billhatch-usage>', { head: '<style>:root { color-scheme: light }</style>' });
    assert.notEqual(await surface(), dark, 'a host without a dark scheme has light elements');
  });
});

describe('an element', () => {
  test('is used with the keyboard and leaves the page of the host where it is', async (t) => {
    const host = await Host.open(t, 'client_admin');
    await host.mount('<p><a href="#before">Before</a></p><billhatch-invoices></billhatch-invoices><p><a href="#after">After</a></p>');
    const { page, keys } = host;
    const url = page.url();
    const length = await page.evaluate(() => history.length);
    const link = (name) => page.getByRole('link', { name, exact: true });
    const goes = async (target) => {
      await host.events();
      await keys.use(target);
      await host.settled(1);
      assert.equal(page.url(), url);
      const [navigation, load] = await host.events();
      assert.deepEqual([navigation.name, load.name], ['navigate', 'load']);
      assert.deepEqual(Object.keys(navigation.detail), ['url', 'method']);
      assert.deepEqual(Object.keys(load.detail), ['url', 'status']);
      return load.detail;
    };
    const stops = await keys.all();
    assert.deepEqual([stops[0].name, stops.at(-1).name], ['a “Before”', 'a “After”']);
    assert.ok(stops.length > 10);

    const open = await goes(link('Open'));
    assert.ok(open.url.endsWith('/billing/invoices?filter=open'), open.url);
    assert.deepEqual(await host.focus(), ['billhatch-invoices', 'h2', 'Invoices']);
    const statuses = await page.locator('td[data-label="Status"]').allInnerTexts();
    assert.ok(statuses.length > 0 && !statuses.includes('Paid'), statuses.join());
    await goes(link('All'));

    const first = page.getByRole('row').nth(1).getByRole('link').first();
    const number = (await first.textContent()).trim();
    await goes(first);
    assert.deepEqual(await host.focus(), ['billhatch-invoices', 'h2', `Invoice ${number}`]);
    assert.match(await host.shows('billhatch-invoices'), /Amount due/);
    const file = await download(page, () => keys.use(link('Download PDF')));
    assert.match(file.name, /^invoice-\w+\.pdf$/);
    assert.equal(file.body.subarray(0, 5).toString(), '%PDF-');
    await goes(link('Invoices'));
    assert.equal(await page.evaluate(() => history.length), length);
    assert.deepEqual(host.complaints, []);
  });

  test('shows an address inside, once', async (t) => {
    const host = await Host.open(t, 'client_admin');
    await host.mount('<billhatch-recipients></billhatch-recipients>');
    const { page, keys } = host;
    await keys.use(page.locator('summary').first(), 'Space');
    await keys.to(page.getByRole('textbox', { name: 'Purpose' }).first());
    await keys.type('ü'.repeat(251)); // not too long for the browser, but for the server, which counts bytes
    await host.events();
    await keys.press('Enter');
    await host.settled(1);
    assert.deepEqual((await host.events('error'))[0].detail, { status: 422 });
    assert.deepEqual((await host.focus()).slice(0, 2), ['billhatch-recipients', 'input'], 'the focus is where the mistake is');
    await keys.press('Control+A');
    await keys.type('a call about the invoice');
    await keys.press('Enter');
    await host.settled(1);
    assert.match(await host.shows('billhatch-recipients'), /@aster\.example/);
    assert.deepEqual((await host.focus())[1], 'h2');
    const told = JSON.stringify(await host.events());
    assert.ok(told.includes('/billing/recipients') && !told.includes('@') && !told.includes('call'), told);
    await keys.use(page.getByRole('link', { name: 'Back to recipients' }));
    await host.settled(1);
    assert.ok(!/[a-z]@aster\.example/.test(await host.shows('billhatch-recipients')));
    assert.deepEqual(host.complaints, []);
  });

  test('changes the billing email and makes reports', async (t) => {
    const host = await Host.open(t, 'admin');
    await host.mount('<billhatch-settings></billhatch-settings>');
    const { page, keys } = host;
    await keys.to(page.getByLabel('New billing email'));
    await keys.type('ap.element@meridian.example');
    await host.events();
    await keys.press('Enter');
    await host.settled(1);
    assert.match(await host.shows('billhatch-settings'), /The billing email has been changed[^]*ap\.element@meridian\.example/);
    await host.events();
    await keys.use(page.getByRole('button', { name: 'Download report' }));
    await host.settled(1);
    await page.getByText('The report is ready').waitFor();
    const file = await download(page, () => keys.use(page.getByRole('link', { name: 'Download report' })));
    assert.match(file.name, /\.xlsx$/);
    assert.equal(file.body.subarray(0, 2).toString(), 'PK');
    assert.deepEqual(host.complaints, []);
  });

  test('opens the payment portal in a tab of its own', async (t) => {
    const host = await Host.open(t, 'client_admin');
    await host.mount('<billhatch-portal></billhatch-portal>');
    const tab = await host.keys.opens(host.page.getByRole('button', { name: 'Continue to the billing portal' }));
    assert.equal(await tab.getByRole('heading', { level: 1 }).textContent(), 'Payment portal');
    assert.ok(host.page.url().endsWith('/host-page'));
    assert.deepEqual(host.complaints, []);
  });

  test('waits for the host, which may keep it where it is', async (t) => {
    const host = await Host.open(t, 'client_admin');
    await host.mount('<billhatch-invoices></billhatch-invoices>');
    await host.page.evaluate(() => document.addEventListener('billhatch:navigate', (event) => event.preventDefault()));
    await host.events();
    const before = await host.shows('billhatch-invoices');
    await host.keys.use(host.page.getByRole('link', { name: 'Paid', exact: true }));
    assert.deepEqual((await host.events()).map((e) => e.name), ['navigate']);
    assert.equal(await host.shows('billhatch-invoices'), before);
    await host.page.evaluate(() => document.querySelector('billhatch-invoices').reload());
    assert.deepEqual((await host.events()).map((e) => e.name), ['load']);
  });

  test('keeps what has the focus while a report comes on', async (t) => {
    const host = await Host.open(t, '');
    await host.mount('<billhatch-report base="/gallery/report-running"></billhatch-report>');
    const { page, keys } = host;
    const fragment = async (room) => {
      const report = `/gallery/${room}/reports/2026-10`;
      await page.request.get(report); // the room begins the report
      return page.request.get(report, { headers: { 'Billing-Fragment': '1' } });
    };
    let answer = await fragment('report-running');
    await page.route('**/gallery/report-running/reports*', (route) => route.fulfill({ response: answer }));
    await page.evaluate(() => document.querySelector('billhatch-report').reload());
    await keys.to(page.getByRole('link', { name: 'Refresh' }));
    await host.events();
    await host.settled(1);
    assert.deepEqual((await host.focus()).slice(1), ['a', 'Refresh'], 'nothing has changed');
    answer = await fragment('report-ready');
    await page.getByText('The report is ready to download').waitFor();
    assert.equal((await host.focus())[0], 'billhatch-report', 'the focus stays in the element');
    await keys.to(page.getByRole('link', { name: 'Download report' }));
  });

  test('lives beside others', async (t) => {
    const host = await Host.open(t, 'client_admin');
    await host.mount('<billhatch-invoices></billhatch-invoices><billhatch-invoices></billhatch-invoices><billhatch-usage></billhatch-usage>', { elements: 3 });
    const untouched = await host.shows('billhatch-invoices', 1);
    await host.events();
    await host.keys.use(host.page.getByRole('link', { name: 'Paid', exact: true }).first());
    await host.settled(1);
    assert.notEqual(await host.shows('billhatch-invoices', 0), untouched);
    assert.equal(await host.shows('billhatch-invoices', 1), untouched);
    assert.match(await host.shows('billhatch-usage'), /Billing period/);
    assert.deepEqual(host.complaints, []);
  });

  test('shows the clients of a partner, and nothing of anybody else', async (t) => {
    const host = await Host.open(t, 'partner_admin');
    const body = ['client_aster', 'client_heron', ''].map((id) => `<billhatch-usage account="${id}"></billhatch-usage>`).join('');
    await host.mount(`<billhatch-clients></billhatch-clients>${body}`, { elements: 3 });
    assert.match(await host.shows('billhatch-clients'), /Aster Dental Group/);
    assert.match(await host.shows('billhatch-usage', 0), /Reception line/);
    assert.match(await host.shows('billhatch-usage', 1), /Not found/);
    assert.deepEqual((await host.events('error')).map((e) => e.detail), [{ status: 404 }]);
    await host.page.evaluate(() => (document.querySelectorAll('billhatch-usage')[2].account = 'client_aster'));
    await host.settled(1);
    assert.match(await host.shows('billhatch-usage', 2), /Reception line/);
    assert.deepEqual(host.complaints, []);
  });

  test('takes properties that were set before its script was there', async (t) => {
    const host = await Host.open(t, 'partner_admin');
    await host.mount(`<script>
      const early = document.createElement('billhatch-usage');
      early.account = 'client_aster';
      document.body.append(early);
    </script>`);
    assert.match(await host.shows('billhatch-usage'), /Reception line/);
  });

  test('says that nobody is signed in', async (t) => {
    const host = await Host.open(t, '');
    await host.mount('<billhatch-usage></billhatch-usage>');
    assert.match(await host.shows('billhatch-usage'), /Please sign in/);
    assert.deepEqual((await host.events('error'))[0].detail, { status: 401 });
    assert.deepEqual(host.complaints, []);
  });

  test('tells that it could not be loaded, and tries again', async (t) => {
    const host = await Host.open(t, 'client_admin');
    await host.page.route('**/billing/usage', (route) => route.abort());
    await host.mount('<billhatch-usage></billhatch-usage>');
    assert.deepEqual((await host.events('error'))[0].detail, { status: 0 });
    assert.match(await host.shows('billhatch-usage'), /could not be loaded/);
    await host.page.unroute('**/billing/usage');
    await host.keys.use(host.page.getByRole('button', { name: 'Try again' }));
    await host.settled(1);
    assert.match(await host.shows('billhatch-usage'), /Billing period/);
    assert.equal((await host.focus())[1], 'h2');
  });

  test('works under the strictest policy of a host', async (t) => {
    const host = await Host.open(t, 'client_admin');
    await host.mount('<billhatch-usage></billhatch-usage><billhatch-invoices></billhatch-invoices>', {
      elements: 2,
      csp: "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types billhatch",
    });
    assert.match(await host.shows('billhatch-usage'), /Billing period/);
    await host.events();
    await host.keys.use(host.page.getByRole('link', { name: 'Open', exact: true }));
    await host.settled(1);
    assert.deepEqual(host.complaints, []);
  });
});

describe('every element', () => {
  const byRole = {
    client_admin: ['usage', 'history', 'invoices', 'payment-methods', 'recipients', 'portal', 'audit'],
    admin: ['settings', 'report', 'portal', 'audit'],
    partner_admin: ['clients'],
  };
  for (const [role, names] of Object.entries(byRole)) {
    test(`is accessible and as wide as its place, ${role}`, async (t) => {
      const host = await Host.open(t, role);
      const body = `<main><h1>Host</h1>${names.map((name) => `<billhatch-${name}></billhatch-${name}>`).join('')}</main>`;
      await host.mount(body, { elements: names.length, head: '<meta name="viewport" content="width=device-width"><style>:root { color-scheme: light dark }</style>' });
      for (const colorScheme of ['light', 'dark']) {
        await host.page.emulateMedia({ colorScheme });
        // Beside each other, elements have parts of the same name, which only their headings tell apart.
        assert.deepEqual((await findings(host.page)).filter((f) => !f.includes('landmark-unique')), [], colorScheme);
      }
      for (const dir of ['ltr', 'rtl']) {
        await host.page.evaluate((dir) => {
          document.documentElement.dir = dir;
          for (const e of document.querySelectorAll('main > *')) e.shadowRoot?.querySelectorAll('.bh-fragment').forEach((f) => (f.dir = dir));
        }, dir);
        for (const width of [1280, 768, 360]) {
          await host.page.setViewportSize({ width, height: 900 });
          const wide = await host.page.evaluate(() =>
            [document.documentElement, ...[...document.querySelectorAll('main > *')].map((e) => e.shadowRoot?.querySelector('.bh-element')).filter(Boolean)]
              .filter((e) => e.scrollWidth > e.clientWidth)
              .map((e) => `${(e.getRootNode().host ?? e).localName} by ${e.scrollWidth - e.clientWidth} px`));
          assert.deepEqual(wide, [], `${dir}, ${width} px`);
        }
        const sides = await host.page.evaluate(() => {
          const element = [...document.querySelectorAll('main > *')].find((e) => e.shadowRoot).shadowRoot.querySelector('.bh-element');
          const text = document.createRange();
          text.selectNodeContents(element.querySelector('.bh-title'));
          const [a, b] = [text.getBoundingClientRect(), element.getBoundingClientRect()];
          return { left: a.left - b.left, right: b.right - a.right };
        });
        assert.ok(dir === 'ltr' ? sides.left < 1 && sides.right > 1 : sides.right < 1 && sides.left > 1, `${dir}: ${JSON.stringify(sides)}`);
      }
      assert.deepEqual(host.complaints.filter((c) => !c.includes('inline style')), []);
    });
  }
});

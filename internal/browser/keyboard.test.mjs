// The tasks of both pages done by every role with the keyboard alone, with script and without (O1 to O8, C1 to C12). On the
// way every stop of the focus has to be visible.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { download, open, startBrowser, startDemo } from './harness.mjs';
import { Keyboard } from './keys.mjs';

const foreign = '/billing/clients/client_heron';
let browser;

before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

// Member is somebody who is signed in and works with the keyboard.
class Member {
  constructor(page) {
    this.page = page;
    this.keys = new Keyboard(page);
  }

  link(name, options = {}) {
    return this.page.getByRole('link', { name, exact: true, ...options });
  }

  button(name) {
    return this.page.getByRole('button', { name });
  }

  // section is a link of the navigation of the billing area.
  section(name) {
    return this.page.getByRole('navigation', { name: 'Billing', exact: true }).getByRole('link', { name, exact: true });
  }

  async sections() {
    return this.page.getByRole('navigation', { name: 'Billing', exact: true }).getByRole('link').allTextContents();
  }

  async signIn(name) {
    await this.page.goto('/');
    await this.keys.follow(this.button(`Continue as ${name}`));
  }

  // enter goes from the product into its billing area.
  async enter() {
    await this.keys.follow(this.page.getByRole('navigation', { name: 'Product' }).getByRole('link', { name: 'Billing' }));
  }

  // visit goes to a section and checks that it is there.
  async visit(section, title) {
    await this.keys.follow(this.section(section));
    await this.reads(title);
    assert.equal(await this.section(section).getAttribute('aria-current'), 'page');
  }

  // reads checks the title of the page.
  async reads(title) {
    assert.equal((await this.page.getByRole('heading', { level: 1 }).textContent()).trim(), title);
  }

  async shows(...texts) {
    const shown = await this.page.locator('body').innerText();
    for (const text of texts) assert.ok(shown.includes(text), `without “${text}”`);
  }

  async hides(...texts) {
    const shown = await this.page.content();
    for (const text of texts) assert.ok(!shown.includes(text), `with “${text}”`);
  }

  // asks types an address into the browser.
  async asks(path, status) {
    const answer = await this.page.goto(path);
    assert.equal(answer.status(), status, path);
    return answer;
  }

  path() {
    return new URL(this.page.url()).pathname;
  }
}

// looksAround checks the order of the focus on the page that is open: the way to the content first, then downwards.
async function looksAround(me) {
  await me.page.reload();
  const stops = await me.keys.all();
  assert.equal(stops[0].name, 'a “Skip to content”');
  for (const [i, stop] of stops.entries()) {
    assert.ok(stop.control, `${stop.name} is no control`);
    const before = stops[i - 1];
    assert.ok(i < 2 || stop.top >= before.top - 40, `the focus goes up from ${before?.name} to ${stop.name}`);
  }
  await me.page.reload();
  await me.keys.use(me.link('Skip to content'));
  const inside = await me.keys.step();
  assert.ok(inside.nowhere || (await me.page.evaluate(() => document.activeElement.closest('main') !== null)), inside.name);
}

async function readsUsage(me) {
  await me.reads('Usage');
  await me.shows('Billing period', 'Resets on', 'Reception line', 'Overage rate');
  const figure = me.page.getByRole('figure', { name: 'Minutes per day' });
  await me.keys.use(figure.locator('summary'));
  assert.ok((await figure.getByRole('row').count()) > 1, 'the data of a figure is a table');
  await me.keys.step(); // into the table, which scrolls
  await me.keys.follow(me.link('Show all discounts and adjustments'));
  await me.reads('Discounts and adjustments');
  assert.equal(me.path().split('/').slice(-2).join('/'), 'usage/history');
}

async function readsInvoices(me) {
  await me.reads('Invoices');
  await me.shows('Next invoice');
  const filter = me.page.getByRole('navigation', { name: 'Show' });
  const statuses = () => me.page.locator('td[data-label="Status"]').allInnerTexts();
  const all = await statuses();
  await me.keys.follow(filter.getByRole('link', { name: 'Paid' }));
  const paid = await statuses();
  assert.ok(paid.length > 0 && paid.every((s) => s === 'Paid'), paid.join());
  await me.keys.follow(filter.getByRole('link', { name: 'Open' }));
  const open = await statuses();
  assert.ok(open.length > 0 && open.every((s) => s === 'Open' || s === 'Overdue'), open.join());
  assert.equal(await filter.getByRole('link', { name: 'Open' }).getAttribute('aria-current'), 'true');
  await me.keys.follow(filter.getByRole('link', { name: 'All' }));
  assert.deepEqual(await statuses(), all);

  const first = me.page.getByRole('row').nth(1).getByRole('link').first();
  const number = (await first.textContent()).trim();
  const onList = await download(me.page, () => me.keys.use(me.page.getByRole('link', { name: `Download PDF of invoice ${number}` })));
  await me.page.reload();
  await me.keys.follow(first);
  await me.reads(`Invoice ${number}`);
  await me.shows('Subtotal', 'Amount due', 'Due');
  const id = me.path().split('/').pop();
  const onPage = await download(me.page, () => me.keys.use(me.link('Download PDF')));
  for (const file of [onList, onPage]) {
    assert.equal(file.name, `invoice-${id}.pdf`);
    assert.equal(file.body.subarray(0, 5).toString(), '%PDF-');
  }
}

// opensPortal confirms, and gives the tab that opens.
async function opensPortal(me) {
  await me.visit('Billing portal', 'Billing portal');
  const tab = await me.keys.opens(me.button('Continue to the billing portal'));
  assert.equal(await tab.evaluate(() => window.opener), null);
  assert.equal(await tab.evaluate(() => document.referrer), '');
  return tab;
}

async function paysInPortal(me, name) {
  const tab = await opensPortal(me);
  await new Member(tab).reads('Payment portal');
  await new Member(tab).shows(name);
  await tab.close();
}

async function downloadsReport(me, format, extension) {
  const month = me.page.getByLabel('Month');
  await me.keys.to(month);
  const running = await month.inputValue();
  await me.keys.press('ArrowDown');
  const chosen = await month.inputValue();
  assert.ok(/^\d{4}-\d{2}$/.test(chosen) && chosen < running, `${chosen} is before ${running}`);
  await me.keys.to(me.page.getByLabel('Format'));
  await me.keys.type(format);
  const file = await download(me.page, () => me.keys.use(me.button('Download report')));
  assert.ok(file.name.includes(chosen) && file.name.endsWith(`.${extension}`), file.name);
  return file.body;
}

async function downloadsReports(me) {
  const workbook = await downloadsReport(me, 'Excel', 'xlsx');
  assert.equal(workbook.subarray(0, 4).toString('latin1'), 'PK\x03\x04');
  await me.page.reload();
  const text = (await downloadsReport(me, 'CSV', 'csv')).toString();
  assert.ok(text.split('\n').length > 3 && text.includes(','), text.slice(0, 200));
}

// isTold checks a page that says no and leads nowhere in the billing area.
async function isTold(me, status, title, ...paths) {
  for (const path of paths) {
    await me.asks(path, status);
    await me.reads(title);
    assert.deepEqual(await me.sections(), []);
  }
  await me.keys.all();
}

const tasks = {
  async 'Hannah Lee, Client Admin'(me) {
    await me.enter();
    assert.equal(me.path(), '/billing/usage');
    assert.deepEqual(await me.sections(), ['Usage', 'Invoices', 'Payment methods', 'Recipients', 'Billing portal', 'Audit trail']);
    await looksAround(me);
    await readsUsage(me);
    await me.visit('Invoices', 'Invoices');
    await looksAround(me);
    await readsInvoices(me);
    await me.visit('Payment methods', 'Payment methods');
    await me.shows('Ending in');

    await me.visit('Recipients', 'Billing email recipients');
    await looksAround(me);
    await me.shows('***@');
    await me.keys.use(me.page.locator('summary').first(), 'Space');
    await me.keys.to(me.page.getByRole('textbox', { name: 'Purpose' }).first());
    await me.keys.type('ab'); // too short, says the browser
    await me.keys.press('Enter');
    assert.match((await me.keys.at()).name, /^input “Purpose/);
    assert.equal(me.path(), '/billing/recipients');
    await me.keys.type('out why the invoice never came');
    await me.keys.leads(() => me.keys.press('Enter'));
    await me.reads('Email address');
    await me.shows('@aster.example', 'about why the invoice never came');
    await me.keys.follow(me.link('Back to recipients'));
    await me.hides('billing@aster.example', 'finance@aster.example');
    await me.keys.follow(me.link('Edit recipients'));
    assert.equal(me.path(), '/settings');

    await me.enter();
    await paysInPortal(me, 'Aster Dental Group: open invoices');
    await me.visit('Audit trail', 'Audit trail');
    await me.shows('Opened the billing portal', 'about why the invoice never came');
    await looksAround(me);
    await me.keys.to(me.page.getByLabel('Action'));
    await me.keys.type('Reveal');
    await me.keys.follow(me.button('Apply'));
    const acts = await me.page.locator('td[data-label="Action"]').allInnerTexts();
    assert.ok(acts.length > 0 && acts.every((act) => act === 'Revealed a recipient'), acts.join());
    await me.keys.follow(me.link('Clear filters'));
    await me.shows('Opened the billing portal');
  },

  async 'Omar Haddad, Client Manager'(me) {
    await me.enter();
    assert.deepEqual(await me.sections(), ['Usage', 'Invoices', 'Payment methods', 'Recipients', 'Billing portal']);
    await readsUsage(me);
    await me.visit('Invoices', 'Invoices');
    await readsInvoices(me);
    await me.visit('Payment methods', 'Payment methods');
    await paysInPortal(me, 'Aster Dental Group: open invoices');
    await me.visit('Recipients', 'Billing email recipients');
    await me.hides('***@', 'Show email');
    await me.keys.follow(me.link('Edit recipients'));
    assert.equal(me.path(), '/settings');
    await me.asks('/billing/audit', 403);
  },

  async 'Jess Tran, Client Staff'(me) {
    await me.enter();
    await me.reads('Billing is for administrators');
    const paths = ['usage', 'invoices', 'payment-methods', 'recipients', 'portal'].map((page) => `/billing/${page}`);
    await isTold(me, 403, 'Billing is for administrators', ...paths);
    await me.shows('ask an administrator');
  },

  async 'Erik Lindgren, Partner Admin'(me) {
    await me.enter();
    await me.reads('Partner Billing');
    assert.deepEqual(await me.sections(), ['Clients']);
    await looksAround(me);
    await me.keys.follow(me.link('Aster Dental Group'));
    assert.equal(me.path(), '/billing/clients/client_aster/usage');
    assert.deepEqual(await me.sections(), ['Clients', 'Usage', 'Invoices']);
    await me.shows('Client admins manage billing email recipients.');
    await looksAround(me);
    await readsUsage(me);
    await me.visit('Invoices', 'Invoices');
    await me.hides('billing portal');
    await readsInvoices(me);
    await me.keys.follow(me.page.getByRole('navigation', { name: 'You are here' }).getByRole('link', { name: 'Clients' }));
    await me.reads('Partner Billing');
    for (const page of ['payment-methods', 'recipients', 'portal', 'settings', 'audit']) {
      await me.asks(`/billing/clients/client_aster/${page}`, 404);
    }
    const pages = [];
    for (const path of [`${foreign}/usage`, '/billing/clients/client_that_is_not/usage', '/billing/nothing']) {
      await isTold(me, 404, 'Not found', path);
      pages.push(await me.page.content());
    }
    assert.equal(pages[0], pages[1]);
    assert.equal(pages[0], pages[2]);
    await me.keys.follow(me.link('Back to billing'));
    await me.reads('Partner Billing');
  },

  async 'Chloe Martin, Partner User'(me) {
    await me.enter();
    await isTold(me, 404, 'Not found', '/billing/usage', '/billing/clients', '/billing/clients/client_aster/usage', `${foreign}/usage`);
  },

  async 'Priya Raman, Admin'(me, script) {
    await me.enter();
    assert.equal(me.path(), '/billing/settings');
    assert.deepEqual(await me.sections(), ['Settings', 'Reports', 'Billing portal', 'Audit trail']);
    await looksAround(me);
    await changesEmail(me, script);
    await downloadsReports(me);
    await me.visit('Reports', 'Usage reports');
    await looksAround(me);
    await downloadsReports(me);

    const email = emailOf(script);
    const tab = await opensPortal(me);
    await new Member(tab).shows('A link would be sent to', email);
    await tab.close();
    await me.shows('Only this exact address works', email, 'spam', 'An Admin can change the address');
    await me.visit('Audit trail', 'Audit trail');
    await me.shows('Opened the billing portal', 'Changed the billing email');
    await me.hides(email);
    await me.asks('/billing/usage', 403);
  },

  async 'Daniel Osei, Full Member'(me) {
    await me.enter();
    assert.deepEqual(await me.sections(), ['Settings', 'Reports']);
    await me.shows('@meridian.example', 'An Admin can change this address');
    await me.hides('New billing email', 'Open billing portal');
    await looksAround(me);
    await downloadsReports(me);
    await me.asks('/billing/portal', 403);
    await me.keys.all();
  },

  async 'Marta Kowalski, Billing'(me) {
    await me.enter();
    assert.deepEqual(await me.sections(), ['Settings', 'Reports', 'Billing portal']);
    await me.shows('@meridian.example', 'Opens without another login');
    await me.hides('New billing email');
    await downloadsReports(me);
    await paysInPortal(me, 'Meridian Learning Group: open invoices');
  },

  async 'Lucia Ferrer, Sales'(me) {
    await me.enter();
    await isTold(me, 403, 'Billing is for administrators', '/billing/settings', '/billing/portal', '/billing/reports');
  },

  async 'Tom Becker, External Guest'(me) {
    await me.enter();
    await isTold(me, 403, 'Billing is for administrators', '/billing/settings', '/billing/portal', '/billing/reports');
  },
};

const emailOf = (script) => (script ? 'ap.script@meridian.example' : 'ap.plain@meridian.example');

// changesEmail changes the billing email: first to nothing that is an address, then in two tabs (O6).
async function changesEmail(me, script) {
  const field = (who) => who.page.getByLabel('New billing email');
  const send = async (who, address) => {
    await who.keys.to(field(who));
    await who.keys.press('Control+A');
    await who.keys.type(address);
    await who.keys.leads(() => who.keys.press('Enter'));
  };

  await me.keys.to(field(me));
  await me.keys.type('accounts at meridian'); // no address, says the browser
  await me.keys.press('Enter');
  assert.match((await me.keys.at()).name, /^input “New billing email/);

  await send(me, 'accounts..payable@meridian.example'); // an address for the browser, but for no mail server
  assert.equal(await field(me).getAttribute('aria-invalid'), 'true');
  assert.equal(await field(me).inputValue(), 'accounts..payable@meridian.example');
  assert.match((await me.keys.at()).name, /^input “New billing email/, 'the focus is where the mistake is');
  await me.shows('Enter one valid email address');

  const other = new Member(await me.page.context().newPage());
  await other.page.goto('/billing/settings');
  await send(me, emailOf(script));
  await me.shows('The billing email has been changed.', emailOf(script));
  await send(other, 'too.late@meridian.example');
  await other.shows('changed meanwhile', emailOf(script));
  assert.equal(await field(other).inputValue(), 'too.late@meridian.example');
  await other.page.close();
  await me.page.reload();
  await me.shows(emailOf(script));
  await me.hides('too.late@meridian.example');
}

for (const script of [true, false]) {
  describe(script ? 'with script' : 'without script', () => {
    let demo;
    before(async () => {
      demo = await startDemo();
    });
    after(() => demo?.stop());

    for (const [name, task] of Object.entries(tasks)) {
      test(name, async () => {
        const { page, complaints, close } = await open(browser, demo.url, { javaScriptEnabled: script });
        const me = new Member(page);
        await me.signIn(name);
        await task(me, script);
        assert.deepEqual(complaints, []);
        await close();
      });
    }

    test('Somebody who is not signed in is led to the start', async () => {
      const { page, close } = await open(browser, demo.url, { javaScriptEnabled: script });
      const me = new Member(page);
      await me.page.goto('/billing/usage');
      await me.reads('Who are you?');
      await close();
    });

    test('A report in the making never takes the focus away', async () => {
      const { page, complaints, close } = await open(browser, demo.url, { javaScriptEnabled: script });
      const me = new Member(page);
      const running = '/gallery/report-running/reports/2026-10';
      await me.page.goto(running);
      await me.shows('The report is being prepared', 'You can leave this page');
      await me.keys.to(me.link('Refresh'));
      await page.evaluate(() => (window.same = true));
      const ready = await (await page.request.get('/gallery/report-ready/reports/2026-10')).text();
      await page.route(`**${running}*`, (route) => route.fulfill({ contentType: 'text/html', body: ready }));
      if (!script) await me.keys.leads(() => me.keys.press('Enter'));
      await page.getByText('The report is ready to download').waitFor();
      assert.equal(await page.evaluate(() => window.same ?? false), script, 'only the reader loads the page again');
      if (script) assert.equal(await page.evaluate(() => document.activeElement.id), 'bh-main');
      await me.keys.to(me.link('Download report'));
      assert.deepEqual(complaints, []);
      await close();
    });

    test('Lists of several pages are read to their end and back', async () => {
      const { page, complaints, close } = await open(browser, demo.url, { javaScriptEnabled: script });
      const me = new Member(page);
      await me.page.goto('/gallery/invoices-newest/invoices');
      const numbers = () => me.page.getByRole('rowheader').allInnerTexts();
      const seen = [await numbers()];
      while ((await me.link('Next').count()) > 0) {
        await me.keys.follow(me.link('Next'));
        seen.push(await numbers());
      }
      assert.equal(new Set(seen.flat()).size, 12);
      for (const before of seen.slice(0, -1).reverse()) {
        await me.keys.follow(me.link('Previous'));
        assert.deepEqual(await numbers(), before);
      }
      assert.equal(await me.link('Previous').count(), 0);
      assert.deepEqual(complaints, []);
      await close();
    });
  });
}

describe('the focus', () => {
  let demo;
  before(async () => {
    demo = await startDemo();
  });
  after(() => demo?.stop());

  // Every page in one window, so that nothing scrolls: what changes where the focus is must be its sign.
  const rooms = ['usage/usage', 'invoices-newest/invoices', 'invoice-open/invoices/in_2026_10', 'recipients/recipients', 'settings/settings', 'audit/audit', 'clients/clients'];
  for (const colorScheme of ['light', 'dark']) {
    test(`changes what one sees, ${colorScheme}`, async (t) => {
      const { page, close } = await open(browser, demo.url, { colorScheme, viewport: { width: 1280, height: 4000 } });
      const keys = new Keyboard(page);
      for (const room of rooms) {
        await t.test(room, async () => {
          await page.goto(`/gallery/${room}`);
          const plain = [];
          const boxes = (await keys.all()).map((stop) => stop.box);
          await page.reload();
          for (const clip of boxes) plain.push(await page.screenshot({ clip }));
          for (const [i, clip] of boxes.entries()) {
            const stop = await keys.step();
            const marked = await page.screenshot({ clip });
            assert.ok(!marked.equals(plain[i]), `${stop.name} looks as without the focus`);
          }
        });
      }
      await close();
    });
  }
});

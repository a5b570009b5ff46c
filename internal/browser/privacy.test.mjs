// What stays in a browser after somebody has seen an address (C7), a panel or a document (C16), and what pages may load.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { chromiumOptions, contextOptions, listen, startDemo } from './harness.mjs';
import { Keyboard } from './keys.mjs';

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "form-action 'self' https://billing.invalid; base-uri 'none'; frame-ancestors 'self'";

let demo;

before(async () => {
  demo = await startDemo();
});
after(() => demo?.stop());

// Profile is a browser as somebody uses it every day: it keeps its profile on the disk, and pages for going back and
// forward.
class Profile {
  static async open(t) {
    const profile = new Profile();
    profile.folder = mkdtempSync(path.join(tmpdir(), 'billhatch-profile-'));
    t.after(async () => {
      await profile.close();
      rmSync(profile.folder, { recursive: true });
    });
    profile.context = await chromium.launchPersistentContext(profile.folder, {
      ...chromiumOptions,
      ...contextOptions(demo.url),
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
    profile.complaints = listen(profile.context, demo.url);
    profile.answers = [];
    profile.context.on('response', (answer) => profile.answers.push(answer));
    profile.page = profile.context.pages()[0];
    profile.keys = new Keyboard(profile.page);
    return profile;
  }

  close() {
    this.closed ??= this.context.close();
    return this.closed;
  }

  async signIn(role) {
    await this.page.goto(`/?as=${role}`);
    await this.keys.follow(this.page.locator(`form:has([value=${role}])`).getByRole('button'));
  }

  link(name) {
    return this.page.getByRole('link', { name, exact: true }).last();
  }

  // kept gives everything that a script of this origin can find in the browser.
  kept(page = this.page) {
    return page.evaluate(async () => ({
      local: { ...localStorage },
      session: { ...sessionStorage },
      databases: await indexedDB.databases(),
      caches: await caches.keys(),
      cookies: document.cookie,
      workers: (await navigator.serviceWorker.getRegistrations()).length,
      files: await Array.fromAsync((await navigator.storage.getDirectory()).keys()),
      state: history.state,
      name: window.name,
      referrer: document.referrer,
    }));
  }

  // onDisk gives the files of the profile that contain a text, as bytes or as UTF-16.
  onDisk(text) {
    const needles = [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(encodeURIComponent(text))];
    return readdirSync(this.folder, { recursive: true })
      .map((name) => path.join(this.folder, name))
      .filter((name) => statSync(name, { throwIfNoEntry: false })?.isFile())
      .filter((name) => needles.some((needle) => readFileSync(name).includes(needle)));
  }
}

const nothing = { local: {}, session: {}, databases: [], caches: [], cookies: '', workers: 0, files: [], state: null, name: '', referrer: '' };

describe('a revealed address', () => {
  test('stays nowhere in the browser', async (t) => {
    const profile = await Profile.open(t);
    const { page, keys } = profile;
    await profile.signIn('client_admin');
    await page.goto('/billing/recipients');
    await keys.use(page.locator('summary').first(), 'Space');
    await keys.to(page.getByRole('textbox').first());
    await keys.type('to call about invoices');
    await keys.leads(() => keys.press('Enter'));
    const address = (await page.locator('.bh-address').innerText()).trim();
    assert.match(address, /^[a-z]+@aster\.example$/);
    assert.deepEqual(await profile.kept(), nothing);
    assert.ok(!page.url().includes('@') && !(await page.title()).includes('@'));

    await t.test('not by going back to it', async () => {
      await keys.follow(page.getByRole('link', { name: 'Back to recipients' }));
      const refused = page.waitForEvent('framenavigated', (frame) => frame.url().startsWith('chrome-error:'));
      await assert.rejects(page.goBack(), /ERR_CACHE_MISS/); // the form would have to be sent again
      await refused;
      assert.ok(!(await page.content()).includes(address));
      await page.goto('/billing/audit');
      const acts = await page.locator('td[data-label="Action"]').allInnerTexts();
      assert.equal(acts.filter((act) => act === 'Revealed a recipient').length, 2, 'one was begun and has ended: nobody asked again');
    });

    await t.test('not in an element', async () => {
      await page.goto('/embedded');
      const element = page.locator('billhatch-recipients');
      await keys.use(element.locator('summary').first(), 'Space');
      await keys.to(element.getByRole('textbox').first());
      await keys.type('to call about invoices');
      await keys.press('Enter');
      await element.getByText(address).waitFor();
      assert.deepEqual(await profile.kept(), nothing);
    });

    await t.test('not while the payment portal is open', async () => {
      await page.goto('/billing/portal');
      const tab = await keys.opens(page.getByRole('button', { name: 'Continue to the billing portal' }));
      assert.deepEqual(await profile.kept(tab), nothing);
      assert.ok(!tab.url().includes('aster'));
      await tab.close();
      assert.deepEqual(await profile.kept(), nothing);
    });

    const cookies = await profile.context.cookies();
    assert.ok(cookies.length > 0 && cookies.every((c) => c.httpOnly && !c.value.includes('@')));
    assert.equal(profile.context.serviceWorkers().length, 0);
    assert.deepEqual(profile.complaints, []);
    await profile.close();
    assert.notDeepEqual(profile.onDisk('/billing/recipients'), [], 'the history of the browser is in its profile');
    assert.deepEqual(profile.onDisk(address), []);
  });
});

describe('a page', () => {
  test('is asked for anew by whoever goes back to it', async (t) => {
    const profile = await Profile.open(t);
    const { page, keys } = profile;
    await profile.signIn('admin');
    await page.goto('/billing/settings');
    const email = (await page.locator('.bh-address').first().innerText()).trim();
    assert.match(email, /@meridian\.example$/);
    await keys.follow(profile.link('Reports'));
    await page.goto('/home');
    await keys.follow(page.getByRole('button', { name: 'Sign out' }));
    profile.answers.length = 0;
    for (const step of [1, 2, 3]) {
      await page.goBack();
      assert.ok(!(await page.content()).includes(email), `after going back ${step} times`);
    }
    const asked = profile.answers.filter((a) => a.request().isNavigationRequest() && new URL(a.url()).pathname === '/billing/settings');
    assert.deepEqual(asked.map((a) => a.status()), [303], 'the server was asked, and led to the start');
    assert.match(await page.getByRole('heading', { level: 1 }).innerText(), /Who are you/);
    await profile.close();
    assert.deepEqual(profile.onDisk(email), []);
  });

  test('is never kept, and loads nothing but what the portal serves', async (t) => {
    const profile = await Profile.open(t);
    const { page } = profile;
    const tour = {
      client_admin: [
        '/billing', '/billing/usage', '/billing/usage/history', '/billing/invoices', '/billing/invoices?filter=open', '/billing/payment-methods',
        '/billing/recipients', '/billing/portal', '/billing/audit', '/billing/nothing', '/billing/settings', '/billing/invoices?sort=amount', '/embedded',
      ],
      admin: ['/billing', '/billing/settings', '/billing/reports', '/billing/portal', '/billing/audit', '/billing/usage', '/embedded'],
      partner_admin: ['/billing', '/billing/clients', '/billing/clients/client_aster/usage', '/billing/clients/client_heron/usage', '/embedded'],
    };
    for (const [role, paths] of Object.entries(tour)) {
      await profile.signIn(role);
      for (const where of paths) {
        await page.goto(where, { waitUntil: 'networkidle' });
        const inline = await page.evaluate(() => {
          const all = [...document.querySelectorAll('*')].flatMap((e) => [e, ...(e.shadowRoot?.querySelectorAll('*') ?? [])]);
          return all
            .filter((e) => e.localName === 'style' || e.hasAttribute('style') || (e.localName === 'script' && !e.src) || [...e.attributes].some((a) => a.name.startsWith('on')))
            .map((e) => e.outerHTML.slice(0, 80));
        });
        assert.deepEqual(inline, [], where);
      }
      for (const call of ['/billing/api/me', '/billing/api/openapi.yaml', '/billing/api/accounts/self/usage', '/billing/api/accounts/self/invoices']) {
        await page.evaluate((call) => fetch(call).then((answer) => answer.text()), call);
      }
    }
    const kinds = new Set();
    for (const answer of profile.answers) {
      const { pathname } = new URL(answer.url());
      if (!pathname.startsWith('/billing')) continue;
      const headers = await answer.allHeaders();
      const what = `${pathname}: ${answer.status()}`;
      assert.equal(headers['x-content-type-options'], 'nosniff', what);
      if (pathname.startsWith('/billing/assets/')) {
        assert.match(headers['cache-control'], /^public/, what);
        continue;
      }
      assert.equal(headers['cache-control'], 'no-store', what);
      assert.equal(headers['referrer-policy'], 'no-referrer', what);
      assert.equal(headers['set-cookie'], undefined, what);
      const kind = (headers['content-type'] ?? '').split(';')[0];
      kinds.add(`${kind} ${answer.status()}`);
      if (kind === 'text/html') assert.equal(headers['content-security-policy'], policy, what);
    }
    for (const kind of ['text/html 200', 'text/html 400', 'text/html 403', 'text/html 404', 'application/json 200', 'application/problem+json 403']) {
      assert.ok(kinds.has(kind), `${kind} is not among ${[...kinds].join(', ')}`);
    }
    assert.deepEqual(profile.complaints, []);
  });

  test('gives documents that no page can show', async (t) => {
    const profile = await Profile.open(t);
    const { page } = profile;
    await profile.signIn('client_admin');
    await page.goto('/billing/invoices');
    const pdf = await page.getByRole('link', { name: /^Download PDF/ }).first().getAttribute('href');
    const answer = await page.evaluate(async (pdf) => {
      const { status, headers } = await fetch(pdf);
      return { status, ...Object.fromEntries(headers) };
    }, pdf);
    assert.deepEqual(
      { ...answer, 'content-disposition': answer['content-disposition'].split(';')[0] },
      { ...answer, status: 200, 'cache-control': 'no-store', 'content-type': 'application/pdf', 'x-content-type-options': 'nosniff',
        'content-security-policy': "sandbox; default-src 'none'", 'x-frame-options': 'DENY', 'content-disposition': 'attachment' },
    );
  });
});

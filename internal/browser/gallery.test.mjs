// Every state of every page, in light and dark and at three widths (C11): nothing to object to for axe, nothing wider than
// its window, no complaint of the console, no request to another origin. With BILLHATCH_SCREENSHOTS=1 each is also
// photographed, into out/screenshots.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findings, open, overflow, root, startBrowser, startDemo } from './harness.mjs';
import { Keyboard } from './keys.mjs';

const widths = [768, 360, 1280]; // the last is that of the next page
const aboutColors = ['color-contrast', 'link-in-text-block'];
const folder = process.env.BILLHATCH_SCREENSHOTS ? path.join(root, 'out', 'screenshots') : '';

// Pages of the demo itself, for somebody who is signed in.
const hostPages = ['/', '/home', '/embedded', '/theme', '/settings', '/support', '/panel', '/gallery'];

let demo, browser, entries;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
  entries = await (await fetch(`${demo.url}/gallery/index.json`)).json();
  if (folder) mkdirSync(folder, { recursive: true });
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

// faint gives the texts of drawings that have too little contrast with what is behind them. axe leaves drawings out.
const faint = (page) =>
  page.evaluate(() => {
    const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const paint = (...colors) => {
      for (const color of colors) {
        pen.fillStyle = color;
        pen.fillRect(0, 0, 1, 1);
      }
      const linear = [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).map((c) => {
        const s = c / 255;
        return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const behind = (element) => {
      const backgrounds = [];
      for (let at = element.closest('svg').parentElement; at; at = at.parentElement) backgrounds.unshift(getComputedStyle(at).backgroundColor);
      return ['white', ...backgrounds];
    };
    return [...document.querySelectorAll('svg text')].flatMap((text) => {
      const backgrounds = behind(text);
      const [a, b] = [paint(...backgrounds), paint(...backgrounds, getComputedStyle(text).fill)];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return contrast < 4.5 ? [`“${text.textContent.trim()}” has a contrast of ${contrast.toFixed(2)}`] : [];
    });
  });

// wordless gives what is shown in place of messages that there are not.
const wordless = (page) => page.evaluate(() => document.body.innerText.match(/⟦.*?⟧|\{\w+\}/g) ?? []);

// inspect looks at the page that is open, in every scheme and at every width.
async function inspect(page, name, complaints) {
  assert.deepEqual(await wordless(page), []);
  assert.deepEqual(complaints, []); // before axe, which itself changes styles in ways that the page's policy refuses
  await page.emulateMedia({ colorScheme: 'light' });
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    assert.ok((await overflow(page)) <= 0, `wider than the window: ${width} px`);
    if (width !== 768) assert.deepEqual(await findings(page), [], `light, ${width} px`);
    await photograph(page, `${name}-light-${width}`);
  }
  assert.deepEqual(await faint(page), [], 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.deepEqual(await findings(page, aboutColors), [], 'dark');
  assert.deepEqual(await faint(page), [], 'dark');
  if (!folder) return;
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    await photograph(page, `${name}-dark-${width}`);
  }
}

async function photograph(page, name) {
  if (folder) await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}

describe('the gallery', () => {
  test('shows every state there is', () => assert.ok(entries.length >= 150, `${entries.length} entries`));

  test('is accessible, quiet and as wide as its window', async (t) => {
    const { page, complaints, close } = await open(browser, demo.url);
    for (const entry of entries) {
      await t.test(entry.name, async () => {
        complaints.length = 0;
        const answer = await page.goto(entry.url);
        assert.equal(answer.status(), entry.status);
        assert.ok((await page.content()).includes(entry.text), `without “${entry.text}”`);
        await inspect(page, entry.name, complaints);
      });
    }
    await close();
  });
});

describe('the pages of the demo', () => {
  for (const role of ['admin', 'client_admin', 'partner_admin']) {
    test(`are accessible and quiet for ${role}`, async (t) => {
      const { page, complaints, close } = await open(browser, demo.url);
      await page.goto(`/?as=${role}`);
      await new Keyboard(page).follow(page.locator(`form:has([value=${role}])`).getByRole('button'));
      for (const where of hostPages) {
        await t.test(where, async () => {
          complaints.length = 0;
          await page.goto(where, { waitUntil: 'networkidle' });
          await inspect(page, `demo-${role}${where === '/' ? '-start' : where.replaceAll('/', '-')}`, complaints);
        });
      }
      await close();
    });
  }
});

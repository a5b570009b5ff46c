// Every state of the gallery: nothing serious for axe in light and dark, nothing wider than the window at three widths, no
// complaint of the console, no request to another origin.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { open, overflow, seriousFindings, shots, startBrowser, startDemo } from './harness.mjs';

const widths = [360, 768, 1280];
let demo, browser, entries;

before(async () => {
  demo = await startDemo();
  browser = await startBrowser();
  entries = await (await fetch(`${demo.url}/gallery/index.json`)).json();
  mkdirSync(shots, { recursive: true });
});
after(async () => {
  await browser?.close();
  await demo?.stop();
});

describe('the gallery', () => {
  test('shows every state there is', () => assert.ok(entries.length >= 40, `${entries.length} entries`));

  for (const scheme of ['light', 'dark']) {
    test(`is accessible and quiet, ${scheme}`, async (t) => {
      for (const entry of entries) {
        await t.test(entry.name, async () => {
          const { page, complaints, close } = await open(browser, demo.url, { colorScheme: scheme });
          try {
            await page.setViewportSize({ width: 1280, height: 900 });
            await page.goto(entry.url, { waitUntil: 'load' });
            assert.deepEqual(await seriousFindings(page), []);
            for (const width of widths) {
              await page.setViewportSize({ width, height: 900 });
              assert.ok((await overflow(page)) <= 0, `wider than the window at ${width} px`);
              await page.screenshot({ path: path.join(shots, `${entry.name}-${scheme}-${width}.png`), fullPage: true });
            }
            assert.deepEqual(complaints, []);
          } finally {
            await close();
          }
        });
      }
    });
  }
});

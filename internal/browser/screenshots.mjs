// The pictures of the README, made anew: npm run pictures.
import path from 'node:path';
import { open, root, startBrowser, startDemo } from './harness.mjs';

const pictures = [
  ['usage', '/gallery/usage/usage'],
  ['invoices', '/gallery/invoices/invoices'],
  ['settings', '/gallery/settings/settings'],
];
const demo = await startDemo();
const browser = await startBrowser();
for (const scheme of ['light', 'dark']) {
  for (const [name, url] of pictures) {
    if (name === 'settings' && scheme === 'dark') continue;
    const { page, close } = await open(browser, demo.url, { colorScheme: scheme, viewport: { width: 1280, height: 900 } });
    await page.goto(url, { waitUntil: 'load' });
    await page.screenshot({ path: path.join(root, 'internal', 'docs', 'images', `${name}-${scheme}.png`) });
    await close();
  }
}
await browser.close();
await demo.stop();

// The pictures of the README: pages of the gallery, whose clocks stand still, so that the pictures change only with the
// pages. node screenshots.mjs writes them into internal/docs/images.
import path from 'node:path';
import { mkdirSync, statSync } from 'node:fs';
import { open, root, startBrowser, startDemo } from './harness.mjs';

const folder = path.join(root, 'internal', 'docs', 'images');
const mostBytes = 200 << 10;

const pictures = [
  ['usage', 'usage/usage', 1460],
  ['invoices', 'invoices/invoices', 1180],
  ['settings', 'settings/settings', 1000],
];

const demo = await startDemo();
const browser = await startBrowser();
try {
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark']) {
    const { page, close } = await open(browser, demo.url, { colorScheme });
    for (const [name, room, height] of pictures) {
      await page.setViewportSize({ width: 1280, height });
      await page.goto(`/gallery/${room}`);
      const file = path.join(folder, `${name}-${colorScheme}.png`);
      await page.screenshot({ path: file });
      const { size } = statSync(file);
      console.log(`${path.relative(root, file)}: ${Math.ceil(size / 1024)} KiB`);
      if (size > mostBytes) throw new Error(`${file} is larger than ${mostBytes >> 10} KiB`);
    }
    await close();
  }
} finally {
  await browser.close();
  await demo.stop();
}

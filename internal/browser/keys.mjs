// A person with a keyboard and nothing else: no mouse, no focus() from outside.
import assert from 'node:assert/strict';

// More stops than any page of the demo has.
const mostStops = 120;

// look describes what has the focus, in shadow trees too. wanted may be an element or null.
const look = (wanted) => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  if (!at || at === document.body) return { nowhere: true, name: 'nothing', wanted: false };
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const box = at.getBoundingClientRect();
  const label = at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent;
  return {
    nowhere: false,
    wanted: at === wanted,
    name: `${at.localName} “${label.replace(/\s+/g, ' ').trim().slice(0, 60)}”`,
    // Inside of some controls, such as a date, the browser marks what has the focus itself.
    outlined: (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1) || !at.matches(':focus'),
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    control: at.tabIndex >= 0,
    top: box.top + scrollY,
    box: { x: Math.max(0, box.x - 6), y: Math.max(0, box.y - 6), width: box.width + 12, height: box.height + 12 },
  };
};

export class Keyboard {
  constructor(page) {
    this.page = page;
  }

  press(key) {
    return this.page.keyboard.press(key);
  }

  type(text) {
    return this.page.keyboard.type(text);
  }

  // at tells what has the focus.
  at() {
    return this.page.evaluate(look, null);
  }

  // step moves the focus once and checks that one can see where it is.
  async step(key = 'Tab', wanted = null) {
    await this.press(key);
    const stop = await this.page.evaluate(look, wanted);
    assert.ok(stop.nowhere || stop.outlined, `the focus cannot be seen on ${stop.name}`);
    assert.ok(stop.nowhere || stop.seen, `${stop.name} has the focus outside of the window`);
    return stop;
  }

  // to moves the focus to an element, over everything between.
  async to(target, key = 'Tab') {
    const wanted = await target.elementHandle();
    const stops = [];
    while (stops.length < mostStops) {
      const stop = await this.step(key, wanted);
      if (stop.wanted) return stop;
      stops.push(stop.name);
    }
    assert.fail(`${target} was not reached by ${key}; on the way: ${[...new Set(stops)].join(', ')}`);
  }

  // back is to with Shift+Tab.
  back(target) {
    return this.to(target, 'Shift+Tab');
  }

  // use moves the focus to a link or button and presses it.
  async use(target, key = 'Enter') {
    await this.to(target);
    await this.press(key);
  }

  // follow is use for what leads to another page.
  async follow(target) {
    await this.to(target);
    await this.leads(() => this.press('Enter'));
  }

  // leads waits for the page that an act leads to.
  async leads(act) {
    const loaded = this.page.waitForEvent('load');
    await act();
    await loaded;
  }

  // opens presses what has been moved to, and gives the tab that it opens.
  async opens(target) {
    await this.to(target);
    const opened = this.page.context().waitForEvent('page');
    await this.press('Enter');
    const tab = await opened;
    await tab.waitForLoadState('load');
    return tab;
  }

  // all gives every stop of the page, once around from where the focus is.
  async all() {
    const stops = [];
    const first = await this.step();
    for (let stop = first; stops.length < mostStops; stop = await this.step()) {
      if (stops.length > 0 && (stop.nowhere || (stop.name === first.name && stop.top === first.top))) return stops;
      stops.push(stop);
    }
    return assert.fail(`the focus does not come to an end: ${stops.map((s) => s.name).join(', ')}`);
  }
}

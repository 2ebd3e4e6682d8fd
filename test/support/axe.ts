import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds against WCAG 2.2 A and AA, as `rule: element`, and what hangs over the edge of the screen. */
export async function findViolations(page: Page): Promise<string[]> {
  await page.waitForTimeout(300);
  // The page keeps it, until it is left.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe);
  // Of what is in order one element is told, not each: that is a fifth of its work.
  const found = (await page.evaluate(`
    const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    axe.run(document, { runOnly, resultTypes: ['violations'] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ': ' + target)))`)) as string[];
  const overhang = 'document.documentElement.scrollWidth - window.innerWidth';
  if (Number(await page.evaluate(overhang)) > 0) found.push('wider than the screen');
  return found;
}
